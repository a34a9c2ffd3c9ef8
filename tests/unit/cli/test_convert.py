"""``elvmass convert`` as its users call it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from helpers import synthetic_record

from elvmass import io
from elvmass.cli import main
from elvmass.io.write import TARGETS, write
from elvmass.io.write.anonymous import anonymous
from elvmass.io.write.muse import write_muse
from elvmass.record import LEADS, Patient, Record, Sex

Output = pytest.CaptureFixture[str]

NAME = "Secretname"
OLD = Patient(Sex.FEMALE, 93.0, 150.0, 50.0, id="4711-0815", name=f"{NAME}, Zacharias")


@pytest.fixture
def ecg(tmp_path: Path) -> Path:
    """One ECG whose file name and content tell who it is."""
    record = replace(synthetic_record(), patient=OLD)
    write_muse(record, tmp_path / f"{NAME}.xml")
    return tmp_path / f"{NAME}.xml"


def convert(*args: object) -> int:
    return main(["convert", *map(str, args)])


@pytest.mark.parametrize("target", [t for t in TARGETS if t not in ("aecg", "muse")])
def test_the_default_name_is_the_ecgs_beside_it(ecg: Path, capsys: Output, target: str) -> None:
    assert convert(ecg, "--to", target) == 0
    made = ecg.with_suffix(TARGETS[target])
    out = capsys.readouterr()
    assert out.out == f"{made}\n"
    assert out.err == ""
    before, after = io.read(ecg), io.read(made)
    assert np.abs(after.signal_mv - before.signal_mv).max() < 1e-6  # a device's steps lose nothing
    assert (after.rate_hz, after.recorded_at) == (before.rate_hz, before.recorded_at)
    assert after.patient.sex is Sex.FEMALE


def test_out_names_the_file_or_the_folder(ecg: Path, tmp_path: Path) -> None:
    assert convert(ecg, "--to", "edf", "--out", tmp_path / "my.edf") == 0
    assert convert(ecg, "--to", "edf", "--out", f"{tmp_path}/new/") == 0
    assert convert(ecg, tmp_path / "my.edf", "--to", "wfdb", "--out", tmp_path / "many") == 0
    assert {p.name for p in (tmp_path / "new").iterdir()} == {f"{NAME}.edf"}
    names = {f"{NAME}.hea", f"{NAME}.dat", "my.hea", "my.dat"}
    assert {p.name for p in (tmp_path / "many").iterdir()} == names


def test_wfdb_names_are_made_valid(ecg: Path) -> None:
    odd = ecg.rename(ecg.with_name("ECG of Ann (1).xml"))
    assert convert(odd, "--to", "wfdb") == 0
    assert odd.with_name("ECG_of_Ann__1_.hea").is_file()


def test_nothing_is_overwritten_without_force(ecg: Path, capsys: Output) -> None:
    made = ecg.with_suffix(".edf")
    made.write_text("mine")
    assert convert(ecg, "--to", "edf") == 1
    assert made.read_text() == "mine"
    assert "exists already" in capsys.readouterr().err
    assert convert(ecg, "--to", "edf", "--force") == 0
    assert io.read(made).signal_mv.shape[0] == 12


def test_the_ecg_itself_is_never_overwritten(ecg: Path, tmp_path: Path, capsys: Output) -> None:
    before = ecg.read_bytes()
    assert convert(ecg, "--to", "muse", "--force") == 1
    assert ecg.read_bytes() == before
    assert "is the ECG to convert" in capsys.readouterr().err
    write(synthetic_record(), tmp_path / "rec.hea", "wfdb")
    samples = (tmp_path / "rec.dat").read_bytes()
    for name in ("rec", "rec.hea", "rec.dat"):
        assert convert(tmp_path / name, "--to", "wfdb", "--force", "--anonymise", "--out",
                       tmp_path / "rec.hea") == 1  # fmt: skip
    assert (tmp_path / "rec.dat").read_bytes() == samples


def test_two_ecgs_of_one_name_do_not_replace_each_other(ecg: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    write_muse(synthetic_record(bpm=90), tmp_path / "b" / ecg.name)
    out = tmp_path / "out"
    assert convert(ecg, tmp_path / "b" / ecg.name, "--to", "npz", "--out", out, "--force") == 1
    kept = io.read(out / f"{NAME}.npz")
    np.testing.assert_array_equal(kept.signal_mv, io.read(ecg).signal_mv)


def test_a_bad_file_does_not_stop_the_others(ecg: Path, tmp_path: Path, capsys: Output) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_text("<RestingECG/>")
    assert convert(bad, ecg, "--to", "edf", "--out", tmp_path / "out") == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert (tmp_path / "out" / f"{NAME}.edf").is_file()


def test_several_ecgs_need_a_folder(ecg: Path, tmp_path: Path, capsys: Output) -> None:
    assert convert(ecg, ecg, "--to", "edf", "--out", ecg) == 1
    assert "Several ECGs need a folder" in capsys.readouterr().err


@pytest.mark.parametrize("target", TARGETS)
def test_anonymous_files_tell_nothing(
    ecg: Path, tmp_path: Path, capsys: Output, target: str
) -> None:
    out = tmp_path / "out"
    assert convert(ecg, "--to", target, "--anonymise", "--out", f"{out}/") == 0
    assert "The age is written as 90" in capsys.readouterr().err
    secrets = (NAME, "Zacharias", "4711", "2026", "04.03", "20:30", "test device",
               hashlib.sha256(ecg.read_bytes()).hexdigest())  # fmt: skip
    for made in out.iterdir():
        assert made.name.startswith("ecg-")
        content = made.read_bytes()
        if target == "npz":
            with np.load(made) as arrays:
                content = str(arrays["meta"]).encode()
        if made.suffix == ".dat":
            continue  # samples alone
        head = content[:3000] if target in ("csv", "edf", "dicom") else content
        found = [s for s in secrets if s.encode() in head and not s.isdigit()]
        assert found == []
        assert made.stem not in (NAME, "")
    back = io.read(next(p for p in out.iterdir() if p.suffix == TARGETS[target]))
    assert back.patient.id is None
    assert back.patient.name is None
    assert back.recorded_at is None
    assert back.source.device == ""
    assert back.patient.sex is Sex.FEMALE
    assert back.patient.age_years in (90.0, None)
    assert back.device_filter in ("0.05-150 Hz", "")


def test_an_anonymous_dicom_object_says_so(ecg: Path, tmp_path: Path) -> None:
    assert convert(ecg, "--to", "dicom", "--anonymise", "--out", tmp_path / "a.dcm") == 0
    whole = pydicom.dcmread(tmp_path / "a.dcm")
    assert whole.PatientIdentityRemoved == "YES"
    assert whole.DeidentificationMethod
    codes = [item.CodeValue for item in whole.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113108"]
    assert str(whole.PatientName) == whole.PatientID == whole.StudyDate == ""
    assert whole.AcquisitionDateTime == "1900"
    assert whole.PatientAge == "090Y"


def test_the_anonymous_name_depends_on_the_signal_alone(ecg: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.xml"
    write_muse(replace(synthetic_record(), patient=Patient(id="X")), other)
    names = []
    for each in (ecg, other):
        folder = tmp_path / each.stem
        assert convert(each, "--to", "npz", "--anonymise", "--out", f"{folder}/") == 0
        names += [p.name for p in folder.iterdir()]
    assert len(set(names)) == 1


def test_words_about_the_filter_are_no_way_out() -> None:
    record = Record(
        synthetic_record().signal_mv, 500.0, Patient(age_years=89.5), device_filter=f"{NAME}'s"
    )
    told = anonymous(record)
    assert told.device_filter == ""
    assert told.patient.age_years == 89.5
    assert told.notices == ()


def test_simulate_writes_any_format(tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    assert main(["simulate", "--n", "1", "--out", str(out), "--format", "wfdb"]) == 0
    assert "ecg/000000.hea" in (out / "cohort.csv").read_text()
    back = io.read(out / "ecg" / "000000.hea")
    assert back.signal_mv.shape[0] == len(LEADS)
    assert back.patient.height_cm
