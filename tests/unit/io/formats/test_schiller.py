"""Schiller XML: rhythm or averages, the sampling rate's exponent, scale and measurements."""

from __future__ import annotations

import numpy as np
import pytest
from unit.io.files.write_schiller import ROOT, write

from elvmass import io
from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.record import LEADS, Measurements, Sex

STEP_MV = 0.0025
EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")


def quantised(record):
    return np.rint(record.signal_mv / STEP_MV) * STEP_MV


@pytest.mark.parametrize(
    "variant",
    [
        {},
        {"root": "SchillerEDI"},
        {"unit": "MV"},
        {"replace": (("ECG_RHYTHMS", "ECG_RHYTHM"), ("datastype", "datatype"))},
        {"replace": (("<samplecount>1500</samplecount>", ""),)},
        {"rate": ("250", 0)},
    ],
    ids=str,
)
def test_the_rhythm_is_read_and_not_the_averages(variant, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", **variant))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)
    assert record.rate_hz == 250.0
    assert record.derived_leads == ()
    assert record.notices == ()


def test_everything_around_the_signal_is_read(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x"))
    assert record.patient.sex is Sex.MALE
    assert record.patient.age_years == 61.0  # of the birth date
    assert (record.patient.height_cm, record.patient.weight_kg) == (172.0, 78.0)
    assert (record.patient.id, record.patient.name) == ("T-1", "Secretname, Case")
    assert record.reported == Measurements(72.0, 168.0, 92.0, None, 440.0, 60.0, -35.0, None)
    assert record.recorded_at == truth.recorded_at
    assert record.source.device == "SCHILLER AT-102"


def test_measurements_may_share_one_element(truth, tmp_path):
    joined = (("</annotation_global><annotation_global>", ""),)
    assert io.read(write(truth, tmp_path / "x", replace=joined)).reported.qrs_ms == 92.0
    unpaired = (*joined, ("<value>72</value>", ""))
    assert io.read(write(truth, tmp_path / "y", replace=unpaired)).reported == Measurements()


def test_of_several_rhythms_the_fullest_is_read(truth, tmp_path):
    first = "<eventdata><event>"
    short = write(truth, tmp_path / "short", names=("I", "II")).read_text(encoding="utf-8")
    event = short[short.index("<event>") : short.index("</eventdata>")].replace("833", "900")
    other = ((first, f"<eventdata>{event}<event>"),)
    record = io.read(write(truth, tmp_path / "x", replace=other))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)
    assert record.reported.qrs_ms == 92.0


def test_leads_recorded_one_after_another_are_refused(truth, tmp_path):
    text = write(truth, tmp_path / "x", names=LEADS[:6]).read_text(encoding="utf-8")
    event = text[text.index("<event>") : text.index("</eventdata>")]
    other = (("<eventdata>", f"<eventdata>{event}"),)
    path = write(truth, tmp_path / "y", names=LEADS[6:], replace=other)
    with pytest.raises(UnsupportedFileError, match="one after another"):
        io.read(path)


@pytest.mark.parametrize("rate", [("25", 1), ("2.5", 2), ("2500000", -4), ("250", 3)], ids=str)
def test_an_unusual_exponent_is_noticed_if_only_one_reading_is_likely(rate, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", rate=rate))
    assert record.rate_hz == pytest.approx(250.0)
    assert [n.code for n in record.notices] == ["sampling_rate_guessed"]


@pytest.mark.parametrize("rate", [("1000", -1), ("5", 1), ("0", 1), ("5000000", 1)], ids=str)
def test_an_ambiguous_or_impossible_rate_is_refused(rate, truth, tmp_path):
    with pytest.raises(UnsupportedFileError, match="sampling rate"):
        io.read(write(truth, tmp_path / "x", rate=rate))


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("<units>HZ<", "<units>KHZ<", UnsupportedFileError),
        ("<units>UV<", "<units>LSB<", UnsupportedFileError),
        ("<units>UV</units>", "", UnsupportedFileError),
        ("<unitperbit>2.5<", "<unitperbit><", CorruptFileError),
        ("<value>250<", "<value>?<", CorruptFileError),
        ("<samplecount>1500<", "<samplecount>1501<", CorruptFileError),
        (">COMMASEPARATE<", ">BINARY<", UnsupportedFileError),
        ("<type>ECG_RHYTHMS<", "<type>ECG_BEATS<", LeadsError),
        ("<name>V3<", "<name>V3R<", LeadsError),
        (",</data>", ",x</data>", CorruptFileError),
        ("<exponent>1<", "<exponent>99999<", CorruptFileError),
    ],
)
def test_what_cannot_be_understood_is_refused(old, new, error, truth, tmp_path):
    with pytest.raises(error):
        io.read(write(truth, tmp_path / "x", replace=((old, new),)))


def test_limb_leads_are_computed_if_not_stored(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", names=EIGHT))
    assert record.derived_leads == tuple(name for name in LEADS if name not in EIGHT)


def test_any_other_class_of_the_vendor_is_not_taken(tmp_path):
    path = tmp_path / "x"
    path.write_text(f"<{ROOT}X/>", encoding="utf-8")
    with pytest.raises(io.UnknownFormatError):
        io.read(path)
