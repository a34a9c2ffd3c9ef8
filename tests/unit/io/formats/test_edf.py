"""EDF, EDF+ and BDF: what they may say, against pyedflib where it reads them at all."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import datetime

import numpy as np
import pyedflib
import pytest
from helpers import synthetic_record
from unit.io.files.write_edf import write

from elvmass import io
from elvmass.errors import CorruptFileError, FileError, LeadsError, UnsupportedFileError
from elvmass.record import LEADS, Sex

EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")


@pytest.fixture(scope="module")
def truth():
    return synthetic_record(rate_hz=200.0, seconds=6.0)


def field(path, at, text):
    """Overwrite a field of the header."""
    data = bytearray(path.read_bytes())
    data[at : at + len(text)] = text.encode("latin-1")
    path.write_bytes(data)
    return path


def signal_field(column, number, count=14):
    """Place of a signal's field: 0 label, 2 unit, 3 and 4 physical, 5 and 6 digital, 8 samples."""
    widths = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
    return 256 + count * sum(widths[:column]) + widths[column] * number


def step_mv(bits):
    return 5.0 / (2 ** (bits - 1) - 1)


def by_pyedflib(path):
    with pyedflib.EdfReader(str(path)) as file:
        leads = {file.getLabel(k).split()[-1]: file.readSignal(k) for k in range(12)}
        return np.stack([leads[lead] for lead in LEADS]), file.getStartdatetime()


@pytest.mark.parametrize(("bits", "kind"), [(16, "EDF+C"), (16, ""), (24, "BDF+C"), (24, "")])
def test_samples_are_those_of_pyedflib(bits, kind, truth, tmp_path):
    names = (*LEADS[::-1],)
    path = write(truth, tmp_path / "a", bits=bits, kind=kind, labels=[f"ECG {n}" for n in names])
    record = io.read(path)
    signal_uv, start = by_pyedflib(path)
    np.testing.assert_allclose(record.signal_mv * 1000, signal_uv, rtol=0, atol=1e-9)
    np.testing.assert_allclose(record.signal_mv, truth.signal_mv, rtol=0, atol=0.51 * step_mv(bits))
    assert record.recorded_at == start == truth.recorded_at
    assert (record.rate_hz, record.notices) == (200.0, ())
    assert record.device_filter == "0.05-150 Hz"


@pytest.mark.parametrize("unit", ["uV", "µV", "mV", "V", "nV"])
def test_units_prefixes_and_inverted_ranges(unit, truth, tmp_path):
    labels = [f"{p} {n}" for p, n in zip(("EKG", "Lead", "ECG") * 4, LEADS, strict=True)]
    path = write(truth, tmp_path / "a", unit=unit, labels=labels, inverted="V2")
    np.testing.assert_allclose(
        io.read(path).signal_mv, truth.signal_mv, rtol=0, atol=0.51 * step_mv(16)
    )


def test_patient_and_device(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "a"))
    assert (record.patient.sex, record.patient.age_years) == (Sex.MALE, 61.0)
    assert (record.patient.id, record.patient.name) == ("T-1", "Test Case")
    assert record.source.device == "test device"
    hidden = io.read(write(truth, tmp_path / "b", person="X X X X", origin="Startdate X X X X"))
    assert hidden.patient == replace(hidden.patient, sex=None, age_years=None, id=None, name=None)
    assert hidden.recorded_at == truth.recorded_at  # from the header's own field
    free = io.read(write(truth, tmp_path / "c", person="Jürgen Möller, male", kind=""))
    assert free.patient.sex is None
    assert free.patient.name is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("31.12.84", datetime(2084, 12, 31, 10, 20, 30)),
        ("31.12.99", datetime(1999, 12, 31, 10, 20, 30)),
        ("31/12/25", datetime(2025, 12, 31, 10, 20, 30)),
        ("01.01.85", None),
        ("00.00.00", None),
    ],
)
def test_two_digit_years_and_placeholders(written, expected, truth, tmp_path):
    path = field(write(truth, tmp_path / "a", origin="", kind=""), 168, written)
    assert io.read(path).recorded_at == expected


def test_what_the_own_writer_adds(truth, tmp_path):
    person = "X F X X age=70.5 cm=160 kg=55.5"
    path = field(
        write(truth, tmp_path / "a", person=person),
        signal_field(1, 2),
        "computed from leads I and II",
    )
    record = io.read(path)
    assert record.patient.age_years == 70.5
    assert (record.patient.height_cm, record.patient.weight_kg) == (160.0, 55.5)
    assert record.derived_leads == ("III",)


def test_eight_leads_are_completed_and_missing_ones_named(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "a", labels=EIGHT))
    assert record.derived_leads == ("III", "aVR", "aVL", "aVF")
    with pytest.raises(LeadsError, match="V6 missing"):
        io.read(write(truth, tmp_path / "b", labels=LEADS[:-1]))


def test_unfinished_recording_has_a_notice(truth, tmp_path):
    path = write(truth, tmp_path / "a", announced=-1)
    whole = io.read(path)
    assert [n.code for n in whole.notices] == ["recording_unfinished"]
    path.write_bytes(path.read_bytes()[:-100])
    assert io.read(path).duration_s == 5.0


@pytest.mark.parametrize("cut", [1, 1000, 9000])
def test_cut_files_are_refused(cut, truth, tmp_path):
    path = write(truth, tmp_path / "a")
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(CorruptFileError, match="announces 6"):
        io.read(path)


def test_surplus_is_told(truth, tmp_path):
    path = write(truth, tmp_path / "a", announced=3)
    record = io.read(path)
    assert record.duration_s == 3.0
    assert "surplus_data" in {n.code for n in record.notices}


def test_interruptions_are_gaps_at_their_place(truth, tmp_path):
    together = io.read(write(truth, tmp_path / "a", kind="EDF+D", onsets=(5, 6, 7, 8, 9, 10)))
    assert together.signal_mv.shape == truth.signal_mv.shape
    record = io.read(write(truth, tmp_path / "b", kind="EDF+D", onsets=(0, 1, 3.5, 4.5, 5.5, 6.5)))
    gap = np.isnan(record.signal_mv)
    assert gap[:, 400:700].all()
    assert not gap[:, :400].any()
    assert not gap[:, 700:].any()
    np.testing.assert_array_equal(record.signal_mv[:, 700:], together.signal_mv[:, 400:])


@pytest.mark.parametrize("onsets", [(0, 0.5, 1, 2, 3, 4), (5, 4, 3, 2, 1, 0), (0, 1, 2, 3, 4, 1e9)])
def test_impossible_times_are_refused(onsets, truth, tmp_path):
    with pytest.raises(FileError):
        io.read(write(truth, tmp_path / "a", kind="EDF+D", onsets=onsets))


@pytest.mark.parametrize(
    ("column", "number", "text", "kind"),
    [
        (8, 3, "100     ", UnsupportedFileError),  # aVR at another rate
        (2, 3, "mmHg    ", UnsupportedFileError),
        (2, 3, "        ", UnsupportedFileError),
        (4, 3, "-5000   ", CorruptFileError),
        (4, 3, "nan     ", CorruptFileError),
        (3, 3, "-5000,0 ", CorruptFileError),
        (5, 3, "32767   ", CorruptFileError),
        (8, 12, "-1      ", CorruptFileError),
        (8, 12, "99999999", CorruptFileError),
        (0, 3, "ECG I   ", CorruptFileError),
    ],
)
def test_bad_signal_headers_are_refused(column, number, text, kind, truth, tmp_path):
    path = field(write(truth, tmp_path / "a"), signal_field(column, number), text)
    if column == 8 and number == 3:  # the data records keep their size
        field(path, signal_field(8, 12), "150     ")
    with pytest.raises(kind):
        io.read(path)


@pytest.mark.parametrize(
    ("at", "text"),
    [(236, "0       "), (236, "99999999"), (244, "0       "), (244, "-1      "), (244, "nan     "),
     (252, "9999"), (252, "0   "), (252, "-1  "), (184, "512     ")],
)  # fmt: skip
def test_bad_file_headers_are_refused(at, text, truth, tmp_path):
    with pytest.raises(FileError):
        io.read(field(write(truth, tmp_path / "a"), at, text))


def test_truncated_duration_gives_a_whole_rate(truth, tmp_path):
    path = field(write(replace(truth, rate_hz=100.0), tmp_path / "a"), 244, "0.333333")
    assert io.read(path).rate_hz == 300.0


def test_odd_names_and_read_only_folders(truth, tmp_path, capfd):
    folder = tmp_path / "só lesen ✓"
    folder.mkdir()
    path = write(truth, folder / "ünï cödé .edf")
    folder.chmod(0o500)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert io.read(path).rate_hz == 200.0
    finally:
        folder.chmod(0o700)
    assert capfd.readouterr() == ("", "")
