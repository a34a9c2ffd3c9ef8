"""EDF, EDF+ and BDF, the formats of polygraphs and of many converters.

============================  ===================================================================
read                          how
============================  ===================================================================
versions                      EDF and EDF+ (16 bits), BDF and BDF+ (24 bits)
leads                         by label ("ECG V1", "Lead aVR", "II") in any order; other signals
                              and annotations ignored, whatever their rate
amplitudes                    per signal from its physical and digital range, also inverted, in
                              its own unit (nV, uV, µV, mV, V)
sampling rate                 samples per data record / duration of a data record; the same for
                              all leads
record count -1               as many whole data records as there are, with a notice
interrupted (EDF+D)           data records are placed by their own times; gaps are NaN
patient, date, device         the fields of EDF+ ("code F 02-MAY-1951 name"), wherever they are;
                              01.01.85 is the date that anonymised files carry, so no date
device filter                 HP, LP and N of the first lead's prefilter text, else the text
what ``convert`` adds         age, height and weight behind the name ("age=61 cm=172 kg=78"),
                              leads "computed from leads I and II" in the transducer field
not read                      leads of different rates, gaps longer than the signal itself,
                              numbers with a decimal comma (1,000 may be 1 or 1000)
============================  ===================================================================

The format is decoded here because pyedflib, which agrees to the last bit on what both read,
refuses µV, letters beyond ASCII, EDF+D and the count -1, prints, and opens no file twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from elvmass.errors import CorruptFileError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.rawfile import RawFile
from elvmass.record import FloatArray, Notice, Patient, Record, Source

FORMAT = "EDF"
_HEAD = (8, 80, 80, 8, 8, 8, 44, 8, 8, 4)
_PER_SIGNAL = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
_ANNOTATIONS = ("EDF Annotations", "BDF Annotations")
_COMPUTED = "computed from leads I and II"
_ANONYMOUS = date(1985, 1, 1)

_PERSON = re.compile(r"(\S+) ([MFX]) (X|\d\d-[A-Za-z]{3}-\d{4})(?: (\S+))?")
_BODY = re.compile(r" (age|cm|kg)=(\S+)")
_ORIGIN = re.compile(r"Startdate (\S+)(?: \S+ \S+ (\S+))?")
_TWO_DIGITS = re.compile(r"(\d\d)\D(\d\d)\D(\d\d)")
_CORNER = re.compile(r"\b(HP|LP|N)\s*:?\s*(\d+\.?\d*)\s*Hz", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Signal:
    """One signal's header; ``start`` is the place of its samples in a data record."""

    label: str
    transducer: str
    unit: str
    physical: tuple[str, str]
    digital: tuple[str, str]
    prefilter: str
    samples: int
    start: int


@dataclass(frozen=True, slots=True)
class _Header:
    person: str
    origin: str
    start_date: str
    start_time: str
    interrupted: bool
    count: int
    seconds: float
    sample_bytes: int
    signals: tuple[_Signal, ...]

    @property
    def size(self) -> int:
        return 256 * (1 + len(self.signals))

    @property
    def record_bytes(self) -> int:
        return self.sample_bytes * sum(signal.samples for signal in self.signals)


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    header = _header(raw)
    blocks, notices = _data_records(header, raw)
    chosen = [signal for signal in header.signals if leads.canonical(signal.label)]
    rate_hz = _rate_hz(header, chosen, raw)
    found = leads.collect(
        ((signal.label, _samples_mv(signal, blocks, header, raw)) for signal in chosen), raw.path
    )
    signal_mv, computed = leads.complete(found, raw.path)
    recorded_at = _recorded_at(header)
    patient, age_notices = _patient(header.person, recorded_at)
    return Record(
        signal_mv=_placed(signal_mv, blocks, header, raw),
        rate_hz=rate_hz,
        patient=patient,
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(header.origin)),
        derived_leads=_derived(chosen, computed),
        device_filter=_filter(chosen[0].prefilter),
        notices=notices + age_notices,
    )


def _header(raw: RawFile) -> _Header:
    version, person, origin, start_date, start_time, size, kind, count, seconds, signals = _fields(
        raw.data[:256], _HEAD
    )
    number = int(signals)
    if number <= 0 or int(size) != 256 * (1 + number) or len(raw.data) < int(size):
        raise ValueError("number of signals and size of the header disagree")
    return _Header(
        person, origin, start_date, start_time,
        interrupted=kind.upper().startswith(("EDF+D", "BDF+D")),
        count=int(count),
        seconds=values.required(seconds),
        sample_bytes=2 if version == "0" else 3,
        signals=_signals(raw.data[256 : int(size)], number),
    )  # fmt: skip


def _signals(data: bytes, number: int) -> tuple[_Signal, ...]:
    """Headers of all signals: first all labels, then all transducers, and so on."""
    columns, at = [], 0
    for width in _PER_SIGNAL:
        columns.append(_fields(data[at : at + width * number], (width,) * number))
        at += width * number
    samples = [int(count) for count in columns[8]]
    if min(samples) < 0:
        raise ValueError("negative number of samples")
    starts = np.cumsum([0, *samples[:-1]]).tolist()
    return tuple(
        _Signal(label, transducer, unit, (low, high), (digital_low, digital_high), words, n, start)
        for label, transducer, unit, low, high, digital_low, digital_high, words, n, start in zip(
            *columns[:8], samples, starts, strict=True
        )
    )


def _fields(data: bytes, widths: tuple[int, ...]) -> list[str]:
    texts, at = [], 0
    for width in widths:
        texts.append(_text(data[at : at + width]))
        at += width
    return texts


def _text(data: bytes) -> str:
    """Decode a field: ASCII by the rules; names and µV are Latin-1 or UTF-8 in real files."""
    try:
        decoded = data.decode("utf-8")
    except UnicodeDecodeError:
        decoded = data.decode("latin-1")
    return decoded.strip(" \0")


def _data_records(header: _Header, raw: RawFile) -> tuple[NDArray[np.uint8], tuple[Notice, ...]]:
    """Bytes of the data records [records, bytes]."""
    if not header.record_bytes:
        raise ValueError("data records are empty")
    there, rest = divmod(len(raw.data) - header.size, header.record_bytes)
    count = there if header.count == -1 else header.count
    if not 0 < count <= there:
        raise CorruptFileError(
            raw.path,
            f"holds {there} whole data records, but its header announces {count}",
            "Copy or export the file again.",
        )
    blocks = np.frombuffer(raw.data, np.uint8, count * header.record_bytes, header.size)
    return blocks.reshape(count, header.record_bytes), _count_notices(header, there, rest)


def _count_notices(header: _Header, there: int, rest: int) -> tuple[Notice, ...]:
    if header.count == -1:
        return (
            Notice(
                "recording_unfinished",
                "The header does not say how long the recording is: the device may have been "
                "stopped early. All complete data records are read.",
            ),
        )
    if there > header.count or rest:
        return (
            Notice(
                "surplus_data",
                "The file is longer than its header announces; the surplus is not read.",
            ),
        )
    return ()


def _rate_hz(header: _Header, chosen: list[_Signal], raw: RawFile) -> float:
    """Samples per second of the leads; 0 leads are told by name later."""
    counts = {signal.samples for signal in chosen}
    if len(counts) > 1:
        raise UnsupportedFileError(
            raw.path, "stores leads at different sampling rates", "Export all leads at one rate."
        )
    if header.seconds <= 0 or 0 in counts:
        raise UnsupportedFileError(
            raw.path, "gives no sampling rate for its leads", "Export the ECG as continuous EDF."
        )
    rate_hz = max(counts, default=1) / header.seconds
    # Eight characters cut 1/3 s to 0.333333: the rate is whole if such a cut explains the rest.
    whole = float(round(rate_hz))
    return whole if abs(rate_hz - whole) * header.seconds <= 1e-6 * rate_hz else rate_hz


def _samples_mv(
    signal: _Signal, blocks: NDArray[np.uint8], header: _Header, raw: RawFile
) -> FloatArray:
    """Samples [n] of one signal in mV, data records one after another."""
    low, high = (values.required(text) for text in signal.physical)
    digital_low, digital_high = (int(text) for text in signal.digital)
    if digital_low >= digital_high or low == high:
        raise CorruptFileError(raw.path, "gives a lead no amplitude range", "Export the ECG again.")
    gain = (high - low) / (digital_high - digital_low)
    counts = _counts(_part(blocks, signal, header), header.sample_bytes)
    scaled: FloatArray = (counts.astype(np.float64) - digital_low) * gain + low
    return scaled * values.to_mv(signal.unit, raw.path)


def _part(blocks: NDArray[np.uint8], signal: _Signal, header: _Header) -> NDArray[np.uint8]:
    """Bytes of one signal in every data record [records, bytes]."""
    width = header.sample_bytes
    start = signal.start * width
    return np.ascontiguousarray(blocks[:, start : start + signal.samples * width])


def _counts(part: NDArray[np.uint8], sample_bytes: int) -> NDArray[np.integer]:
    if sample_bytes == 2:
        return part.view("<i2").ravel()
    # 24 bits become the upper three bytes of 32, so that the shift carries the sign.
    wide = np.zeros((part.size // 3, 4), np.uint8)
    wide[:, 1:] = part.reshape(-1, 3)
    return wide.view("<i4").ravel() >> 8


def _placed(
    signal_mv: FloatArray, blocks: NDArray[np.uint8], header: _Header, raw: RawFile
) -> FloatArray:
    """Leave gaps where an interrupted recording has them."""
    if not header.interrupted:
        return signal_mv
    per_record = signal_mv.shape[1] // len(blocks)
    onset_s = np.array(_onsets_s(blocks, header))
    starts = np.rint((onset_s - onset_s[0]) / header.seconds * per_record)
    if np.any(np.diff(starts) < per_record):
        raise ValueError("data records overlap in time")
    length = starts[-1] + per_record
    if length > 2 * signal_mv.shape[1]:
        raise UnsupportedFileError(
            raw.path,
            "has interruptions that are longer than its signal",
            "Export one uninterrupted part of the recording.",
        )
    placed = np.full((len(signal_mv), int(length)), np.nan)
    places = starts.astype(np.intp)[:, None] + np.arange(per_record)
    placed[:, places.ravel()] = signal_mv
    return placed


def _onsets_s(blocks: NDArray[np.uint8], header: _Header) -> list[float]:
    """Time of every data record: the first entry of its annotations, before the byte 20."""
    keeper = next((s for s in header.signals if s.label in _ANNOTATIONS), None)
    if keeper is None:
        raise ValueError("no times in an interrupted recording")
    return [
        values.required(bytes(part[:32]).split(b"\x14")[0].decode("ascii"))
        for part in _part(blocks, keeper, header)
    ]


def _recorded_at(header: _Header) -> datetime | None:
    """Day and time of the start; the recording field has the year in four digits."""
    origin = _ORIGIN.match(header.origin)
    day = values.day(origin.group(1)) if origin else None
    if day is None and (parts := _TWO_DIGITS.fullmatch(header.start_date)):
        dd, mm, yy = parts.groups()
        day = values.day(f"{'19' if int(yy) >= 85 else '20'}{yy}-{mm}-{dd}")
    if day is None or day == _ANONYMOUS:
        return None
    clock = _TWO_DIGITS.fullmatch(header.start_time)
    return values.moment(day.isoformat(), ":".join(clock.groups()) if clock else None)


def _patient(text: str, recorded_at: datetime | None) -> tuple[Patient, tuple[Notice, ...]]:
    """Decode "code sex birth-date name" of EDF+; free text of plain EDF says nothing safely."""
    person = _PERSON.match(text)
    if person is None:
        return Patient(), ()
    code, sex, birth, name = person.groups()
    body = dict(_BODY.findall(text[person.end() :]))
    age, notices = values.settle_age(
        values.age_years(body.get("age")), values.day(birth), recorded_at
    )
    return Patient(
        sex=values.sex(sex),
        age_years=age,
        height_cm=values.positive(body.get("cm")),
        weight_kg=values.positive(body.get("kg")),
        id=_known(code),
        name=_known(name),
    ), notices


def _derived(chosen: list[_Signal], computed: tuple[str, ...]) -> tuple[str, ...]:
    """Limb leads that were computed: before the file was written, or just now."""
    before = {leads.canonical(s.label) for s in chosen if s.transducer == _COMPUTED}
    return tuple(name for name in leads.FROM_I_AND_II if name in before or name in computed)


def _device(text: str) -> str:
    origin = _ORIGIN.match(text)
    return (_known(origin.group(2)) or "") if origin else ""


def _known(text: str | None) -> str | None:
    """Undo the underscores of EDF+; X stands for unknown."""
    return None if text in (None, "X") else str(text).replace("_", " ")


def _filter(text: str) -> str:
    """Put "HP:0.05Hz LP:150Hz N:50Hz" in our words; other words stay as they are."""
    corners = {key.upper(): values.positive(hz) for key, hz in _CORNER.findall(text)}
    band = values.band_text(corners.get("HP"), corners.get("LP"), corners.get("N"))
    return band or (text if text.lower() != "none" else "")
