"""GE MUSE XML (root ``RestingECG``).

============================  ===================================================================
read                          how
============================  ===================================================================
rhythm strip                  the ``Waveform`` whose type is Rhythm, wherever it stands; the
                              Median block is never read
sampling rate                 SampleBase x 10^SampleExponent of the Rhythm block itself
amplitudes                    base64, little-endian int16 (int32 if LeadSampleSize is 4);
                              (raw - FirstSampleBaseline) x LeadAmplitudeUnitsPerBit, per lead
leads                         8 or 12, by LeadID; III, aVR, aVL, aVF computed if not stored
checksum                      LeadDataCRC32 = CRC-32 of the raw bytes; a wrong one is a notice,
                              because converters write wrong ones around good data
patient                       age (any unit), sex, HeightCM or HeightIN, WeightKG or WeightLBS
measurements                  RestingECGMeasurements, only without them the Original ones
not read                      leads recorded one after another (LeadTimeOffset differs)
============================  ===================================================================
"""

from __future__ import annotations

import zlib

import numpy as np

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.rawfile import RawFile
from elvmass.io.xml import Node, base64_bytes, find, find_all, parse, text
from elvmass.record import FloatArray, Measurements, Notice, Patient, Record, Source

FORMAT = "GE MUSE XML"
_DTYPES = {2: "<i2", 4: "<i4"}


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    root = parse(raw)
    strip = _rhythm(root, raw)
    blocks = find_all(strip, "LeadData")
    _check_simultaneous(blocks, raw)
    found = leads.collect([(text(b, "LeadID"), _lead_mv(b, raw)) for b in blocks], raw.path)
    signal, derived = leads.complete(found, raw.path)
    test = find(root, "TestDemographics")
    recorded_at = values.moment(text(test, "AcquisitionDate"), text(test, "AcquisitionTime"))
    person = find(root, "PatientDemographics")
    age, notices = values.settle_age(
        values.age_years(text(person, "PatientAge"), text(person, "AgeUnits") or "YEARS"),
        values.day(text(person, "DateofBirth")),
        recorded_at,
    )
    return Record(
        signal_mv=signal,
        rate_hz=_rate_hz(strip),
        patient=_patient(person, age),
        reported=_measurements(root),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(test)),
        derived_leads=derived,
        device_filter=_filter(strip),
        notices=(*notices, *_checksum_notices(blocks), *_leads_off(blocks)),
    )


def _rhythm(root: Node, raw: RawFile) -> Node:
    """Find the rhythm strip; of several, the one with most leads, then the longest."""
    strips = [w for w in find_all(root, "Waveform") if text(w, "WaveformType").lower() == "rhythm"]
    if not strips:
        raise LeadsError(
            raw.path, "holds no rhythm strip", "Export the ECG with its waveforms, not the median."
        )

    def size(strip: Node) -> tuple[int, float]:
        blocks = find_all(strip, "LeadData")
        names = {name for b in blocks if (name := leads.canonical(text(b, "LeadID")))}
        counts = [values.number(text(b, "LeadSampleCountTotal")) or 0.0 for b in blocks]
        return -len(leads.missing(names)), min(counts, default=0.0)

    return max(strips, key=size)


def _rate_hz(strip: Node) -> float:
    exponent = int(text(strip, "SampleExponent") or 0)
    return values.required(text(strip, "SampleBase")) * 10.0**exponent


def _check_simultaneous(blocks: list[Node], raw: RawFile) -> None:
    starts = {
        (values.number(text(b, "LeadTimeOffset")), values.number(text(b, "LeadOffsetFirstSample")))
        for b in blocks
    }
    if len(starts) > 1:
        raise UnsupportedFileError(
            raw.path,
            "holds leads that were recorded one after another",
            "Export ten seconds of all leads together.",
        )


def _lead_mv(block: Node, raw: RawFile) -> FloatArray:
    """[n] mV of one ``LeadData`` block."""
    size = int(text(block, "LeadSampleSize") or 2)
    if size not in _DTYPES:
        raise UnsupportedFileError(
            raw.path, f"stores {size} bytes per sample", "Export with 2 bytes per sample."
        )
    counts = np.frombuffer(base64_bytes(text(block, "WaveFormData")), _DTYPES[size])
    stated = values.number(text(block, "LeadSampleCountTotal"))
    if stated is not None and stated != counts.size:
        raise CorruptFileError(
            raw.path,
            f"announces {stated:g} samples in a lead, but holds {counts.size}",
            "Export the ECG again.",
        )
    baseline = values.required(text(block, "FirstSampleBaseline") or 0)
    per_bit = values.required(text(block, "LeadAmplitudeUnitsPerBit"))
    unit = text(block, "LeadAmplitudeUnits") or "MICROVOLTS"  # the unit of every GE device
    scaled: FloatArray = (counts - baseline) * (per_bit * values.to_mv(unit, raw.path))
    return scaled


def _checksum_notices(blocks: list[Node]) -> tuple[Notice, ...]:
    wrong = [
        text(b, "LeadID")
        for b in blocks
        if (stated := text(b, "LeadDataCRC32"))
        and values.number(stated) != zlib.crc32(base64_bytes(text(b, "WaveFormData")))
    ]
    names = ", ".join(name for label in wrong if (name := leads.canonical(label)))
    if not wrong:
        return ()
    return (
        Notice(
            "checksum_mismatch",
            f"The checksum does not match the samples (leads {names}): the file was altered or "
            f"written by another program. Compare the tracing with the original.",
        ),
    )


def _leads_off(blocks: list[Node]) -> tuple[Notice, ...]:
    off = [text(b, "LeadID") for b in blocks if text(b, "LeadOff").upper() == "TRUE"]
    names = ", ".join(name for label in off if (name := leads.canonical(label)))
    if not names:
        return ()
    return (Notice("leads_off", f"The device reports electrodes off in leads {names}."),)


def _patient(person: Node | None, age: float | None) -> Patient:
    return Patient(
        sex=values.sex(text(person, "Gender")),
        age_years=age,
        height_cm=values.height_cm(text(person, "HeightCM"), text(person, "HeightIN")),
        weight_kg=values.weight_kg(text(person, "WeightKG"), text(person, "WeightLBS")),
        id=text(person, "PatientID") or None,
        name=values.name(text(person, "PatientLastName"), text(person, "PatientFirstName")),
    )


def _measurements(root: Node) -> Measurements:
    node = find(root, "RestingECGMeasurements")
    if node is None:
        node = find(root, "OriginalRestingECGMeasurements")
    return Measurements(
        rate_bpm=values.rate_bpm(text(node, "VentricularRate")),
        pr_ms=values.interval_ms(text(node, "PRInterval")),
        qrs_ms=values.interval_ms(text(node, "QRSDuration")),
        qt_ms=values.interval_ms(text(node, "QTInterval")),
        qtc_ms=values.interval_ms(text(node, "QTCorrected")),
        p_axis_deg=values.axis_deg(text(node, "PAxis")),
        qrs_axis_deg=values.axis_deg(text(node, "RAxis")),
        t_axis_deg=values.axis_deg(text(node, "TAxis")),
    )


def _device(test: Node | None) -> str:
    parts = (text(test, "AcquisitionDevice"), text(test, "AcquisitionSoftwareVersion"))
    return " ".join(part for part in parts if part)


def _filter(strip: Node) -> str:
    """GE writes the high-pass corner in hundredths of a hertz (16 is 0.16 Hz)."""
    high_pass = values.positive(text(strip, "HighPassFilter"))
    return values.band_text(
        high_pass / 100 if high_pass else None,
        values.positive(text(strip, "LowPassFilter")),
        values.positive(text(strip, "ACFilter")),
    )
