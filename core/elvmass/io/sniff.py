"""Recognise a format by the first bytes of a file; the suffix is never asked."""

from __future__ import annotations

import codecs
import re

from elvmass.io import text_table

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

# What every ELI file holds in its first lines: the root's attribute, or one of its children.
_ELI = re.compile(r"\sACQUISITION_TIME|<(?:SUBJECT|TYPICAL_CYCLE|CHANNEL)\s")

# Group 0002 or 0008, one of its first elements, and a VR or a small length.
_BARE_DATASET = re.compile(rb"[\x02\x08]\0[\0-\x16]\0(?:[A-Z]{2}|[^\0]\0\0\0)")

# MFER without its preamble: byte order or version first, then tags whose length is one byte.
_MFER_STARTS = (b"\1\1\0", b"\1\1\1", b"\2\3\1")
_MFER_TAGS = frozenset(b"\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x11\x12\x16\x17\x81\x82\x83\x84\x85")

# A WFDB record line, and the signal or segment line that must follow it.
_RECORD_LINE = re.compile(r"[-\w]+(?:/\d+)?[ \t]+\d+(?:[ \t]+\d+\.?\d*\S*(?:[ \t]+\d+.*)?)?\s*")
_SIGNAL_LINE = re.compile(
    r"~?[-.\w]*[A-Za-z~_][-.\w]*[ \t]+\d+(?:x\d+)?(?::\d+)?(?:\+\d+)?(?:\s.*)?"
)

# What no text holds: control characters other than tabs and line ends.
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f]")


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


def is_scp(head: bytes) -> bool:
    """SCP-ECG: the mark, or (older files) a directory whose first entry is itself, at byte 7."""
    size = head[10:14]
    itself = b"\0\0" + size + b"\7\0\0\0"
    return head[16:22] == b"SCPECG" or (head[8:10] == b"\0\0" and head[22:32] == itself)


def is_edf(head: bytes) -> bool:
    """EDF, EDF+ or BDF: version field, and the header's own size as a number."""
    return head[:8] in (b"0       ", b"\xffBIOSEMI") and head[184:192].strip().isdigit()


def is_ishne(head: bytes) -> bool:
    """ISHNE Holter ECG."""
    return head[:8] == b"ISHNE1.0"


def is_mfer(head: bytes) -> bool:
    """MFER: the preamble, or, as it is optional, byte order or version and known definitions."""
    if head[:1] == b"@" and head[2:5] == b"MFR":
        return True
    at, known = 0, head.startswith(_MFER_STARTS)
    for _ in range(5):
        known = known and at + 1 < len(head) and head[at] in _MFER_TAGS
        at += 2 + head[at + 1] if known else 0
    return known


def is_cardiosoft(head: bytes) -> bool:
    """GE CardioSoft / Marquette XML."""
    return xml_root(head) == "CardiologyXML"


def is_eli(head: bytes) -> bool:
    """Mortara ELI Link XML; the root's name alone could be anybody's."""
    return xml_root(head) == "ECG" and bool(_ELI.search(head_text(head)))


def is_schiller(head: bytes) -> bool:
    """Schiller SEMA EDI XML: the root is a Java class, com.xiriuz...SchillerEDI."""
    return xml_root(head).rpartition(".")[2] == "SchillerEDI"


def is_fhir(head: bytes) -> bool:
    """FHIR resources: JSON, whose keys may stand in any order, or XML."""
    text = head_text(head).lstrip()
    if text.startswith(("{", "[")):
        return '"resourceType"' in text or '"valueSampledData"' in text
    return xml_root(head) in ("Observation", "Bundle") and "http://hl7.org/fhir" in text


def is_npz(head: bytes) -> bool:
    """NumPy archive: a zip whose first member is an array."""
    return head[:4] == b"PK\x03\x04" and b".npy" in head[30:300]


def is_csv(head: bytes) -> bool:
    """Separated text whose header line names leads, or that is nothing but rows of numbers."""
    text = head_text(head)
    if _CONTROL.search(text) or text.lstrip().startswith(("<", "{", "[")):
        return False
    lines = text.splitlines()
    found = text_table.head_of(lines)
    return found is not None and bool(found.columns or not any(lines[: found.first_row]))


def is_wfdb(head: bytes) -> bool:
    """WFDB header: a record line, then a signal or segment line, comments aside."""
    lines = [line for line in head_text(head).splitlines() if line.strip()]
    lines = [line for line in lines if not line.lstrip().startswith("#")][:2]
    if len(lines) < 2 or "\0" in lines[0]:
        return False
    return bool(_RECORD_LINE.fullmatch(lines[0]) and _SIGNAL_LINE.fullmatch(lines[1]))
