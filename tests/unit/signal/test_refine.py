from dataclasses import astuple

import helpers
import numpy as np
import pytest

from elvmass.record import LEAD_INDEX, LEADS, Record
from elvmass.signal import segmenter
from elvmass.signal.measure import Waves
from elvmass.signal.prepare import find
from elvmass.signal.refine import NETWORK_SHARE, _parted, edges, refine

T = segmenter.GRID_S


def curve(on_s, off_s):
    """A curve that crosses one half at the two times, with flanks of 20 ms."""
    return np.clip(np.minimum((T - on_s) / 0.02, (off_s - T) / 0.02) + 0.5, 0, 1)


def test_edges_are_found_between_samples():
    curves = np.stack([curve(0.1013, 0.2027), curve(0.0971, 0.2111), np.zeros(T.size)])
    found = edges(curves, 0.0, 0.4)
    np.testing.assert_allclose(found[:2], [[0.1013, 0.2027], [0.0971, 0.2111]], atol=1e-6)
    assert np.isnan(found[2]).all()


def test_a_notch_does_not_split_a_wave_and_the_window_limits_it():
    curves = (curve(0.1, 0.15) + curve(0.17, 0.21) + curve(0.35, 0.4))[None]
    np.testing.assert_allclose(edges(curves, 0.05, 0.3), [[0.1, 0.21]], atol=1e-6)
    assert np.isnan(edges(curves, 0.22, 0.33)).all()
    assert np.isnan(edges(curves, 0.3, 0.2)).all()


@pytest.fixture(scope="module")
def found():
    return find(helpers.synthetic_record())


def test_the_outer_boundaries_contain_the_median(found):
    inner, outer = found.delineation.waves, found.delineation.outer
    for wave in ("p", "qrs", "t"):
        assert getattr(outer, f"{wave}_on") <= getattr(inner, f"{wave}_on")
        assert getattr(outer, f"{wave}_off") >= getattr(inner, f"{wave}_off")
    assert outer.qrs_off - outer.qrs_on > inner.qrs_off - inner.qrs_on + 0.004


def test_boundaries_are_in_order(found):
    for waves in (found.delineation.waves, *found.delineation.leads):
        assert list(astuple(waves)) == sorted(astuple(waves))


def test_every_lead_has_boundaries_near_the_median(found):
    leads = found.delineation.leads
    assert len(leads) == len(LEADS)
    for waves in leads:
        assert waves.qrs_on == pytest.approx(found.waves.qrs_on, abs=0.03)
        assert waves.t_off == pytest.approx(found.waves.t_off, abs=0.06)
    assert np.ptp([w.qrs_off for w in leads]) > 0.002


def test_a_boundary_is_the_weighted_mean_of_rules_and_network(found, monkeypatch):
    curves = np.zeros((42, T.size))
    for row, (on, off) in enumerate([(-0.2, -0.1), (-0.05, 0.05), (0.2, 0.4)]):
        curves[row] = curve(on, off)
    monkeypatch.setattr(segmenter, "bundled", lambda: lambda _: curves)
    rules = Waves(-0.22, -0.12, -0.04, 0.04, 0.18, 0.42)
    result = refine(rules, found.beat_mv, found.offsets_s, (0.8, 0.8))
    w = NETWORK_SHARE
    assert result.waves.p_on == pytest.approx(-0.22 + 0.02 * w["p"], abs=1e-6)
    assert result.waves.qrs_off == pytest.approx(0.04 + 0.01 * w["qrs"], abs=1e-6)
    assert result.waves.t_off == pytest.approx(0.42 - 0.02 * w["t"], abs=1e-6)
    assert result.leads == (None,) * 12


def test_a_network_far_from_the_rules_on_p_counts_for_20_ms_only(found, monkeypatch):
    curves = np.zeros((42, T.size))
    for row, (on, off) in enumerate([(-0.28, -0.13), (-0.05, 0.05), (0.2, 0.4)]):
        curves[row] = curve(on, off)
    monkeypatch.setattr(segmenter, "bundled", lambda: lambda _: curves)
    rules = Waves(-0.23, -0.12, -0.04, 0.04, 0.18, 0.42)
    waves = refine(rules, found.beat_mv, found.offsets_s, (0.8, 0.8)).waves
    assert waves.p_on == pytest.approx(-0.23 - 0.02 * NETWORK_SHARE["p"], abs=1e-6)
    assert waves.p_off == pytest.approx(-0.12 - 0.01 * NETWORK_SHARE["p"], abs=1e-6)


def test_a_p_that_the_network_sees_elsewhere_is_none(found, monkeypatch):
    curves = np.zeros((42, T.size))
    for row, (on, off) in enumerate([(-0.3, -0.2), (-0.05, 0.05), (0.2, 0.4)]):
        curves[row] = curve(on, off)
    monkeypatch.setattr(segmenter, "bundled", lambda: lambda _: curves)
    rules = Waves(-0.17, -0.08, -0.04, 0.04, 0.18, 0.42)
    assert refine(rules, found.beat_mv, found.offsets_s, (0.8, 0.8)).waves.p_on is None


def test_the_rules_decide_which_waves_there_are(found):
    none = Waves(None, None, -0.042, 0.052, None, None)
    result = refine(none, found.beat_mv, found.offsets_s, (0.8, 0.8))
    for waves in (result.waves, result.outer, *result.leads):
        assert (waves.p_on, waves.p_off, waves.t_on, waves.t_off) == (None,) * 4


def test_a_lead_without_signal_does_not_move_the_median(found):
    record = helpers.synthetic_record()
    signal = record.signal_mv.copy()
    signal[LEAD_INDEX["V2"]] = 0.0
    other = find(Record(signal, record.rate_hz)).waves
    np.testing.assert_allclose(astuple(other), astuple(found.waves), atol=0.008)


def test_waves_that_the_means_made_overlap_are_parted():
    overlapping = Waves(-0.2, -0.03, -0.04, 0.05, 0.045, 0.3)
    assert _parted(overlapping) == Waves(-0.2, -0.04, -0.04, 0.05, 0.05, 0.3)
    fine = Waves(None, None, -0.04, 0.05, 0.1, 0.3)
    assert _parted(fine) == fine
