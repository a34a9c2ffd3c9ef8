"""Rhythm, breathing and noise of the recording."""

from __future__ import annotations

import numpy as np
import pytest

from elvmass.simulate.body import draw_body
from elvmass.simulate.heart import Heart, draw_heart
from elvmass.simulate.options import SimulationOptions
from elvmass.simulate.recording import Rhythm, draw_noise, draw_rhythm, render, twelve_leads
from elvmass.simulate.subject import simulate_subject

OPTIONS = SimulationOptions()


def heart(seed: int) -> Heart:
    return draw_heart(
        draw_body(np.random.default_rng([seed, 0])), np.random.default_rng([seed, 1]), OPTIONS
    )


@pytest.fixture(scope="module")
def rhythms() -> list[tuple[Heart, Rhythm]]:
    hearts = [heart(seed) for seed in range(300)]
    return [
        (h, draw_rhythm(h, np.random.default_rng([k, 2]), OPTIONS)) for k, h in enumerate(hearts)
    ]


def test_beats_fill_the_recording(rhythms):
    for h, rhythm in rhythms:
        rr0 = 60 / h.times.rate_bpm
        assert rhythm.beats_s[0] < rr0
        assert rhythm.beats_s[-1] > OPTIONS.seconds - rr0
        assert (np.diff(rhythm.beats_s) > 0.55 * rr0).all()


def test_breathing_never_triples_a_beat(rhythms):
    """The breathing part is held within 25 %; beat noise of 2 to 3 % comes on top."""
    assert max(np.abs(rhythm.gains - 1).max() for _, rhythm in rhythms) < 0.4


def test_a_few_records_have_a_premature_beat(rhythms):
    assert 0.015 < np.mean([rhythm.premature for _, rhythm in rhythms]) < 0.08


def test_rr_varies_as_at_rest(rhythms):
    sd_ms = [1000 * np.diff(rhythm.beats_s).std() for _, rhythm in rhythms]
    assert 15 < np.median(sd_ms) < 30


def test_render_is_the_sum_of_its_beats():
    h = heart(4)
    times, gains = np.array([0.6, 1.3]), np.ones((2, 8))
    short = SimulationOptions(seconds=2.0)

    def drawn(keep: slice) -> np.ndarray:
        rhythm = Rhythm(times[keep], np.ones(2)[keep], gains[keep], 0.25, 0.0, False)
        return render(h, rhythm, short)

    both = drawn(slice(None))
    assert np.allclose(
        both, drawn(slice(0, 1)) + drawn(slice(1, 2)), atol=0.05
    )  # µV: lobes end at 5 SD
    assert np.abs(both).max() > 300


def test_noise_has_the_stated_parts():
    rhythm = draw_rhythm(heart(1), np.random.default_rng(3), OPTIONS)
    power = np.zeros(2501)  # Hann window: the wander must not leak into everything above
    for seed in range(40):
        noise = draw_noise(rhythm, np.random.default_rng(seed), OPTIONS)
        power += (np.abs(np.fft.rfft(noise * np.hanning(5000), axis=1)) ** 2).mean(axis=0)
    hz = np.arange(2501) / 10

    def level(low: float, high: float) -> float:
        return float(power[(hz >= low) & (hz < high)].mean())

    assert level(0.1, 0.6) > 300 * level(2, 8)  # wander
    assert level(30, 55) > 2 * level(3, 8)  # muscle
    assert level(30, 55) > 30 * level(200, 250)  # rolled off
    assert level(60, 60.1) > 3 * level(50, 55)  # mains


def test_twelve_leads_from_eight():
    steps = np.array(
        [[2, -4], [6, 10], [1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [6, 6]], dtype=float
    )
    leads = twelve_leads(steps) * 1000
    assert leads[:6, 0].tolist() == pytest.approx([10, 30, 20, -20, -5, 25])
    assert leads[6:, 1].tolist() == pytest.approx([5, 10, 15, 20, 25, 30])


def test_true_marks_lie_where_the_beats_are():
    """The QRS energy lies between the marks; every mark is inside the recording."""
    simulated = simulate_subject(8, 3, SimulationOptions(noise_scale=0.0))
    rate, slope = 500.0, np.abs(np.diff(simulated.record.signal_mv, axis=1)).sum(axis=0)
    inside = np.zeros(slope.size, dtype=bool)
    for beat in simulated.marks:
        inside[round(beat.qrs_on_s * rate) : round(beat.qrs_off_s * rate)] = True
        marks = [beat.p_on_s, beat.p_off_s, beat.qrs_on_s, beat.qrs_off_s, beat.t_off_s]
        given = [mark for mark in marks if mark is not None]
        assert given == sorted(given)
        assert 0 <= given[0] < given[-1] < 10
    assert slope[inside].mean() > 4 * slope[~inside].mean()
    assert simulated.truth["qrs_ms"] == pytest.approx(
        1000 * (simulated.marks[2].qrs_off_s - simulated.marks[2].qrs_on_s)
    )
