"""DICOM waveform objects (12-lead ECG, general ECG).

============================  ===================================================================
read                          how
============================  ===================================================================
multiplex groups              ORIGINAL before DERIVED (median beats), then most leads, then the
                              longest; if none is complete, groups that run together in time
                              are joined
samples                       8, 16 or 32 bits, signed or not, either byte order; any transfer
                              syntax of pydicom, also without preamble
amplitudes                    raw x sensitivity x correction factor + baseline, in the unit of the
                              channel (UCUM uV, mV, ...)
leads                         channel source code: SCPECG 5.6.3-9-n, MDC 2:n or 131328 + n; the
                              code's meaning only when the code is unknown
padding                       a padding value marks gaps only if it lies outside what an ECG can
                              reach (10 mV); writers set 0 although 0 occurs in the signal
patient                       age (Y, M, W, D), else from the birth date; size in m, weight in kg
measurements                  annotations by code, whatever their unit says; the rate from RR
not read                      µ-law and A-law companded samples
============================  ===================================================================
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, config, dcmread
from pydicom.errors import BytesLengthException, InvalidDicomError

from elvmass.errors import LeadsError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.rawfile import RawFile
from elvmass.record import FloatArray, Measurements, Patient, Record, Source

FORMAT = "DICOM waveform"
#: What pydicom raises on damaged data sets, besides ValueError and its kin.
LIBRARY_ERRORS = (
    AttributeError, BytesLengthException, InvalidDicomError, NotImplementedError, OSError,
    RecursionError, TypeError,
)  # fmt: skip

_DTYPES = {
    (8, "SB"): "i1", (8, "UB"): "u1", (16, "SS"): "i2", (16, "US"): "u2",
    (32, "SL"): "i4", (32, "UL"): "u4",
}  # fmt: skip
_GAP_BEYOND_MV = 10.0

# Lead numbers of SCP-ECG, which the MDC codes share.
_LEAD_NUMBERS = {
    1: "I", 2: "II", 3: "V1", 4: "V2", 5: "V3", 6: "V4", 7: "V5", 8: "V6",
    61: "III", 62: "aVR", 63: "aVL", 64: "aVF",
}  # fmt: skip
_LEAD_CODES = {
    code: name
    for number, name in _LEAD_NUMBERS.items()
    for code in (f"5.6.3-9-{number}", f"2:{number}", str(131328 + number))
}
_MEASUREMENT_CODES = {
    "5.10.2.1-3": "rr", "2:16168": "rr", "2:16770": "rate",
    "5.13.5-7": "pr", "2:15872": "pr",
    "5.13.5-9": "qrs", "2:16156": "qrs",
    "5.13.5-11": "qt", "2:16160": "qt",
    "5.10.2.5-5": "qtc", "2:16164": "qtc",
    "5.10.3-11": "p_axis", "2:16128": "p_axis",
    "5.10.3-13": "qrs_axis", "2:16132": "qrs_axis",
    "5.10.3-15": "t_axis", "2:16136": "t_axis",
}  # fmt: skip

Order = Literal["<", ">"]
Counts = NDArray[np.integer]
Strip = tuple[dict[str, FloatArray], float]


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    # What pydicom warns of (malformed identifiers, odd lengths) may quote the patient.
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(io.BytesIO(raw.data), force=True)
        return _record(dataset, raw)


def _record(dataset: Dataset, raw: RawFile) -> Record:
    group, (found, rate_hz) = _rhythm(dataset, raw)
    signal, derived = leads.complete(found, raw.path)
    recorded_at = values.compact_moment(_text(dataset, "AcquisitionDateTime")) or values.moment(
        _text(dataset, "StudyDate"), _text(dataset, "StudyTime")
    )
    stated = _text(dataset, "PatientAge")
    age, notices = values.settle_age(
        values.age_years(stated[:-1], stated[-1:] or "Y"),
        values.day(_text(dataset, "PatientBirthDate")),
        recorded_at,
    )
    metres = values.positive(_text(dataset, "PatientSize"))
    return Record(
        signal_mv=signal,
        rate_hz=rate_hz,
        patient=Patient(
            sex=values.sex(_text(dataset, "PatientSex")),
            age_years=age,
            height_cm=metres * 100 if metres else None,
            weight_kg=values.positive(_text(dataset, "PatientWeight")),
            id=_text(dataset, "PatientID") or None,
            name=_text(dataset, "PatientName").replace("^", " ").strip() or None,
        ),
        reported=_measurements(dataset),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(dataset)),
        derived_leads=derived,
        device_filter=_filter(group),
        notices=notices,
    )


def _text(dataset: Dataset, keyword: str) -> str:
    value = dataset.get(keyword)
    return "" if value is None else str(value).strip()


def _rhythm(dataset: Dataset, raw: RawFile) -> tuple[Dataset, Strip]:
    """Choose the strip to read; also return its first group."""
    groups = list(dataset.get("WaveformSequence") or ())
    if not groups:
        raise UnsupportedFileError(
            raw.path,
            "is a DICOM object without waveforms",
            "Export the ECG as DICOM waveform, not as an image or PDF.",
        )
    # Items of a sequence do not know the byte order of their file.
    order: Order = ">" if dataset.original_encoding[1] is False else "<"
    strips = [(group, _strip([group], order, raw)) for group in groups]
    if all(leads.missing(found) for _, (found, _) in strips):
        strips = [(joined[0], _strip(joined, order, raw)) for joined in _together(groups)]

    def size(choice: tuple[Dataset, Strip]) -> tuple[bool, int, float]:
        group, (found, rate_hz) = choice
        samples = max((s.size for s in found.values()), default=0)
        return _is_original(group), -len(leads.missing(found)), samples / rate_hz

    best = max(strips, key=size)
    if not _is_original(best[0]):
        raise LeadsError(
            raw.path, "holds only derived waveforms", "Export the rhythm, not the median beat."
        )
    return best


def _is_original(group: Dataset) -> bool:
    return _text(group, "WaveformOriginality").upper() != "DERIVED"


def _together(groups: list[Dataset]) -> list[list[Dataset]]:
    """Join the groups that were recorded at the same instants, each with some of the leads."""
    keys = (
        "WaveformOriginality", "SamplingFrequency", "NumberOfWaveformSamples",
        "MultiplexGroupTimeOffset", "MultiplexGroupLabel",
    )  # fmt: skip
    joined: dict[tuple[str, ...], list[Dataset]] = {}
    for group in groups:
        joined.setdefault(tuple(_text(group, key) for key in keys), []).append(group)
    return list(joined.values())


def _strip(groups: list[Dataset], order: Order, raw: RawFile) -> Strip:
    channels = [channel for group in groups for channel in _channels(group, order, raw)]
    rate_hz = values.required(groups[0].SamplingFrequency)
    if rate_hz <= 0:
        raise ValueError("sampling frequency is not positive")
    return leads.collect(channels, raw.path), rate_hz


def _channels(group: Dataset, order: Order, raw: RawFile) -> Iterator[tuple[str, FloatArray]]:
    """Lead name and samples [n] in mV of every channel that is a standard lead."""
    counts = _counts(group, order, raw)
    padding = _padding(group, counts.dtype)
    for column, definition in enumerate(group.ChannelDefinitionSequence):
        name = _lead(definition)
        if name:
            yield name, _scaled_mv(counts[:, column], definition, padding, raw)


def _counts(
    group: Dataset, order: Order, raw: RawFile
) -> np.ndarray[tuple[int, int], np.dtype[np.integer]]:
    """[n, channels] as stored: C1S1, C2S1, ..., C1S2, ..."""
    key = (int(group.WaveformBitsAllocated), _text(group, "WaveformSampleInterpretation"))
    if key not in _DTYPES:
        raise UnsupportedFileError(
            raw.path, "stores its samples in a form that is not read", "Export 16-bit samples."
        )
    channels, samples = int(group.NumberOfWaveformChannels), int(group.NumberOfWaveformSamples)
    dtype = np.dtype(_DTYPES[key]).newbyteorder(order)
    return np.frombuffer(group.WaveformData, dtype, channels * samples).reshape(samples, channels)


def _padding(group: Dataset, dtype: np.dtype[np.integer]) -> int | None:
    value = group.get("WaveformPaddingValue")
    if isinstance(value, bytes) and len(value) >= dtype.itemsize:
        return int(np.frombuffer(value, dtype, 1)[0])
    return int(value) if isinstance(value, int) else None


def _lead(definition: Dataset) -> str | None:
    for source in definition.get("ChannelSourceSequence") or ():
        name = _LEAD_CODES.get(_text(source, "CodeValue"))
        name = name or leads.canonical(_text(source, "CodeMeaning"))
        if name:
            return name
    return leads.canonical(_text(definition, "ChannelLabel"))


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
    baseline = values.required(definition.get("ChannelBaseline") or 0)
    scaled: FloatArray = (counts.astype(np.float64) * gain + baseline) * factor
    if padding is not None and abs(padding * gain + baseline) * factor > _GAP_BEYOND_MV:
        scaled[counts == padding] = np.nan
    return scaled


def _measurements(dataset: Dataset) -> Measurements:
    """First annotation of each kind; later ones belong to single beats."""
    found: dict[str, str] = {}
    for note in dataset.get("WaveformAnnotationSequence") or ():
        names = note.get("ConceptNameCodeSequence") or ()
        kind = _MEASUREMENT_CODES.get(_text(names[0], "CodeValue")) if names else None
        if kind and _text(note, "NumericValue"):
            found.setdefault(kind, _text(note, "NumericValue"))
    rr_ms = values.positive(found.get("rr"), 6001.0)
    return Measurements(
        rate_bpm=values.rate_bpm(found.get("rate", 60000 / rr_ms if rr_ms else None)),
        pr_ms=values.interval_ms(found.get("pr")),
        qrs_ms=values.interval_ms(found.get("qrs")),
        qt_ms=values.interval_ms(found.get("qt")),
        qtc_ms=values.interval_ms(found.get("qtc")),
        p_axis_deg=values.axis_deg(found.get("p_axis")),
        qrs_axis_deg=values.axis_deg(found.get("qrs_axis")),
        t_axis_deg=values.axis_deg(found.get("t_axis")),
    )


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
