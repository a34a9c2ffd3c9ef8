"""The one hardened XML parser of all XML readers, and namespace-blind look-ups.

No entity is expanded, no DTD is loaded, nothing outside the file is opened; a file that declares
entities is refused before it is parsed (no ECG device does that).
"""

from __future__ import annotations

import base64
from typing import Any

from lxml import etree

from elvmass.errors import CorruptFileError, UnsupportedFileError
from elvmass.io.rawfile import RawFile

Node = etree._Element

_ENTITY_MARKS = tuple("<!ENTITY".encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))


def parse(raw: RawFile) -> Node:
    """Parse a file and return its root.

    Raises
    ------
    UnsupportedFileError
        The file declares entities.
    CorruptFileError
        The file is not well-formed.
    """
    if any(mark in raw.data for mark in _ENTITY_MARKS):
        raise _entities(raw)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, recover=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(raw.data, parser)
    except etree.XMLSyntaxError as error:
        raise CorruptFileError(
            raw.path, f"is not well-formed XML (line {error.lineno})", "Export the ECG again."
        ) from None
    # Finds entities only in encodings that hide the mark above.
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and list(dtd.iterentities()):
        raise _entities(raw)
    return root


def _entities(raw: RawFile) -> UnsupportedFileError:
    return UnsupportedFileError(
        raw.path, "declares XML entities, which are not read", "Export the ECG again."
    )


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


def attribute(node: Node | None, name: str) -> str:
    """Return the stripped attribute, "" if there is none."""
    return (node.get(name) or "").strip() if node is not None else ""


def base64_bytes(encoded: str) -> bytes:
    """Decode base64 with line breaks; any foreign character is an error, not skipped."""
    return base64.b64decode("".join(encoded.split()), validate=True)
