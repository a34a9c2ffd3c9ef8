"""Headers of WFDB records (``.hea``): what they say, before any signal file is opened.

The layout is that of the WFDB Applications Guide, header(5)::

    RECORD[/SEGMENTS] SIGNALS [RATE[/COUNTER[(BASE)]] [FRAMES [TIME [DATE]]]]
    FILE FORMAT[xSAMPLES_PER_FRAME][:SKEW][+OFFSET]
         [GAIN[(BASELINE)][/UNIT] [BITS [ZERO [FIRST [CHECKSUM [BLOCK [NAME]]]]]]]
    SEGMENT FRAMES
    # COMMENT
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from elvmass.io import values

_MAX_BYTES = 2**18
_DEFAULT_RATE_HZ = 250.0  # of the WFDB standard, when the record line names none

_FORMAT = re.compile(r"(\d{1,3})(?:x(\d{1,6}))?(?::(\d{1,9}))?(?:\+(\d{1,9}))?")
_GAIN = re.compile(r"([-+.\deE]+)(?:\((-?\d{1,12})\))?(?:/(\S+))?")
_SEGMENT_NAME = re.compile(r"[-\w]+")

# "age: 61", "<sex>: F", "Height (cm): 172", "weight: 78 kg"; several may share a line.
_COMMENT = re.compile(
    r"<?\b([A-Za-z][A-Za-z ]{0,30}?)>?[ \t]{0,9}(?:[(\[]([A-Za-z]{1,12})[)\]])?[ \t]{0,9}[:=]"
    r"[ \t]{0,9}(\S+)"
    r"(?:[ \t]{1,9}(cm|mm|m|inch(?:es)?|in|kg|g|lbs?|pounds?|y\w{0,10}|months?|days?)\b)?"
)


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal line. ``gain`` is in units of the file per ``unit``; None: not calibrated."""

    file: str
    format: str
    samples_per_frame: int
    skew: int
    offset: int
    gain: float | None
    baseline: int
    unit: str
    first: int
    checksum: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Comment:
    """Value of a comment ``key: value unit``."""

    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class Header:
    """A whole header; ``frames`` is None when it is left to the size of the signal files.

    Either ``signals`` or ``segments`` (record name, frames) is filled.
    """

    rate_hz: float
    rate_stated: bool
    frames: int | None
    recorded_at: datetime | None
    signals: tuple[Signal, ...]
    segments: tuple[tuple[str, int], ...]
    comments: dict[str, Comment]


def parse(data: bytes) -> Header:
    """Parse the bytes of a header.

    Raises
    ------
    ValueError
        A line is missing or not understood.
    """
    if len(data) > _MAX_BYTES:
        raise ValueError("a header of such a size describes no ECG")
    lines = [line.strip() for line in _decoded(data).splitlines()]
    content = [line for line in lines if line and not line.startswith("#")]
    fields = content[0].split()
    name, _, segments = fields[0].partition("/")
    count = int(segments or fields[1])
    if not name or len(content) - 1 < count:
        raise ValueError("fewer lines than the header announces")
    rate = re.split(r"[/(]", fields[2])[0] if len(fields) > 2 else ""
    body = content[1 : 1 + count]
    return Header(
        rate_hz=values.required(rate) if rate else _DEFAULT_RATE_HZ,
        rate_stated=bool(rate),
        frames=int(fields[3]) or None if len(fields) > 3 else None,
        recorded_at=_moment(fields[4:]),
        signals=() if segments else tuple(_signal(line) for line in body),
        segments=tuple(_segment(line) for line in body) if segments else (),
        comments=_comments(line[1:] for line in lines if line.startswith("#")),
    )


def _decoded(data: bytes) -> str:
    """UTF-8, else Latin-1, which accepts every byte (a unit may be written µV)."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _signal(line: str) -> Signal:
    fields = line.split(maxsplit=8)
    layout = _FORMAT.fullmatch(fields[1])
    scale = _GAIN.fullmatch(fields[2] if len(fields) > 2 else "0")
    if not layout or not scale:
        raise ValueError("a signal line is not understood")
    gain = values.required(scale[1])
    zero = int(fields[4]) if len(fields) > 4 else 0
    return Signal(
        file=fields[0],
        format=layout[1],
        samples_per_frame=int(layout[2] or 1),
        skew=int(layout[3] or 0),
        offset=int(layout[4] or 0),
        gain=gain or None,
        baseline=int(scale[2]) if scale[2] else zero,
        unit=scale[3] or "mV",
        first=int(fields[5]) if len(fields) > 5 else zero,
        checksum=int(fields[6]) if len(fields) > 6 else None,
        name=fields[8] if len(fields) > 8 else "",
    )


def _segment(line: str) -> tuple[str, int]:
    name, frames = line.split()[:2]
    if name != "~" and not _SEGMENT_NAME.fullmatch(name):
        raise ValueError("the name of a segment is no record name")
    return name, int(frames)


def _moment(fields: list[str]) -> datetime | None:
    """Date and time of day; WFDB writes them as 10:20:30 04/03/2026, day first."""
    if len(fields) < 2:
        return None
    try:
        day = datetime.strptime(fields[1], "%d/%m/%Y").date().isoformat()
    except ValueError:
        return None
    return values.moment(day, fields[0])


def _comments(lines: Iterable[str]) -> dict[str, Comment]:
    """``key: value`` pairs of the comment lines, keys in lower case, the first one wins."""
    pairs: dict[str, Comment] = {}
    for line in lines:
        for key, inner, value, unit in _COMMENT.findall(line):
            pairs.setdefault(key.strip().lower(), Comment(value.strip(",;"), unit or inner))
    return pairs
