"""What must not move a boundary, and boundaries of simulated hearts against their truth."""

from dataclasses import astuple, replace

import helpers
import numpy as np
import pytest

import elvmass
import elvmass_resources
from elvmass.record import LEAD_INDEX, Record
from elvmass.signal import filters
from elvmass.signal.prepare import find
from elvmass.simulate.body import draw_body
from elvmass.simulate.heart import Heart, draw_heart
from elvmass.simulate.options import DEFAULT_OPTIONS
from elvmass.simulate.recording import RESOLUTION_UV, Rhythm, render, twelve_leads


@pytest.fixture(scope="module")
def record() -> Record:
    """Of a real heart, so that waves are not too easy."""
    return elvmass.read(elvmass_resources.path("examples", "real_mortara.dcm"))


@pytest.fixture(scope="module")
def usual(record):
    return find(record)


def assert_moved_at_most(found, usual, ms):
    for one, other in zip(
        (found.waves, found.delineation.outer), (usual.waves, usual.delineation.outer), strict=True
    ):
        moved = 1000 * (np.array(astuple(one)) - np.array(astuple(other)))
        assert np.abs(moved).max() <= ms


@pytest.mark.parametrize(("rate_hz", "ms"), [(250.0, 1.5), (500.0, 1.0), (1000.0, 1.0)])
def test_the_sampling_rate(record, usual, rate_hz, ms):
    signal = filters.resample(np.array(record.signal_mv), record.rate_hz, rate_hz)
    assert_moved_at_most(find(Record(signal, rate_hz)), usual, ms)


def test_gain(record, usual):
    assert_moved_at_most(find(replace(record, signal_mv=3.0 * record.signal_mv)), usual, 0.01)


@pytest.mark.parametrize("lead", ["I", "II", "V1", "V4", "V6"])
def test_polarity_of_one_lead(record, usual, lead):
    signal = record.signal_mv.copy()
    signal[LEAD_INDEX[lead]] *= -1
    assert_moved_at_most(find(replace(record, signal_mv=signal)), usual, 0.01)


def test_a_baseline(record, usual):
    t = np.arange(record.signal_mv.shape[1]) / record.rate_hz
    drift = np.linspace(0.2, 0.5, 12)[:, None] * np.sin(2 * np.pi * 0.2 * t)
    assert_moved_at_most(find(replace(record, signal_mv=record.signal_mv + drift + 7.0)), usual, 4)


def test_a_shift_by_one_sample(record, usual):
    found = find(replace(record, signal_mv=record.signal_mv[:, 1:]))
    assert_moved_at_most(found, usual, 1.0)
    shift = usual.train.times_s[3] - found.train.times_s[3]
    assert shift == pytest.approx(1 / record.rate_hz, abs=2e-4)


def test_the_order_of_the_precordial_leads(record, usual):
    signal = record.signal_mv[[0, 1, 2, 3, 4, 5, 11, 9, 6, 8, 10, 7]]
    found = find(replace(record, signal_mv=signal))
    np.testing.assert_allclose(found.train.r, usual.train.r, atol=1e-6)
    # The network knows the leads by their places: QRS may move a little, beats may not.
    assert found.waves.qrs_on == pytest.approx(usual.waves.qrs_on, abs=0.008)


NOISES_UV = {
    "white": lambda t: 25.0 * np.random.default_rng(1).standard_normal((12, t.size)),
    "mains": lambda t: 25.0 * np.sin(2 * np.pi * 50.0 * t),
    "drift": lambda t: 500.0 * np.sin(2 * np.pi * 0.3 * t),
}


@pytest.mark.parametrize("noise", NOISES_UV)
def test_noise_of_the_standard(record, usual, noise):
    t = np.arange(record.signal_mv.shape[1]) / record.rate_hz
    noisy = record.signal_mv + NOISES_UV[noise](t) / 1000.0
    assert_moved_at_most(find(replace(record, signal_mv=noisy)), usual, 8.0)


def with_p_at(p_s: float, bpm: float = 60.0, height: float = 1.0) -> np.ndarray:
    """[12, n] mV: the synthetic heart with its P wave elsewhere."""
    t = np.arange(5000) / 500.0
    signal = helpers.synthetic_signal(bpm=bpm)
    amplitudes = np.array(helpers._WAVES[0][2])[:, None]
    for r in np.arange(0.5, 11.0, 60.0 / bpm):
        old, new = (
            np.exp(-0.5 * ((t - r - at) / 0.022) ** 2) for at in (helpers._WAVES[0][0], p_s)
        )
        signal += helpers.twelve(amplitudes * (height * new - old))
    return signal


@pytest.mark.parametrize("p_s", [-0.14, -0.20, -0.26, -0.30, -0.34])
def test_p_far_from_qrs(p_s):
    """Up to a PR interval of 350 ms; a P wave 2.3 standard deviations to each side."""
    waves = find(Record(with_p_at(p_s), 500.0)).waves
    assert waves.p_on == pytest.approx(p_s - 0.05, abs=0.020)
    assert waves.p_off == pytest.approx(p_s + 0.05, abs=0.020)


def test_no_p_wave_no_boundaries():
    waves = find(Record(with_p_at(-0.2, height=0.0), 500.0)).waves
    assert waves.p_on is None
    assert waves.p_off is None


BPM = (45, 60, 75, 90, 105, 120)
N_HEARTS = 7


def clean_errors_ms(index: int, bpm: int) -> np.ndarray:
    """Errors of P on, P off, QRS on, QRS off, T off of a noise-free simulated heart, in ms."""
    heart = simulated(index)
    rr = 60.0 / bpm
    stretch = (rr * heart.times.rate_bpm / 60.0) ** 0.36  # QT follows RR
    beats = 0.45 + rr * np.arange(-1, int(10.2 / rr) + 1)
    gains = np.ones((beats.size, 8))
    rhythm = Rhythm(beats, np.full(beats.size, stretch), gains, 0.25, 0.0, False)
    signal = twelve_leads(np.rint(render(heart, rhythm, DEFAULT_OPTIONS) / RESOLUTION_UV))
    found = find(Record(signal, DEFAULT_OPTIONS.rate_hz))
    r = found.train.times_s
    r_ms = 1000 * np.median(r - beats[np.abs(beats - r[:, None]).argmin(axis=1)])
    t = heart.times
    truth = (t.p_on, t.p_off, t.qrs_on, t.qrs_off, t.qrs_off + stretch * (t.t_off - t.qrs_off))
    w = found.waves
    ours = (w.p_on, w.p_off, w.qrs_on, w.qrs_off, w.t_off)
    return np.array([np.nan if v is None else 1000 * v for v in ours]) + r_ms - truth


def simulated(index: int) -> Heart:
    body = draw_body(np.random.default_rng([11, index, 0]))
    return draw_heart(body, np.random.default_rng([11, index, 1]), DEFAULT_OPTIONS)


#: A Gaussian P begins before, and a Gaussian T ends after, what the simulator calls its boundary.
CONVENTION_MS = np.array([-14.0, 3.0, 1.0, 1.0, 16.0])
#: At 120 beats per minute the simulated P waves lie on the T waves: only QRS can be judged.
JUDGED = {bpm: slice(0, 5) for bpm in (45, 60, 75, 90)} | {105: slice(1, 5), 120: slice(2, 4)}


@pytest.mark.parametrize("bpm", BPM)
def test_simulated_truth(bpm):
    errors = np.array([clean_errors_ms(k, bpm) for k in range(N_HEARTS)]) - CONVENTION_MS
    typical = np.median(np.abs(errors), axis=0)[JUDGED[bpm]]
    assert (typical <= 6.0).all(), typical
