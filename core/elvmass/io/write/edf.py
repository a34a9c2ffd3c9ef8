"""Write EDF+C: twelve signals of 16 bits and the annotation signal that keeps the time.

The step of each lead is that of :mod:`elvmass.io.write.quantise` (rounding error 0.25 µV within
16 mV, never above 2.5 µV), spelled through the physical limits, which have eight characters.
Data records have a whole number of samples that divides the recording, so nothing is padded.
EDF+ names 1 January 1985 for a date that is not known, with "Startdate X". Age, height and weight
are subfields after the name ("age=61 cm=172 kg=78"): EDF+ allows more there but names none, so
other readers skip them. The filter stands in the prefiltering field, leads that were computed in
the transducer field; text is ASCII.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from elvmass.errors import WriteError
from elvmass.io import values
from elvmass.io.write.quantise import LARGEST, Counts, quantise
from elvmass.io.write.store import Encoded
from elvmass.io.write.text import ascii_line, figure
from elvmass.record import LEADS, Record, Sex

_SEXES = {Sex.FEMALE: "F", Sex.MALE: "M", None: "X"}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_FIELD = 80
# Old readers take 61440 bytes per data record, of 13 signals.
_GOOD_SAMPLES, _MOST_SAMPLES = 2500, 200_000
_SHORTEST_S = 0.1
_RATE_ERROR = 1e-6


def encode(record: Record, path: Path) -> Encoded:
    """Return the file."""
    counts = quantise(record, path)
    length = _record_length(counts.samples.shape[1], record.rate_hz, path)
    duration = _duration(length, record.rate_hz)
    clock = _clock(record, counts.samples.shape[1] // length, duration)
    signals = [*_signals(record, counts, length), _annotations(clock.shape[1])]
    blocks = counts.samples.reshape(len(LEADS), -1, length).transpose(1, 0, 2)
    body = np.concatenate([blocks.reshape(len(blocks), -1), clock], axis=1).astype("<i2")
    return Encoded({path: _header(record, path, signals, (len(blocks), duration)) + body.tobytes()})


def _record_length(n: int, rate_hz: float, path: Path) -> int:
    """Choose the samples of a data record: a divisor of ``n``, near one second."""

    def badness(length: int) -> tuple[bool, bool, bool, float]:
        seconds = length / rate_hz
        off = abs(length / float(_duration(length, rate_hz)) / rate_hz - 1)
        return off > _RATE_ERROR, seconds < _SHORTEST_S, length > _GOOD_SAMPLES, abs(seconds - 1)

    small = [k for k in range(1, math.isqrt(n) + 1) if n % k == 0]
    divisors = [k for k in {*small, *(n // k for k in small)} if k <= _MOST_SAMPLES]
    best = min((k for k in divisors if float(_duration(k, rate_hz))), key=badness, default=0)
    if not best or badness(best)[0]:
        raise WriteError(
            path,
            f"cannot be written: EDF has no exact way to say {rate_hz:g} Hz",
            "Write csv, npz or wfdb.",
        )
    return best


def _duration(length: int, rate_hz: float) -> str:
    """Seconds of a data record in eight characters."""
    exact = Decimal(length) / Decimal(repr(rate_hz))
    return _eight(exact)


def _eight(number: Decimal | float) -> str:
    """Spell a number as closely as eight characters can, without an exponent."""
    decimals = 6
    while len(text := f"{number:.{decimals}f}") > 8 and decimals:
        decimals -= 1
    return text.rstrip("0").rstrip(".") if "." in text else text


def _clock(record: Record, blocks: int, duration: str) -> NDArray[np.int16]:
    """Annotation signal [blocks, m]: the start of every data record, in seconds."""
    first = Decimal(record.recorded_at.microsecond if record.recorded_at else 0) / 1_000_000
    starts = (first + k * Decimal(duration) for k in range(blocks))
    stamps = [f"+{start.normalize():f}\x14\x14\0".encode("ascii") for start in starts]
    width = -(-max(map(len, stamps)) // 2) * 2
    return np.frombuffer(b"".join(stamp.ljust(width, b"\0") for stamp in stamps), "<i2").reshape(
        blocks, -1
    )


#: One signal's header fields: label, transducer, unit, physical and digital limits, filter, length.
_Signal = tuple[str, str, str, str, str, str, str, str, str]
_WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8)


def _signals(record: Record, counts: Counts, length: int) -> list[_Signal]:
    prefilter = _prefilter(record.device_filter)
    made = []
    for lead, row, step in zip(LEADS, counts.samples, counts.step_uv.tolist(), strict=True):
        derived = "computed from leads I and II" if lead in record.derived_leads else ""
        count, microvolts = _limits(row, step)
        limits = (f"-{microvolts}", microvolts, str(-count), str(count))
        made.append((f"ECG {lead}", derived, "uV", *limits, prefilter, str(length)))
    return made


def _annotations(width: int) -> _Signal:
    return "EDF Annotations", "", "", "-1", "1", "-32768", "32767", "", str(width)


def _limits(samples: NDArray[np.int16], step_uv: float) -> tuple[int, str]:
    """Choose the count whose microvolts seven characters spell best, of those beyond the signal."""
    peak = max(1000, int(np.abs(samples.astype(np.int32)).max()))
    counts = np.arange(LARGEST, peak - 1, -1)
    exact = counts * step_uv
    decimals = np.clip(5 - np.floor(np.log10(exact)).astype(int), 0, 5)
    spelled = np.rint(exact * 10.0**decimals) / 10.0**decimals
    best = int(np.argmin(np.round(np.abs(spelled / exact - 1), 12)))
    text = f"{spelled[best]:.{decimals[best]}f}"
    return int(counts[best]), text.rstrip("0").rstrip(".") if "." in text else text


def _prefilter(words: str) -> str:
    low, high, notch = values.band_of(words)
    parts = (("HP", low), ("LP", high), ("N", notch))
    spelled = " ".join(f"{name}:{corner:g}Hz" for name, corner in parts if corner)
    return spelled or ascii_line(words)[:_FIELD]


def _header(
    record: Record, path: Path, signals: Sequence[_Signal], blocks: tuple[int, str]
) -> bytes:
    """Fixed fields of the file, then each field of all signals in turn."""
    at = record.recorded_at
    fields = [
        ("0", 8),
        (_patient(record, path), _FIELD),
        (_recording(record), _FIELD),
        (at.strftime("%d.%m.%y") if at else "01.01.85", 8),
        (at.strftime("%H.%M.%S") if at else "00.00.00", 8),
        (str(256 * (len(signals) + 1)), 8),
        ("EDF+C", 44),
        (str(blocks[0]), 8),
        (blocks[1], 8),
        (str(len(signals)), 4),
    ]
    for column, width in enumerate(_WIDTHS):
        fields += [(signal[column], width) for signal in signals]
    fields += [("", 32)] * len(signals)
    return "".join(text.ljust(width) for text, width in fields).encode("ascii")


def _patient(record: Record, path: Path) -> str:
    """Code, sex, birth date (never known here) and name; what the body is comes after."""
    patient = record.patient
    body = (("age", patient.age_years), ("cm", patient.height_cm), ("kg", patient.weight_kg))
    known = "".join(f" {unit}={figure(value)}" for unit, value in body if value is not None)
    field = f"{_word(patient.id)} {_SEXES[patient.sex]} X {_word(patient.name)}{known}"
    if len(field) > _FIELD:
        raise WriteError(
            path,
            "cannot be written: name and patient number have more than the 80 characters of EDF",
            "Leave them out with --anonymise, or write another format.",
        )
    return field


def _recording(record: Record) -> str:
    at = record.recorded_at
    day = f"{at.day:02d}-{_MONTHS[at.month - 1]}-{at.year:04d}" if at else "X"
    return f"Startdate {day} X X {_word(record.source.device)}"[:_FIELD]


def _word(words: str | None) -> str:
    """Spell one subfield: blanks separate subfields, so they become underscores."""
    return ascii_line(words or "").replace(" ", "_") or "X"
