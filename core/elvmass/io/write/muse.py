"""Write a record in the layout of GE MUSE XML.

I, II, V1 to V6 are stored, and the other limb leads unless they were computed: a reader computes
them again, as for the devices, which store eight. ``elvmass convert`` takes the steps of
:mod:`elvmass.io.write.quantise` (rounding error 0.25 µV within 16 mV, never above 2.5 µV);
simulated cohorts are stored in steps of 5 µV like an electrocardiograph's (2.5 µV). The text is
built directly: a tree would cost ten times more.
"""

from __future__ import annotations

import base64
import os
import zlib
from decimal import Decimal
from pathlib import Path

import numpy as np

from elvmass.io import values
from elvmass.io.write import text
from elvmass.io.write.quantise import Counts, quantise
from elvmass.io.write.store import Encoded, store
from elvmass.record import LEADS, Measurements, Patient, Record, Sex

STORED_LEADS: tuple[str, ...] = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")

_GENDERS = {Sex.MALE: "MALE", Sex.FEMALE: "FEMALE"}
_MEASUREMENT_TAGS = (
    ("VentricularRate", "rate_bpm"), ("PRInterval", "pr_ms"), ("QRSDuration", "qrs_ms"),
    ("QTInterval", "qt_ms"), ("QTCorrected", "qtc_ms"), ("PAxis", "p_axis_deg"),
    ("RAxis", "qrs_axis_deg"), ("TAxis", "t_axis_deg"),
)  # fmt: skip


def encode(record: Record, path: Path) -> Encoded:
    """Return the file with the finest steps that fit."""
    names = tuple(
        name for name in LEADS if name in STORED_LEADS or name not in record.derived_leads
    )
    return Encoded({path: _document(record, names, quantise(record, path, leads=names))})


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
    store({Path(path): muse_bytes(record, uv_per_bit=uv_per_bit)}, overwrite=True)


def muse_bytes(record: Record, *, uv_per_bit: float = 5.0) -> bytes:
    """Return the file that :func:`write_muse` writes."""
    return _document(record, STORED_LEADS, _counts(record, uv_per_bit))


def _document(record: Record, names: tuple[str, ...], counts: Counts) -> bytes:
    base, exponent = _sample_base(record.rate_hz)
    leads = "".join(
        _lead(name, row.tobytes(), step)
        for name, row, step in zip(names, counts.samples, counts.step_uv.tolist(), strict=True)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<RestingECG>\n'
        f"{_patient(record.patient)}{_test(record)}{_measurements(record.reported)}"
        "<Waveform>\n<WaveformType>Rhythm</WaveformType>\n"
        f"<NumberofLeads>{len(names)}</NumberofLeads>\n"
        "<SampleType>CONTINUOUS_SAMPLES</SampleType>\n"
        f"<SampleBase>{base}</SampleBase>\n<SampleExponent>{exponent}</SampleExponent>\n"
        f"{_filter(record.device_filter)}{leads}</Waveform>\n</RestingECG>\n"
    ).encode()


def _counts(record: Record, uv_per_bit: float) -> Counts:
    """Eight leads in one given step."""
    stored = np.stack([record.lead(name) for name in STORED_LEADS])
    counts = np.rint(stored * (1000.0 / uv_per_bit))
    if not np.isfinite(counts).all():
        raise ValueError("MUSE XML cannot hold gaps")
    if np.abs(counts).max() > 32767:
        raise ValueError(f"the signal exceeds 16 bits at {uv_per_bit:g} µV per bit")
    return Counts(counts.astype("<i2"), np.full(len(STORED_LEADS), uv_per_bit))


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


def _filter(words: str) -> str:
    """GE writes the high-pass corner in hundredths of a hertz."""
    low, high, notch = values.band_of(words)
    return "".join(
        f"<{tag}>{value}</{tag}>\n"
        for tag, value in (
            ("HighPassFilter", _figure(low and round(low * 100, 6))),
            ("LowPassFilter", _figure(high)),
            ("ACFilter", _figure(notch)),
        )
        if value
    )


def _figure(value: float | None) -> str | None:
    return None if value is None else text.figure(value)


def _words(value: str | None) -> str | None:
    return text.xml(value) if value else None
