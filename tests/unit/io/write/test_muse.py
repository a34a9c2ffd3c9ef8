"""What is written comes back: exactly at the quantisation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import synthetic_record, twelve
from hypothesis import given, settings
from hypothesis import strategies as st

from elvmass import io
from elvmass.io.write.muse import STORED_LEADS, muse_bytes, write_muse
from elvmass.record import Measurements, Patient, Record, Sex


@pytest.mark.parametrize("uv_per_bit", [5.0, 4.88, 1.0])
def test_round_trip_of_signal(uv_per_bit, tmp_path):
    record = synthetic_record()
    write_muse(record, tmp_path / "a.xml", uv_per_bit=uv_per_bit)
    back = io.read(tmp_path / "a.xml")
    step = uv_per_bit / 1000
    for lead in STORED_LEADS:
        expected = np.rint(record.lead(lead) * (1000 / uv_per_bit)) * step
        np.testing.assert_allclose(back.lead(lead), expected, rtol=0, atol=1e-9)
    eight = np.stack([back.lead(lead) for lead in STORED_LEADS])
    np.testing.assert_allclose(back.signal_mv, twelve(eight), rtol=0, atol=1e-9)
    assert back.derived_leads == ("III", "aVR", "aVL", "aVF")
    assert back.notices == ()
    write_muse(back, tmp_path / "b.xml", uv_per_bit=uv_per_bit)
    np.testing.assert_array_equal(io.read(tmp_path / "b.xml").signal_mv, back.signal_mv)


def test_round_trip_of_everything_else(tmp_path):
    record = replace(
        synthetic_record(),
        patient=Patient(Sex.FEMALE, 61.25, 163.4, 70.1, id="<A&B>", name='Ö\'Neill, "Ann"'),
        reported=Measurements(72.0, 150.0, 92.0, 400.0, 430.0, 40.0, -30.0, 0.0),
    )
    write_muse(record, tmp_path / "a.xml")
    back = io.read(tmp_path / "a.xml")
    assert back.patient == record.patient
    assert back.reported == record.reported
    assert back.recorded_at == record.recorded_at
    assert back.source.device == record.source.device
    assert not list(tmp_path.glob("*.part"))


def test_unknown_stays_unknown(tmp_path):
    bare = Record(synthetic_record().signal_mv, 500.0)
    write_muse(bare, tmp_path / "a.xml")
    back = io.read(tmp_path / "a.xml")
    assert back.patient == Patient()
    assert back.reported == Measurements()
    assert back.recorded_at is None


@settings(max_examples=50, deadline=None)
@given(rate=st.sampled_from([240.0, 250.0, 500.0, 599.88, 1000.0, 128.5, 20000.0, 333.25]))
def test_rates_survive(rate, tmp_path_factory):
    record = Record(synthetic_record(250.0, 60.0).signal_mv[:, : round(2 * rate)], rate)
    if record.duration_s < 1.5:
        return
    path = tmp_path_factory.getbasetemp() / "rate.xml"
    write_muse(record, path)
    assert io.read(path).rate_hz == pytest.approx(rate, rel=1e-12)


def test_gaps_and_overflow_are_refused(tmp_path):
    signal = synthetic_record().signal_mv.copy()
    signal[3, 5] = np.nan  # aVR is not stored
    muse_bytes(Record(signal, 500.0))
    signal[0, 5] = np.nan
    with pytest.raises(ValueError, match="gaps"):
        muse_bytes(Record(signal, 500.0))
    signal[0, 5] = 1000.0
    with pytest.raises(ValueError, match="exceeds 16 bits"):
        write_muse(Record(signal, 500.0), tmp_path / "a.xml")
    assert not list(tmp_path.iterdir())


def test_characters_that_xml_forbids_are_left_out(tmp_path):
    record = replace(synthetic_record(), patient=Patient(id="a\x00b\x1fc"))
    write_muse(record, tmp_path / "a.xml")
    assert io.read(tmp_path / "a.xml").patient.id == "abc"
