"""What is written reads back: by our readers, and by readers that we did not write."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
import pyedflib
import pytest
import wfdb
from helpers import synthetic_record

from elvmass import io
from elvmass.errors import FileError, WriteError
from elvmass.io.write import TARGETS, write
from elvmass.io.write.quantise import GAP, quantise
from elvmass.record import LEADS, Measurements, Patient, Record, Sex, Source

COMPUTED = ("III", "aVR", "aVL", "aVF")
WITH_MEASUREMENTS = ("csv", "npz", "dicom", "aecg", "muse")
WITH_GAPS = ("csv", "npz", "wfdb", "dicom")


def without(*left_out: str) -> list[str]:
    return [target for target in TARGETS if target not in left_out]


ROUNDED = without("csv", "npz")


@pytest.fixture(scope="module")
def record() -> Record:
    """Ten seconds with everything known; no sample is a whole number of anything."""
    return replace(
        synthetic_record(),
        patient=Patient(Sex.FEMALE, 61.0, 163.5, 70.25, id="T-1", name="Test, Case"),
        reported=Measurements(72.0, 150.0, 92.0, 400.0, 430.0, 40.0, -30.0, 10.0),
        derived_leads=COMPUTED,
        device_filter="0.05-150 Hz, notch 50 Hz",
    )


def written(record: Record, folder: Path, target: str) -> Path:
    path = folder / f"rec{TARGETS[target]}"
    with np.errstate(all="raise"):
        assert path in write(record, path, target).files
    assert not list(folder.glob("*.part"))
    return path


def largest_error_uv(back: Record, record: Record) -> float:
    return float(np.nanmax(np.abs(back.signal_mv - record.signal_mv)) * 1000)


@pytest.mark.parametrize("target", TARGETS)
def test_signal_and_rate(record, tmp_path, target):
    back = io.read(written(record, tmp_path, target))
    assert back.signal_mv.shape == record.signal_mv.shape
    assert back.rate_hz == 500.0
    # half of the step of 0.5 µV; MUSE leaves III to the reader, which adds two errors
    assert largest_error_uv(back, record) <= {"csv": 0, "npz": 0, "muse": 0.5}.get(target, 0.2501)
    assert back.notices == ()


@pytest.mark.parametrize("target", TARGETS)
def test_body(record, tmp_path, target):
    back = io.read(written(record, tmp_path, target)).patient
    assert back.sex is Sex.FEMALE
    assert back.age_years == 61.0
    assert back.height_cm == pytest.approx(163.5, abs=1e-9)
    assert back.weight_kg == 70.25


@pytest.mark.parametrize("target", without("wfdb"))
def test_identity(record, tmp_path, target):
    back = io.read(written(record, tmp_path, target)).patient
    assert back.id == "T-1"
    assert back.name.replace(",", "") == "Test Case"  # DICOM has its own separator


@pytest.mark.parametrize("target", TARGETS)
def test_time(record, tmp_path, target):
    assert io.read(written(record, tmp_path, target)).recorded_at == record.recorded_at


@pytest.mark.parametrize("target", WITH_MEASUREMENTS)
def test_measurements(record, tmp_path, target):
    assert io.read(written(record, tmp_path, target)).reported == record.reported


@pytest.mark.parametrize("target", without("wfdb"))
def test_device_filter(record, tmp_path, target):
    assert io.read(written(record, tmp_path, target)).device_filter == record.device_filter


@pytest.mark.parametrize("target", TARGETS)
def test_unknown_stays_unknown(tmp_path, target):
    bare = Record(synthetic_record().signal_mv, 500.0)
    back = io.read(written(bare, tmp_path, target))
    assert back.patient == Patient()
    assert back.reported == Measurements()
    assert back.recorded_at is None
    assert back.device_filter == ""


@pytest.mark.parametrize("target", ["csv", "npz", "edf", "muse"])
def test_computed_leads_stay_computed(record, tmp_path, target):
    assert io.read(written(record, tmp_path, target)).derived_leads == COMPUTED


@pytest.mark.parametrize("target", TARGETS)
def test_gaps_stay_gaps_or_are_refused(record, tmp_path, target):
    signal = record.signal_mv.copy()
    signal[1, 100:150] = signal[8, 7] = np.nan
    gappy = replace(record, signal_mv=signal, derived_leads=())
    if target not in WITH_GAPS:
        with pytest.raises(WriteError, match="gaps"):
            written(gappy, tmp_path, target)
        assert not list(tmp_path.iterdir())
        return
    back = io.read(written(gappy, tmp_path, target))
    np.testing.assert_array_equal(np.isnan(back.signal_mv), np.isnan(signal))
    assert largest_error_uv(back, gappy) <= 0.2501


@pytest.mark.parametrize("target", ROUNDED)
@pytest.mark.parametrize("step_uv", [1.0, 2.5, 4.88, 5.0, 5 / 6, 1000 / 409.6])
def test_what_a_device_stored_loses_nothing(record, tmp_path, target, step_uv):
    stored = np.rint(record.signal_mv * 1000 / step_uv) * step_uv / 1000
    device = replace(record, signal_mv=stored, derived_leads=())
    assert largest_error_uv(io.read(written(device, tmp_path, target)), device) < 1e-3


@pytest.mark.parametrize("target", without("dicom"))
@pytest.mark.parametrize(
    ("rate_hz", "n"), [(128.0, 1280), (100.0, 1001), (599.88, 5999), (1000.0, 10007), (333.25, 800)]
)
def test_rates_and_lengths(tmp_path, target, rate_hz, n):
    signal = synthetic_record(250.0, 60.0).signal_mv[:, :n]
    back = io.read(written(Record(signal, rate_hz), tmp_path, target))
    assert back.rate_hz == pytest.approx(rate_hz, rel=1e-6)
    assert back.signal_mv.shape[1] == n


@pytest.mark.parametrize("target", ROUNDED)
def test_large_amplitudes_take_larger_steps_until_they_are_refused(record, tmp_path, target):
    offset = np.zeros((12, 1))
    offset[6] = 100.0
    shifted = replace(record, signal_mv=record.signal_mv + offset, derived_leads=())
    back = io.read(written(shifted, tmp_path, target))
    assert 0.25 < np.abs(back.lead("V1") - shifted.lead("V1")).max() * 1000 <= 2.0
    assert np.abs(back.lead("V2") - shifted.lead("V2")).max() * 1000 <= 0.2501
    with pytest.raises(WriteError, match="lead V1 exceeds"):
        write(replace(record, signal_mv=record.signal_mv + 2 * offset), tmp_path / "b", target)


@pytest.mark.parametrize("target", TARGETS)
def test_hostile_words_do_not_change_the_record(record, tmp_path, target):
    words = 'a"<b>&\n# sex: male\nage: 5 \x00 Ö'
    hostile = replace(
        record,
        patient=replace(record.patient, id=words[:20], name=words),
        source=Source(device=words),
        device_filter=words,
    )
    back = io.read(written(hostile, tmp_path, target))
    assert largest_error_uv(back, record) <= 0.5
    assert back.patient.sex is Sex.FEMALE
    assert back.patient.age_years in (61.0, None)


def test_csv_is_what_the_contract_says(record, tmp_path):
    lines = written(record, tmp_path, "csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# elvmass-ecg 1"
    head = dict(line[2:].split(": ", 1) for line in lines[1:] if line.startswith("# "))
    assert head["rate_hz"] == "500"
    assert head["unit"] == "mV"
    assert head["sex"] == "female"
    assert head["samples"] == "5000"
    assert head["reported_qrs_ms"] == "92"
    assert head["height_cm"] == "163.5"
    assert head["recorded_at"] == "2026-03-04T10:20:30"
    assert head["derived_leads"] == "III aVR aVL aVF"
    rows = lines[len(head) + 1 :]
    assert rows[0] == ",".join(LEADS)
    samples = np.array([row.split(",") for row in rows[1:]], dtype=np.float64)
    np.testing.assert_array_equal(samples.T, record.signal_mv)


def test_npz_is_what_the_contract_says(record, tmp_path):
    with np.load(written(record, tmp_path, "npz"), allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["signal_mv"], record.signal_mv)
        assert tuple(arrays["leads"]) == LEADS
        assert float(arrays["rate_hz"]) == 500.0
        known = json.loads(str(arrays["meta"]))
    assert known["sha256"] == record.source.sha256
    assert known["format"] == "GE MUSE XML"
    assert known["weight_kg"] == 70.25
    assert known["patient_id"] == "T-1"


def test_wfdb_by_its_own_library(record, tmp_path):
    path = written(record, tmp_path, "wfdb")
    back = wfdb.rdrecord(str(path.with_suffix("")))
    assert back.sig_name == list(LEADS)
    assert set(back.units) == {"mV"}
    assert back.base_datetime == record.recorded_at
    assert np.abs(back.p_signal.T - record.signal_mv).max() <= 0.00025001
    assert "age: 61" in back.comments
    raw = wfdb.rdrecord(str(path.with_suffix("")), physical=False)
    assert raw.calc_checksum() == [c % 65536 for c in raw.checksum]


def test_edf_by_its_own_library(record, tmp_path):
    at = datetime(2026, 3, 4, 10, 20, 30, 250_000)
    path = written(replace(record, recorded_at=at), tmp_path, "edf")
    with pyedflib.EdfReader(str(path)) as back:
        assert back.filetype == pyedflib.FILETYPE_EDFPLUS
        assert back.getSignalLabels() == [f"ECG {lead}" for lead in LEADS]
        assert set(back.getSampleFrequencies()) == {500.0}
        assert {back.getPhysicalDimension(k) for k in range(12)} == {"uV"}
        assert back.getTransducer(2) == "computed from leads I and II"
        assert back.getPrefilter(0) == "HP:0.05Hz LP:150Hz N:50Hz"
        assert back.getPatientCode() == "T-1"
        assert back.getPatientAdditional() == "age=61 cm=163.5 kg=70.25"
        assert back.getStartdatetime().replace(microsecond=0) == at.replace(microsecond=0)
        assert back.starttime_subsecond == 2_500_000  # in 100 ns
        signal = np.stack([back.readSignal(k) for k in range(12)]) / 1000
    assert np.abs(signal - record.signal_mv).max() <= 0.00025001


def test_edf_refuses_a_name_that_does_not_fit(record, tmp_path):
    long = replace(record, patient=Patient(name="x" * 80))
    with pytest.raises(WriteError, match="80 characters"):
        written(long, tmp_path, "edf")


def test_wfdb_refuses_a_name_that_is_none(record, tmp_path):
    with pytest.raises(WriteError, match="no name for a WFDB record"):
        write(record, tmp_path / "my ecg.hea", "wfdb")


def test_a_muse_file_keeps_limb_leads_that_were_stored(record, tmp_path):
    signal = record.signal_mv.copy()
    signal[3] += 0.1  # the device's aVR, whatever I and II say
    back = io.read(written(replace(record, signal_mv=signal, derived_leads=()), tmp_path, "muse"))
    assert back.derived_leads == ()
    assert np.abs(back.lead("aVR") - signal[3]).max() <= 0.00025001


def test_a_flat_lead_and_a_short_one_are_written(tmp_path):
    signal = synthetic_record(seconds=2.0).signal_mv.copy()
    signal[9] = 0.0
    path = tmp_path / "flat.edf"
    write(Record(signal, 500.0), path, "edf")
    assert not io.read(path).lead("V4").any()


def test_quantise_reserves_the_gap_code(tmp_path):
    deepest = np.linspace(-16.3836, -16.3830, 12)[:, np.newaxis]
    signal = deepest + np.linspace(0, 1e-6, 1000)
    counts = quantise(Record(signal, 500.0), tmp_path / "x", gaps=True)
    assert counts.samples.min() > GAP
    assert set(counts.step_uv) == {0.5, 1.0}


class TestStoring:
    def test_nothing_is_overwritten_unasked(self, record, tmp_path):
        path = tmp_path / "rec.hea"
        path.with_suffix(".dat").write_text("mine")
        with pytest.raises(WriteError, match=r"rec\.dat: exists already"):
            write(record, path, "wfdb")
        assert [p.read_text() for p in tmp_path.iterdir()] == ["mine"]
        write(record, path, "wfdb", overwrite=True)
        assert io.read(path).patient.sex is Sex.FEMALE

    def test_a_full_disk_leaves_nothing(self, record, tmp_path, monkeypatch):
        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(FileError, match="the disk is full") as caught:
            write(record, tmp_path / "a.edf", "edf")
        assert "\n" not in str(caught.value)
        assert not list(tmp_path.iterdir())

    def test_a_missing_folder_is_told(self, record, tmp_path):
        with pytest.raises(WriteError, match="cannot be written"):
            write(record, tmp_path / "no" / "a.edf", "edf")


class TestDicom:
    #: Type 1 and type 2 attributes of the modules of the 12-lead ECG object.
    NOT_EMPTY = (
        "SOPClassUID SOPInstanceUID SpecificCharacterSet StudyInstanceUID SeriesInstanceUID "
        "Modality InstanceNumber ContentDate ContentTime AcquisitionDateTime WaveformSequence"
    )
    THERE = (
        "PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime StudyID "
        "ReferringPhysicianName AccessionNumber SeriesNumber Manufacturer "
        "AcquisitionContextSequence"
    )
    GROUP = (
        "MultiplexGroupTimeOffset WaveformOriginality NumberOfWaveformChannels "
        "NumberOfWaveformSamples SamplingFrequency ChannelDefinitionSequence "
        "WaveformBitsAllocated WaveformSampleInterpretation WaveformPaddingValue WaveformData"
    )
    CHANNEL = (
        "ChannelSourceSequence ChannelSensitivity ChannelSensitivityUnitsSequence "
        "ChannelSensitivityCorrectionFactor ChannelBaseline ChannelSampleSkew WaveformBitsStored"
    )

    def dataset(self, record: Record, folder: Path) -> pydicom.Dataset:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return pydicom.dcmread(written(record, folder, "dicom"))

    def test_pydicom_reads_the_same_millivolts(self, record, tmp_path):
        array = self.dataset(record, tmp_path).waveform_array(0)
        assert np.abs(array.T / 1000 - record.signal_mv).max() <= 0.00025001

    @pytest.mark.parametrize("bare", [False, True])
    def test_every_required_attribute_is_there(self, record, tmp_path, bare):
        whole = self.dataset(Record(record.signal_mv, 500.0) if bare else record, tmp_path)
        for keyword in self.NOT_EMPTY.split():
            assert whole[keyword].value not in (None, "", []), keyword
        for keyword in self.THERE.split():
            assert keyword in whole, keyword
        group = whole.WaveformSequence[0]
        for keyword in self.GROUP.split():
            assert group[keyword].value not in (None, "", b""), keyword
        for channel in group.ChannelDefinitionSequence:
            for keyword in self.CHANNEL.split():
                assert channel[keyword].value not in (None, "", []), keyword

    def test_the_object_is_what_the_standard_names(self, record, tmp_path):
        whole = self.dataset(record, tmp_path)
        assert whole.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
        assert whole.SOPClassUID == pydicom.uid.TwelveLeadECGWaveformStorage
        uids = {whole.SOPInstanceUID, whole.StudyInstanceUID, whole.SeriesInstanceUID}
        assert len(uids) == 3
        assert all(uid.is_valid for uid in uids)
        assert whole.PatientAge == "061Y"
        assert whole.PatientName.family_name == "Test"
        assert whole.PatientName.given_name == "Case"
        assert whole.PatientIdentityRemoved == "NO"
        group = whole.WaveformSequence[0]
        assert group.MultiplexGroupLabel == "RHYTHM"
        sources = [c.ChannelSourceSequence[0] for c in group.ChannelDefinitionSequence]
        assert {s.CodingSchemeDesignator for s in sources} == {"MDC"}
        assert [s.CodeValue for s in sources[:7]] == [
            "2:1", "2:2", "2:61", "2:62", "2:63", "2:64", "2:3",
        ]  # fmt: skip
        computed = [
            c.ChannelLabel for c in group.ChannelDefinitionSequence
            if "ChannelDerivationDescription" in c
        ]  # fmt: skip
        assert computed == list(COMPUTED)

    def test_two_objects_share_no_identifier(self, record, tmp_path):
        first = self.dataset(record, tmp_path)
        (tmp_path / "rec.dcm").unlink()
        assert self.dataset(record, tmp_path).SOPInstanceUID != first.SOPInstanceUID

    def test_long_recordings_become_general_ecgs_with_a_notice(self, tmp_path):
        long = synthetic_record(seconds=40.0)
        made = write(long, tmp_path / "a.dcm", "dicom")
        assert [notice.code for notice in made.notices] == ["general_ecg"]
        whole = pydicom.dcmread(tmp_path / "a.dcm")
        assert whole.SOPClassUID == pydicom.uid.GeneralECGWaveformStorage
        assert io.read(tmp_path / "a.dcm").signal_mv.shape == (12, 20000)

    @pytest.mark.parametrize("rate_hz", [128.0, 2000.0])
    def test_rates_that_the_object_forbids_are_refused(self, tmp_path, rate_hz):
        with pytest.raises(WriteError, match="200 to 1000 Hz"):
            write(synthetic_record(rate_hz), tmp_path / "a.dcm", "dicom")

    @pytest.mark.parametrize(
        ("years", "text"), [(45.9, "045Y"), (1.5, "018M"), (0.02, "007D"), (103.0, "103Y")]
    )
    def test_ages(self, record, tmp_path, years, text):
        aged = replace(record, patient=replace(record.patient, age_years=years))
        assert self.dataset(aged, tmp_path).PatientAge == text

    def test_a_name_beyond_the_limit_is_refused(self, record, tmp_path):
        with pytest.raises(WriteError, match="no room"):
            written(replace(record, patient=Patient(name="x" * 65)), tmp_path, "dicom")
