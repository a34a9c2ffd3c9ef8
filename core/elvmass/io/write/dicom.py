"""Write a DICOM waveform object: 12-lead ECG Waveform Storage, explicit VR little endian.

The 12-lead object holds at most 16384 samples; a longer recording becomes a General ECG Waveform
Storage object, with a notice. Both ask for 200 to 1000 Hz. The step of each lead is that of
:mod:`elvmass.io.write.quantise` (rounding error 0.25 µV within 16 mV, never above 2.5 µV); gaps
are the padding value -32768. Leads carry MDC codes (context group 3001), computed leads a channel
derivation description, and the device's measurements MDC codes as annotations.

The standard insists on three dates: a recording whose time is not known gets the year 1900 as its
acquisition time, which DICOM allows to stand alone. Age is written in completed years (below two
years in months). An object without name, id, time and device says PatientIdentityRemoved.
"""

from __future__ import annotations

import io
from pathlib import Path

from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRLittleEndian,
    GeneralECGWaveformStorage,
    TwelveLeadECGWaveformStorage,
    generate_uid,
)

from elvmass.errors import WriteError
from elvmass.io import values
from elvmass.io.write.anonymous import is_anonymous
from elvmass.io.write.quantise import GAP, Counts, quantise
from elvmass.io.write.store import Encoded
from elvmass.io.write.text import one_line
from elvmass.record import LEADS, Measurements, Notice, Patient, Record, Sex

_MOST_SAMPLES = 16384
_SEXES = {Sex.FEMALE: "F", Sex.MALE: "M", None: ""}
# MDC code and meaning of each lead, as in context group 3001.
_LEAD_CODES = {
    "I": ("2:1", "Lead I"), "II": ("2:2", "Lead II"), "III": ("2:61", "Lead III"),
    "aVR": ("2:62", "aVR, augmented voltage, right"),
    "aVL": ("2:63", "aVL, augmented voltage, left"),
    "aVF": ("2:64", "aVF, augmented voltage, foot"),
    "V1": ("2:3", "Lead V1"), "V2": ("2:4", "Lead V2"), "V3": ("2:5", "Lead V3"),
    "V4": ("2:6", "Lead V4"), "V5": ("2:7", "Lead V5"), "V6": ("2:8", "Lead V6"),
}  # fmt: skip
_MEASUREMENT_CODES = (
    ("rate_bpm", "2:16770", "Heart rate", "{H.B.}/min", "heart beats per minute"),
    ("pr_ms", "2:15872", "PR interval", "ms", "millisecond"),
    ("qrs_ms", "2:16156", "QRS duration", "ms", "millisecond"),
    ("qt_ms", "2:16160", "QT interval", "ms", "millisecond"),
    ("qtc_ms", "2:16164", "QTc interval", "ms", "millisecond"),
    ("p_axis_deg", "2:16128", "P axis", "deg", "degree"),
    ("qrs_axis_deg", "2:16132", "QRS axis", "deg", "degree"),
    ("t_axis_deg", "2:16136", "T axis", "deg", "degree"),
)


def encode(record: Record, path: Path) -> Encoded:
    """Return the file."""
    if not 200 <= record.rate_hz <= 1000:
        raise WriteError(
            path,
            f"cannot be written: DICOM ECG objects hold 200 to 1000 Hz, not {record.rate_hz:g}",
            "Write csv, npz, wfdb or edf.",
        )
    counts = quantise(record, path, gaps=True)
    dataset = _dataset(record, counts, path)
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return Encoded({path: buffer.getvalue()}, _notices(dataset))


def _dataset(record: Record, counts: Counts, path: Path) -> Dataset:
    """All modules of the object, in the order of the standard."""
    whole = Dataset()
    whole.SpecificCharacterSet = "ISO_IR 192"
    fits = counts.samples.shape[1] <= _MOST_SAMPLES
    whole.SOPClassUID = TwelveLeadECGWaveformStorage if fits else GeneralECGWaveformStorage
    whole.SOPInstanceUID = generate_uid()
    add_patient(whole, record.patient, path)
    _add_study(whole, record)
    whole.AcquisitionContextSequence = Sequence()
    whole.WaveformSequence = Sequence([_group(record, counts)])
    notes = _annotations(record.reported)
    if notes:
        whole.WaveformAnnotationSequence = Sequence(notes)
    whole.file_meta = FileMetaDataset()
    whole.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return whole


def _notices(dataset: Dataset) -> tuple[Notice, ...]:
    if dataset.SOPClassUID == TwelveLeadECGWaveformStorage:
        return ()
    return (
        Notice(
            "general_ecg",
            f"Written as General ECG Waveform Storage: the 12-lead object of DICOM holds at most "
            f"{_MOST_SAMPLES} samples.",
        ),
    )


def add_patient(whole: Dataset, patient: Patient, path: Path) -> None:
    """Patient and Patient Study module; what is not known is empty."""
    last, _, first = one_line(patient.name or "").partition(", ")
    name = "^".join(part.replace("^", " ") for part in (last, first) if part)
    number = one_line(patient.id or "")
    if max(len(name), len(number)) > 64 or "\\" in name + number or "=" in name:
        raise WriteError(
            path,
            "cannot be written: DICOM has no room for this name or patient number",
            "Leave them out with --anonymise, or write another format.",
        )
    whole.PatientName, whole.PatientID = name, number
    whole.PatientBirthDate = ""
    whole.PatientSex = _SEXES[patient.sex]
    if patient.age_years is not None:
        whole.PatientAge = _age(patient.age_years)
    if patient.height_cm is not None:
        whole.PatientSize = _decimal(patient.height_cm / 100)
    if patient.weight_kg is not None:
        whole.PatientWeight = _decimal(patient.weight_kg)


def _age(years: float) -> str:
    """Completed years; of small children months, of the newborn days."""
    if years >= 2:
        return f"{int(years):03d}Y"
    months = int(years * 12)
    return f"{months:03d}M" if months else f"{max(1, int(years * 365.25)):03d}D"


def _decimal(value: float) -> str:
    """Decimal string of at most 16 characters."""
    return f"{value:.10g}"


def _add_study(whole: Dataset, record: Record) -> None:
    """Study, series, equipment and identification of the waveform."""
    day, time = add_visit(whole, record)
    whole.SeriesInstanceUID = generate_uid()
    whole.Modality, whole.SeriesNumber, whole.InstanceNumber = "ECG", "1", "1"
    whole.Manufacturer = ""
    device = one_line(record.source.device).replace("\\", " ")[:64]
    if device:
        whole.ManufacturerModelName = device
    whole.ContentDate, whole.ContentTime = day or "19000101", time or "000000"
    whole.AcquisitionDateTime = f"{day}{time}" or "1900"
    whole.PatientIdentityRemoved = "YES" if is_anonymous(record) else "NO"
    if is_anonymous(record):
        add_deidentification(whole)


def add_visit(whole: Dataset, record: Record) -> tuple[str, str]:
    """General Study module of a study of our own; returns the date and time that it is filed by."""
    at = record.recorded_at
    day = f"{at.year:04d}{at:%m%d}" if at else ""
    time = f"{at:%H%M%S.%f}" if at else ""
    whole.StudyInstanceUID = generate_uid()
    whole.StudyDate, whole.StudyTime = day, time
    whole.ReferringPhysicianName = whole.AccessionNumber = whole.StudyID = ""
    return day, time


def add_deidentification(whole: Dataset) -> None:
    """What was taken out of an anonymous object, and what was kept."""
    whole.DeidentificationMethod = "No name, id, date or device; age to 90, sex, size kept"
    whole.DeidentificationMethodCodeSequence = Sequence(
        [
            _code("113100", "DCM", "Basic Application Confidentiality Profile"),
            _code("113108", "DCM", "Retain Patient Characteristics Option"),
        ]
    )


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _group(record: Record, counts: Counts) -> Dataset:
    """The one multiplex group: twelve channels recorded together."""
    group = Dataset()
    group.MultiplexGroupTimeOffset = "0"
    group.WaveformOriginality = "ORIGINAL"
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = counts.samples.shape
    group.SamplingFrequency = _decimal(record.rate_hz)
    group.MultiplexGroupLabel = "RHYTHM"
    group.ChannelDefinitionSequence = Sequence(
        [_channel(record, lead, counts.step_uv[row]) for row, lead in enumerate(LEADS)]
    )
    group.WaveformBitsAllocated = 16
    group.WaveformSampleInterpretation = "SS"
    group.WaveformPaddingValue = GAP.to_bytes(2, "little", signed=True)
    group.WaveformData = counts.samples.T.tobytes()
    return group


def _channel(record: Record, lead: str, step_uv: float) -> Dataset:
    channel = Dataset()
    channel.WaveformChannelNumber = str(LEADS.index(lead) + 1)
    channel.ChannelLabel = lead
    code, meaning = _LEAD_CODES[lead]
    channel.ChannelSourceSequence = Sequence([_code(code, "MDC", meaning)])
    if lead in record.derived_leads:
        channel.ChannelDerivationDescription = "Computed from leads I and II"
    channel.ChannelSensitivity = _decimal(step_uv)
    channel.ChannelSensitivityUnitsSequence = Sequence([_code("uV", "UCUM", "microvolt")])
    channel.ChannelSensitivityCorrectionFactor = "1"
    channel.ChannelBaseline = "0"
    channel.ChannelSampleSkew = "0"
    channel.WaveformBitsStored = 16
    low, high, notch = values.band_of(record.device_filter)
    if low:
        channel.FilterLowFrequency = _decimal(low)
    if high:
        channel.FilterHighFrequency = _decimal(high)
    if notch:
        channel.NotchFilterFrequency = _decimal(notch)
    return channel


def _annotations(reported: Measurements) -> list[Dataset]:
    """The device's measurements, of all channels of the group."""
    notes = []
    for name, code, meaning, unit, unit_meaning in _MEASUREMENT_CODES:
        value = getattr(reported, name)
        if value is None:
            continue
        note = Dataset()
        note.MeasurementUnitsCodeSequence = Sequence([_code(unit, "UCUM", unit_meaning)])
        note.ConceptNameCodeSequence = Sequence([_code(code, "MDC", meaning)])
        note.ReferencedWaveformChannels = [1, 0]
        note.NumericValue = _decimal(value)
        notes.append(note)
    return notes
