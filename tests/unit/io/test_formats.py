"""Every reader on a file that was written here: samples, order, units, patient."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import numpy as np
import pytest

from elvmass import io
from elvmass.errors import (
    CorruptFileError,
    FileError,
    LeadsError,
    TooShortError,
    UnknownFormatError,
    UnsupportedFileError,
)
from elvmass.record import LEADS, Record, Sex

FILES = ("muse", "sierra_xli", "sierra_plain", "aecg", "dicom", "wfdb")
STEP_MV = 0.0025


def quantised(record: Record) -> np.ndarray:
    return np.rint(record.signal_mv / STEP_MV) * STEP_MV


@pytest.mark.parametrize("name", FILES)
def test_samples_come_back_in_millivolts_and_standard_order(name, files, truth):
    record = io.read(files[name])
    stored = [row for row, lead in enumerate(LEADS) if lead not in record.derived_leads]
    np.testing.assert_allclose(
        record.signal_mv[stored], quantised(truth)[stored], rtol=0, atol=1e-9
    )
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1.01 * STEP_MV)
    assert record.rate_hz == truth.rate_hz
    assert record.signal_mv.shape == truth.signal_mv.shape
    assert not record.signal_mv.flags.writeable


@pytest.mark.parametrize("name", FILES)
def test_patient_date_and_source_are_filled(name, files, truth):
    record = io.read(files[name])
    assert record.patient.sex is Sex.MALE
    assert record.patient.age_years == 61.0
    assert record.recorded_at == truth.recorded_at
    assert record.source.path == files[name]
    assert len(record.source.sha256) == 64
    assert record.source.format in {row.name for row in io.FORMATS}
    assert record.notices == ()


@pytest.mark.parametrize("name", ["muse", "sierra_xli", "aecg", "dicom"])
def test_device_measurements_are_read(name, files):
    assert io.read(files[name]).reported.qrs_ms == 92.0


def test_size_and_weight_are_converted(files):
    assert io.read(files["dicom"]).patient.height_cm == pytest.approx(172.0)
    assert io.read(files["dicom"]).patient.weight_kg == 78.0
    sierra = io.read(files["sierra_xli"]).patient
    assert sierra.height_cm == pytest.approx(177.8)
    assert sierra.weight_kg == pytest.approx(81.65, abs=0.01)
    assert io.read(files["wfdb"]).patient.height_cm == 172.0


def test_failed_sierra_measurement_is_missing_but_minus_one_degree_is_an_axis(files):
    reported = io.read(files["sierra_plain"]).reported
    assert reported.pr_ms is None
    assert reported.qrs_axis_deg == -1.0


def test_table_of_formats_is_complete():
    for row in io.FORMATS:
        assert callable(importlib.import_module(f"elvmass.io.formats.{row.module}").read)
    assert len({row.name for row in io.FORMATS}) == len(io.FORMATS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_xml_is_recognised_in_any_encoding(encoding, files, tmp_path):
    text = files["muse"].read_text(encoding="utf-8")
    declared = "UTF-8" if encoding.startswith("utf-8") else "UTF-16"
    text = text.replace('encoding="UTF-8"', f'encoding="{declared}"')
    text = text.replace(
        "<RestingECG>", "<!-- x --><!DOCTYPE RestingECG SYSTEM 'a.dtd'><RestingECG>"
    )
    path = tmp_path / "no suffix"
    path.write_bytes(text.encode(encoding))
    assert io.read(path).rate_hz == 250.0


@pytest.mark.parametrize("given", ["rec", "rec.dat", "rec.xyz", "rec.hea"])
def test_wfdb_by_any_of_its_files(given, files):
    assert io.read(files["wfdb"].with_name(given)).source.path == files["wfdb"]


def test_wfdb_without_signal_file(files, tmp_path):
    (tmp_path / "rec.hea").write_bytes(files["wfdb"].read_bytes())
    with pytest.raises(FileError, match="no signal file"):
        io.read(tmp_path / "rec.hea")


def test_wfdb_checksum_is_doubted(files, tmp_path):
    for part in ("rec.hea", "rec.dat", "rec.xyz"):
        (tmp_path / part).write_bytes(files["wfdb"].with_name(part).read_bytes())
    data = bytearray((tmp_path / "rec.dat").read_bytes())
    data[100] ^= 1
    (tmp_path / "rec.dat").write_bytes(data)
    assert [n.code for n in io.read(tmp_path / "rec.hea").notices] == ["checksum_mismatch"]


def test_missing_folder_empty_large_and_unknown_files(tmp_path):
    with pytest.raises(FileError, match="does not exist"):
        io.read(tmp_path / "none.xml")
    with pytest.raises(FileError, match="folder"):
        io.read(tmp_path)
    path = tmp_path / "x"
    path.touch()
    with pytest.raises(FileError, match="empty"):
        io.read(path)
    path.write_bytes(b"%PDF-1.7 ...")
    with pytest.raises(UnknownFormatError, match=r"GE MUSE XML.*WFDB"):
        io.read(path)
    os.truncate(path, 201 * 2**20)  # sparse: takes no room on the disk
    with pytest.raises(FileError, match="larger"):
        io.read(path)


def edited(files: dict[str, Path], name: str, tmp_path: Path, *changes: tuple[str, str]) -> Path:
    encoding = "utf-16" if name.startswith("sierra") else "utf-8"
    text = files[name].read_bytes().decode(encoding)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "edited.xml"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("name", "old", "new", "missing"),
    [
        ("muse", "<LeadID>V3</LeadID>", "<LeadID>V3R</LeadID>", "V3 missing"),
        ("muse", "<LeadID>II</LeadID>", "<LeadID>X</LeadID>", "II, III, aVR, aVL, aVF missing"),
        ("aecg", "MDC_ECG_LEAD_V1", "MDC_ECG_LEAD_V8", "V1 missing"),
        ("sierra_plain", "aVF V1 V2", "aVF V7 V8", "V1, V2 missing"),
    ],
)
def test_incomplete_sets_name_the_missing_leads(name, old, new, missing, files, tmp_path):
    with pytest.raises(LeadsError, match=missing):
        io.read(edited(files, name, tmp_path, (old, new)))


def test_too_short_recording(files, tmp_path):
    path = edited(files, "muse", tmp_path, ("<SampleBase>250", "<SampleBase>1200"))
    with pytest.raises(TooShortError, match=r"1\.25 s"):
        io.read(path)


def test_muse_quirks(files, tmp_path, truth):
    path = edited(
        files, "muse", tmp_path,
        ("<LeadAmplitudeUnitsPerBit>2.5<", "<LeadAmplitudeUnitsPerBit>0.0025<"),
        ("MICROVOLTS", "MILLIVOLTS"),
        ("<FirstSampleBaseline>0<", "<FirstSampleBaseline>40<"),
        ("<LeadOff>FALSE", "<LeadOff>TRUE"),
        ("<LeadDataCRC32>", "<LeadDataCRC32>1"),
        ("<PatientAge>61<", "<PatientAge>732<"), ("YEARS", "MONTHS"),
        ("<HeightCM>172<", "<HeightIN>70<"), ("</HeightCM>", "</HeightIN>"),
        ("<QRSDuration>92<", "<QRSDuration>29999<"),
    )  # fmt: skip
    record = io.read(path)
    np.testing.assert_allclose(record.lead("V4"), quantised(truth)[9] - 0.1, rtol=0, atol=1e-9)
    assert {n.code for n in record.notices} >= {"leads_off", "checksum_mismatch"}
    assert record.patient.age_years == pytest.approx(61.0)
    assert record.patient.height_cm == pytest.approx(177.8)
    assert record.reported.qrs_ms is None


def test_muse_refuses_what_it_cannot_place_in_time(files, tmp_path):
    text = files["muse"].read_text(encoding="utf-8")
    text = text.replace("<LeadTimeOffset>0<", "<LeadTimeOffset>2500<", 1)
    (tmp_path / "x").write_text(text, encoding="utf-8")
    with pytest.raises(UnsupportedFileError, match="one after another"):
        io.read(tmp_path / "x")


def test_unknown_unit_is_refused_not_guessed(files, tmp_path):
    with pytest.raises(UnsupportedFileError, match="unknown unit"):
        io.read(edited(files, "aecg", tmp_path, ('unit="mV"', 'unit="mm"')))


def test_stated_age_wins_over_a_contradicting_birth_date(files, tmp_path):
    age = (
        '<controlVariable><relatedObservation><code code="21612-7"/>'
        '<value value="46" unit="a"/></relatedObservation></controlVariable><component><series>'
    )
    path = edited(files, "aecg", tmp_path, ("<component><series>", age))
    record = io.read(path)
    assert record.patient.age_years == 46.0
    assert [n.code for n in record.notices] == ["age_contradicts_birth_date"]


def test_contradicting_copies_of_a_lead_are_refused(files, tmp_path):
    path = edited(files, "aecg", tmp_path, ("MDC_ECG_LEAD_AVL", "MDC_ECG_LEAD_AVR"))
    with pytest.raises(CorruptFileError, match="aVR twice"):
        io.read(path)
