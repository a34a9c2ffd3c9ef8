"""Numbers and words as the writers spell them."""

from __future__ import annotations

import re
import unicodedata
from xml.sax.saxutils import escape

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def figure(value: float) -> str:
    """Format a number so that it reads back as itself, whole numbers without a point."""
    return str(int(value)) if value == int(value) else repr(float(value))


def one_line(words: str) -> str:
    """Text without line breaks and other control characters."""
    printable = "".join(char if char.isprintable() else " " for char in words)
    return " ".join(printable.split())


def ascii_line(words: str) -> str:
    """One line of ASCII: accents are dropped, what is left of other letters is "?"."""
    bare = unicodedata.normalize("NFKD", one_line(words))
    kept = "".join(char for char in bare if not unicodedata.combining(char))
    return kept.encode("ascii", errors="replace").decode("ascii")


def xml(words: str) -> str:
    """Text as XML content or attribute, without the characters that XML forbids."""
    return escape(_NOT_XML.sub("", words), {'"': "&quot;"})
