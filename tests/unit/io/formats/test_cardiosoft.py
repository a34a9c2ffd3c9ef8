"""GE CardioSoft XML: which of its waveforms is read, and in which units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import synthetic_record
from unit.io.files.write_cardiosoft import write

from elvmass import io
from elvmass.errors import CorruptFileError, FileError, LeadsError, UnsupportedFileError
from elvmass.record import LEADS, Measurements, Sex

STEP_MV = 0.0025
EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")


def quantised(record):
    return np.rint(record.signal_mv / STEP_MV) * STEP_MV


def test_the_strip_is_read_and_neither_median_nor_full_disclosure(truth, tmp_path):
    channels = '<NumberOfChannels>12</NumberOfChannels>\n<SampleRate units="Hz">'
    slow = ((f"{channels}250<", f"{channels}100<"),)
    record = io.read(write(truth, tmp_path / "x", full=True, replace=slow))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)
    assert record.rate_hz == 250.0
    assert record.derived_leads == ()
    assert record.notices == ()


def test_everything_around_the_signal_is_read(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x"))
    assert record.patient == replace(record.patient, sex=Sex.MALE, age_years=61.0)
    assert (record.patient.height_cm, record.patient.weight_kg) == (172.0, 78.0)
    assert record.patient.name == "Secretname, Case"
    assert record.reported == Measurements(72.0, 168.0, 92.0, None, 440.0, None, -1.0, 50.0)
    assert record.recorded_at == truth.recorded_at
    assert record.source.device == "CardioSoft V6.73"
    assert record.device_filter == "0.05-150 Hz, notch 50 Hz"


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ('"CENTIMETERS">172<', '"INCHES">70<', "height_cm", 177.8),
        ('"CENTIMETERS">172<', '"CUBITS">4<', "height_cm", None),
        ('"CENTIMETERS">172<', '"CENTIMETERS"><', "height_cm", None),
        ('"KILOGRAMS">78.0<', '"POUNDS">180<', "weight_kg", 81.6466266),
        ('"YEARS">61<', '"MONTHS">732<', "age_years", 61.0),
        ('"YEARS">61<', '"YEARS"><', "age_years", 61.0),  # of the birth date
        (">MALE<", ">UNKNOWN<", "sex", None),
    ],
)
def test_units_beside_the_patient_s_values_count(old, new, field, expected, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", replace=((old, new),)))
    value = getattr(record.patient, field)
    assert value is None if expected is None else value == pytest.approx(expected)


def test_missing_and_empty_limb_leads_are_computed(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", names=EIGHT))
    assert record.derived_leads == ("III", "aVR", "aVL", "aVF")
    empty = (
        '<WaveformData lead="I">',
        '<WaveformData lead="aVR"> </WaveformData><WaveformData lead="I">',
    )
    record = io.read(write(truth, tmp_path / "y", names=EIGHT, replace=(empty,)))
    assert record.derived_leads == ("III", "aVR", "aVL", "aVF")


def test_a_missing_precordial_lead_is_named(truth, tmp_path):
    path = write(truth, tmp_path / "x", names=tuple(n for n in LEADS if n != "V3"))
    with pytest.raises(LeadsError, match="V3 missing"):
        io.read(path)


def test_nan_is_a_gap_and_junk_is_damage(truth, tmp_path):
    first = str(int(np.rint(truth.lead("V1")[0] / STEP_MV)))
    wave = f'<WaveformData lead="V1">\t\t{first},'
    gap = io.read(write(truth, tmp_path / "x", replace=((wave, wave.replace(first, "NaN")),)))
    assert np.isnan(gap.lead("V1")[0])
    assert np.isfinite(gap.lead("V1")[1:]).all()
    assert [n.code for n in gap.notices] == ["signal_gaps"]
    for junk in ("", "x", "1 2", "1e999"):
        path = write(
            truth, tmp_path / "y", replace=((wave, wave.replace(f"{first},", f"{junk},")),)
        )
        with pytest.raises(CorruptFileError):
            io.read(path)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("<ChannelSampleCountTotal>1500<", "<ChannelSampleCountTotal>1501<", CorruptFileError),
        ("uVperLsb", "furlongs", UnsupportedFileError),
        (' units="uVperLsb"', "", UnsupportedFileError),
        ('units="Hz">250<', 'units="bpm">250<', UnsupportedFileError),
        ('units="Hz">250<', 'units="Hz"><', CorruptFileError),
    ],
)
def test_what_cannot_be_understood_is_refused(old, new, error, truth, tmp_path):
    with pytest.raises(error):
        io.read(write(truth, tmp_path / "x", replace=((old, new),)))


def test_another_unit_of_the_steps_is_converted(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", unit="nVperLsb"))
    np.testing.assert_allclose(record.signal_mv, quantised(truth) / 1000, rtol=0, atol=1e-9)


def test_full_disclosure_alone_is_read_if_it_holds_all_leads(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", strip=False, full=True))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)
    assert record.rate_hz == 250.0


def test_full_disclosure_of_three_leads_or_of_exercise_is_refused(truth, tmp_path):
    path = write(truth, tmp_path / "x", strip=False, full=True, names=("I", "II", "III"))
    with pytest.raises(LeadsError, match="full disclosure without V1"):
        io.read(path)
    exercise = (("RestECG", "ExerciseECG"),)
    with pytest.raises(LeadsError, match="no resting rhythm"):
        io.read(write(truth, tmp_path / "y", strip=False, full=True, replace=exercise))


def test_full_disclosure_in_another_order_is_refused(truth, tmp_path):
    order = (f"<LeadOrder>{','.join(LEADS)}<", f"<LeadOrder>{','.join(reversed(LEADS))}<")
    path = write(truth, tmp_path / "x", strip=False, full=True, names=LEADS, replace=(order,))
    with pytest.raises(UnsupportedFileError, match="unknown order"):
        io.read(path)


def test_cut_full_disclosure_is_damage(truth, tmp_path):
    count = ("<SampleCountTotal>18000<", "<SampleCountTotal>18012<")
    with pytest.raises(CorruptFileError, match="18012"):
        io.read(write(truth, tmp_path / "x", strip=False, full=True, replace=(count,)))


def test_only_medians_are_no_ecg(truth, tmp_path):
    with pytest.raises(LeadsError, match="no resting rhythm strip"):
        io.read(write(truth, tmp_path / "x", strip=False))


def test_a_full_disclosure_too_long_for_the_parser_is_passed_over(truth, tmp_path):
    long = ("<FullDisclosureData>\n", "<FullDisclosureData>\n" + "10000,0,\n" * 1_200_000)
    record = io.read(write(truth, tmp_path / "x", full=True, replace=(long,)))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)
    with pytest.raises(UnsupportedFileError, match="10 MB"):
        io.read(write(truth, tmp_path / "y", strip=False, full=True, replace=(long,)))


def test_no_message_tells_the_patient(tmp_path):
    record = synthetic_record(250.0, 3.0)
    path = write(record, tmp_path / "x", replace=(("</StripData>", "Secretname"),))
    with pytest.raises(FileError) as caught:
        io.read(path)
    assert "Secretname" not in str(caught.value)
