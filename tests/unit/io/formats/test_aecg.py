"""HL7 aECG: what differs between vendors."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from unit.io.files.ecg_files import SHUFFLED, UV_PER_COUNT, counts_of
from unit.io.files.write_aecg import HEAD, sequence, sequence_set, time, write

from elvmass import io
from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.record import LEADS, Record, Sex

RHYTHM = '<code code="RHYTHM"/>'


def expected(record: Record) -> np.ndarray:
    counts = counts_of(record)
    return np.stack([counts[name] for name in LEADS]) * (UV_PER_COUNT / 1000)


@pytest.mark.parametrize(
    "variant",
    [
        {}, {"unit": "mV"}, {"kind": "GLIST_PQ"}, {"prefix": "voice"},
        {"replace": ((' xmlns="urn:hl7-org:v3"', ""),)},
        {"replace": (("MDC_ECG_LEAD_AVR", "mdc_ecg_lead_aVR"), ("TIME_ABSOLUTE", "time_absolute"))},
        {"replace": (("MDC_ECG_LEAD_V1", "MINDRAY_ECG_LEAD_V1"), ('"RHYTHM"', '"Rhythm"'))},
        {"replace": (('code="MDC_ECG_LEAD_V6"', 'code="131336"'),)},
        {"replace": (('code="MDC_ECG_LEAD_V6"', 'code="" displayName="Lead V6"'),)},
        {"replace": (("SLIST_PQ", "SLIST_INT"),)},
        {"replace": (('0.004" unit="s"', '4" unit="ms"'),)},
        {"replace": (('<origin value="0" unit="uV"/>', ""),)},
        {"replace": (("<digits> ", "<digits><!-- in µV -->\n"),)},
        {"replace": (('<scale value="2.5" unit="uV"', '<scale value="2.5"'),)},
        {"replace": (("<digits> ", "<digits>\t+"), ("+-", "-"))},
        {"replace": ((RHYTHM, ""),)},
    ],
)  # fmt: skip
def test_variants(variant, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", **variant))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)
    assert record.rate_hz == truth.rate_hz
    assert record.notices == ()


@pytest.mark.parametrize(("scale", "word"), [("0.0025", "mV"), ("2.5", "µV")])
def test_missing_unit_is_told_by_the_size(scale, word, truth, tmp_path):
    change = ('value="0.0025"', f'value="{scale}"')
    record = io.read(write(truth, tmp_path / "x", unit="", replace=(change,)))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)
    assert [n.code for n in record.notices] == ["unit_assumed"]
    assert word in record.notices[0].message


def test_missing_unit_is_not_guessed(truth, tmp_path):
    with pytest.raises(UnsupportedFileError, match="without a unit"):
        io.read(
            write(truth, tmp_path / "x", unit="", replace=(('"0.0025"', '"0.08" nullFlavor="NI"'),))
        )


def test_decimal_digits(truth, tmp_path):
    counts = counts_of(truth)
    sets = sequence_set(
        time(truth.rate_hz),
        *(sequence(f"MDC_ECG_LEAD_{n}", counts[n] / 8) for n in LEADS),
    )
    record = io.read(write(truth, tmp_path / "x", sets=sets))
    np.testing.assert_allclose(record.signal_mv, expected(truth) / 8, rtol=0, atol=1e-9)


def test_global_annotations_in_their_units_not_those_of_a_lead(truth, tmp_path):
    reported = io.read(write(truth, tmp_path / "x")).reported
    assert reported.qrs_ms == pytest.approx(92.0)
    assert reported.qtc_ms == 430.0
    assert reported.rate_bpm == 75.0
    assert reported.qrs_axis_deg == -1.0
    assert reported.pr_ms is None


def test_patient_by_observations_and_name_in_parts(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x"))
    assert record.patient.sex is Sex.FEMALE
    assert record.patient.age_years == pytest.approx(61.0)
    assert record.patient.height_cm == pytest.approx(162.56)
    assert record.patient.name == "Secretname Case"
    assert record.source.device == "Cart"


@pytest.mark.parametrize(
    ("birth", "age"),
    [("1964-12-31", 61.0), ("196412310000", 61.0), ("196412", None), ("1964", None)],
)
def test_birth_dates(birth, age, truth, tmp_path):
    changes = (("21612-7", "0-0"), ('"19641231"', f'"{birth}"'))
    assert io.read(write(truth, tmp_path / "x", replace=changes)).patient.age_years == age


def test_age_beside_the_birth_date(truth, tmp_path):
    changes = (("21612-7", "0-0"), ('<birthTime value="19641231"/>', "<Age>70</Age>"))
    assert io.read(write(truth, tmp_path / "x", replace=changes)).patient.age_years == 70.0


STATED = f'<low value="{HEAD}-0500"/>'


@pytest.mark.parametrize(
    ("stated", "at"),
    [
        (STATED, datetime(2026, 3, 4, 10, 20, 30)),
        ('<center value="202602031405"/>', datetime(2026, 2, 3, 14, 5)),
        ('<low nullFlavor="NI"/><high value="20260203"/>', datetime(2026, 3, 4, 10, 20, 30)),
        ('<low value="2026-02-03T14:05:06.5Z"/>', datetime(2026, 2, 3, 14, 5, 6)),
        ("", datetime(2026, 3, 4, 10, 20, 30)),
    ],
)
def test_time_of_the_recording(stated, at, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", replace=((STATED, stated),)))
    assert record.recorded_at == at


def segments(truth: Record, *, heads: list[str], seconds: float) -> str:
    """Three leads in each of four sets."""
    counts, size = counts_of(truth), round(seconds * truth.rate_hz)
    return "".join(
        sequence_set(
            time(truth.rate_hz, head=head),
            *(sequence(f"MDC_ECG_LEAD_{n}", counts[n][:size]) for n in LEADS[at : at + 3]),
        )
        for at, head in zip(range(0, 12, 3), heads, strict=True)
    )


def test_leads_one_after_another_are_refused(truth, tmp_path):
    heads = ["20260304102030", "20260304102032.5", "20260304102035", "20260304102037.5"]
    for starts in (heads, heads[:1] * 4):  # some printers' programs repeat the first head
        sets = segments(truth, heads=starts, seconds=2.5)
        with pytest.raises(UnsupportedFileError, match="one after another"):
            io.read(write(truth, tmp_path / "x", sets=sets))


def test_sets_that_ran_together_are_joined(truth, tmp_path):
    sets = segments(truth, heads=[HEAD] * 4, seconds=6)
    record = io.read(write(truth, tmp_path / "x", sets=sets))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_rhythm_beside_segments(truth, tmp_path):
    counts = counts_of(truth)
    whole = sequence_set(
        time(truth.rate_hz), *(sequence(f"MDC_ECG_LEAD_{n}", counts[n]) for n in SHUFFLED)
    )
    sets = segments(truth, heads=[HEAD] * 4, seconds=2.5) + whole
    record = io.read(write(truth, tmp_path / "x", sets=sets))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        ("<digits> ", "<digits><x/>", CorruptFileError, "damaged"),
        ("<digits> ", "<digits>1 2-3 4x ", CorruptFileError, "damaged"),
        ("<digits> ", "<digits>1 NULL ", CorruptFileError, "damaged"),
        ('<scale value="2.5"', '<scale value="0"', CorruptFileError, "damaged"),
        ('<scale value="2.5"', "<scale ", CorruptFileError, "damaged"),
        ("<scale ", "<scales ", UnsupportedFileError, "scaled"),
        ('increment value="0.004"', 'increment value="0"', UnsupportedFileError, "time step"),
        ('value="0.004" unit="s"', 'value="0.004"', UnsupportedFileError, "time step"),
        ("TIME_ABSOLUTE", "TIME", CorruptFileError, "sampling rate"),
        ("RHYTHM", "MEDIAN_BEAT", LeadsError, "no rhythm"),
    ],
)
def test_refusals(old, new, error, words, truth, tmp_path):
    with pytest.raises(error, match=words):
        io.read(write(truth, tmp_path / "x", replace=((old, new),)))
