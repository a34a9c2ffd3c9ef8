"""MFER (ISO 22077-1), the medical waveform format of Nihon Kohden, Fukuda and others.

============================  ===================================================================
read                          how
============================  ===================================================================
definitions                   nested, of definite or indefinite length, either byte order; for all
                              channels or for one (which wins); a new channel count ends the latter
rhythm                        waveform type 1 (standard 12-lead) before long-term, stress,
                              monitoring and unknown; averaged and dominant beats never
frames                        of the same channels and time are joined if their pointers follow
                              one another; several recordings: the longest, with a notice
samples                       integers of 8, 16 or 32 bits, signed or not, floats of 32 or 64;
                              sequences x channels x blocks, blocks and types also per channel
sampling rate                 interval in s or frequency in Hz; unstated 1000 Hz, the default of
                              the standard, with a notice
amplitudes                    (raw + offset) x resolution in V; the null value marks gaps
leads                         by code (1 to 8, 61 to 64), a lead with code 0 by its name; limb
                              leads computed if not stored
patient                       name and id in the stated character set, age in years or days, else
                              from the birth date; sex
not read                      compressed waveforms, 8-bit differences, leads at different rates,
                              pauses between frames, measurements
============================  ===================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.formats.mfer import definitions
from elvmass.io.formats.mfer.definitions import (
    BEATS,
    STANDARD_12_LEADS,
    Channel,
    Definition,
    Frame,
    Reading,
)
from elvmass.io.leads import Strip
from elvmass.io.rawfile import RawFile
from elvmass.record import FloatArray, Notice, Patient, Record, Sex, Source

FORMAT = "MFER"
_DEFAULT_HZ = 1000.0
_SEXES = {1: Sex.MALE, 2: Sex.FEMALE}


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Frames that continue one another, and the waveform type of the leads taken from them."""

    frames: list[Frame]
    waveform: int

    @property
    def channels(self) -> list[Channel]:
        return [c for c in self.frames[0].channels if c.lead and c.waveform == self.waveform]


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    reading = Reading(raw)
    strip, notices = _rhythm(reading.frames, raw)
    signal, derived = leads.complete(strip.found, raw.path)
    frame = strip.source.frames[0]
    recorded_at = _recorded_at(frame.time or reading.facts.get(definitions.TIME))
    patient, doubts = _patient(reading, recorded_at)
    return Record(
        signal_mv=signal,
        rate_hz=strip.rate_hz,
        patient=patient,
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(reading)),
        derived_leads=derived,
        device_filter=frame.filter,
        notices=(*notices, *doubts),
    )


def _rhythm(frames: list[Frame], raw: RawFile) -> tuple[Strip[_Part], tuple[Notice, ...]]:
    """Choose among the recordings of the file."""
    if not frames:
        raise CorruptFileError(raw.path, "holds no waveform", "Export the ECG again.")
    parts = [part for part in _parts(frames) if part.waveform not in BEATS]
    if not parts:
        raise LeadsError(
            raw.path, "holds no rhythm of ECG leads", "Export ten seconds of all twelve leads."
        )
    standard = [part for part in parts if part.waveform == STANDARD_12_LEADS]
    strips = [_strip(part, raw) for part in standard or parts]
    chosen = leads.choose(strips, raw.path)
    complete = sum(not leads.missing(strip.found) for strip in strips)
    return chosen, (*_several(complete), *chosen.notices)


def _parts(frames: list[Frame]) -> list[_Part]:
    """Group the frames by channels and time, and their leads by waveform type."""
    groups: dict[tuple[int, Definition | None], list[Frame]] = {}
    for frame in frames:
        groups.setdefault((id(frame.channels), frame.time), []).append(frame)
    return [
        _Part(group, waveform)
        for group in groups.values()
        for waveform in dict.fromkeys(c.waveform for c in group[0].channels if c.lead)
    ]


def _strip(part: _Part, raw: RawFile) -> Strip[_Part]:
    """Decode the leads of one recording."""
    if len({channel.interval for channel in part.channels}) > 1:
        raise UnsupportedFileError(
            raw.path, "holds leads at different rates", "Export all leads at one sampling rate."
        )
    rows = _rows(part.frames, raw)
    labelled: list[tuple[str, FloatArray]] = []
    at = 0
    for channel in part.frames[0].channels:
        end = at + _size(channel)
        if channel.lead and channel.waveform == part.waveform:
            block = np.ascontiguousarray(rows[:, at:end])
            labelled.append((channel.lead, _lead_mv(block, channel, raw)))
        at = end
    _check_pointers(part, labelled[0][1].size // len(rows), raw)
    first, interval = part.frames[0], part.channels[0].interval
    return Strip(
        found=leads.collect(labelled, raw.path),
        rate_hz=_rate_hz(interval, raw),
        source=part,
        start="" if first.pointer is None else f"{first.time} {first.pointer}",
        notices=() if interval else (_default_rate(),),
    )


def _size(channel: Channel) -> int:
    return channel.block * np.dtype(channel.dtype).itemsize


def _rows(frames: list[Frame], raw: RawFile) -> NDArray[np.uint8]:
    """Bytes of the frames [sequences, channels x blocks]."""
    channels = frames[0].channels
    stride = sum(_size(channel) for channel in channels)
    stated = {channel.sequences for channel in channels}
    if len(stated) > 1:
        raise UnsupportedFileError(
            raw.path, "holds channels of different length", "Export the twelve leads alone."
        )
    announced = stated.pop()
    for frame in frames:
        sequences, rest = divmod(len(frame.data), stride)
        if rest or not sequences or announced not in (None, sequences):
            raise CorruptFileError(
                raw.path,
                "has a waveform that is not as long as announced",
                "Export the ECG again from the device or archive.",
            )
    data = frames[0].data if len(frames) == 1 else b"".join(frame.data for frame in frames)
    return np.frombuffer(data, np.uint8).reshape(-1, stride)


def _check_pointers(part: _Part, block: int, raw: RawFile) -> None:
    """Each frame must begin where the one before ended; one without pointer does."""
    stride = sum(_size(channel) for channel in part.frames[0].channels)
    expected = part.frames[0].pointer or 0
    for frame in part.frames:
        if frame.pointer not in (None, expected):
            raise UnsupportedFileError(
                raw.path,
                "holds a recording with pauses",
                "Export ten seconds without interruption.",
            )
        expected += len(frame.data) // stride * block


def _lead_mv(block: NDArray[np.uint8], channel: Channel, raw: RawFile) -> FloatArray:
    dtype = np.dtype(channel.dtype)
    counts = block.view(dtype).reshape(-1)
    scaled = counts.astype(np.float64)
    if channel.offset:
        # Two's complement also beside unsigned samples, whose zero lies in mid-range.
        kind = dtype.str.replace("u", "i")
        scaled += float(_typed(channel.offset, kind))
    scaled *= _mv_per_count(channel.resolution, raw)
    if channel.null:
        scaled[counts == _typed(channel.null, dtype.str)] = np.nan
    return scaled


def _typed(definition: Definition, dtype: str) -> np.generic:
    """Offset or null value, which have the type of the samples."""
    order = "<" if definition.order == "little" else ">"
    value: np.generic = np.frombuffer(definition.value, order + dtype[1:], 1)[0]
    return value


def _rate_hz(interval: Definition | None, raw: RawFile) -> float:
    if interval is None:
        return _DEFAULT_HZ
    unit, exponent, mantissa = _quantity(interval)
    if unit == 0:
        return _scaled(mantissa, exponent)
    if unit == 1:
        return 1 / _scaled(mantissa, exponent) if exponent > 0 else 10**-exponent / mantissa
    raise UnsupportedFileError(
        raw.path, "is not sampled in time", "Export the ECG with a sampling rate."
    )


def _mv_per_count(resolution: Definition | None, raw: RawFile) -> float:
    unit, exponent, mantissa = (1, 0, 0) if resolution is None else _quantity(resolution)
    if unit != 0:
        raise UnsupportedFileError(
            raw.path,
            "gives no resolution in volts for a lead",
            "Export the ECG with calibrated channels.",
        )
    if mantissa == 0:
        raise ValueError("the resolution is 0")
    return _scaled(mantissa, exponent + 3)


def _quantity(definition: Definition) -> tuple[int, int, int]:
    """Unit code, decimal exponent and mantissa."""
    unit, exponent = definition.value[0], definition.value[1]
    return unit, exponent - 256 if exponent > 127 else exponent, definition.number(2)


def _scaled(mantissa: int, exponent: int) -> float:
    """Divide by a whole power of ten: 5 x 10^-6 V becomes 0.005 mV exactly as written."""
    return float(mantissa * 10**exponent) if exponent >= 0 else mantissa / 10**-exponent


def _default_rate() -> Notice:
    return Notice(
        "sampling_rate_default",
        f"The file states no sampling rate; {_DEFAULT_HZ:g} Hz, the default of MFER, is used.",
    )


def _several(complete: int) -> tuple[Notice, ...]:
    if complete < 2:
        return ()
    return (
        Notice(
            "several_recordings",
            f"The file holds {complete} complete 12-lead recordings; the longest is shown.",
        ),
    )


def _recorded_at(stated: Definition | None) -> datetime | None:
    """Year (two bytes), month, day, hour, minute, second; what follows is below a second."""
    if stated is None or len(stated.value) < 4:
        return None
    month, day, *clock = stated.value[2:7]
    return values.moment(
        f"{stated.number(0, 2):04d}-{month:02d}-{day:02d}", ":".join(f"{t:02d}" for t in clock)
    )


def _patient(reading: Reading, recorded_at: datetime | None) -> tuple[Patient, tuple[Notice, ...]]:
    sex = reading.facts.get(definitions.SEX)
    stated, born = _age(reading.facts.get(definitions.AGE))
    age, notices = values.settle_age(stated, values.day(born), recorded_at)
    parts = [part.strip() for part in reading.texts.get(definitions.NAME, "").split("^")]
    given = parts[2] if len(parts) > 2 else ""  # between them stands the family's phonetic name
    return Patient(
        sex=_SEXES.get(sex.value[0]) if sex and sex.value else None,
        age_years=age,
        id=reading.texts.get(definitions.ID, "").split("^")[0].strip() or None,
        name=values.name(parts[0], given),
    ), notices


def _age(stated: Definition | None) -> tuple[float | None, str]:
    """Age of years (one byte) and days (two); birth date of year (two), month and day."""
    if stated is None or not stated.value:
        return None, ""
    age = values.age_years(stated.value[0])
    if stated.value[0] == 0 and len(stated.value) >= 3:
        age = values.age_years(stated.number(1, 3), "d")
    if len(stated.value) < 7:
        return age, ""
    return age, f"{stated.number(3, 5):04d}-{stated.value[5]:02d}-{stated.value[6]:02d}"


def _device(reading: Reading) -> str:
    """Manufacturer and model; version and serial number follow them."""
    parts = reading.texts.get(definitions.DEVICE, "").split("^")[:2]
    return " ".join(part.strip() for part in parts if part.strip())
