"""MFER's definitions, in the order in which they are written, and the frames that they describe.

A file is a row of definitions (tag, length, value). Each holds until it is redefined: for all
channels, or for one inside its channel definition. A waveform definition then makes a frame of
what holds at that place: sequences x channels x blocks of samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from elvmass.errors import UnsupportedFileError
from elvmass.io import codes, leads, values
from elvmass.io.rawfile import RawFile

ORDER, CODE_PAGE, BLOCK, CHANNELS, SEQUENCES, POINTER, WAVEFORM, LEAD = 1, 3, 4, 5, 6, 7, 8, 9
DATA_TYPE, INTERVAL, RESOLUTION, OFFSET, COMPRESSION, FILTER, NULL = 10, 11, 12, 13, 14, 17, 18
DEVICE, DATA, CHANNEL, GROUP, END = 0x17, 0x1E, 0x3F, 0x67, 0x80
NAME, ID, AGE, SEX, TIME = 0x81, 0x82, 0x83, 0x84, 0x85

_OF_LEADS = frozenset(
    {BLOCK, SEQUENCES, WAVEFORM, LEAD, DATA_TYPE, INTERVAL, RESOLUTION, OFFSET, NULL}
)
_TEXTS = frozenset({DEVICE, NAME, ID})
_FACTS = frozenset({AGE, SEX, TIME})
_LONGEST = 256  # bytes of a value that is kept; texts have at most 128, numbers 11

STANDARD_12_LEADS = 1
#: Averaged and dominant beats.
BEATS = frozenset({8, 9})
# Unknown, 12 leads, long-term, stress, monitoring: elsewhere the lead codes mean other things.
_ECG = frozenset({0, STANDARD_12_LEADS, 2, 4, 20, 21}) | BEATS

_ORDERS: dict[bytes, Literal["big", "little"]] = {b"": "big", b"\0": "big", b"\1": "little"}
_DTYPES = ("i2", "u2", "i4", "u1", "u2", "i1", "u4", "f4", "f8")
_STATUS, _DIFFERENCES = 4, 9

#: Beyond these no ECG goes; without them a small damaged file could keep the reader busy.
_MAX_CHANNELS = 512
_MAX_DEFINITIONS = 200_000
_MAX_DEPTH = 8

_ZEROS = re.compile(rb"\0+")
_SEVEN_BITS = re.compile(
    rb"[\x80-\xff]{0,2}[\0-\x7f]"
)  # a number; all its bytes but the last marked
_CORNER = re.compile(r"(HPF|LPF|BEF)\s*=\s*([\d.]+)", re.IGNORECASE)
_CODECS = {
    "ansi x3.4": "ascii", "iso 646": "ascii", "unicode": "utf-8", "iso 8859": "latin-1",
    "jis x 0201": "shift_jis", "jis x 0208": "iso2022_jp", "jis x 0212": "iso2022_jp_1",
    "rfc 1468": "iso2022_jp",
}  # fmt: skip


class Definition(NamedTuple):
    """A value, and the byte order in force where it was written."""

    value: bytes
    order: Literal["big", "little"]

    def number(self, start: int = 0, stop: int | None = None) -> int:
        """Unsigned number of some of the bytes; ValueError if there are none or too many."""
        piece = self.value[start:stop]
        if not 1 <= len(piece) <= 8:
            raise ValueError("a number has an impossible length")
        return int.from_bytes(piece, self.order)


@dataclass(frozen=True, slots=True)
class Channel:
    """What holds for one channel of a frame; ``lead`` is None for what is no standard lead."""

    lead: str | None
    waveform: int
    block: int
    sequences: int | None
    dtype: str
    interval: Definition | None
    resolution: Definition | None
    offset: Definition | None
    null: Definition | None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One stretch of samples. ``pointer`` is the place of the first sample in the recording.

    Frames of equal channels share one tuple of them.
    """

    channels: tuple[Channel, ...]
    data: memoryview
    pointer: int | None
    time: Definition | None
    filter: str


class Reading:
    """The definitions in force while a file is read, and the frames found so far."""

    def __init__(self, raw: RawFile) -> None:
        self.frames: list[Frame] = []
        self.facts: dict[int, Definition] = {}
        self.texts: dict[int, str] = {}
        self._raw = raw
        self._order: Literal["big", "little"] = "big"
        self._codec = "latin-1"
        self._count = 1
        self._common: dict[int, Definition] = {}
        self._own: dict[int, dict[int, Definition]] = {}
        self._channels: tuple[Channel, ...] = ()
        self._known: dict[tuple[Channel, ...], tuple[Channel, ...]] = {}
        self._pointer: int | None = None
        self._corners: dict[str, float] = {}
        self._left = _MAX_DEFINITIONS
        for tag, channel, value in _definitions(raw.data):
            self._spend(1)
            if tag == DATA:
                self._add_frame(value)
            else:
                self._define(tag, channel, Definition(bytes(value[:_LONGEST]), self._order))

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise ValueError("more definitions than any ECG needs")

    def _define(self, tag: int, channel: int | None, definition: Definition) -> None:
        if tag in _OF_LEADS:
            scope = self._common if channel is None else self._own.setdefault(channel, {})
            scope[tag] = definition
            self._channels = ()
        elif tag in _TEXTS:
            self.texts[tag] = self._text(definition.value)
        elif tag in _FACTS:
            self.facts[tag] = definition
        elif tag in _CHANGES:
            _CHANGES[tag](self, definition)

    def _set_order(self, definition: Definition) -> None:
        self._order = _ORDERS[definition.value]
        self._channels = ()

    def _set_code_page(self, definition: Definition) -> None:
        name = definition.value.decode("ascii", "replace").strip("\0 ").lower()
        name = next((_CODECS[key] for key in _CODECS if name.startswith(key)), name)
        try:
            "".encode(name)
        except (LookupError, ValueError):  # a code page that nobody knows
            name = "latin-1"
        self._codec = name

    def _set_count(self, definition: Definition) -> None:
        """A new number of channels also ends all that held for single ones."""
        self._count = definition.number() if definition.value else 1
        if not 1 <= self._count <= _MAX_CHANNELS:
            raise ValueError("an impossible number of channels")
        self._own.clear()
        self._channels = ()

    def _set_pointer(self, definition: Definition) -> None:
        self._pointer = definition.number() if definition.value else None

    def _set_filter(self, definition: Definition) -> None:
        text = self._text(definition.value)
        if not text:
            self._corners.clear()
        for kind, hertz in _CORNER.findall(text):
            self._corners[kind.upper()] = values.positive(hertz) or 0.0

    def _refuse_compression(self, definition: Definition) -> None:
        if definition.value and definition.number(0, 2):
            raise UnsupportedFileError(
                self._raw.path, "is compressed MFER", "Export the ECG without compression."
            )

    def _text(self, value: bytes) -> str:
        return value.decode(self._codec, "replace").strip("\0 ")

    def _add_frame(self, data: memoryview) -> None:
        if not self._channels:
            self._spend(self._count)
            channels = tuple(self._channel(number) for number in range(self._count))
            self._channels = self._known.setdefault(channels, channels)
        corner = self._corners.get
        words = values.band_text(corner("HPF"), corner("LPF"), corner("BEF"))
        self.frames.append(Frame(self._channels, data, self._pointer, self.facts.get(TIME), words))
        self._pointer = None

    def _channel(self, number: int) -> Channel:
        own = {tag: d for tag, d in self._own.get(number, {}).items() if d.value}
        common = {tag: d for tag, d in self._common.items() if d.value and tag != LEAD}
        of = (common | own).get
        waveform = _number(of(WAVEFORM), 0, 2)
        code = _number(of(DATA_TYPE), 0)
        if code == _DIFFERENCES:
            raise UnsupportedFileError(
                self._raw.path, "stores differences of 8 bits", "Export samples of 16 bits."
            )
        lead = self._lead(of(LEAD)) if waveform in _ECG and code != _STATUS else None
        return Channel(
            lead=lead,
            waveform=waveform,
            block=_number(of(BLOCK), 1),
            sequences=_number(of(SEQUENCES), 0) or None,
            dtype=("<" if self._order == "little" else ">") + _DTYPES[code],
            interval=of(INTERVAL),
            resolution=of(RESOLUTION),
            offset=of(OFFSET),
            null=of(NULL),
        )

    def _lead(self, definition: Definition | None) -> str | None:
        """Standard lead by its code; only a lead without code by its name."""
        if definition is None:
            return None
        code = definition.number(0, 2)
        if code == 0:
            return leads.canonical(self._text(definition.value[2:]))
        return codes.lead(f"2:{code}") if code < 256 else None


_CHANGES = {
    ORDER: Reading._set_order,
    CODE_PAGE: Reading._set_code_page,
    CHANNELS: Reading._set_count,
    POINTER: Reading._set_pointer,
    FILTER: Reading._set_filter,
    COMPRESSION: Reading._refuse_compression,
}


def _number(definition: Definition | None, default: int, size: int | None = None) -> int:
    return default if definition is None else definition.number(0, size)


class _Level(NamedTuple):
    """A definition that holds others: its end, whether zeros end it earlier, its channel."""

    end: int
    open_ended: bool
    channel: int | None


def _definitions(data: bytes) -> Iterator[tuple[int, int | None, memoryview]]:
    """Yield tag, channel (None: all) and value of all definitions that hold no others.

    Raises
    ------
    ValueError, LookupError
        A definition reaches beyond its end, or is not closed.
    """
    view, at = memoryview(data), 0
    levels = [_Level(len(data), False, None)]
    while levels:
        level = levels[-1]
        if at == level.end and not level.open_ended:
            levels.pop()
        elif level.open_ended and data[at : at + 2] == b"\0\0":
            levels.pop()
            at += 2
        elif zeros := _ZEROS.match(data, at, level.end):
            at = zeros.end()
        elif data[at] == END:
            return _check_end(data, at, len(levels))
        else:
            tag, channel, at, end = _head(data, at, level)
            if tag in (CHANNEL, GROUP) or end is None:
                levels.append(_Level(level.end if end is None else end, end is None, channel))
                if len(levels) > _MAX_DEPTH:
                    raise ValueError("definitions are nested too deep")
            else:
                yield tag, channel, view[at:end]
                at = end


def _check_end(data: bytes, at: int, depth: int) -> None:
    """Raise ValueError if what calls itself the end is not: nothing may hide behind it."""
    if depth > 1 or data[at + 1 :].strip(b"\0"):
        raise ValueError("definitions follow the end")


def _head(data: bytes, at: int, level: _Level) -> tuple[int, int | None, int, int | None]:
    """Tag and channel of a definition, where its value begins and, if told, ends."""
    tag, channel = data[at], level.channel
    at += 1
    if tag & 0x1F == 0x1F:
        digits = _SEVEN_BITS.match(data, at)
        if not digits:
            raise ValueError("an impossible channel number")
        at = digits.end()
        if tag == CHANNEL:
            channel = sum((byte & 0x7F) << 7 * k for k, byte in enumerate(digits[0][::-1]))
    size = data[at]
    at += 1
    if size == 0x80:
        if not tag & 0x20:
            raise ValueError("samples or a number without a length")
        return tag, channel, at, None
    if size > 0x80:
        length = size & 0x7F
        size = int.from_bytes(data[at : at + length], "big")
        at += length
    if at + size > level.end:
        raise ValueError("a definition reaches beyond its end")
    return tag, channel, at, at + size
