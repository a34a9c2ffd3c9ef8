"""WFDB: sample formats, layouts of files and frames, segments, comments, hostile headers."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import wfdb
from unit.io.files.write_wfdb import GAINS, counts, write

from elvmass import io
from elvmass.errors import CorruptFileError, FileError, LeadsError, UnsupportedFileError
from elvmass.io.formats.wfdb.samples import PACKINGS
from elvmass.record import Record, Sex

CODES = ("8", "16", "24", "32", "61", "80", "160", "212", "310", "311")
FLAC = ("508", "516", "524")


def stored_mv(record: Record, code: str = "16") -> np.ndarray:
    return counts(record, code) / GAINS.get(code, 400)


def changed(path: Path, *changes: tuple[str, str]) -> Path:
    """Replace patterns in the header."""
    text = path.read_text()
    for pattern, new in changes:
        text, found = re.subn(pattern, new, text, flags=re.MULTILINE)
        assert found, pattern
    path.write_text(text)
    return path


@pytest.mark.parametrize("code", [*CODES, *FLAC])
def test_sample_formats(code, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "rec.hea", code=code))
    np.testing.assert_allclose(record.signal_mv, stored_mv(truth, code), rtol=0, atol=1e-12)
    assert record.recorded_at == truth.recorded_at
    assert record.notices == ()


@pytest.mark.parametrize("code", [*CODES, *FLAC])
def test_same_samples_as_the_library(code, truth, tmp_path):
    path = write(truth, tmp_path / "rec.hea", code=code)
    other = wfdb.rdrecord(str(path.with_suffix("")))
    np.testing.assert_allclose(io.read(path).signal_mv, other.p_signal.T, rtol=0, atol=1e-12)


@pytest.mark.parametrize("code", [*CODES, *FLAC])
def test_several_samples_per_frame_are_all_kept(code, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "rec.hea", code=code, per_frame=5))
    assert record.rate_hz == truth.rate_hz
    np.testing.assert_allclose(record.signal_mv, stored_mv(truth, code), rtol=0, atol=1e-12)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("count", range(7))
def test_size_and_capacity_agree_for_incomplete_groups(code, count):
    packing = PACKINGS[code]
    size = packing.size(count)
    assert packing.capacity(size) >= count
    assert count == 0 or packing.capacity(size - 1) < count


@pytest.mark.parametrize("code", ["16", "212", "310", "311"])
def test_length_left_to_the_size_of_the_file(code, truth, tmp_path):
    path = changed(write(truth, tmp_path / "rec.hea", code=code), (r"^(rec 12 \d+) .*$", r"\1"))
    np.testing.assert_allclose(io.read(path).signal_mv, stored_mv(truth, code), rtol=0, atol=1e-12)


def test_part_of_a_frame_at_the_end_is_damage(truth, tmp_path):
    path = changed(write(truth, tmp_path / "rec.hea"), (r"^(rec 12 \d+) .*$", r"\1"))
    for part in ("rec_l.dat", "rec_p.dat"):
        (tmp_path / part).write_bytes((tmp_path / part).read_bytes()[:-2])
    with pytest.raises(CorruptFileError):
        io.read(path)


@pytest.mark.parametrize("code", [*CODES, *FLAC])
def test_short_signal_files_are_refused(code, truth, tmp_path):
    path = write(truth, tmp_path / "rec.hea", code=code)
    part = tmp_path / "rec_p.dat"
    part.write_bytes(part.read_bytes()[:-5])
    with pytest.raises(CorruptFileError):
        io.read(path)


@pytest.mark.parametrize("code", ["16", "24", "32", "61", "80", "160", "212", "310", "311", *FLAC])
def test_most_negative_sample_is_a_gap(code, truth, tmp_path):
    bits = {"80": 8, "508": 8, "212": 12, "310": 10, "311": 10, "24": 24, "32": 32, "524": 24}
    low = -(1 << bits.get(code, 16) - 1)
    signal = truth.signal_mv.copy()
    signal[9, 100:110] = low / GAINS.get(code, 400)
    gapped = Record(signal, truth.rate_hz)
    record = io.read(write(gapped, tmp_path / "rec.hea", code=code))
    assert np.flatnonzero(np.isnan(record.lead("V4"))).tolist() == list(range(100, 110))
    assert "signal_gaps" in {notice.code for notice in record.notices}


def test_matlab_file_by_its_offset(truth, tmp_path):
    path = write(truth, tmp_path / "rec.hea", offset=24)
    np.testing.assert_allclose(io.read(path).signal_mv, stored_mv(truth), rtol=0, atol=1e-12)


def test_skew_is_taken_back(truth, tmp_path):
    path = changed(write(truth, tmp_path / "rec.hea"), (r"^(rec_p\.dat 16)(.* V3)$", r"\1:2\2"))
    lead = io.read(path).lead("V3")
    np.testing.assert_allclose(lead[:-2], stored_mv(truth)[8, 2:], rtol=0, atol=1e-12)
    assert np.isnan(lead[-2:]).all()


def test_gain_baseline_and_unit_of_each_signal(truth, tmp_path):
    path = changed(
        write(truth, tmp_path / "rec.hea"),
        (r"400\(0\)/mV( .* V1)$", r"0.4(40)/uV\1"),
        (r"400\(0\)/mV( 16) 0( .* V2)$", r"4e2\1 40\2"),
    )
    record = io.read(path)
    for row in (6, 7):
        expected = stored_mv(truth)[row] - 0.1
        np.testing.assert_allclose(record.signal_mv[row], expected, rtol=0, atol=1e-12)


def test_signals_without_calibration_are_refused(truth, tmp_path):
    path = changed(write(truth, tmp_path / "rec.hea"), (r"400\(0\)/mV( .* V1)$", r"0\1"))
    with pytest.raises(UnsupportedFileError, match="no gain"):
        io.read(path)


def test_missing_rate_is_the_default_and_said(truth, tmp_path):
    path = changed(write(truth, tmp_path / "rec.hea"), (r"^rec 12 .*$", "rec 12"))
    record = io.read(path)
    assert record.rate_hz == 250.0
    assert [notice.code for notice in record.notices] == ["sampling_rate_default"]


def test_leads_of_different_rates_are_refused(truth, tmp_path):
    path = changed(write(truth, tmp_path / "rec.hea"), (r"^(rec_p\.dat 16)", r"\1x2"))
    with pytest.raises(UnsupportedFileError, match="different rates"):
        io.read(path)


def test_files_without_leads_need_not_be_there(truth, tmp_path):
    path = changed(
        write(truth, tmp_path / "rec.hea"),
        (r"^rec 12", "rec 13"),
        (r"^# age", "gone.dat 16x3 100/mmHg 12 0 0 0 0 ABP\n# age"),
    )
    np.testing.assert_allclose(io.read(path).signal_mv, stored_mv(truth), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("comments", "expected"),
    [
        (("age: 81", "sex: female"), (Sex.FEMALE, 81.0, None, None)),
        (("Age: 74", "Sex: Male", "Height: 172 cm", "Weight: 78 kg"), (Sex.MALE, 74, 172, 78)),
        (("<age>: 65 <sex>: F <diagnoses> Height: unknown",), (Sex.FEMALE, 65, None, None)),
        (("Age: 62  Sex: M", "height: 1.72 m"), (Sex.MALE, 62, 172, None)),
        (("Height (in): 70", "Weight (lbs): 180"), (None, None, 177.8, 81.6)),
        (("Age: NaN", "Sex: Unknown", "Gender: F"), (None, None, None, None)),
        (("age: 18 months", "gender: f"), (Sex.FEMALE, 1.5, None, None)),
    ],
)
def test_comments(comments, expected, truth, tmp_path):
    patient = io.read(write(truth, tmp_path / "rec.hea", comments=comments)).patient
    sex, *numbers = expected
    assert patient.sex is sex
    for value, number in zip(
        (patient.age_years, patient.height_cm, patient.weight_kg), numbers, strict=True
    ):
        assert value == (None if number is None else pytest.approx(number, abs=0.05))


def segments(truth: Record, folder: Path, *lines: str) -> Path:
    """Two halves of the truth as segments, and a header over them."""
    half = truth.signal_mv.shape[1] // 2
    for number, part in enumerate((truth.signal_mv[:, :half], truth.signal_mv[:, half:]), 1):
        write(Record(part, truth.rate_hz), folder / f"rec_{number}.hea")
    master = folder / "rec.hea"
    head = f"rec/{len(lines)} 12 {truth.rate_hz:g} {2 * half} 10:20:30 04/03/2026"
    text = "\n".join([head, *lines, "# age: 61"])
    master.write_text(text.format(half=half))
    return master


def test_segments_of_fixed_layout_are_joined(truth, tmp_path):
    record = io.read(segments(truth, tmp_path, "rec_1 {half}", "rec_2 {half}"))
    np.testing.assert_allclose(record.signal_mv, stored_mv(truth), rtol=0, atol=1e-12)
    assert record.patient.age_years == 61.0
    assert record.recorded_at == truth.recorded_at


@pytest.mark.parametrize(
    ("lines", "match"),
    [
        (("rec_1 0", "rec_1 {half}"), "variable layout"),
        (("rec_1 {half}", "~ 500", "rec_2 {half}"), "variable layout"),
        (("rec_1 {half}", "../rec_2 {half}"), "damaged"),
        (("rec {half}", "rec_2 {half}"), "damaged"),
        (("rec_1 12", "rec_2 {half}"), "damaged"),
        (("rec_1 {half}", "rec_3 {half}"), "does not exist"),
        (("rec_1 {half}",) * 101, "segments"),
        (("rec_1 99999999", "rec_2 1"), "million samples"),
    ],
)
def test_other_segments_are_refused(lines, match, truth, tmp_path):
    with pytest.raises(FileError, match=match):
        io.read(segments(truth, tmp_path, *lines))


def test_segments_with_other_leads_are_refused(truth, tmp_path):
    path = segments(truth, tmp_path, "rec_1 {half}", "rec_2 {half}")
    changed(tmp_path / "rec_2.hea", (" V6$", " V7"))
    with pytest.raises(UnsupportedFileError, match="different leads"):
        io.read(path)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd", "/etc/passwd", "..", ".", "a/rec_p.dat", "a\\rec_p.dat",
        "C:rec_p.dat", "s3://bucket/rec_p.dat", "https://physionet.org/rec_p.dat",
    ],
)  # fmt: skip
def test_names_that_leave_the_folder_are_refused(name, truth, tmp_path, monkeypatch):
    def no_network(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "create_connection", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    path = write(truth, tmp_path / "rec.hea")
    path.write_text(path.read_text().replace("rec_p.dat", name))
    with pytest.raises(UnsupportedFileError, match="another place"):
        io.read(path)


@pytest.mark.parametrize(
    ("pattern", "new"),
    [
        (r"^rec 12 250 1500", "rec 12 250 99999999999"),
        (r"^rec 12 250 1500", "rec 99999999 250 1500"),
        (r"^rec 12 250 1500", "rec 12 0 1500"),
        (r"^rec 12 250 1500", "rec 12 250 -1500"),
        (r"^(rec_p\.dat) 16", r"\1 16x999999"),
        (r"^(rec_p\.dat) 16", r"\1 16x0"),
        (r"^(rec_p\.dat) 16", r"\1 16+999999999"),
        (r"^(rec_p\.dat) 16", r"\1 17"),
        (r"^(rec_p\.dat) 16", r"\1 516"),
        (r"(V1)$", r"V2"),
        (r"400\(0\)/mV", "1e400(0)/mV"),
        (r"400\(0\)/mV", "400(0)/NU"),
    ],
)
def test_hostile_headers(pattern, new, truth, tmp_path):
    path = changed(write(truth, tmp_path / "rec.hea"), (pattern, new))
    with pytest.raises(FileError):
        io.read(path)


def test_large_headers_are_refused(truth, tmp_path):
    path = write(truth, tmp_path / "rec.hea")
    path.write_text(path.read_text() + "# " + "a " * 2**20)
    with pytest.raises(CorruptFileError):
        io.read(path)


def test_records_without_twelve_leads_name_the_missing(truth, tmp_path):
    with pytest.raises(LeadsError, match="V5 missing"):
        io.read(changed(write(truth, tmp_path / "rec.hea"), (r"V5$", "MCL1")))


def test_reading_loads_neither_pandas_nor_the_network(truth, tmp_path):
    path = write(truth, tmp_path / "rec.hea")
    code = f"import sys; from elvmass import io; io.read({str(path)!r}); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(out.stdout.split())
    assert "elvmass.io.formats.wfdb" in loaded
    assert not loaded & {"pandas", "wfdb", "requests", "aiohttp", "fsspec", "soundfile"}
