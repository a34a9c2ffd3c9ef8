"""The one hardened XML parser of all XML readers, and namespace-blind look-ups.

No entity is expanded, no DTD is loaded, nothing outside the file is opened; a file that declares
entities is refused before it is parsed (no ECG device does that).
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import Any

import numpy as np
from lxml import etree

from elvmass.errors import CorruptFileError, UnsupportedFileError
from elvmass.io.rawfile import RawFile
from elvmass.record import FloatArray

Node = etree._Element

#: Elements take far more memory and time than text; annotated ECGs have some ten thousand.
MAX_TAGS = 300_000

# Entities are declared before the root element, so the megabytes after it need no search.
_ROOT_TAG = re.compile(rb"<\0?[A-Za-z_]")
_ENTITY_MARKS = tuple("<!ENTITY".encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))

# Programs that save UTF-16 as UTF-8 leave its name behind; where one byte is one character, it
# cannot be true.
_FALSE_UTF16 = re.compile(rb"<\?xml[^>]{0,99}?(\sencoding\s*=\s*.utf-16.)", re.IGNORECASE)


def parse(raw: RawFile) -> Node:
    """Parse a file and return its root.

    Raises
    ------
    UnsupportedFileError
        The file declares entities, or holds more than :data:`MAX_TAGS` tags.
    CorruptFileError
        The file is not well-formed.
    """
    if raw.data.count(b"<") > MAX_TAGS:
        raise UnsupportedFileError(
            raw.path, "holds more XML elements than any ECG", "Choose a single resting ECG."
        )
    root_tag = _ROOT_TAG.search(raw.data)
    prologue = raw.data[: root_tag.start()] if root_tag else raw.data
    if any(mark in prologue for mark in _ENTITY_MARKS):
        raise _entities(raw)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, recover=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    data = raw.data
    if false := _FALSE_UTF16.match(data):
        data = data[: false.start(1)] + data[false.end(1) :]
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        reason = str(error).lower()  # naming libxml2's option that lifts a limit, if it met one
        if "huge" in reason and "depth" not in reason:
            raise UnsupportedFileError(
                raw.path, "holds more than 10 MB in one place", "Export a shorter ECG."
            ) from None
        raise CorruptFileError(
            raw.path, f"is not well-formed XML (line {error.lineno})", "Export the ECG again."
        ) from None
    # Finds entities only where an encoding or a comment hides the mark above.
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and list(dtd.iterentities()):
        raise _entities(raw)
    return root


def _entities(raw: RawFile) -> UnsupportedFileError:
    return UnsupportedFileError(
        raw.path, "declares XML entities, which are not read", "Export the ECG again."
    )


@lru_cache(maxsize=256)
def path_to(steps: str) -> str:
    """Turn "a/b" into the path that finds it in any namespace."""
    return "/".join(f"{{*}}{step}" for step in steps.split("/"))


def find(node: Node, steps: str) -> Node | None:
    """First element at ``steps`` ("a/b"), in any namespace."""
    return node.find(path_to(steps))


def find_all(node: Node, steps: str) -> list[Node]:
    """All elements at ``steps``, in any namespace."""
    return node.findall(path_to(steps))


def text(node: Node | None, steps: str = "") -> str:
    """Return the stripped text at ``steps``, "" if there is none."""
    if node is not None and steps:
        node = find(node, steps)
    return (node.text or "").strip() if node is not None else ""


def fields(node: Node | None) -> dict[str, str]:
    """Stripped text of every child by its name in lower case; of several, the first."""
    found: dict[str, str] = {}
    for child in () if node is None else node.iterchildren(etree.Element):
        found.setdefault(child.tag.rpartition("}")[2].lower(), (child.text or "").strip())
    return found


def attribute(node: Node | None, name: str) -> str:
    """Return the stripped attribute, "" if there is none."""
    return (node.get(name) or "").strip() if node is not None else ""


def base64_bytes(encoded: str) -> bytes:
    """Decode base64 with line breaks; any foreign character is an error, not skipped."""
    return base64.b64decode("".join(encoded.split()), validate=True)


def listed_numbers(listed: str) -> FloatArray:
    """Parse numbers [n] between commas, or between white space if there are none.

    Raises
    ------
    ValueError
        One of them is missing or no number; a gap must be written as NaN.
    """
    listed = listed.strip().removesuffix(",")
    separator = "," if "," in listed else None
    if not listed:
        return np.empty(0)
    try:
        # Five times faster than the last line, but silent about junk in older numpy, and wrong
        # about numbers beyond 64 bits.
        whole = np.fromstring(listed, dtype=np.int64, sep=separator or " ").astype(np.float64)
        last = int(listed.rsplit(separator, 1)[-1])
        complete = whole.size == _count(listed, separator) and whole[-1] == last
        if complete and np.abs(whole).max() < 2**53:
            return whole
    except (ValueError, DeprecationWarning):
        pass
    return np.array(listed.split(separator), dtype=np.float64)


def _count(listed: str, separator: str | None) -> int:
    """Count the numbers; 0 if a sign inside one could make it pass for two."""
    if separator:
        return listed.count(separator) + 1
    letters = np.frombuffer(listed.encode("ascii"), np.uint8)
    space, sign = letters <= ord(" "), (letters == ord("-")) | (letters == ord("+"))
    if (sign[1:] & ~space[:-1]).any():
        return 0
    return 1 + int(np.count_nonzero(space[1:] & ~space[:-1]))
