"""DICOM waveform objects (12-lead, General, General 32-bit, Ambulatory ECG, Hemodynamic).

============================  ===================================================================
read                          how
============================  ===================================================================
multiplex groups              never DERIVED ones (median beats); most leads, then the longest; if
                              none is complete, groups of one time offset, rate and length are
                              joined
samples                       8, 16 or 32 bits, signed or not, µ-law, A-law (as 16 bits, with a
                              notice), either byte order; fewer bits stored than allocated
transfer syntaxes             implicit, explicit, deflated (to 64 MB), big endian; also without
                              preamble and meta header
amplitudes                    raw x sensitivity x correction factor + baseline, in the unit of the
                              channel (UCUM nV, uV, mV, V)
leads                         code of the channel source: SCPECG 5.6.3-9-n, MDC 2:n, its number or
                              reference id; by meaning or label, with a notice, only if the code is
                              of no such system
padding                       a padding value marks gaps only if it lies outside what an ECG can
                              reach (10 mV); writers set 0 although 0 occurs in the signal
patient                       age (Y, M, W, D), else from the birth date; size in m (above 3, with
                              a notice, in cm), weight in kg
measurements                  annotations of all channels by code; intervals in their unit, axes in
                              degrees whatever their unit says; the rate from RR
not read                      other SOP classes (audio, EEG, images, documents), 64-bit samples,
                              leads sampled at different times (channel skew)
============================  ===================================================================
"""

from __future__ import annotations

import io
import re
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, config, dcmread
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import UID

from elvmass.errors import LeadsError, UnsupportedFileError
from elvmass.io import codes, leads, values
from elvmass.io.leads import Strip
from elvmass.io.rawfile import RawFile
from elvmass.record import FloatArray, Measurements, Notice, Patient, Record, Source

FORMAT = "DICOM waveform"
#: What pydicom raises on damaged data sets, besides ValueError and its kin.
LIBRARY_ERRORS = (
    AttributeError, BytesLengthException, InvalidDicomError, NotImplementedError, OSError,
    RecursionError, TypeError,
)  # fmt: skip

_DTYPES = {
    (8, "SB"): "i1", (8, "UB"): "u1", (16, "SS"): "i2", (16, "US"): "u2",
    (32, "SL"): "i4", (32, "UL"): "u4", (8, "MB"): "u1", (8, "AB"): "u1",
}  # fmt: skip
_SOP = "1.2.840.10008.5.1.4.1.1.9."
_ECG_CLASSES = {_SOP + end for end in ("1.1", "1.2", "1.3", "1.4", "2.1")}
# What a DICOM object without waveforms is, by an element of it.
_OTHER_OBJECTS = (
    ("EncapsulatedDocument", "is a document (PDF) inside a DICOM file, without waveforms"),
    ("Rows", "is a DICOM image without waveforms"),
    ("DirectoryRecordSequence", "is the directory of a DICOM medium, without waveforms"),
    ("ContentSequence", "is a DICOM report without waveforms"),
)
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_EXPLICIT = b"1.2.840.10008.1.2.1\0\0\0"
_MAX_INFLATED = 64 * 2**20
_MAX_BESIDE = 4 * 2**20
_MAX_READS = 300_000  # of headers and values; real ECGs make up to 4,000
_GAP_BEYOND_MV = 10.0
_HIGHEST_M = 3.0

# A code of these systems says which lead it is, or that it is no standard lead.
_LEAD_SYSTEM = re.compile(r"(?:5\.6\.3-9-|2:)\d+")
_SCP_KINDS = {
    "5.10.2.1-3": "rr", "5.13.5-7": "pr", "5.13.5-9": "qrs", "5.13.5-11": "qt",
    "5.10.2.5-5": "qtc", "5.10.3-11": "p_axis", "5.10.3-13": "qrs_axis", "5.10.3-15": "t_axis",
}  # fmt: skip

Order = Literal["<", ">"]
Counts = NDArray[np.integer]
Table = np.ndarray[tuple[int, int], np.dtype[np.integer]]


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    # What pydicom warns of (malformed identifiers, odd lengths) may quote the patient.
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = _inflated(raw)
        if _beside_waveforms(data) > _MAX_BESIDE:
            raise UnsupportedFileError(
                raw.path,
                f"holds more than {_MAX_BESIDE >> 20} MB beside its waveforms",
                "Export the ECG alone, without pictures or documents.",
            )
        dataset = dcmread(_Bounded(data), force=True)
        return _record(dataset, raw)


class _Bounded(io.BytesIO):
    """Bytes that end the parsing of endless tiny elements, which pydicom would list for minutes."""

    _reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads > _MAX_READS:
            raise ValueError("more elements than any ECG has")
        return super().read(size)


def _beside_waveforms(data: bytes) -> int:
    """Count the bytes that are not Waveform Data: what pydicom takes apart piece by piece."""
    beside, at = len(data), 0
    for order, tag in (("little", b"\x00\x54\x10\x10"), ("big", b"\x54\x00\x10\x10")):
        while (at := data.find(tag, at)) >= 0:
            explicit = data[at + 4 : at + 6] in (b"OW", b"OB")
            where = at + (8 if explicit else 4)
            length = int.from_bytes(data[where : where + 4], order)  # type: ignore[arg-type]
            inside = min(length, len(data) - at)
            beside -= inside
            at += 8 + inside
        at = 0
    return beside


def _inflated(raw: RawFile) -> bytes:
    """Expand a deflated data set here, where its size is bounded; the rest as it is."""
    data = raw.data
    start = _end_of_meta(data)
    if _DEFLATED not in data[:start]:
        return data
    expander = zlib.decompressobj(-zlib.MAX_WBITS)
    body = expander.decompress(data[start:], _MAX_INFLATED)
    if len(body) == _MAX_INFLATED:
        raise UnsupportedFileError(
            raw.path,
            f"expands to more than {_MAX_INFLATED >> 20} MB",
            "Export the ECG without compression.",
        )
    if not expander.eof:
        raise ValueError("the deflated data set is cut off")
    return data[:start].replace(_DEFLATED, _EXPLICIT) + body


def _end_of_meta(data: bytes) -> int:
    """Where the elements of group 0002 end, which are always explicit and little-endian."""
    at = 132 if data[128:132] == b"DICM" else 0
    while data[at : at + 2] == b"\2\0":
        if data[at + 4 : at + 6] in (b"OB", b"UN", b"OW", b"UT"):
            at += 12 + int.from_bytes(data[at + 8 : at + 12], "little")
        else:
            at += 8 + int.from_bytes(data[at + 6 : at + 8], "little")
    return at


def _record(dataset: Dataset, raw: RawFile) -> Record:
    _check_kind(dataset, raw)
    strip = _rhythm(dataset, raw)
    signal, derived = leads.complete(strip.found, raw.path)
    recorded_at = values.compact_moment(_text(dataset, "AcquisitionDateTime")) or values.moment(
        _text(dataset, "StudyDate"), _text(dataset, "StudyTime")
    )
    stated, age_notices = _stated_age(_text(dataset, "PatientAge"))
    age, notices = values.settle_age(
        stated, values.day(_text(dataset, "PatientBirthDate")), recorded_at
    )
    height, height_notices = _height_cm(values.positive(_text(dataset, "PatientSize")))
    return Record(
        signal_mv=signal,
        rate_hz=strip.rate_hz,
        patient=Patient(
            sex=values.sex(_text(dataset, "PatientSex")),
            age_years=age,
            height_cm=height,
            weight_kg=values.positive(_text(dataset, "PatientWeight")),
            id=_text(dataset, "PatientID") or None,
            name=_text(dataset, "PatientName").replace("^", " ").strip() or None,
        ),
        reported=_measurements(dataset),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(dataset)),
        derived_leads=derived,
        device_filter=_filter(strip.source),
        notices=(*age_notices, *notices, *height_notices, *strip.notices),
    )


def _text(dataset: Dataset, keyword: str) -> str:
    value = dataset.get(keyword)
    return "" if value is None else str(value).strip()


def _check_kind(dataset: Dataset, raw: RawFile) -> None:
    """Refuse what is no ECG, by its name."""
    if not dataset.get("WaveformSequence"):
        told = (words for keyword, words in _OTHER_OBJECTS if keyword in dataset)
        raise UnsupportedFileError(
            raw.path,
            next(told, "is a DICOM object without waveforms"),
            "Export the ECG as DICOM waveform, not as an image or PDF.",
        )
    kind = UID(_text(dataset, "SOPClassUID").rstrip("\0"))
    if kind.startswith("1.2.840.10008.") and kind not in _ECG_CLASSES:
        name = kind.name if kind.name != kind else "another kind of object"
        raise UnsupportedFileError(
            raw.path, f"is a DICOM file for {name}, not an ECG", "Export the ECG itself."
        )


def _stated_age(stated: str) -> tuple[float | None, tuple[Notice, ...]]:
    if not stated.isdigit():
        return values.age_years(stated[:-1], stated[-1:] or "Y"), ()
    age = values.age_years(stated)
    if age is None:
        return None, ()
    return age, (
        Notice("age_unit", f"The file states the age {age:g} without its unit; it is in years."),
    )


def _height_cm(metres: float | None) -> tuple[float | None, tuple[Notice, ...]]:
    """DICOM heights are in metres, but some programs write centimetres."""
    if metres is None or metres <= _HIGHEST_M:
        return None if metres is None else metres * 100, ()
    return metres, (
        Notice(
            "height_unit",
            f"The file gives the height as {metres:g} m; it is taken as centimetres.",
        ),
    )


def _rhythm(dataset: Dataset, raw: RawFile) -> Strip[Dataset]:
    """Choose the strip to read."""
    # Items of a sequence do not know the byte order of their file.
    order: Order = ">" if dataset.original_encoding[1] is False else "<"
    # All of them, so that a file cut off in any group is noticed.
    groups = [(group, _counts(group, order, raw)) for group in dataset.WaveformSequence]
    strips = [
        _strip(group, counts, raw)
        for group, counts in groups
        if _text(group, "WaveformOriginality").upper() != "DERIVED"
    ]
    if not strips:
        raise LeadsError(
            raw.path, "holds only derived waveforms", "Export the rhythm, not the median beat."
        )
    return leads.choose(strips, raw.path)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that is a standard lead; ``by_text``: no code said so, only words."""

    name: str
    column: int
    definition: Dataset
    by_text: bool


def _strip(group: Dataset, counts: Table, raw: RawFile) -> Strip[Dataset]:
    rate_hz = values.required(group.SamplingFrequency)
    if rate_hz <= 0:
        raise ValueError("sampling frequency is not positive")
    channels = list(_channels(group, counts.shape[1]))
    _check_skew(channels, rate_hz, raw)
    padding = _padding(group, counts.dtype)
    coding = _text(group, "WaveformSampleInterpretation")
    found = leads.collect(
        [
            (channel.name, _scaled_mv(counts[:, channel.column], channel.definition, padding, raw))
            for channel in channels
        ],
        raw.path,
    )
    offset = values.number(_text(group, "MultiplexGroupTimeOffset")) or 0.0
    return Strip(
        found, rate_hz, group, f"{offset:g} ms", (*_by_text(channels), *_companded(coding))
    )


def _channels(group: Dataset, count: int) -> Iterator[Channel]:
    definitions = group.ChannelDefinitionSequence
    if len(definitions) != count:
        raise ValueError("channels without definition")
    for column, definition in enumerate(definitions):
        name, by_text = _lead(definition)
        if name:
            yield Channel(name, column, definition, by_text)


def _lead(definition: Dataset) -> tuple[str | None, bool]:
    """Name of a channel's lead, and whether it was found by words only."""
    words = []
    for source in definition.get("ChannelSourceSequence") or ():
        code = _text(source, "CodeValue")
        name = codes.lead(code)
        if name or _LEAD_SYSTEM.fullmatch(code):
            return name, False
        words.append(_text(source, "CodeMeaning"))
    words.append(_text(definition, "ChannelLabel"))
    return next((name for word in words if (name := leads.canonical(word))), None), True


def _by_text(channels: list[Channel]) -> tuple[Notice, ...]:
    named = ", ".join(channel.name for channel in channels if channel.by_text)
    if not named:
        return ()
    return (
        Notice(
            "leads_by_text",
            f"No known code names leads {named}; they were recognised by their descriptions.",
        ),
    )


def _companded(coding: str) -> tuple[Notice, ...]:
    if coding not in _EXPANDED:
        return ()
    return (
        Notice(
            "companded_samples",
            "The samples are stored in 8 bits by µ-law or A-law; the sensitivity is taken to count "
            "their 16-bit values. Compare the amplitudes with the original.",
        ),
    )


def _check_skew(channels: list[Channel], rate_hz: float, raw: RawFile) -> None:
    """Leads may differ by a sample, as multiplexers do, but not by more."""
    skews = [
        (values.number(_text(channel.definition, "ChannelSampleSkew")) or 0.0)
        + rate_hz * (values.number(_text(channel.definition, "ChannelTimeSkew")) or 0.0)
        for channel in channels
    ]
    if skews and max(skews) - min(skews) > 1:
        raise UnsupportedFileError(
            raw.path, "samples its leads at different times", "Export leads without skew."
        )


def _counts(group: Dataset, order: Order, raw: RawFile) -> Table:
    """[n, channels]: C1S1, C2S1, ..., C1S2, ..."""
    coding = _text(group, "WaveformSampleInterpretation")
    key = (int(group.WaveformBitsAllocated), coding)
    if key not in _DTYPES:
        raise UnsupportedFileError(
            raw.path, "stores its samples in a form that is not read", "Export 16-bit samples."
        )
    channels, samples = int(group.NumberOfWaveformChannels), int(group.NumberOfWaveformSamples)
    dtype = np.dtype(_DTYPES[key]).newbyteorder(order)
    surplus = len(group.WaveformData) - channels * samples * dtype.itemsize
    # One more byte makes the length even; more would mean other channels than announced.
    if min(channels, samples) < 1 or not 0 <= surplus < channels * dtype.itemsize:
        raise ValueError("another number of samples than announced")
    counts = np.frombuffer(group.WaveformData, dtype, channels * samples)
    if coding in _EXPANDED:
        counts = _EXPANDED[coding][counts]
    return counts.reshape(samples, channels)


def _mu_law() -> NDArray[np.int32]:
    """16-bit value of each µ-law byte (ITU-T G.711): inverted; sign, exponent, mantissa."""
    code = 255 - np.arange(256, dtype=np.int32)
    size = ((2 * (code & 15) + 33) << (code >> 4 & 7)) - 33
    return np.where(code & 128, -4 * size, 4 * size).astype(np.int32)


def _a_law() -> NDArray[np.int32]:
    """16-bit value of each A-law byte (ITU-T G.711): even bits inverted, a set sign is positive."""
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = code >> 4 & 7, 2 * (code & 15) + 1
    size = np.where(exponent, (mantissa + 32) << np.maximum(exponent - 1, 0), mantissa)
    return np.where(code & 128, 8 * size, -8 * size).astype(np.int32)


_EXPANDED = {"MB": _mu_law(), "AB": _a_law()}


def _padding(group: Dataset, dtype: np.dtype[np.integer]) -> int | None:
    value = group.get("WaveformPaddingValue")
    if isinstance(value, bytes) and len(value) >= dtype.itemsize:
        return int(np.frombuffer(value, dtype, 1)[0])
    return int(value) if isinstance(value, int) else None


def _scaled_mv(
    counts: Counts,
    definition: Dataset,
    padding: int | None,
    raw: RawFile,
) -> FloatArray:
    """Raw x sensitivity x correction + baseline; without sensitivity there is no amplitude."""
    units = definition.get("ChannelSensitivityUnitsSequence") or ()
    if not units or "ChannelSensitivity" not in definition:
        raise UnsupportedFileError(
            raw.path, "gives no sensitivity for a lead", "Export the ECG with calibrated channels."
        )
    factor = values.to_mv(_text(units[0], "CodeValue"), raw.path)
    gain = values.required(definition.ChannelSensitivity)
    gain *= values.required(definition.get("ChannelSensitivityCorrectionFactor") or 1)
    if not gain:
        raise ValueError("the sensitivity of a lead is zero")
    baseline = values.required(definition.get("ChannelBaseline") or 0)
    stored = _with_sign(counts, definition.get("WaveformBitsStored"))
    scaled: FloatArray = (stored.astype(np.float64) * gain + baseline) * factor
    if padding is not None and abs(padding * gain + baseline) * factor > _GAP_BEYOND_MV:
        scaled[counts == padding] = np.nan
    return scaled


def _with_sign(counts: Counts, bits: object) -> Counts:
    """Restore the sign where a writer filled the bits above those stored with zeros."""
    allocated = 8 * counts.dtype.itemsize
    if counts.dtype.kind != "i" or not isinstance(bits, int) or not 1 < bits < allocated:
        return counts
    half = 1 << bits - 1
    if counts.min() < 0 or not half <= counts.max() < 2 * half:
        return counts
    return np.where(counts < half, counts, counts - np.int64(2 * half))


def _measurements(dataset: Dataset) -> Measurements:
    """First annotation of each kind that holds for all channels; later ones are of single beats."""
    found: dict[str, tuple[str, str]] = {}
    for note in dataset.get("WaveformAnnotationSequence") or ():
        if "NumericValue" not in note or not _of_all_channels(note):
            continue
        names = note.get("ConceptNameCodeSequence") or ()
        code = _text(names[0], "CodeValue") if names else ""
        kind, value = _SCP_KINDS.get(code) or codes.kind(code), _text(note, "NumericValue")
        if kind and value:
            units = note.get("MeasurementUnitsCodeSequence") or ()
            found.setdefault(kind, (value, _text(units[0], "CodeValue") if units else ""))
    return codes.measurements(found)


def _of_all_channels(note: Dataset) -> bool:
    """Pairs of group and channel; channel 0 stands for all of a group."""
    pairs = note.get("ReferencedWaveformChannels")
    return pairs is None or isinstance(pairs, int) or not any(pairs[1::2])


def _device(dataset: Dataset) -> str:
    parts = (_text(dataset, "Manufacturer"), _text(dataset, "ManufacturerModelName"))
    return " ".join(part for part in parts if part and part != "Unknown")


def _filter(group: Dataset) -> str:
    first = group.ChannelDefinitionSequence[0]
    return values.band_text(
        values.positive(_text(first, "FilterLowFrequency")),
        values.positive(_text(first, "FilterHighFrequency")),
        values.positive(_text(first, "NotchFilterFrequency")),
    )
