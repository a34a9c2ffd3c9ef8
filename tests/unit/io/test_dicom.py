"""Choices that only DICOM leaves open: groups, byte order, sample forms, padding, units."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from helpers import synthetic_record
from pydicom import dcmwrite
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian
from unit.io.ecg_files import SHUFFLED, counts_of, dicom_dataset, dicom_group

from elvmass import io
from elvmass.errors import LeadsError, UnsupportedFileError
from elvmass.record import LEADS

STEP_MV = 0.0025


def saved(tmp_path: Path, groups: list, **changes: object) -> Path:
    path = tmp_path / "x"
    dataset = dicom_dataset(path, groups)
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path)
    return path


def expected(truth) -> np.ndarray:
    return np.rint(truth.signal_mv / STEP_MV) * STEP_MV


def test_groups_that_run_together_are_joined(truth, tmp_path):
    parts = [dicom_group(truth, SHUFFLED[k : k + 3], "ORIGINAL") for k in (0, 3, 6, 9)]
    record = io.read(saved(tmp_path, parts))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_groups_that_follow_each_other_are_not_joined(truth, tmp_path):
    parts = [dicom_group(truth, SHUFFLED[k : k + 3], "ORIGINAL") for k in (0, 3, 6, 9)]
    for number, part in enumerate(parts):
        part.MultiplexGroupTimeOffset = 2500 * number
    with pytest.raises(LeadsError, match="missing"):
        io.read(saved(tmp_path, parts))


def test_of_several_complete_groups_one_is_read(truth, tmp_path):
    other = dicom_group(synthetic_record(250.0, 3.0), LEADS, "ORIGINAL")
    twin = dicom_group(synthetic_record(250.0, 6.0, bpm=50), LEADS, "ORIGINAL")
    record = io.read(saved(tmp_path, [other, dicom_group(truth, LEADS, "ORIGINAL"), twin]))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_median_beat_alone_is_refused(truth, tmp_path):
    with pytest.raises(LeadsError, match="derived"):
        io.read(saved(tmp_path, [dicom_group(truth, LEADS, "DERIVED")]))


def test_without_waveform(tmp_path):
    with pytest.raises(UnsupportedFileError, match="without waveforms"):
        io.read(saved(tmp_path, []))


@pytest.mark.parametrize(
    ("bits", "form", "dtype"), [(16, "US", "<u2"), (32, "SL", "<i4"), (32, "UL", "<u4")]
)
def test_sample_forms(bits, form, dtype, truth, tmp_path):
    group = dicom_group(truth, LEADS, "ORIGINAL")
    counts = np.stack([counts_of(truth)[n] for n in LEADS], axis=1)
    shift = 32768 if form.startswith("U") else 0
    group.WaveformData = (counts + shift).astype(dtype).tobytes()
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = bits, form
    del group.WaveformPaddingValue
    for channel in group.ChannelDefinitionSequence:
        channel.ChannelBaseline = f"{-shift * STEP_MV:g}"
    record = io.read(saved(tmp_path, [group]))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_companded_samples_are_refused(truth, tmp_path):
    group = dicom_group(truth, LEADS, "ORIGINAL")
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 8, "MB"
    with pytest.raises(UnsupportedFileError, match="form"):
        io.read(saved(tmp_path, [group]))


def test_big_endian(truth, tmp_path):
    path = tmp_path / "x"
    group = dicom_group(truth, LEADS, "ORIGINAL")
    group.WaveformData = np.frombuffer(group.WaveformData, "<i2").astype(">i2").tobytes()
    dataset = dicom_dataset(path, [group])
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dcmwrite(path, dataset)
    np.testing.assert_allclose(io.read(path).signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_bare_data_set_without_preamble(truth, tmp_path):
    path = tmp_path / "x"
    dataset = dicom_dataset(path, [dicom_group(truth, LEADS, "ORIGINAL")])
    del dataset.file_meta
    dataset.preamble = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=False)
    np.testing.assert_allclose(io.read(path).signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_implicit_vr(truth, tmp_path):
    path = tmp_path / "x"
    dataset = dicom_dataset(path, [dicom_group(truth, LEADS, "ORIGINAL")])
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path)
    np.testing.assert_allclose(io.read(path).signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_padding_marks_gaps_only_where_no_ecg_can_be(truth, tmp_path):
    group = dicom_group(truth, LEADS, "ORIGINAL")
    counts = np.frombuffer(group.WaveformData, "<i2").reshape(-1, 12).copy()
    counts[100:110, 0] = -32768
    counts[200, :] = 0
    group.WaveformData = counts.tobytes()
    group.WaveformPaddingValue = b"\0\x80"
    record = io.read(saved(tmp_path, [group]))
    assert np.flatnonzero(np.isnan(record.signal_mv).any(axis=0)).tolist() == list(range(100, 110))
    assert [n.code for n in record.notices] == ["signal_gaps"]


def test_birth_date_gives_the_age_when_none_is_stated(truth, tmp_path):
    group = dicom_group(truth, LEADS, "ORIGINAL")
    path = saved(tmp_path, [group], PatientAge="", PatientBirthDate="19800305")
    assert io.read(path).patient.age_years == 45.0
