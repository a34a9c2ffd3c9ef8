"""GE MUSE XML: what differs between versions, converters and layouts."""

from __future__ import annotations

import numpy as np
import pytest
from unit.io.files.ecg_files import UV_PER_COUNT, counts_of
from unit.io.files.write_muse import EIGHT, lead, waveform, write

from elvmass import io
from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.record import LEADS, Record

STEP_MV = UV_PER_COUNT / 1000


def expected(record: Record) -> dict[str, np.ndarray]:
    return {name: counts * STEP_MV for name, counts in counts_of(record).items()}


@pytest.mark.parametrize(
    "variant",
    [
        {}, {"size": 4}, {"baseline": -400}, {"text": " "}, {"text": ","}, {"text": ", "},
        {"text": "\n"}, {"encoding": "utf-8"}, {"encoding": "utf-16"},
        {"encoding": "windows-1252"}, {"names": (*EIGHT, "V3R", "V4R", "V7")},
        {"replace": (("MICROVOLTS", "uV"),)},
        {"replace": ((">2.5<", ">0.0025<"), ("MICROVOLTS", "MILLIVOLTS"))},
        {"replace": (("WaveFormData", "WaveformData"), ("Rhythm", "RHYTHM"))},
        {"replace": (("<LeadSampleSize>2</LeadSampleSize>", ""), ("LeadOff>", "LeadOFF>"))},
    ],
)  # fmt: skip
def test_variants(variant, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", **variant))
    for name in EIGHT:
        np.testing.assert_allclose(record.lead(name), expected(truth)[name], rtol=0, atol=1e-9)
    assert record.rate_hz == truth.rate_hz
    assert record.notices == ()
    assert record.patient.name == "Sécretname"


def test_one_byte_samples(truth, tmp_path):
    small = Record(truth.signal_mv / 10, truth.rate_hz)
    record = io.read(write(small, tmp_path / "x", size=1))
    np.testing.assert_allclose(record.lead("V4"), expected(small)["V4"], rtol=0, atol=1e-9)


def test_twelve_stored_leads_are_not_computed(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", names=LEADS))
    assert record.derived_leads == ()
    np.testing.assert_allclose(record.lead("aVL"), expected(truth)["aVL"], rtol=0, atol=1e-9)


def test_patient_measurements_filter_and_device(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x"))
    assert record.patient.age_years == 61.0
    assert record.patient.weight_kg == pytest.approx(78.02, abs=0.01)
    assert record.reported.qrs_ms == 92.0
    assert record.device_filter == "0.05-150 Hz"
    assert record.recorded_at == truth.recorded_at
    assert record.source.device == "MAC55"


@pytest.mark.parametrize(
    ("stated", "low_hz"), [("16", "0.16"), ("5", "0.05"), ("0.05", "0.05"), ("56", "0.56")]
)
def test_high_pass_in_hundredths_or_with_a_point(stated, low_hz, truth, tmp_path):
    change = ("<HighPassFilter>5<", f"<HighPassFilter>{stated}<")
    record = io.read(write(truth, tmp_path / "x", replace=(change,)))
    assert record.device_filter == f"{low_hz}-150 Hz"


def test_original_measurements_where_there_are_no_final_ones(truth, tmp_path):
    change = ("RestingECGMeasurements><QRSDuration>92</QRSDuration>", "RestingECGMeasurements>")
    record = io.read(write(truth, tmp_path / "x", replace=(change,)))
    assert record.reported.qrs_ms == 96.0


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>", "", "unit_assumed"),
        ("<LeadOff>FALSE", "<LeadOff>TRUE", "leads_off"),
        ("<LeadDataCRC32>", "<LeadDataCRC32>1", "checksum_mismatch"),
        ("Sinus rhythm", "AV dual-paced rhythm", "pacemaker"),
        ("<WaveformType>Rhythm</WaveformType>", "", "waveform_type_assumed"),
    ],
)
def test_doubts(old, new, code, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", replace=((old, new),)))
    assert [n.code for n in record.notices] == [code]
    np.testing.assert_allclose(record.lead("I"), expected(truth)["I"], rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        ("MICROVOLTS", "ADU", UnsupportedFileError, "unknown unit"),
        (">2.5<", ">0<", CorruptFileError, "damaged"),
        (">2.5<", "><", CorruptFileError, "damaged"),
        ("<LeadSampleSize>2", "<LeadSampleSize>3", UnsupportedFileError, "3 bytes"),
        ("Rhythm", "Median", LeadsError, "no rhythm strip"),
        ("<WaveFormData>", "<WaveFormData>&#233;", CorruptFileError, "damaged"),
        ("<SampleBase>2500", "<SampleBase>0", CorruptFileError, "damaged"),
        ("<SampleExponent>-1", "<SampleExponent>-400", CorruptFileError, "damaged"),
    ],
)
def test_refusals(old, new, error, words, truth, tmp_path):
    with pytest.raises(error, match=words):
        io.read(write(truth, tmp_path / "x", replace=((old, new),)))


def edited(truth: Record, tmp_path, rhythm: str):
    """A file whose rhythm strips are replaced."""
    path = write(truth, tmp_path / "x")
    head, _, _ = path.read_text("latin-1").rpartition("<Waveform>")
    path.write_text(f"{head}{rhythm}</RestingECG>", "latin-1")
    return path


def test_columns_of_a_printed_report_are_refused(truth, tmp_path):
    """2.5 s of each lead, and all of II below."""
    counts = counts_of(truth)
    columns = "".join(lead(name, counts[name][:375]) for name in LEADS)
    strip = waveform("Rhythm", columns + lead("II", counts["II"]), truth.rate_hz)
    with pytest.raises(UnsupportedFileError, match="one after another"):
        io.read(edited(truth, tmp_path, strip))


def test_one_strip_for_each_column_is_refused(truth, tmp_path):
    counts = counts_of(truth)
    strips = "".join(
        waveform("Rhythm", "".join(lead(n, counts[n]) for n in LEADS[at : at + 3]), truth.rate_hz)
        for at in range(0, 12, 3)
    )
    with pytest.raises(UnsupportedFileError, match="one after another"):
        io.read(edited(truth, tmp_path, strips))


def test_of_several_strips_the_complete_one_is_read(truth, tmp_path):
    counts = counts_of(truth)
    part = waveform("Rhythm", lead("II", np.tile(counts["II"], 3)), truth.rate_hz)
    whole = waveform("Rhythm", "".join(lead(n, counts[n]) for n in EIGHT), truth.rate_hz)
    record = io.read(edited(truth, tmp_path, part + whole))
    assert record.signal_mv.shape == truth.signal_mv.shape


def test_a_missing_time_offset_is_zero(truth, tmp_path):
    path = write(truth, tmp_path / "x")
    text = path.read_text("latin-1")
    at = text.rindex("<LeadTimeOffset>")
    path.write_text(text[:at] + text[at:].replace("<LeadTimeOffset>0</LeadTimeOffset>", ""))
    assert io.read(path).signal_mv.shape == truth.signal_mv.shape
