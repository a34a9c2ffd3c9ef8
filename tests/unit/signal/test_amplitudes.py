"""Waves of beats that were drawn with known heights."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import SHARED, synthetic_record

from elvmass import io
from elvmass.record import LEAD_INDEX, LEADS, LeadMeasurements
from elvmass.signal.amplitudes import lead_measurements
from elvmass.signal.measure import Waves
from elvmass.signal.prepare import find, measure_leads

TIMES = np.arange(-250, 401) / 500.0
WAVES = Waves(-0.20, -0.10, -0.045, 0.045, 0.15, 0.35)


def beat(
    *peaks: tuple[float, float], p_mv: float = 0.0, t_mv: float = 0.0, level_mv: float = 0.0
) -> LeadMeasurements:
    """One shape in all leads: triangles of 20 ms inside QRS at (seconds, mV), P and T bumps."""
    y = np.full(TIMES.size, level_mv)
    for at_s, height in peaks:
        y += height * np.maximum(0, 1 - np.abs(TIMES - at_s) / 0.010)
    y += p_mv * np.exp(-0.5 * ((TIMES + 0.15) / 0.012) ** 2)
    y += t_mv * np.exp(-0.5 * ((TIMES - 0.25) / 0.025) ** 2)
    return lead_measurements(np.tile(y, (12, 1)), TIMES, WAVES)


def test_qrs_waves_by_name() -> None:
    found = beat((-0.032, -0.1), (-0.01, 1.2), (0.012, -0.6), (0.032, 0.3))
    assert found.q_mv == pytest.approx(np.full(12, 0.1), abs=0.001)
    assert found.r_mv == pytest.approx(np.full(12, 1.2), abs=0.001)
    assert found.s_mv == pytest.approx(np.full(12, 0.6), abs=0.001)
    assert found.r2_mv == pytest.approx(np.full(12, 0.3), abs=0.001)
    assert found.intrinsicoid_ms == pytest.approx(np.full(12, 35.0), abs=2.1)


def test_a_purely_negative_complex_is_s() -> None:
    found = beat((0.0, -1.4))
    assert found.s_mv == pytest.approx(np.full(12, 1.4), abs=0.001)
    assert np.isnan(found.q_mv).all()
    assert np.isnan(found.r_mv).all()
    assert np.isnan(found.intrinsicoid_ms).all()


def test_ripples_below_the_standard_s_limit_are_no_waves() -> None:
    found = beat((-0.032, -0.015), (0.0, 1.0))
    assert np.isnan(found.q_mv).all()
    assert np.isnan(found.s_mv).all()


def test_levels_count_from_the_isoelectric_line() -> None:
    shifted = beat((0.0, 1.0), p_mv=0.15, t_mv=0.4, level_mv=0.7)
    assert shifted.r_mv == pytest.approx(np.full(12, 1.0), abs=0.001)
    assert shifted.p_mv == pytest.approx(np.full(12, 0.15), abs=0.005)
    assert shifted.t_mv == pytest.approx(np.full(12, 0.4), abs=0.005)
    assert shifted.st_j_mv == pytest.approx(np.zeros(12), abs=0.005)


def test_a_slope_into_st_is_no_r_prime() -> None:
    y = np.where(TIMES < 0.03, 0.0, (TIMES - 0.03) * 8.0)
    y += np.maximum(0, 1 - np.abs(TIMES) / 0.010)
    y -= 0.3 * np.maximum(0, 1 - np.abs(TIMES - 0.02) / 0.010)
    found = lead_measurements(np.tile(y, (12, 1)), TIMES, WAVES)
    assert np.isnan(found.r2_mv).all()


def test_no_p_wave_no_p_amplitude() -> None:
    y = np.tile(np.maximum(0, 1 - np.abs(TIMES) / 0.010), (12, 1))
    found = lead_measurements(y, TIMES, Waves(None, None, -0.045, 0.045, None, None))
    assert np.isnan(found.p_mv).all()
    assert np.isnan(found.t_mv).all()
    assert found.r_mv == pytest.approx(np.ones(12), abs=0.001)


def test_the_heights_of_a_recording_come_back() -> None:
    record = synthetic_record(rate_hz=500.0, seconds=10.0)
    found = measure_leads(find(record))
    for lead in ("I", "II", "V3", "V4", "V5"):  # one tall R
        tallest = record.lead(lead).max() - np.median(record.lead(lead))
        assert found.r_mv[LEAD_INDEX[lead]] == pytest.approx(tallest, rel=0.06), lead


FILE = SHARED / "data" / "formats" / "ge_muse_xml" / "muse_mac55_ht_wt.xml"


@pytest.mark.shared
@pytest.mark.skipif(not FILE.is_file(), reason="shared folder missing")
def test_r_and_s_agree_with_the_device() -> None:
    """The device's table, median of its three beats, µV; its own rounding and beats differ."""
    device_r = {"I": 556, "II": 283, "V3": 361, "V4": 741, "V5": 868, "V6": 824}
    device_s = {"II": 263, "V2": 1390, "V3": 995, "V4": 761, "V5": 527, "V6": 287}
    found = measure_leads(find(io.read(FILE)))
    for stated, ours in ((device_r, found.r_mv), (device_s, found.s_mv)):
        for lead, value in stated.items():
            assert 1000 * ours[LEADS.index(lead)] == pytest.approx(value, rel=0.11), lead
