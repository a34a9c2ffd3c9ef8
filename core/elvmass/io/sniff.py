"""Recognise a format by the first bytes of a file; the suffix is never asked."""

from __future__ import annotations

import codecs
import re

#: How many bytes the tests below are given.
HEAD_BYTES = 65536

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_PROLOGUE = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)", re.DOTALL)
_ROOT = re.compile(r"\s*<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")

# Group 0002 or 0008, one of its first elements, and a VR or a small length.
_BARE_DATASET = re.compile(rb"[\x02\x08]\0[\0-\x16]\0(?:[A-Z]{2}|[^\0]\0\0\0)")

# A WFDB record line, and the signal or segment line that must follow it.
_RECORD_LINE = re.compile(r"[-\w]+(?:/\d+)?[ \t]+\d+(?:[ \t]+\d+\.?\d*\S*(?:[ \t]+\d+.*)?)?\s*")
_SIGNAL_LINE = re.compile(
    r"~?[-\w]*[A-Za-z~_][-.\w]*[ \t]+\d+(?:x\d+)?(?::\d+)?(?:\+\d+)?(?:\s.*)?"
)


def head_text(head: bytes) -> str:
    """Decode the head: by its byte-order mark, else Latin-1, which accepts every byte."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return head.decode(encoding, errors="replace").lstrip("\ufeff")
    return head.decode("latin-1")


def xml_root(head: bytes) -> str:
    """Local name of the XML root element, or "" if the head is no XML."""
    text = head_text(head).lstrip()
    if not text.startswith("<"):
        return ""
    at = 0
    while match := _PROLOGUE.match(text, at):
        at = match.end()
    root = _ROOT.match(text, at)
    return root.group(1) if root else ""


def is_muse(head: bytes) -> bool:
    """GE MUSE XML."""
    return xml_root(head) == "RestingECG"


def is_sierra(head: bytes) -> bool:
    """Philips Sierra XML."""
    return xml_root(head) == "restingecgdata"


def is_aecg(head: bytes) -> bool:
    """HL7 annotated ECG."""
    return xml_root(head) == "AnnotatedECG"


def is_dicom(head: bytes) -> bool:
    """DICOM part 10, or a bare data set that begins with group 0002 or 0008."""
    return head[128:132] == b"DICM" or bool(_BARE_DATASET.match(head))


def is_wfdb(head: bytes) -> bool:
    """WFDB header: a record line, then a signal or segment line, comments aside."""
    lines = [line for line in head_text(head).splitlines() if line.strip()]
    lines = [line for line in lines if not line.lstrip().startswith("#")][:2]
    if len(lines) < 2 or "\0" in lines[0]:
        return False
    return bool(_RECORD_LINE.fullmatch(lines[0]) and _SIGNAL_LINE.fullmatch(lines[1]))
