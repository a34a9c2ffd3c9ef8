"""What each heartbeat and each lead is good for, and what a reader may choose."""

from dataclasses import replace

import helpers
import numpy as np
import pytest
from unit.signal.test_rhythm import QRS, P, T, beats_at, noise

from elvmass.beat import BeatGrade, BeatKind
from elvmass.card import BeatSpec
from elvmass.choices import DELINEATORS, SignalOptions
from elvmass.errors import ConfigError, SignalError
from elvmass.record import LEAD_INDEX, Record
from elvmass.signal.prepare import prepare

SPEC = BeatSpec()
TIMES = np.array([0.5, 1.4, 2.3, 3.2, 4.1, 4.75, 5.9, 6.8, 7.7, 8.6])
EARLY = 5  # the extrasystole
WIDE = [(0.0, 0.035, (-1.2, 1.4, 0.8, 2.0, 2.0, 1.2, -0.8, -1.4))]


def recording() -> np.ndarray:
    """[12, 5000] nine usual beats and an extrasystole."""
    usual = beats_at(np.delete(TIMES, EARLY), (P, *QRS, T))
    return usual + beats_at(TIMES[[EARLY]], WIDE) + noise(0.003)


def grades(signal: np.ndarray) -> list[str]:
    return [mark.grade.value for mark in prepare(Record(signal, 500.0), SPEC).marks]


def codes(record: Record) -> set[str]:
    return {notice.code for notice in prepare(record, SPEC).notices}


def test_beats_are_graded() -> None:
    signal = recording()
    rng = np.random.default_rng(3)
    signal[:, 3300:3600] += helpers.twelve(0.15 * rng.standard_normal((8, 300)))  # beat at 6.8 s
    found = grades(signal)
    assert found[EARLY] == "ectopic"
    assert found[7] == "noisy"
    assert found[1:5] == ["dominant"] * 4
    signal[:, 4200:4260] = np.nan  # near the beat at 8.6 s
    assert grades(signal)[-1] == "incomplete"


def test_a_slow_artefact_makes_a_beat_noisy_but_not_ectopic() -> None:
    t = np.arange(5000) / 500
    bump = 1.5 * np.exp(-0.5 * ((t - 4.35) / 0.06) ** 2)
    assert grades(recording() + bump * np.array([1, 1, 0, -1, 0.5, 0.5] + [1] * 6)[:, None])[4] == (
        "noisy"
    )


def test_numbers_count_the_complete_beats() -> None:
    found = prepare(Record(recording(), 500.0), SPEC)
    numbers = [mark.number for mark in found.marks if mark.number is not None]
    assert numbers == list(range(found.beat.count))
    assert found.clean_beats == ()


def test_any_complete_beat_can_be_chosen() -> None:
    record = Record(recording(), 500.0)
    middle = prepare(record, SPEC, each_beat=True)
    for mark, beat in zip(
        [m for m in middle.marks if m.grade is BeatGrade.DOMINANT], middle.clean_beats, strict=True
    ):
        chosen = prepare(record, SPEC, SignalOptions(BeatKind.CHOSEN, mark.number)).beat
        assert chosen.start_s + SPEC.r_index / SPEC.rate_hz == pytest.approx(mark.time_s)
        np.testing.assert_array_equal(chosen.signal_mv, beat.signal_mv)
    count = middle.beat.count
    with pytest.raises(SignalError, match=f"choose one from 1 to {count}"):
        prepare(record, SPEC, SignalOptions(BeatKind.CHOSEN, count))


def test_a_beat_of_another_shape_gets_its_own_boundaries() -> None:
    record = Record(recording(), 500.0)
    number = next(m.number for m in prepare(record, SPEC).marks if m.grade is BeatGrade.ECTOPIC)
    found = prepare(record, SPEC, SignalOptions(BeatKind.CHOSEN, number))
    width_s = (found.beat.fiducials.qrs_off - found.beat.fiducials.qrs_on) / SPEC.rate_hz
    assert width_s > 0.12
    assert found.measured.qrs_ms < 110  # the measurements are those of the usual beat
    assert "atypical_beat" in {n.code for n in found.notices}


@pytest.mark.parametrize(
    ("band", "text"), [("diagnostic", "0.05-150"), ("paper", "0.5-100"), ("monitor", "0.5-40")]
)
def test_presets_of_the_filter_change_the_beat_and_say_so(band: str, text: str) -> None:
    record = helpers.synthetic_record()
    found = prepare(record, SPEC, SignalOptions(band=band))
    assert f"band-pass {text} Hz" in found.filter_text
    same = prepare(record, replace(SPEC, band_hz=(0.5, 100.0)))
    assert (np.abs(found.beat.signal_mv - same.beat.signal_mv).max() < 1e-12) == (band == "paper")


def test_a_low_low_pass_lowers_qrs() -> None:
    record = helpers.synthetic_record()
    heights = [
        np.ptp(prepare(record, SPEC, SignalOptions(band=band)).beat.signal_mv, axis=1)
        for band in ("monitor", "diagnostic")
    ]
    assert (heights[0] < 0.995 * heights[1]).all()


def test_the_notch_can_be_set_by_hand() -> None:
    record = helpers.synthetic_record()
    assert prepare(record, SPEC).notch_hz is None
    found = prepare(record, SPEC, SignalOptions(notch="60"))
    assert found.notch_hz == 60.0
    assert "notch 60 Hz" in found.filter_text


@pytest.mark.parametrize("delineator", DELINEATORS[1:3])
def test_neurokit2_draws_if_asked(delineator: str) -> None:
    record = helpers.synthetic_record()
    ours = prepare(record, SPEC)
    found = prepare(record, SPEC, SignalOptions(delineator=delineator))
    assert delineator in found.filter_text
    np.testing.assert_array_equal(found.beat_times_s, ours.beat_times_s)
    assert found.beat.fiducials != ours.beat.fiducials
    assert abs(found.measured.qt_ms - ours.measured.qt_ms) < 80


@pytest.mark.parametrize(
    "given",
    [
        {"band": "hi-fi"},
        {"notch": "55"},
        {"delineator": "nk-magic"},
        {"number": 3},
        {"kind": BeatKind.CHOSEN},
        {"kind": BeatKind.CHOSEN, "number": -1},
    ],
)
def test_impossible_choices_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        SignalOptions(**given)


def test_bad_leads_are_named() -> None:
    record = helpers.synthetic_record()
    t = np.arange(5000) / 500
    signal = record.signal_mv.copy()
    signal[LEAD_INDEX["V2"]] += 1.2 * np.sin(2 * np.pi * 0.1 * t)
    signal[LEAD_INDEX["V5"], 1000:1800] = signal[LEAD_INDEX["V5"], 1000]
    signal[LEAD_INDEX["V6"]] += 0.5 * np.random.default_rng(1).standard_normal(5000)
    found = prepare(replace(record, signal_mv=signal), SPEC)
    messages = {n.code: n.message for n in found.notices}
    assert "in V2." in messages["baseline_wander"]
    assert "1.6 s in V5:" in messages["lead_off"]
    assert "noisy in V6 " in messages["noisy"]
    quality = found.lead_quality
    assert quality.wander_mv[LEAD_INDEX["V2"]] == pytest.approx(2.4, abs=0.2)
    assert quality.off_s[LEAD_INDEX["V5"]] == pytest.approx(1.6, abs=0.01)
    assert quality.noise_mv.argmax() == LEAD_INDEX["V6"]


def test_a_clean_recording_has_nothing_to_name() -> None:
    assert codes(helpers.synthetic_record()) == set()


def test_few_clean_beats_are_said() -> None:
    signal = recording()[:, :2600]
    assert "few_beats" not in codes(Record(recording(), 500.0))
    assert "few_beats" in codes(Record(signal[:, :1900], 500.0))
