"""R peaks and boundaries where the rhythm or the shape is not the usual one."""

import helpers
import numpy as np
import pytest

from elvmass.card import BeatSpec
from elvmass.record import LEAD_INDEX, Record
from elvmass.signal.measure import axis_deg
from elvmass.signal.prepare import prepare

SPEC = BeatSpec()
QRS = helpers._WAVES[1:4]
P, T = helpers._WAVES[0], helpers._WAVES[4]


def beats_at(times_s, waves, rate_hz: float = 500.0, seconds: float = 10.0) -> np.ndarray:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    eight = np.zeros((8, t.size))
    for r in times_s:
        for centre, sd, amplitude in waves:
            eight += np.outer(amplitude, np.exp(-0.5 * ((t - r - centre) / sd) ** 2))
    return helpers.twelve(eight)


def noise(scale: float, seed: int = 5, n: int = 5000) -> np.ndarray:
    return helpers.twelve(scale * np.random.default_rng(seed).standard_normal((8, n)))


def scaled(wave, factor):
    centre, sd, amplitude = wave
    return centre, sd, tuple(factor * a for a in amplitude)


def assert_train(found: tuple[float, ...], expected: np.ndarray) -> None:
    assert len(found) == len(expected)
    assert np.abs(np.array(found) - expected).max() < 0.012


def test_fibrillation_has_no_p_wave_and_is_irregular():
    rng = np.random.default_rng(11)
    times = np.cumsum(rng.uniform(0.55, 1.1, 10)) + 0.1
    t = np.arange(5000) / 500
    waves = np.stack([0.03 * np.sin(2 * np.pi * (6 + k / 3) * t + k) for k in range(8)])
    signal = beats_at(times, (*QRS, T)) + helpers.twelve(waves) + noise(0.003)
    found = prepare(Record(signal, 500.0), SPEC)
    assert_train(found.beat_times_s, times)
    assert found.beat.fiducials.p_on is None
    assert found.measured.pr_ms is None
    assert found.measured.p_axis_deg is None
    codes = {n.code for n in found.notices}
    assert {"atrial_fibrillation_suspected", "rhythm_irregular", "p_wave_absent"} <= codes


def test_regular_rhythm_without_p_wave():
    times = np.arange(0.5, 9.9, 0.9)
    found = prepare(Record(beats_at(times, (*QRS, T)) + noise(0.004), 500.0), SPEC)
    assert found.beat.fiducials.p_on is None
    assert "atrial_fibrillation_suspected" not in {n.code for n in found.notices}


def test_irregular_rhythm_with_p_waves_is_no_fibrillation():
    times = np.cumsum(np.tile([0.7, 0.95, 0.8], 4)) - 0.2
    found = prepare(Record(beats_at(times[:11], (P, *QRS, T)) + noise(0.003), 500.0), SPEC)
    codes = {n.code for n in found.notices}
    assert "rhythm_irregular" in codes
    assert "atrial_fibrillation_suspected" not in codes


@pytest.mark.parametrize("rr_s", [0.48, 0.42])
def test_fast_rhythm_keeps_the_neighbours_out(rr_s):
    # Shorter waves, as at such rates: P from -0.165 s, T end at 0.27 s.
    p = (-0.12, 0.018, P[2])
    t = (0.20, 0.03, T[2])
    times = np.arange(0.4, 9.9, rr_s)
    found = prepare(Record(beats_at(times, (p, *QRS, t)) + noise(0.002), 500.0), SPEC)
    beat = found.beat
    assert len(found.beat_times_s) >= len(times) - 1
    assert (beat.valid_from - beat.r_index) / beat.rate_hz > -rr_s + 0.2
    assert (beat.valid_to - beat.r_index) / beat.rate_hz < rr_s - 0.1
    assert beat.valid_from <= beat.fiducials.p_on
    assert np.ptp(beat.signal_mv[:, beat.valid_to - 1 :], axis=1).max() == 0
    assert np.ptp(beat.signal_mv[:, : beat.valid_from + 1], axis=1).max() == 0


@pytest.mark.parametrize("factor", [3.0, 5.0])
def test_tall_t_waves_are_not_beats(factor):
    times = np.arange(0.5, 9.9, 0.83)
    signal = beats_at(times, (P, *QRS, scaled(T, factor))) + noise(0.004)
    assert_train(prepare(Record(signal, 500.0), SPEC).beat_times_s, times)


def test_low_voltage_is_enough():
    times = np.arange(0.5, 9.9, 0.83)
    signal = beats_at(times, [scaled(w, 0.12) for w in (P, *QRS, T)]) + noise(0.004)
    assert_train(prepare(Record(signal, 500.0), SPEC).beat_times_s, times)


def test_a_loose_electrode_adds_no_beats():
    times = np.arange(0.5, 9.9, 0.83)
    signal = beats_at(times, (P, *QRS, T)) + noise(0.004)
    for k, at in enumerate((900, 2300, 3700)):
        signal[LEAD_INDEX[f"V{k + 2}"], at : at + 60] += 4.0
    assert_train(prepare(Record(signal, 500.0), SPEC).beat_times_s, times)


def test_an_extrasystole_is_found_but_does_not_shape_the_boundaries():
    times = np.array([0.5, 1.4, 2.3, 3.2, 4.1, 4.7, 5.9, 6.8, 7.7, 8.6])
    usual = beats_at(np.delete(times, 5), (P, *QRS, T))
    wide = [(0.0, 0.035, (-1.2, 1.4, 0.8, 2.0, 2.0, 1.2, -0.8, -1.4))]
    signal = usual + beats_at(times[5:6], wide) + noise(0.003)
    found = prepare(Record(signal, 500.0), SPEC)
    assert len(found.beat_times_s) == times.size
    assert "atypical_beat" not in {n.code for n in found.notices} or found.beat.number == 5
    assert 84 < found.measured.qrs_ms < 106


def test_a_wide_qrs_is_measured_and_noted():
    wide = [(c * 2.2, sd * 2.2, a) for c, sd, a in QRS]
    times = np.arange(0.5, 9.9, 0.95)
    found = prepare(Record(beats_at(times, (*wide, T)) + noise(0.003), 500.0), SPEC)
    assert found.measured.qrs_ms > 140
    assert "wide_qrs" in {n.code for n in found.notices}


@pytest.mark.parametrize(
    ("lead_i", "avf", "degrees"),
    [(1, 0, 0), (0, 1, 90), (-1, 0, 180), (0, -1, -90), (1, np.sqrt(3) / 2, 45)],
)
def test_axis(lead_i, avf, degrees):
    assert axis_deg(lead_i, avf) == pytest.approx(degrees)
    assert -180 < axis_deg(-1.0, -0.0) <= 180


def test_no_area_has_no_axis():
    assert axis_deg(0.0, 0.0) is None
