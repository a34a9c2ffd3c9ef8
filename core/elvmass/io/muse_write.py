"""Write a record in the layout of GE MUSE XML.

Eight leads (I, II, V1 to V6) are stored, as the devices do; a reader computes the others. Used
for simulated cohorts, so it builds the text directly: a tree would cost ten times more.
"""

from __future__ import annotations

import base64
import os
import re
import zlib
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from elvmass.record import Measurements, Patient, Record, Sex

STORED_LEADS: tuple[str, ...] = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_GENDERS = {Sex.MALE: "MALE", Sex.FEMALE: "FEMALE"}
_MEASUREMENT_TAGS = (
    ("VentricularRate", "rate_bpm"), ("PRInterval", "pr_ms"), ("QRSDuration", "qrs_ms"),
    ("QTInterval", "qt_ms"), ("QTCorrected", "qtc_ms"), ("PAxis", "p_axis_deg"),
    ("RAxis", "qrs_axis_deg"), ("TAxis", "t_axis_deg"),
)  # fmt: skip


def write_muse(record: Record, path: str | os.PathLike[str], *, uv_per_bit: float = 5.0) -> None:
    """Write a record as MUSE-layout XML, whole or not at all.

    Parameters
    ----------
    record
        Leads I, II, V1 to V6 are stored, rounded to ``uv_per_bit``; other limb leads are not, so
        they come back as Einthoven and Goldberger give them. What is None is left out.
    uv_per_bit
        Microvolts of one count.

    Raises
    ------
    ValueError
        The signal has gaps, or exceeds the range of 16-bit counts.
    """
    target = Path(path)
    part = target.with_name(target.name + ".part")
    part.write_bytes(muse_bytes(record, uv_per_bit=uv_per_bit))
    part.replace(target)


def muse_bytes(record: Record, *, uv_per_bit: float = 5.0) -> bytes:
    """Return the file that :func:`write_muse` writes."""
    counts = _counts(record, uv_per_bit)
    base, exponent = _sample_base(record.rate_hz)
    leads = "".join(
        _lead(name, row.tobytes(), uv_per_bit)
        for name, row in zip(STORED_LEADS, counts, strict=True)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<RestingECG>\n'
        f"{_patient(record.patient)}{_test(record)}{_measurements(record.reported)}"
        "<Waveform>\n<WaveformType>Rhythm</WaveformType>\n"
        f"<NumberofLeads>{len(STORED_LEADS)}</NumberofLeads>\n"
        "<SampleType>CONTINUOUS_SAMPLES</SampleType>\n"
        f"<SampleBase>{base}</SampleBase>\n<SampleExponent>{exponent}</SampleExponent>\n"
        f"{leads}</Waveform>\n</RestingECG>\n"
    ).encode()


def _counts(record: Record, uv_per_bit: float) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """[8, n] little-endian int16."""
    stored = np.stack([record.lead(name) for name in STORED_LEADS])
    counts = np.rint(stored * (1000.0 / uv_per_bit))
    if not np.isfinite(counts).all():
        raise ValueError("MUSE XML cannot hold gaps")
    if np.abs(counts).max() > 32767:
        raise ValueError(f"the signal exceeds 16 bits at {uv_per_bit:g} µV per bit")
    return counts.astype("<i2")


def _sample_base(rate_hz: float) -> tuple[int, int]:
    """Whole number and power of ten of a rate: 599.88 Hz is 59988 and -2."""
    digits = Decimal(repr(float(rate_hz))).normalize().as_tuple()
    exponent = int(digits.exponent)
    mantissa = int("".join(map(str, digits.digits)))
    return (mantissa, exponent) if exponent < 0 else (mantissa * 10**exponent, 0)


def _lead(name: str, samples: bytes, uv_per_bit: float) -> str:
    return (
        f"<LeadData>\n<LeadByteCountTotal>{len(samples)}</LeadByteCountTotal>\n"
        "<LeadTimeOffset>0</LeadTimeOffset>\n"
        f"<LeadSampleCountTotal>{len(samples) // 2}</LeadSampleCountTotal>\n"
        f"<LeadAmplitudeUnitsPerBit>{uv_per_bit!r}</LeadAmplitudeUnitsPerBit>\n"
        "<LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>\n"
        "<LeadHighLimit>32767</LeadHighLimit>\n<LeadLowLimit>-32768</LeadLowLimit>\n"
        f"<LeadID>{name}</LeadID>\n<LeadOffsetFirstSample>0</LeadOffsetFirstSample>\n"
        "<FirstSampleBaseline>0</FirstSampleBaseline>\n<LeadSampleSize>2</LeadSampleSize>\n"
        "<LeadOff>FALSE</LeadOff>\n<BaselineSway>FALSE</BaselineSway>\n"
        f"<LeadDataCRC32>{zlib.crc32(samples)}</LeadDataCRC32>\n"
        f"<WaveFormData>{base64.b64encode(samples).decode('ascii')}</WaveFormData>\n</LeadData>\n"
    )


def _section(name: str, fields: list[tuple[str, str | None]]) -> str:
    """One element with a child for every value that is there; nothing if there is none."""
    body = "".join(f"<{tag}>{value}</{tag}>\n" for tag, value in fields if value)
    return f"<{name}>\n{body}</{name}>\n" if body else ""


def _patient(patient: Patient) -> str:
    last, _, first = (patient.name or "").partition(", ")
    age = patient.age_years
    return _section(
        "PatientDemographics",
        [
            ("PatientID", _words(patient.id)),
            ("PatientAge", _figure(age)),
            ("AgeUnits", None if age is None else "YEARS"),
            ("Gender", None if patient.sex is None else _GENDERS[patient.sex]),
            ("HeightCM", _figure(patient.height_cm)),
            ("WeightKG", _figure(patient.weight_kg)),
            ("PatientLastName", _words(last)),
            ("PatientFirstName", _words(first)),
        ],
    )


def _test(record: Record) -> str:
    at = record.recorded_at
    return _section(
        "TestDemographics",
        [
            ("DataType", "RESTING"),
            ("AcquisitionDevice", _words(record.source.device)),
            ("AcquisitionTime", at.strftime("%H:%M:%S") if at else None),
            ("AcquisitionDate", at.strftime("%m-%d-%Y") if at else None),
        ],
    )


def _measurements(reported: Measurements) -> str:
    return _section(
        "RestingECGMeasurements",
        [(tag, _figure(getattr(reported, name))) for tag, name in _MEASUREMENT_TAGS],
    )


def _figure(value: float | None) -> str | None:
    """Format a number so that it reads back as itself, whole numbers without a point."""
    if value is None:
        return None
    return str(int(value)) if value == int(value) else repr(float(value))


def _words(value: str | None) -> str | None:
    """Text without the characters that XML forbids."""
    return escape(_NOT_XML.sub("", value)) if value else None
