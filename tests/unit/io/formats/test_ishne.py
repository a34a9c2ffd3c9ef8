"""ISHNE: header, checksum, length, gaps, and what is refused."""

from __future__ import annotations

import struct
import tracemalloc

import numpy as np
import pytest
from helpers import synthetic_record
from unit.io.files.write_ishne import CODES, counts, write

from elvmass import io
from elvmass.errors import CorruptFileError, FileError, LeadsError, UnsupportedFileError
from elvmass.io.formats import ishne
from elvmass.io.rawfile import load
from elvmass.record import LEADS, Record, Sex

EIGHT = ("V6", "I", "V1", "V3", "II", "V2", "V5", "V4")
SAMPLES, ECG_AT, SEX, BORN, RECORDED, STARTED = 14, 22, 128, 132, 138, 150
LEAD_COUNT, RESOLUTIONS, PACEMAKER, RECORDER, RATE = 156, 206, 230, 232, 272


def stored_mv(record: Record) -> np.ndarray:
    return counts(record) * 0.0025


def codes(record: Record) -> set[str]:
    return {notice.code for notice in record.notices}


def short(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}h", *values)


def long(value: int) -> bytes:
    return struct.pack("<i", value)


def test_whole_file(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x"))
    np.testing.assert_allclose(record.signal_mv, stored_mv(truth), rtol=0, atol=1e-9)
    patient = record.patient
    assert (patient.sex, patient.age_years, patient.id) == (Sex.MALE, 61.0, "T-1")
    assert patient.name == "Test, Case"
    assert record.recorded_at == truth.recorded_at
    assert record.source.format == "ISHNE"
    assert record.source.device == "H12+"
    assert record.rate_hz == truth.rate_hz
    assert record.notices == ()


def test_leads_in_any_order_and_limb_leads_computed(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", names=EIGHT))
    stored = stored_mv(truth)
    assert record.derived_leads == ("III", "aVR", "aVL", "aVF")
    np.testing.assert_allclose(record.lead("V6"), stored[11], atol=1e-9)
    np.testing.assert_allclose(record.lead("III"), stored[1] - stored[0], atol=1e-9)
    np.testing.assert_allclose(record.lead("aVR"), -(stored[0] + stored[1]) / 2, atol=1e-9)


def test_every_lead_has_its_own_resolution(truth, tmp_path):
    path = write(truth, tmp_path / "x", changes=((RESOLUTIONS + 2 * 7, short(5000)),))
    record = io.read(path)
    np.testing.assert_allclose(record.lead("V2"), 2 * stored_mv(truth)[7], atol=1e-9)
    np.testing.assert_allclose(record.lead("V3"), stored_mv(truth)[8], atol=1e-9)


@pytest.mark.parametrize("unknown", [0, 1, 2, 17, 99, -9])
def test_leads_without_a_name_are_missing(unknown, truth, tmp_path):
    stated = tuple(unknown if name == "V4" else CODES[name] for name in LEADS)
    with pytest.raises(LeadsError, match=r"V4 missing"):
        io.read(write(truth, tmp_path / "x", codes=stated))


def test_a_lead_stored_twice_is_refused(truth, tmp_path):
    stated = tuple(CODES["I"] if name == "aVL" else CODES[name] for name in LEADS)
    with pytest.raises(CorruptFileError, match="lead I twice"):
        io.read(write(truth, tmp_path / "x", codes=stated))


def test_lead_faults_are_gaps(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", faults=slice(100, 130), names=EIGHT))
    gaps = np.isnan(record.signal_mv)
    assert gaps[:, 100:130].all()
    assert gaps.sum() == 12 * 30
    assert "signal_gaps" in codes(record)


@pytest.mark.parametrize("checksum", [b"\0\0", None])
def test_checksum_right_or_absent(checksum, truth, tmp_path):
    path = write(truth, tmp_path / "x", checksum=checksum)
    assert codes(io.read(path)) == set()
    data = path.read_bytes()
    path.write_bytes(data[:8] + data[8:10][::-1] + data[10:])
    assert codes(io.read(path)) == set()


def test_wrong_checksum_is_a_notice(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", checksum=b"\1\2"))
    assert codes(record) == {"checksum_mismatch"}
    np.testing.assert_allclose(record.signal_mv, stored_mv(truth), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("stated", "read"),
    [(12 * 1500, 1500), (6, 1500), (0, 1500), (-9, 1500), (1490, 1490)],
    ids=["of all leads", "seconds", "zero", "missing", "a bit less"],
)
def test_unusual_lengths_are_read_with_a_notice(stated, read, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", changes=((SAMPLES, long(stated)),)))
    assert record.signal_mv.shape == (12, read)
    assert "length_unusual" in codes(record)


@pytest.mark.parametrize("stated", [1501, 1200, 12 * 1500 + 1, 2**31 - 1])
def test_lengths_that_do_not_fit_are_refused(stated, truth, tmp_path):
    with pytest.raises(CorruptFileError, match=f"announces {stated}"):
        io.read(write(truth, tmp_path / "x", changes=((SAMPLES, long(stated)),)))


@pytest.mark.parametrize("cut", [-1, -24, -12 * 1500])
def test_cut_files_are_damaged(cut, truth, tmp_path):
    with pytest.raises(CorruptFileError, match="holds"):
        io.read(write(truth, tmp_path / "x", data_end=cut))


@pytest.mark.parametrize("tenths", range(10))
def test_cut_anywhere(tenths, tmp_path):
    path = write(synthetic_record(250.0, 2.0), tmp_path / "x")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * tenths // 10])
    with pytest.raises(FileError) as caught:
        io.read(path)
    assert "Test" not in str(caught.value)


def test_one_wrong_place_of_the_ecg_is_seen_through(truth, tmp_path):
    for change in ((ECG_AT, long(0)), (10, long(0))):
        record = io.read(write(truth, tmp_path / "x", changes=(change,)))
        np.testing.assert_allclose(record.signal_mv, stored_mv(truth), rtol=0, atol=1e-9)
    for wrong in (2**31 - 1, -(2**31)):
        with pytest.raises(CorruptFileError, match="where the ECG begins"):
            io.read(
                write(
                    truth,
                    tmp_path / "x",
                    changes=((10, long(wrong)), (ECG_AT, long(wrong))),
                )
            )


@pytest.mark.parametrize(
    "change", [(LEAD_COUNT, short(0)), (LEAD_COUNT, short(13)), (RATE, short(0)), (RATE, short(-9))]
)
def test_impossible_headers(change, truth, tmp_path):
    with pytest.raises(CorruptFileError):
        io.read(write(truth, tmp_path / "x", changes=(change,)))


@pytest.mark.parametrize("resolution", [0, -9])
def test_no_amplitude_without_resolution(resolution, truth, tmp_path):
    path = write(truth, tmp_path / "x", changes=((RESOLUTIONS, short(resolution)),))
    with pytest.raises(UnsupportedFileError, match="resolution"):
        io.read(path)


def test_pacemaker_and_poor_leads_are_noticed(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", quality=5, changes=((PACEMAKER, short(2)),)))
    assert codes(record) == {"pacemaker", "lead_quality"}
    assert "V2 (disconnected)" in next(
        n.message for n in record.notices if n.code == "lead_quality"
    )


def test_missing_facts(truth, tmp_path):
    changes = (
        (28, bytes(100)),
        (SEX, short(0)),
        (BORN, short(-9, -9, -9)),
        (RECORDED, short(31, 2, 2020)),
        (RECORDER, b"digital\0".ljust(40)),
    )
    record = io.read(write(truth, tmp_path / "x", changes=changes))
    patient = record.patient
    assert (patient.sex, patient.age_years, patient.name, patient.id) == (None,) * 4
    assert record.recorded_at is None
    assert record.source.device == ""


def test_two_digit_years_are_no_dates(truth, tmp_path):
    changes = ((BORN, short(31, 12, 64)), (STARTED, short(25, 0, 0)))
    record = io.read(write(truth, tmp_path / "x", changes=changes))
    assert record.patient.age_years is None
    assert record.recorded_at is not None
    assert record.recorded_at.hour == 0


def test_birth_date_of_a_file_without_start_time(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", changes=((STARTED, short(-9, -9, -9)),)))
    assert record.patient.age_years == 61.0


def test_long_recordings_are_decoded_once(tmp_path):
    record = synthetic_record(250.0, 120.0)
    raw = load(write(record, tmp_path / "x"))
    tracemalloc.start()
    try:
        signal = ishne.read(raw).signal_mv
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert signal.shape == record.signal_mv.shape
    assert peak < 1.25 * signal.nbytes
