"""A model of strips: inputs, estimate, and its explanation on the beat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import synthetic_record, toy_analysis, toy_beat
from unit.model.toys import NET, SPEC, toy_bundle

from elvmass.beat import Strip
from elvmass.card import View
from elvmass.errors import SignalError
from elvmass.model.bundle import Bundle, save_bundle
from elvmass.model.estimate import fold_inputs
from elvmass.model.explain.path import SMALLEST_CHANGE_G, TOLERANCE
from elvmass.model.strip_map import onto_beat
from elvmass.pipeline import Options, analyse
from elvmass.signal.prepare import prepare

RECORD = synthetic_record()
STRIP_SPEC = replace(SPEC, view=View.STRIP)  # 10 s at 100 Hz
R_TIMES_S = tuple(0.5 + k * 60 / 72 for k in range(12))


def strip_bundle() -> Bundle:
    bundle = toy_bundle(2, replace(NET, n_samples=1000))
    folds = (replace(f, spec=replace(f.spec, beat=STRIP_SPEC)) for f in bundle.folds)
    return Bundle(replace(bundle.card, sex=None), tuple(folds))


def test_a_model_of_strips_takes_strips_and_a_model_of_beats_beats():
    prepared = prepare(RECORD, STRIP_SPEC)
    assert prepared.seen is prepared.strip
    (first, _) = fold_inputs(strip_bundle(), prepared.seen, {})
    assert first.waveform.shape == (12, 1000)
    np.testing.assert_array_equal(first.waveform, prepared.strip.signal_mv.astype(np.float32))
    with pytest.raises(SignalError, match="sees a strip, but was given a beat"):
        fold_inputs(strip_bundle(), prepared.beat, {})
    with pytest.raises(SignalError, match="sees a beat, but was given a strip"):
        fold_inputs(toy_bundle(), prepared.strip, {})
    with pytest.raises(SignalError, match=r"1000 samples at 100 Hz.* 500 samples at 50 Hz"):
        fold_inputs(strip_bundle(), Strip(np.zeros((12, 500)), 50.0, 0.0), {})


def test_a_bundle_of_strips_analyses_a_record_and_its_grams_add_up(tmp_path):
    save_bundle(tmp_path / "strip", strip_bundle())
    found = analyse(RECORD, Options(models=tmp_path))
    assert found.beat.signal_mv.shape == found.saliency.values_g.shape == (12, 80)
    total = found.saliency.values_g.sum() + sum(found.saliency.scalars_g.values())
    change = found.estimate.mass_g - found.saliency.reference_g
    assert abs(change) > 1
    assert total == pytest.approx(change, abs=TOLERANCE * max(abs(change), SMALLEST_CHANGE_G))
    assert "summed over 12 beats" in found.saliency.method
    assert "the model sees 10 s" in found.filter_text


def strip_map(values: np.ndarray):
    return replace(toy_analysis().saliency, values_g=values)


def test_grams_at_the_same_place_of_each_beat_meet_there():
    beat = toy_beat(RECORD, SPEC)
    strip = Strip(np.zeros((12, 1000)), 100.0, 0.0)
    values = np.zeros((12, 1000))
    for r_s in R_TIMES_S:
        values[10, round(r_s * 100)] = 1.0
        values[2, round((r_s + 0.26) * 100)] = -0.5
    found = onto_beat(strip_map(values), strip, beat, R_TIMES_S).values_g
    r = beat.r_index
    assert found[10, r - 1 : r + 2].sum() == pytest.approx(12.0)
    assert found[2, r + 25 : r + 28].sum() == pytest.approx(-6.0)
    assert np.abs(found).sum() == pytest.approx(18.0)


@pytest.mark.parametrize("start_s", [-2.0, 0.0, 3.3])
@pytest.mark.parametrize("times_s", [R_TIMES_S, R_TIMES_S[3:5], (4.0,)])
def test_no_gram_is_lost_wherever_the_strip_begins_and_however_few_beats_were_found(
    start_s, times_s
):
    values = np.random.default_rng(1).normal(0, 1, (12, 1000))
    strip = Strip(np.zeros((12, 1000)), 100.0, start_s)
    beat = replace(toy_beat(RECORD, SPEC), valid_from=5, valid_to=70)
    found = onto_beat(strip_map(values), strip, beat, times_s).values_g
    np.testing.assert_allclose(found.sum(axis=1), values.sum(axis=1))
    assert (found[:, :5] == 0).all()  # the neighbours' part of the window stays empty
    assert (found[:, 70:] == 0).all()


def test_samples_before_the_first_beat_take_the_phase_of_the_beat_before_it():
    """The T wave of a beat that began before the recording belongs to T."""
    beat = toy_beat(RECORD, SPEC)
    values = np.zeros((12, 1000))
    at_s = R_TIMES_S[0] - 60 / 72 + 0.35  # 20 ms after the strip's begin, before the first P
    values[0, round(at_s * 100)] = 1.0
    found = onto_beat(strip_map(values), Strip(np.zeros((12, 1000)), 100.0, 0.0), beat, R_TIMES_S)
    assert np.argmax(found.values_g[0]) == pytest.approx(beat.r_index + 35, abs=1)
