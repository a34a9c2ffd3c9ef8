"""Lead names, numbers, units, dates and ages."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.record import LEADS, Sex


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("MDC_ECG_LEAD_AVR", "aVR"), ("mdc_ecg_lead_v1", "V1"), ("Lead I (Einthoven)", "I"),
        ("avl", "aVL"), (" V6 ", "V6"), ("ECG II", "II"), ("ECG Lead aVF", "aVF"), ("C3", "V3"),
        ("DIII", "III"), ("v3r", None), ("vx", None), ("V7", None), ("-aVR", None),
        ("MLII", None), ("", None), ("1", None), ("LEADER", None),
    ],
)  # fmt: skip
def test_lead_names(label, name):
    assert leads.canonical(label) == name


def test_derived_leads_obey_einthoven_and_goldberger():
    rng = np.random.default_rng(1)
    found = {
        name: rng.standard_normal(50) for name in ("V6", "II", "V1", "I", "V2", "V3", "V4", "V5")
    }
    signal, derived = leads.complete(found, None)
    by_name = dict(zip(LEADS, signal, strict=True))
    assert derived == ("III", "aVR", "aVL", "aVF")
    np.testing.assert_allclose(by_name["I"] + by_name["III"], by_name["II"])
    np.testing.assert_allclose(by_name["aVR"] + by_name["aVL"] + by_name["aVF"], 0, atol=1e-12)
    np.testing.assert_allclose(by_name["aVF"], (by_name["II"] + by_name["III"]) / 2)
    np.testing.assert_array_equal(by_name["V6"], found["V6"])


def test_stored_limb_leads_are_not_replaced():
    found = {name: np.full(3, float(k)) for k, name in enumerate(LEADS)}
    signal, derived = leads.complete(found, None)
    assert derived == ()
    np.testing.assert_array_equal(signal[:, 0], np.arange(12.0))


def test_incomplete_and_uneven_sets():
    found = {name: np.zeros(3) for name in LEADS}
    with pytest.raises(LeadsError, match="V2, V5 missing"):
        leads.complete({k: v for k, v in found.items() if k not in ("V2", "V5")}, None)
    with pytest.raises(LeadsError, match="I missing"):
        leads.complete({k: v for k, v in found.items() if k != "I"}, None)
    with pytest.raises(CorruptFileError, match="different length"):
        leads.complete(found | {"V3": np.zeros(4)}, None)
    with pytest.raises(CorruptFileError):
        leads.complete({name: np.zeros(0) for name in LEADS}, None)


@pytest.mark.parametrize(
    "text", ["", "Failed", "Indeterminate", "0", "-1", "999", "29999", "nan", None]
)
def test_markers_of_missing_intervals(text):
    assert values.interval_ms(text) is None


@pytest.mark.parametrize(
    ("text", "axis"),
    [("-61", -61), ("0", 0), ("-1", -1), ("264", -96), ("180", 180), ("-180", 180), ("999", None),
     ("29999", None), ("Failed", None), ("400", None)],
)  # fmt: skip
def test_axes(text, axis):
    assert values.axis_deg(text) == axis


@pytest.mark.parametrize(
    ("unit", "factor"), [("uV", 1e-3), ("µV", 1e-3), ("μV", 1e-3), ("MICROVOLTS", 1e-3),
                         ("mV", 1.0), ("MILLIVOLTS", 1.0), ("nV", 1e-6), (" V ", 1e3)],
)  # fmt: skip
def test_units(unit, factor):
    assert values.to_mv(unit, None) == factor


@pytest.mark.parametrize("unit", ["", "mm", "counts", "mmHg"])
def test_unknown_units_are_refused(unit):
    with pytest.raises(UnsupportedFileError):
        values.to_mv(unit, None)


@pytest.mark.parametrize(
    ("text", "unit", "age"),
    [("40", "YEARS", 40), ("042", "Y", 42), ("46", "a", 46), ("18", "mo", 1.5), ("006", "M", 0.5),
     ("24", "MONTHS", 2), ("0", "Y", None), ("999", "Y", None), ("255", "a", None),
     ("x", "Y", None),     ("52", "W", pytest.approx(0.9966, abs=1e-3)), ("5", "?", None)],
)  # fmt: skip
def test_ages(text, unit, age):
    assert values.age_years(text, unit) == age


def test_sexes():
    assert [values.sex(t) for t in ("M", "male", "FEMALE", "f")] == [
        Sex.MALE, Sex.MALE, Sex.FEMALE, Sex.FEMALE,
    ]  # fmt: skip
    assert {values.sex(t) for t in ("Unknown", "O", "", None, "UN")} == {None}


def test_dates():
    assert values.day("06-10-1980") == date(1980, 6, 10)
    assert values.day("25-12-1980") == date(1980, 12, 25)
    assert values.day("2010-01-19") == date(2010, 1, 19)
    assert values.day("19530508") == date(1953, 5, 8)
    assert values.day("x") is None
    assert values.moment("2010-01-19", "15:19:22") == datetime(2010, 1, 19, 15, 19, 22)
    assert values.moment("2010-01-19", "") == datetime(2010, 1, 19)
    assert values.compact_moment("20021122091000.123+0100") == datetime(2002, 11, 22, 9, 10)
    assert values.compact_moment("20021122") == datetime(2002, 11, 22)
    assert values.compact_moment("") is None


def test_whole_years_turn_on_the_birthday():
    assert values.whole_years(date(1950, 3, 2), date(2010, 3, 1)) == 59
    assert values.whole_years(date(1950, 3, 2), date(2010, 3, 2)) == 60
    assert values.whole_years(date(2011, 1, 1), date(2010, 1, 1)) is None


def test_settling_the_age():
    at = datetime(2010, 6, 1)
    assert values.settle_age(None, date(1950, 1, 1), at) == (60.0, ())
    assert values.settle_age(61.0, date(1950, 1, 1), at) == (61.0, ())
    assert values.settle_age(None, date(1950, 1, 1), None) == (None, ())
    age, (notice,) = values.settle_age(46.0, date(1950, 1, 1), at)
    assert age == 46.0
    assert notice.code == "age_contradicts_birth_date"


def test_filter_in_words():
    assert values.band_text(0.05, 150.0, 60.0) == "0.05-150 Hz, notch 60 Hz"
    assert values.band_text(None, 40.0) == "low-pass 40 Hz"
    assert values.band_text(None, None) == ""
