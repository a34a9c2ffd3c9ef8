"""Separated text: every manner of writing it gives the same ECG, or a refusal with the remedy."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from helpers import synthetic_record
from unit.io.files.write_csv import write

from elvmass import io
from elvmass.errors import (
    CorruptFileError,
    FileError,
    LeadsError,
    UnknownFormatError,
    UnsupportedFileError,
)
from elvmass.io.text_table import TextLayout
from elvmass.record import LEADS, Sex

NO_HEAD = ()
RATE = ("# rate_hz: {rate_hz:g}",)
UNIT = ("# unit: mV",)


@pytest.fixture(scope="module")
def truth():
    return synthetic_record(rate_hz=250.0, seconds=6.0)


def codes(record):
    return {notice.code for notice in record.notices}


def same(record, truth, atol=1e-6):
    np.testing.assert_allclose(record.signal_mv, truth.signal_mv, rtol=0, atol=atol)
    return record.rate_hz == truth.rate_hz


@pytest.mark.parametrize(
    "manner",
    [
        {},
        {"names": LEADS[::-1]},
        {"separator": ";", "decimal": ","},
        {"separator": "\t", "decimal": ",", "encoding": "utf-16"},
        {"separator": "|"},
        {"separator": "  "},
        {"separator": ", "},
        {"quote": '"'},
        {"quote": '"', "decimal": ","},
        {"ends": "\r\n", "encoding": "utf-8-sig"},
        {"ends": "\r"},
        {"head": NO_HEAD, "label": "{} (mV)", "time": "time (s)"},
        {"head": NO_HEAD, "label": "{}_uV", "factor": 1000, "time": "t_ms", "per_second": 1e3},
        {"head": NO_HEAD, "label": "ECG {} [µV]", "factor": 1000, "time": "Time [ms]",
         "per_second": 1e3, "encoding": "latin-1"},
        {"head": NO_HEAD, "label": "Lead {}/mV", "time": "seconds"},
        {"head": RATE, "label": "MDC_ECG_LEAD_{} (mV)"},
        {"head": ("Name,Secretname", "Sample Rate,250 hertz", "Unit,µV", ""), "factor": 1000},
        {"head": ("Sampling frequency [Hz]: 0.25 kHz", "Units: mV,,,,,,")},
        {"head": ("% fs = 250", "// unit = V"), "factor": 1e-3, "digits": 9},
        {"head": UNIT, "time": "timestamp (s)"},
        {"label": "'{}'"},
    ],
)  # fmt: skip
def test_manners_of_writing(manner, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "a", **manner))
    assert same(record, truth)
    assert record.notices == ()


def test_header_may_be_a_comment_and_units_a_row(truth, tmp_path):
    path = write(truth, tmp_path / "a", head=(*RATE, *UNIT, "# " + " ".join(LEADS)), names=None)
    text = path.read_text().replace("# I ", "#I,").replace(" V", ",V").replace(" aV", ",aV")
    path.write_text(text.replace(",II III", ",II,III"))
    assert same(io.read(path), truth)
    path = write(truth, tmp_path / "b", head=NO_HEAD, time="time", factor=1000)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "s" + ",uV" * 12, *lines[1:]]))
    record = io.read(path)
    assert same(record, truth)
    assert record.notices == ()


@pytest.mark.parametrize("labels", [("N",), ("", "N"), ("7", "", "N")])
def test_other_columns_are_ignored(labels, truth, tmp_path):
    lines = write(truth, tmp_path / "a").read_text().splitlines()
    body = [f"{k},{line},{labels[k % len(labels)]}" for k, line in enumerate(lines[3:])]
    (tmp_path / "a").write_text("\n".join([*lines[:2], f"index,{lines[2]},label", *body]))
    assert same(io.read(tmp_path / "a"), truth)


def test_separator_after_the_last_cell_and_blank_lines(truth, tmp_path):
    lines = write(truth, tmp_path / "a").read_text().splitlines()
    (tmp_path / "a").write_text("\n\n".join([*lines[:3], *(f"{line}," for line in lines[3:])]))
    assert same(io.read(tmp_path / "a"), truth)


def test_gaps(truth, tmp_path):
    lines = write(truth, tmp_path / "a").read_text().splitlines()
    cells = lines[700].split(",")
    cells[2], cells[3], cells[-1] = "", "nan", ""
    lines[700] = ",".join(cells)
    (tmp_path / "a").write_text("\n".join(lines))
    record = io.read(tmp_path / "a")
    assert np.argwhere(np.isnan(record.signal_mv)).tolist() == [[2, 697], [3, 697], [11, 697]]
    assert codes(record) == {"signal_gaps"}


def test_patient_and_recording(truth, tmp_path):
    head = (
        "# elvmass-ecg 1", *RATE, *UNIT, "# Sex: male", "# age_years: 61", "# height_cm: 172 cm",
        "# weight_kg: 172 lb", "# recorded_at: 2026-03-04T10:20:30", "# device: cart 5",
        "# device_filter: 0.05-150 Hz", "# derived_leads: III aVR aVL aVF", "# samples: 1500",
        "# reported_qrs_ms: 92", "# reported_pr_ms: 0", "# patient_id: T-1",
    )  # fmt: skip
    record = io.read(write(truth, tmp_path / "a", head=head))
    assert (record.patient.sex, record.patient.age_years) == (Sex.MALE, 61.0)
    assert record.patient.height_cm == 172.0
    assert record.patient.weight_kg == pytest.approx(78.02, abs=0.01)
    assert record.patient.id == "T-1"
    assert record.recorded_at == truth.recorded_at
    assert record.source.device == "cart 5"
    assert record.device_filter == "0.05-150 Hz"
    assert record.derived_leads == ("III", "aVR", "aVL", "aVF")
    assert (record.reported.qrs_ms, record.reported.pr_ms) == (92.0, None)


def test_export_of_a_pocket_device(truth, tmp_path):
    head = (
        "Name,Secretname", "Date of Birth,31 Dec 1964", "Recorded Date,2026-03-04 10:20:30 +0100",
        "Sample Rate,250 hertz", "Unit,µV", "", "",
    )  # fmt: skip
    record = io.read(write(truth, tmp_path / "a", head=head, factor=1000))
    assert record.recorded_at == datetime(2026, 3, 4, 10, 20, 30)
    assert record.patient.age_years == 61.0
    assert record.patient.name == "Secretname"


def test_eight_leads_are_completed_and_missing_ones_named(truth, tmp_path):
    eight = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
    record = io.read(write(truth, tmp_path / "a", names=eight))
    assert record.derived_leads == ("III", "aVR", "aVL", "aVF")
    assert same(record, truth, atol=2e-6)
    with pytest.raises(LeadsError, match="V6 missing"):
        io.read(write(truth, tmp_path / "b", names=LEADS[:-1]))


@pytest.mark.parametrize(("factor", "unit"), [(1.0, "mV"), (1000.0, "µV")])
def test_unit_by_the_size_of_the_beats_has_a_notice(factor, unit, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "a", head=RATE, factor=factor, digits=3))
    assert same(record, truth, atol=6e-4)
    assert codes(record) == {"unit_assumed"}
    assert f"; {unit} is assumed" in record.notices[0].message


@pytest.mark.parametrize(
    ("factor", "digits"), [(50.0, 3), (0.05, 6), (1e-3, 9), (2e4, 3), (1000.0, 0), (200.0, 0)]
)
def test_unit_that_the_beats_do_not_tell_is_refused(factor, digits, truth, tmp_path):
    path = write(truth, tmp_path / "a", head=RATE, factor=factor, digits=digits)
    with pytest.raises(UnsupportedFileError, match="--unit"):
        io.read(path)


def test_user_states_the_unit(truth, tmp_path):
    path = write(truth, tmp_path / "a", head=RATE, factor=1000, digits=0)
    record = io.read(path, TextLayout(unit="uV"))
    assert same(record, truth, atol=6e-4)
    assert record.notices == ()
    assert "amplitude_high" in codes(io.read(path, TextLayout(unit="mV")))


@pytest.mark.parametrize("label", ["{} (adu)", "{} [counts]", "{} (mmHg)"])
def test_unknown_units_are_refused_even_against_the_user(label, truth, tmp_path):
    path = write(truth, tmp_path / "a", label=label, head=RATE)
    for layout in (None, TextLayout(unit="mV")):
        with pytest.raises(UnsupportedFileError, match="unit"):
            io.read(path, layout)


def test_unit_of_some_leads_only_is_refused(truth, tmp_path):
    path = write(truth, tmp_path / "a", head=RATE)
    path.write_text(path.read_text().replace("aVR,", "aVR (mV),"))
    with pytest.raises(UnsupportedFileError, match="some leads"):
        io.read(path)
    assert same(io.read(path, TextLayout(unit="mV")), truth)


def test_rate_unknown_is_refused_and_stated_by_the_user(truth, tmp_path):
    path = write(truth, tmp_path / "a", head=UNIT)
    with pytest.raises(UnsupportedFileError, match="--rate-hz"):
        io.read(path)
    assert same(io.read(path, TextLayout(rate_hz=250.0)), truth)


@pytest.mark.parametrize("per_second", [1.0, 1000.0])
def test_times_without_unit(per_second, truth, tmp_path):
    path = write(truth, tmp_path / "a", head=UNIT, time="time", per_second=per_second)
    record = io.read(path)
    assert same(record, truth)
    assert codes(record) == {"time_unit_assumed"}
    assert io.read(path, TextLayout(rate_hz=250.0)).notices == ()


def test_times_in_an_unknown_unit_or_of_a_clock_need_the_rate(truth, tmp_path):
    path = write(truth, tmp_path / "a", head=UNIT, time="time (min)", per_second=1 / 60, digits=9)
    with pytest.raises(UnsupportedFileError, match="--rate-hz"):
        io.read(path)
    assert same(io.read(path, TextLayout(rate_hz=250.0)), truth)
    lines = write(truth, tmp_path / "b", head=UNIT).read_text().splitlines()
    body = [f"0:00.{k:04d},{line}" for k, line in enumerate(lines[2:])]
    path.write_text("\n".join([lines[0], "time," + lines[1], *body]))
    with pytest.raises(UnsupportedFileError, match="--rate-hz"):
        io.read(path)
    assert same(io.read(path, TextLayout(rate_hz=250.0)), truth)


def test_rounded_times_give_the_whole_rate(tmp_path):
    truth = synthetic_record(rate_hz=360.0, seconds=6.0)
    path = write(truth, tmp_path / "a", head=UNIT, time="time (s)", digits=3)
    assert io.read(path).rate_hz == 360.0


@pytest.mark.parametrize(
    "spoil",
    [lambda rows: rows[:700] + rows[701:], lambda rows: rows[::-1], lambda rows: rows[:1] * 900,
     lambda rows: rows[:500] + rows[:500]],
    ids=["missing sample", "backwards", "standing still", "twice"],
)  # fmt: skip
def test_uneven_times_are_refused(spoil, truth, tmp_path):
    path = write(truth, tmp_path / "a", head=UNIT, time="time (s)")
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:2] + spoil(lines[2:])))
    for layout in (None, TextLayout(rate_hz=250.0)):
        with pytest.raises(UnsupportedFileError, match="uneven"):
            io.read(path, layout)


@pytest.mark.parametrize(
    ("manner", "layout"),
    [
        ({}, TextLayout(rate_hz=500.0)),
        ({}, TextLayout(unit="uV")),
        ({}, TextLayout(leads=LEADS[::-1])),
        ({"head": ("# rate_hz: 500", "# unit: mV"), "time": "time (s)"}, None),
        ({"head": UNIT, "time": "time (s)"}, TextLayout(rate_hz=500.0)),
        ({"label": "{} (uV)"}, None),
    ],
)
def test_contradictions_are_refused(manner, layout, truth, tmp_path):
    with pytest.raises(UnsupportedFileError, match="whichever of the two is wrong"):
        io.read(write(truth, tmp_path / "a", **manner), layout)


def test_unnamed_columns_need_their_names(truth, tmp_path):
    path = write(truth, tmp_path / "a", head=NO_HEAD, names=None, time="s")
    with pytest.raises(UnsupportedFileError, match="--leads"):
        io.read(path)
    layout = TextLayout(("time_s", *LEADS), unit="mV")
    assert same(io.read(path, layout), truth)
    shuffled = io.read(path, TextLayout(("-", *LEADS[::-1]), 250.0, "mV"))
    np.testing.assert_array_equal(shuffled.lead("V6"), np.round(truth.lead("I"), 6))
    with pytest.raises(CorruptFileError, match="more or fewer columns"):
        io.read(path, TextLayout(LEADS, 250.0, "mV"))


def test_layout_opens_text_that_is_not_recognised(truth, tmp_path):
    path = write(truth, tmp_path / "a", head=("exported table", "a b c"), names=None)
    with pytest.raises(UnknownFormatError):
        io.read(path)
    assert same(io.read(path, TextLayout(LEADS, 250.0, "mV")), truth)
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(FileError):
        io.read(path, TextLayout(LEADS, 250.0, "mV"))


def test_cut_rows_and_a_wrong_number_of_samples_are_refused(truth, tmp_path):
    path = write(truth, tmp_path / "a")
    data = path.read_bytes()
    path.write_bytes(data[:-40])
    with pytest.raises(CorruptFileError):
        io.read(path)
    head = (*RATE, *UNIT, "# samples: 1501")
    with pytest.raises(CorruptFileError, match="samples"):
        io.read(write(truth, tmp_path / "b", head=head))


@pytest.mark.parametrize("cell", ["x", "1.2.3", "inf", "1e999", "0x1F", "Secretname"])
def test_bad_cells_are_refused_without_being_quoted(cell, truth, tmp_path):
    lines = write(truth, tmp_path / "a").read_text().splitlines()
    lines[700] = lines[700].replace(lines[700].split(",")[4], cell)
    (tmp_path / "a").write_text("\n".join(lines))
    with pytest.raises(CorruptFileError) as caught:
        io.read(tmp_path / "a")
    assert "Secretname" not in str(caught.value)


def test_ragged_rows_beside_words_are_refused(truth, tmp_path):
    lines = write(truth, tmp_path / "a").read_text().splitlines()
    lines[2:] = [f"{line},N" for line in lines[2:]]
    lines[700] = f"9,{lines[700]}"
    (tmp_path / "a").write_text("\n".join(lines))
    with pytest.raises(CorruptFileError, match="more or fewer columns"):
        io.read(tmp_path / "a")


def test_points_and_commas_together_are_refused(truth, tmp_path):
    path = write(truth, tmp_path / "a", separator=";", decimal=",")
    lines = path.read_text().splitlines()
    lines[700] = lines[700].replace(",", ".", 1)
    path.write_text("\n".join(lines))
    with pytest.raises(UnsupportedFileError, match="points and commas"):
        io.read(path)


@pytest.mark.parametrize(
    "text",
    [
        "file,sex,age_years,height_cm,lv_mass_g\na.xml,male,61,172,180\nb.xml,female,50,160,140\n",
        "Leads I, II, III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6\nwere recorded at rest.\n",
        '<a leads="I II III V1 V2 V3"/>\n1 2 3 4 5 6 7 8\n',
        "1,2,3\n4,5,6\n",
        "id " + " ".join(f"x{k}" for k in range(9)) + "\n" + " ".join("123456789") + "\n",
    ],
)
def test_other_texts_are_not_taken_for_ecgs(text, tmp_path):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UnknownFormatError):
        io.read(tmp_path / "a.csv")


@pytest.mark.parametrize("filler", [" ", "_", "\t \t", "(", "1,", "v1 "])
def test_endless_lines_are_refused(filler, tmp_path):
    """Patterns that try every way to part a label would need minutes here."""
    (tmp_path / "a").write_text(f"I,II,V1,V2{filler * 60000}x,V3\n" + "1,2,3,4,5\n" * 9)
    with pytest.raises(FileError):
        io.read(tmp_path / "a")


def test_texts_of_hours_are_refused_before_they_are_read(tmp_path):
    (tmp_path / "a").write_text("I,II,V1,V2,V3,V4,V5,V6\n" + "1,2,3,4,5,6,7,8\n" * 2**20)
    with pytest.raises(UnsupportedFileError, match="16 MB"):
        io.read(tmp_path / "a", TextLayout(rate_hz=500.0, unit="mV"))
