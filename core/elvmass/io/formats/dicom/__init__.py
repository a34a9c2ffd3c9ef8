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

import warnings

from pydicom import Dataset, config
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import UID

from elvmass.errors import UnsupportedFileError
from elvmass.io import codes, leads, values
from elvmass.io.formats.dicom.elements import parse, text
from elvmass.io.formats.dicom.waveform import rhythm
from elvmass.io.rawfile import RawFile
from elvmass.record import Measurements, Notice, Patient, Record, Source

FORMAT = "DICOM waveform"
#: What pydicom raises on damaged data sets, besides ValueError and its kin.
LIBRARY_ERRORS = (
    AttributeError, BytesLengthException, InvalidDicomError, NotImplementedError, OSError,
    RecursionError, TypeError,
)  # fmt: skip

_SOP = "1.2.840.10008.5.1.4.1.1.9."
_ECG_CLASSES = {_SOP + end for end in ("1.1", "1.2", "1.3", "1.4", "2.1")}
# What a DICOM object without waveforms is, by an element of it.
_OTHER_OBJECTS = (
    ("EncapsulatedDocument", "is a document (PDF) inside a DICOM file, without waveforms"),
    ("Rows", "is a DICOM image without waveforms"),
    ("DirectoryRecordSequence", "is the directory of a DICOM medium, without waveforms"),
    ("ContentSequence", "is a DICOM report without waveforms"),
)
_HIGHEST_M = 3.0
_SCP_KINDS = {
    "5.10.2.1-3": "rr", "5.13.5-7": "pr", "5.13.5-9": "qrs", "5.13.5-11": "qt",
    "5.10.2.5-5": "qtc", "5.10.3-11": "p_axis", "5.10.3-13": "qrs_axis", "5.10.3-15": "t_axis",
}  # fmt: skip


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    # What pydicom warns of (malformed identifiers, odd lengths) may quote the patient.
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _record(parse(raw), raw)


def _record(dataset: Dataset, raw: RawFile) -> Record:
    _check_kind(dataset, raw)
    strip = rhythm(dataset, raw)
    signal, derived = leads.complete(strip.found, raw.path)
    recorded_at = values.compact_moment(text(dataset, "AcquisitionDateTime")) or values.moment(
        text(dataset, "StudyDate"), text(dataset, "StudyTime")
    )
    stated, age_notices = _stated_age(text(dataset, "PatientAge"))
    age, notices = values.settle_age(
        stated, values.day(text(dataset, "PatientBirthDate")), recorded_at
    )
    height, height_notices = _height_cm(values.positive(text(dataset, "PatientSize")))
    return Record(
        signal_mv=signal,
        rate_hz=strip.rate_hz,
        patient=Patient(
            sex=values.sex(text(dataset, "PatientSex")),
            age_years=age,
            height_cm=height,
            weight_kg=values.positive(text(dataset, "PatientWeight")),
            id=text(dataset, "PatientID") or None,
            name=text(dataset, "PatientName").replace("^", " ").strip() or None,
        ),
        reported=_measurements(dataset),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(dataset)),
        derived_leads=derived,
        device_filter=_filter(strip.source),
        notices=(*age_notices, *notices, *height_notices, *strip.notices),
    )


def _check_kind(dataset: Dataset, raw: RawFile) -> None:
    """Refuse what is no ECG, by its name."""
    if not dataset.get("WaveformSequence"):
        told = (words for keyword, words in _OTHER_OBJECTS if keyword in dataset)
        raise UnsupportedFileError(
            raw.path,
            next(told, "is a DICOM object without waveforms"),
            "Export the ECG as DICOM waveform, not as an image or PDF.",
        )
    kind = UID(text(dataset, "SOPClassUID").rstrip("\0"))
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


def _measurements(dataset: Dataset) -> Measurements:
    """First annotation of each kind that holds for all channels; later ones are of single beats."""
    found: dict[str, tuple[str, str]] = {}
    for note in dataset.get("WaveformAnnotationSequence") or ():
        if "NumericValue" not in note or not _of_all_channels(note):
            continue
        names = note.get("ConceptNameCodeSequence") or ()
        code = text(names[0], "CodeValue") if names else ""
        kind, value = _SCP_KINDS.get(code) or codes.kind(code), text(note, "NumericValue")
        if kind and value:
            units = note.get("MeasurementUnitsCodeSequence") or ()
            found.setdefault(kind, (value, text(units[0], "CodeValue") if units else ""))
    return codes.measurements(found)


def _of_all_channels(note: Dataset) -> bool:
    """Pairs of group and channel; channel 0 stands for all of a group."""
    pairs = note.get("ReferencedWaveformChannels")
    return pairs is None or isinstance(pairs, int) or not any(pairs[1::2])


def _device(dataset: Dataset) -> str:
    parts = (text(dataset, "Manufacturer"), text(dataset, "ManufacturerModelName"))
    return " ".join(part for part in parts if part and part != "Unknown")


def _filter(group: Dataset) -> str:
    first = group.ChannelDefinitionSequence[0]
    return values.band_text(
        values.positive(text(first, "FilterLowFrequency")),
        values.positive(text(first, "FilterHighFrequency")),
        values.positive(text(first, "NotchFilterFrequency")),
    )
