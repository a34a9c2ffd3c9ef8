from dataclasses import replace

import helpers
import numpy as np
import pytest

from elvmass.beat import BeatGrade, BeatKind, Fiducials
from elvmass.card import BeatSpec
from elvmass.choices import SignalOptions
from elvmass.errors import SignalError
from elvmass.record import LEAD_INDEX, Record
from elvmass.signal.prepare import prepare

SPEC = BeatSpec()
#: What tests/helpers.py builds: 2.3 to 2.5 standard deviations from the wave centres.
TRUTH_S = {
    "p_on": -0.21,
    "p_off": -0.11,
    "qrs_on": -0.042,
    "qrs_off": 0.052,
    "t_on": 0.16,
    "t_off": 0.36,
}


def seconds(fiducials: Fiducials, name: str) -> float:
    return (getattr(fiducials, name) - SPEC.r_index) / SPEC.rate_hz


@pytest.fixture(scope="module")
def usual():
    return prepare(helpers.synthetic_record(), SPEC)


@pytest.mark.parametrize("name", TRUTH_S)
def test_boundaries_of_a_known_beat(usual, name):
    assert seconds(usual.beat.fiducials, name) == pytest.approx(TRUTH_S[name], abs=0.016)


def test_every_beat_is_found_at_its_time(usual):
    expected = 0.5 + np.arange(12) * 60 / 72
    found = np.array(usual.beat_times_s)
    assert np.abs(found[:, None] - expected).min(axis=1).max() < 0.004
    assert found.size == 12
    assert np.diff(found).std() < 0.0005


def test_the_middle_complete_beat_is_chosen(usual):
    beat = usual.beat
    assert (beat.kind, beat.count, beat.number) == (BeatKind.MIDDLE, 11, 5)
    r_s = beat.start_s + beat.r_index / beat.rate_hz
    assert r_s == pytest.approx(usual.beat_times_s[5], abs=1e-9)
    assert beat.likeness > 0.99


def test_measurements_of_a_known_beat(usual):
    m = usual.measured
    assert m.rate_bpm == pytest.approx(72.0, abs=0.1)
    assert m.pr_ms == pytest.approx(168, abs=16)
    assert m.qrs_ms == pytest.approx(94, abs=10)
    assert m.qt_ms == pytest.approx(402, abs=20)
    assert m.qtc_ms == pytest.approx(m.qt_ms / np.sqrt(60 / 72), rel=1e-3)
    # I 0.08, II 0.15 -> aVF 0.11: atan2(0.11 * 2/sqrt 3, 0.08); the same for T.
    assert m.p_axis_deg == pytest.approx(57.8, abs=4)
    assert m.t_axis_deg == pytest.approx(45.7, abs=4)


def test_filter_text_names_band_and_notch(usual):
    assert usual.filter_text == "band-pass 0.5-100 Hz zero-phase, no notch"
    hum = helpers.synthetic_signal() + 0.03 * np.sin(2 * np.pi * 60 * np.arange(5000) / 500)
    found = prepare(Record(hum, 500.0), SPEC)
    assert found.filter_text.endswith("notch 60 Hz")
    assert found.notch_hz == 60.0
    assert prepare(Record(hum, 500.0), SPEC, SignalOptions(notch="off")).notch_hz is None
    np.testing.assert_allclose(
        found.beat.signal_mv[:, 40:200],
        prepare(Record(helpers.synthetic_signal(), 500.0), SPEC).beat.signal_mv[:, 40:200],
        atol=0.012,
    )


@pytest.mark.parametrize("rate_hz", [250.0, 360.0, 600.0, 1000.0, 257.3])
def test_the_rate_of_the_file_does_not_matter(rate_hz):
    spec = BeatSpec(band_hz=(0.5, 40.0))
    a = prepare(Record(helpers.synthetic_signal(), 500.0), spec)
    b = prepare(Record(helpers.synthetic_signal(rate_hz), rate_hz), spec)
    assert b.beat.fiducials == a.beat.fiducials
    np.testing.assert_allclose(b.beat.signal_mv, a.beat.signal_mv, atol=0.012)


def test_gain_and_offset_do_not_move_anything(usual):
    record = helpers.synthetic_record()
    other = prepare(replace(record, signal_mv=2.5 * record.signal_mv + 40.0), SPEC)
    assert other.beat.fiducials == usual.beat.fiducials
    np.testing.assert_allclose(other.beat.signal_mv, 2.5 * usual.beat.signal_mv, atol=1e-6)
    assert other.measured.qrs_axis_deg == pytest.approx(usual.measured.qrs_axis_deg, abs=1e-6)


@pytest.mark.parametrize("lead", ["II", "V2", "V5"])
def test_polarity_of_a_lead_does_not_move_boundaries(usual, lead):
    record = helpers.synthetic_record()
    signal = record.signal_mv.copy()
    signal[LEAD_INDEX[lead]] *= -1
    other = prepare(replace(record, signal_mv=signal), SPEC)
    assert other.beat.fiducials == usual.beat.fiducials


def test_a_shift_in_time_shifts_only_the_times(usual):
    record = helpers.synthetic_record()
    later = prepare(replace(record, signal_mv=record.signal_mv[:, 100:]), SPEC)
    assert later.beat.fiducials == usual.beat.fiducials
    assert later.beat_times_s[0] + 0.2 == pytest.approx(usual.beat_times_s[0], abs=0.001)


def test_baseline_wander_is_removed(usual):
    record = helpers.synthetic_record()
    wander = 0.5 * np.sin(2 * np.pi * 0.15 * np.arange(5000) / 500)
    other = prepare(replace(record, signal_mv=record.signal_mv + wander), SPEC)
    for name in TRUTH_S:
        assert seconds(other.beat.fiducials, name) == pytest.approx(
            seconds(usual.beat.fiducials, name), abs=0.008
        )


def test_median_beat_is_less_noisy_and_equally_placed():
    noisy = helpers.synthetic_record(noise_mv=0.05)
    clean = prepare(helpers.synthetic_record(noise_mv=0.0), SPEC).beat.signal_mv
    middle = prepare(noisy, SPEC).beat
    median = prepare(noisy, SPEC, SignalOptions(kind=BeatKind.MEDIAN)).beat
    assert (median.kind, median.r_index) == (BeatKind.MEDIAN, SPEC.r_index)
    assert np.std(median.signal_mv - clean) < 0.6 * np.std(middle.signal_mv - clean)


def test_a_median_beat_says_which_beats_are_in_it(usual):
    assert usual.beat.members == ()
    record = helpers.synthetic_record()
    signal = record.signal_mv.copy()
    at = round(500 * usual.beat_times_s[3])
    signal[:, at - 40 : at + 40] *= -1  # of another shape
    odd = replace(record, signal_mv=signal)
    median = prepare(odd, SPEC, SignalOptions(kind=BeatKind.MEDIAN))
    other = next(m.number for m in median.marks if m.grade is BeatGrade.ECTOPIC)
    assert set(median.beat.members) == set(range(median.beat.count)) - {other}


@pytest.mark.parametrize("bpm", [45.0, 80.0, 88.0])
def test_nothing_of_the_neighbours_enters_the_window(bpm):
    record = helpers.synthetic_record(bpm=bpm, noise_mv=0.0)
    held = prepare(record, SPEC).beat
    free = prepare(record, BeatSpec(hold_outside_cycle=False)).beat
    left, right = held.valid_from, held.valid_to
    assert np.ptp(held.signal_mv[:, : left + 1], axis=1).max() == 0
    assert np.ptp(held.signal_mv[:, right - 1 :], axis=1).max() == 0
    np.testing.assert_array_equal(held.signal_mv[:, left:right], free.signal_mv[:, left:right])
    rr_s = 60 / bpm
    # The next P begins 0.21 s before the next R; the previous T ends 0.36 s after its R.
    if rr_s - 0.21 < SPEC.after_s:
        assert right / SPEC.rate_hz - SPEC.before_s == pytest.approx(rr_s - 0.21, abs=0.035)
        assert (free.valid_from, free.valid_to) == (0, SPEC.n_samples)
    else:
        assert right == SPEC.n_samples
    assert left <= held.fiducials.p_on
    assert right >= held.fiducials.t_off


@pytest.mark.parametrize("band", [(0.05, 150.0), (0.5, 40.0)])
@pytest.mark.parametrize("rate_hz", [100.0, 250.0, 500.0])
def test_any_grid_and_band(band, rate_hz):
    spec = BeatSpec(rate_hz=rate_hz, before_s=0.3, after_s=0.5, band_hz=band)
    found = prepare(helpers.synthetic_record(), spec)
    assert found.beat.signal_mv.shape == (12, spec.n_samples)
    top = np.argmax(found.beat.signal_mv[LEAD_INDEX["V4"]])
    assert abs(top - spec.r_index) <= max(1, rate_hz * 0.006)


def test_einthoven_survives(usual):
    i, ii, iii = usual.beat.signal_mv[:3]
    np.testing.assert_allclose(iii, ii - i, atol=1e-9)


def codes(record: Record) -> set[str]:
    return {n.code for n in prepare(record, SPEC).notices}


def test_a_usual_record_raises_no_notice(usual):
    assert usual.notices == ()


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("0.05-40 Hz", True),
        ("0.05-150 Hz, notch 50 Hz", False),
        ("low-pass 35 Hz", True),
        ("", False),
        ("0.15 Hz - 40 Hz, notch 60 Hz", True),
    ],
)
def test_device_filter_notice(text, flagged):
    record = replace(helpers.synthetic_record(), device_filter=text)
    assert ("device_filter_40hz" in codes(record)) == flagged


def test_rate_and_noise_notices():
    assert "rate_outside_range" in codes(helpers.synthetic_record(bpm=150.0))
    assert "noisy" in codes(helpers.synthetic_record(noise_mv=0.4))
    assert "few_beats" in codes(helpers.synthetic_record(seconds=3.0))
    assert "low_sampling_rate" in codes(helpers.synthetic_record(rate_hz=125.0))


def test_gaps_are_avoided(usual):
    record = helpers.synthetic_record()
    signal = record.signal_mv.copy()
    r = round(usual.beat_times_s[5] * 500)
    signal[:, r - 20 : r + 60] = np.nan
    found = prepare(replace(record, signal_mv=signal), SPEC)
    start, stop = found.beat.start_s, found.beat.start_s + found.beat.duration_s
    assert stop <= (r - 20) / 500 or start >= (r + 60) / 500
    assert "gaps" in {n.code for n in found.notices}


def damaged(change) -> Record:
    record = helpers.synthetic_record()
    signal = record.signal_mv.copy()
    change(signal)
    return replace(record, signal_mv=signal)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda s: s.fill(0.0), "All leads are flat"),
        (lambda s: s[9:11].fill(0.3), "Leads V4, V5 are flat"),
        (lambda s: s[7].fill(np.nan), "Lead V2 is missing"),
        (lambda s: s.fill(np.nan), "All leads are missing"),
        (lambda s: s[0, 2000:2200].fill(16.384), "Lead I is saturated"),
        (lambda s: np.clip(8 * s[9], -0.5, 4.0, out=s[9]), "Lead V4 is saturated"),
    ],
)
def test_an_incomplete_ecg_is_refused(change, match):
    with pytest.raises(SignalError, match=match):
        prepare(damaged(change), SPEC)


def test_too_short_recordings_are_refused():
    record = helpers.synthetic_record()
    with pytest.raises(SignalError, match="too short"):
        prepare(replace(record, signal_mv=record.signal_mv[:, :300]), SPEC)
    with pytest.raises(SignalError, match="No complete heartbeat"):
        prepare(replace(record, signal_mv=record.signal_mv[:, :520]), SPEC)


def test_noise_alone_is_not_an_ecg_with_likeness():
    rng = np.random.default_rng(3)
    record = Record(0.02 * rng.standard_normal((12, 5000)), 500.0)
    assert prepare(record, SPEC).notices != ()
