"""GE MUSE XML (root ``RestingECG``), of MUSE 5 to 9 and NX and of converters to its layout.

============================  ===================================================================
read                          how
============================  ===================================================================
rhythm strip                  the ``Waveform`` whose type is Rhythm, wherever it stands; one
                              without any type only if there is no other, with a notice; the
                              Median block is never read
sampling rate                 SampleBase x 10^SampleExponent of the Rhythm block itself
amplitudes                    base64, little-endian int16 (int8, int32 by LeadSampleSize), or
                              numbers as text; (raw - FirstSampleBaseline) x
                              LeadAmplitudeUnitsPerBit, per lead, in LeadAmplitudeUnits; without
                              a unit, microvolts and a notice
leads                         8, 12 or 15, by LeadID; III, aVR, aVL, aVF computed if not stored,
                              V3R, V7 and the like left out
checksum                      LeadDataCRC32 = CRC-32 of the raw bytes; a wrong one is a notice,
                              because converters write wrong ones around good data
patient                       age (any unit), sex, HeightCM or HeightIN, WeightKG or WeightLBS
measurements                  RestingECGMeasurements, only without them the Original ones
statements                    only whether they name a pacemaker (a notice)
filters                       HighPassFilter in hundredths of a hertz, in hertz if it has a point
not read                      leads recorded one after another, as on a printed report; entities
============================  ===================================================================
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.leads import Strip
from elvmass.io.rawfile import RawFile
from elvmass.io.xml import Node, base64_bytes, fields, find, find_all, listed_numbers, parse, text
from elvmass.record import FloatArray, Measurements, Notice, Patient, Record, Source

FORMAT = "GE MUSE XML"
_DTYPES = {1: "i1", 2: "<i2", 4: "<i4"}
# Of real samples, base64 always has letters.
_NUMBERS = re.compile(r"[0-9\s,.+-]+")
_PACED = re.compile(r"\bpace(?:d|r|maker)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Lead:
    """One ``LeadData`` block: name, children by lower-case name, samples as stored."""

    name: str
    said: dict[str, str]
    data: bytes
    counts: NDArray[np.generic]


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    root = parse(raw)
    strip = _rhythm(root, raw)
    signal, derived = leads.complete(strip.found, raw.path)
    test = fields(find(root, "TestDemographics"))
    recorded_at = values.moment(test.get("acquisitiondate"), test.get("acquisitiontime"))
    person = fields(find(root, "PatientDemographics"))
    age, notices = values.settle_age(
        values.age_years(person.get("patientage"), person.get("ageunits") or "YEARS"),
        values.day(person.get("dateofbirth")),
        recorded_at,
    )
    return Record(
        signal_mv=signal,
        rate_hz=strip.rate_hz,
        patient=_patient(person, age),
        reported=_measurements(root),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(test)),
        derived_leads=derived,
        device_filter=_filter(strip.source),
        notices=(*notices, *strip.notices, *_pacemaker(root)),
    )


def _rhythm(root: Node, raw: RawFile) -> Strip[Node]:
    """Find the rhythm strip; of several, the one with most leads, then the longest."""
    kinds = [(text(wave, "WaveformType").lower(), wave) for wave in find_all(root, "Waveform")]
    waves = [wave for kind, wave in kinds if kind == "rhythm"]
    untyped = [wave for kind, wave in kinds if not kind]
    if not waves and not untyped:
        raise LeadsError(
            raw.path, "holds no rhythm strip", "Export the ECG with its waveforms, not the median."
        )
    strip = leads.choose([_strip(wave, raw) for wave in waves or untyped], raw.path)
    if waves:
        return strip
    notice = Notice("waveform_type_assumed", "The file does not say that its strip is the rhythm.")
    return Strip(strip.found, strip.rate_hz, strip.source, notices=(*strip.notices, notice))


def _strip(wave: Node, raw: RawFile) -> Strip[Node]:
    blocks = [
        _lead(name, said, raw)
        for said in map(fields, find_all(wave, "LeadData"))
        if (name := leads.canonical(said.get("leadid", "")))
    ]
    _check_simultaneous(blocks, raw)
    found = leads.collect([(lead.name, _millivolts(lead, raw)) for lead in blocks], raw.path)
    notices = (*_checksums(blocks), *_leads_off(blocks), *_units(blocks))
    return Strip(found, _rate_hz(wave), wave, notices=notices)


def _rate_hz(wave: Node) -> float:
    exponent = int(text(wave, "SampleExponent") or 0)
    rate_hz = values.required(text(wave, "SampleBase")) * 10.0**exponent
    if rate_hz <= 0:
        raise ValueError("the sampling rate is not positive")
    return rate_hz


def _check_simultaneous(blocks: list[_Lead], raw: RawFile) -> None:
    """Refuse the layout of a printed report: 2.5 s of each lead and a long one below."""
    spans = {
        (
            values.number(lead.said.get("leadtimeoffset")) or 0.0,
            values.number(lead.said.get("leadoffsetfirstsample")) or 0.0,
            lead.counts.size,
        )
        for lead in blocks
    }
    if len(spans) > 1:
        raise leads.one_after_another(raw.path)


def _lead(name: str, said: dict[str, str], raw: RawFile) -> _Lead:
    size = int(said.get("leadsamplesize") or 2)
    if size not in _DTYPES:
        raise UnsupportedFileError(
            raw.path, f"stores {size} bytes per sample", "Export with 2 bytes per sample."
        )
    encoded = said.get("waveformdata", "")
    counts: NDArray[np.generic]
    if _NUMBERS.fullmatch(encoded):
        data, counts = b"", listed_numbers(encoded)
    else:
        data = base64_bytes(encoded)
        counts = np.frombuffer(data, _DTYPES[size])
    stated = values.number(said.get("leadsamplecounttotal"))
    if stated is not None and stated != counts.size:
        raise CorruptFileError(
            raw.path,
            f"announces {stated:g} samples in a lead, but holds {counts.size}",
            "Export the ECG again.",
        )
    return _Lead(name, said, data, counts)


def _millivolts(lead: _Lead, raw: RawFile) -> FloatArray:
    baseline = values.required(lead.said.get("firstsamplebaseline") or 0)
    per_bit = values.required(lead.said.get("leadamplitudeunitsperbit"))
    if not per_bit:
        raise ValueError("the gain of a lead is zero")
    factor = values.to_mv(lead.said.get("leadamplitudeunits") or "MICROVOLTS", raw.path)
    scaled: FloatArray = np.subtract(lead.counts, baseline, dtype=np.float64)
    scaled *= per_bit * factor
    return scaled


def _checksums(blocks: list[_Lead]) -> tuple[Notice, ...]:
    wrong = [
        lead.name
        for lead in blocks
        if (stated := lead.said.get("leaddatacrc32"))
        and lead.data
        and values.number(stated) != zlib.crc32(lead.data)
    ]
    if not wrong:
        return ()
    return (
        Notice(
            "checksum_mismatch",
            f"The checksum does not match the samples (leads {', '.join(wrong)}): the file was "
            f"altered or written by another program. Compare the tracing with the original.",
        ),
    )


def _leads_off(blocks: list[_Lead]) -> tuple[Notice, ...]:
    off = [lead.name for lead in blocks if lead.said.get("leadoff", "").upper() in ("TRUE", "1")]
    if not off:
        return ()
    return (Notice("leads_off", f"The device reports electrodes off in leads {', '.join(off)}."),)


def _units(blocks: list[_Lead]) -> tuple[Notice, ...]:
    bare = [lead.name for lead in blocks if not lead.said.get("leadamplitudeunits")]
    if not bare:
        return ()
    return (
        Notice(
            "unit_assumed",
            f"The file does not give the unit of leads {', '.join(bare)}; microvolts are assumed, "
            f"the unit of every GE device. Compare the amplitudes with the original.",
        ),
    )


def _pacemaker(root: Node) -> tuple[Notice, ...]:
    statements = find_all(root, "Diagnosis/DiagnosisStatement/StmtText")
    statements = statements or find_all(root, "OriginalDiagnosis/DiagnosisStatement/StmtText")
    if not any(_PACED.search(text(statement)) for statement in statements):
        return ()
    return (
        Notice(
            "pacemaker",
            "The device's statements name a pacemaker; paced beats do not show the LV mass.",
        ),
    )


def _patient(person: dict[str, str], age: float | None) -> Patient:
    def said(name: str) -> str:
        return person.get(name, "")

    return Patient(
        sex=values.sex(said("gender")),
        age_years=age,
        height_cm=values.height_cm(said("heightcm"), said("heightin")),
        weight_kg=values.weight_kg(said("weightkg"), said("weightlbs")),
        id=said("patientid") or None,
        name=values.name(said("patientlastname"), said("patientfirstname")),
    )


def _measurements(root: Node) -> Measurements:
    found = fields(find(root, "RestingECGMeasurements"))
    found = found or fields(find(root, "OriginalRestingECGMeasurements"))
    return Measurements(
        rate_bpm=values.rate_bpm(found.get("ventricularrate")),
        pr_ms=values.interval_ms(found.get("printerval")),
        qrs_ms=values.interval_ms(found.get("qrsduration")),
        qt_ms=values.interval_ms(found.get("qtinterval")),
        qtc_ms=values.interval_ms(found.get("qtcorrected")),
        p_axis_deg=values.axis_deg(found.get("paxis")),
        qrs_axis_deg=values.axis_deg(found.get("raxis")),
        t_axis_deg=values.axis_deg(found.get("taxis")),
    )


def _device(test: dict[str, str]) -> str:
    parts = (test.get("acquisitiondevice"), test.get("acquisitionsoftwareversion"))
    return " ".join(part for part in parts if part)


def _filter(wave: Node) -> str:
    """GE writes the high-pass corner in hundredths of a hertz (16 is 0.16 Hz)."""
    stated = text(wave, "HighPassFilter")
    corner = values.positive(stated)
    return values.band_text(
        corner / 100 if corner and "." not in stated else corner,
        values.positive(text(wave, "LowPassFilter")),
        values.positive(text(wave, "ACFilter")),
    )
