"""Mortara ELI XML: encodings of the samples, scale, offset, and what stands around them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.io.files.write_eli import write

from elvmass import io
from elvmass.errors import (
    CorruptFileError,
    LeadsError,
    UnknownFormatError,
    UnsupportedFileError,
)
from elvmass.io.xml import listed_numbers
from elvmass.record import LEADS, Measurements, Sex

STEP_MV = 0.0025
EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")


def quantised(record):
    return np.rint(record.signal_mv / STEP_MV) * STEP_MV


@pytest.mark.parametrize(
    "variant",
    [
        {},
        {"bits": 32},
        {"offset": 1000},
        {"offset": -7, "names": LEADS},
        {"encoding": ""},
        {"encoding": "ASCII", "separator": " "},
        {"encoding": "", "separator": ", ", "replace": (('ENCODING=""', ""),)},
        {"replace": (('ENCODING="BASE64"', ""), ('DURATION="1500"', 'DURATION="6000"'))},
    ],
    ids=str,
)
def test_samples_come_back(variant, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", **variant))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)
    assert record.rate_hz == 250.0
    assert record.derived_leads == ()
    assert record.notices == ()


def test_eight_bits(truth, tmp_path):
    small = replace(truth, signal_mv=truth.signal_mv / 8)
    record = io.read(write(small, tmp_path / "x", bits=8))
    np.testing.assert_allclose(record.signal_mv, quantised(small), rtol=0, atol=1e-9)


def test_every_lead_has_its_own_scale(truth, tmp_path):
    lead = '{}" DURATION="1500" SAMPLE_FREQ="250" NAME="V2"'
    coarse = ((lead.format("400"), lead.format("200")),)
    record = io.read(write(truth, tmp_path / "x", replace=coarse))
    expected = quantised(truth)
    expected[LEADS.index("V2")] *= 2
    np.testing.assert_allclose(record.signal_mv, expected, rtol=0, atol=1e-9)


def test_limb_leads_are_computed_if_not_stored(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", names=EIGHT))
    assert record.derived_leads == ("III", "aVR", "aVL", "aVF")


def test_everything_around_the_signal_is_read(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x"))
    assert record.patient.sex is Sex.MALE
    assert record.patient.age_years == 61.0
    assert record.patient.height_cm == pytest.approx(172.72)
    assert record.patient.weight_kg == pytest.approx(78.0178876)
    assert (record.patient.id, record.patient.name) == ("T-1", "Secretname, Case")
    assert record.reported == Measurements(72.0, 168.0, 92.0, 400.0, None, 57.0, -35.0, None)
    assert record.recorded_at == truth.recorded_at
    assert record.source.device == "Mortara Instrument, Inc. ELI250c"
    assert record.device_filter == "low-pass 150 Hz"


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ('"68" HEIGHT_UNITS="IN"', '"172" HEIGHT_UNITS="CM"', "height_cm", 172.0),
        ('"68" HEIGHT_UNITS="IN"', '"0" HEIGHT_UNITS="IN"', "height_cm", None),
        ('"68" HEIGHT_UNITS="IN"', '"68"', "height_cm", None),
        ('"172" WEIGHT_UNITS="LB"', '"78" WEIGHT_UNITS="KG"', "weight_kg", 78.0),
        ('AGE="61"\n AGE_UNITS="Y"', 'AGE="732"\n AGE_UNITS="M"', "age_years", 61.0),
        ('AGE="61"', 'AGE="0"', "age_years", 61.0),  # of the birth date
    ],
)
def test_units_beside_the_patient_s_values_count(old, new, field, expected, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", replace=((old, new),)))
    value = getattr(record.patient, field)
    assert value is None if expected is None else value == pytest.approx(expected)


def test_time_is_read_from_either_attribute(truth, tmp_path):
    compact = (('ACQUISITION_TIME="20260304102030"', ""),)
    assert io.read(write(truth, tmp_path / "x", replace=compact)).recorded_at == truth.recorded_at
    exact = ((' ACQUISITION_TIME_XML="2026-03-04T10:20:30"', ""),)
    assert io.read(write(truth, tmp_path / "y", replace=exact)).recorded_at == truth.recorded_at


def test_a_birth_date_that_contradicts_the_age_is_noticed(truth, tmp_path):
    placeholder = (('DOB="19641231"', 'DOB="19000101"'), ("1964-12-31", "1900-01-01"))
    record = io.read(write(truth, tmp_path / "x", replace=placeholder))
    assert record.patient.age_years == 61.0
    assert [n.code for n in record.notices] == ["age_contradicts_birth_date"]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('DURATION="1500"', 'DURATION="1501"', CorruptFileError),
        ('DURATION="1500"', 'DURATION="3000"', CorruptFileError),
        ('UNITS_PER_MV="400"', 'UNITS_PER_MV="0"', CorruptFileError),
        ('UNITS_PER_MV="400"', "", CorruptFileError),
        ('BITS="16"', 'BITS="12"', UnsupportedFileError),
        ('FORMAT="SIGNED"', 'FORMAT="UNSIGNED"', UnsupportedFileError),
        ('ENCODING="BASE64"', 'ENCODING="HUFFMAN"', UnsupportedFileError),
        ('250" NAME="V6"', '500" NAME="V6"', UnsupportedFileError),
        ('SAMPLE_FREQ="250"', 'SAMPLE_FREQ=""', CorruptFileError),
        ('NAME="V6"', 'NAME="V7"', LeadsError),
        ("<CHANNEL ", "<OTHER ", LeadsError),
    ],
)
def test_what_cannot_be_understood_is_refused(old, new, error, truth, tmp_path):
    with pytest.raises(error):
        io.read(write(truth, tmp_path / "x", replace=((old, new),)))


def test_numbers_in_text_are_no_base64(truth, tmp_path):
    text = (('ENCODING="TEXT"', 'ENCODING="BASE64"'),)
    with pytest.raises(CorruptFileError):
        io.read(write(truth, tmp_path / "x", encoding="TEXT", replace=text))


def test_a_foreign_root_of_the_same_name_is_not_taken(tmp_path):
    path = tmp_path / "x"
    path.write_text("<ECG><Lead>1,2,3</Lead></ECG>", encoding="utf-8")
    with pytest.raises(UnknownFormatError):
        io.read(path)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("1, -2,\n\t+3,", [1, -2, 3]),
        ("1 -2\n3", [1, -2, 3]),
        ("1,NaN,2.5", [1, np.nan, 2.5]),
        ("99999999999999999999,-99999999999999999999", [1e20, -1e20]),
        (" ", []),
    ],
)
def test_listed_numbers(listed, expected):
    np.testing.assert_array_equal(listed_numbers(listed), expected)


@pytest.mark.parametrize("listed", ["1,,2", "1,2 3,4", ",1", "1,2x", "1,2-3", "1,2,,", "1;2"])
def test_lists_that_are_none_are_refused(listed):
    with pytest.raises(ValueError, match="convert"):
        listed_numbers(listed)
