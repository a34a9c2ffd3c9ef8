from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import synthetic_record, toy_analysis, toy_beat
from unit.model.toys import NET, SPEC, toy_bundle

from elvmass.beat import SEGMENTS, Segment
from elvmass.errors import SignalError
from elvmass.model import saliency
from elvmass.model.estimate import fold_inputs, predict
from elvmass.model.importance import segment_importance
from elvmass.model.saliency import integrated_gradients

BEAT = toy_beat(synthetic_record(), SPEC)
KNOWN = {
    "age_years": 75.0,
    "sex_male": 1.0,
    "height_cm": 181.0,
    "weight_kg": 99.0,
    "p_axis_deg": 70.0,
    "qrs_axis_deg": -10.0,
    "t_axis_deg": 90.0,
    "qrs_ms": 111.0,
}


def explained(bundle, **options):
    return integrated_gradients(bundle, fold_inputs(bundle, BEAT, KNOWN), **options)


@pytest.mark.parametrize("linear_path", [False, True])
@pytest.mark.parametrize("groups", ["limb_precordial", "coronary"])
def test_everything_adds_up_to_the_change_of_the_estimate(groups, linear_path):
    bundle = toy_bundle(3, replace(NET, groups=groups, linear_path=linear_path))
    found = explained(bundle)
    total = found.values_g.sum() + sum(found.scalars_g.values())
    change = found.mass_g - found.reference_g
    assert abs(change) > 1
    assert total == pytest.approx(change, abs=0.01 * abs(change))
    assert found.completeness_error == pytest.approx(abs(total - change) / abs(change), abs=1e-6)
    assert found.mass_g == pytest.approx(
        predict(bundle, fold_inputs(bundle, BEAT, KNOWN)).mean(), rel=1e-5
    )


def test_equals_captum(monkeypatch):
    from captum.attr import IntegratedGradients

    monkeypatch.setattr(saliency, "FIRST_NODES", 32)
    monkeypatch.setattr(saliency, "MOST_NODES", 32)
    bundle = toy_bundle(1)
    fold, inputs = bundle.folds[0], fold_inputs(bundle, BEAT, KNOWN)[0]
    theirs = IntegratedGradients(fold.net).attribute(
        (torch.tensor(inputs.waveform)[None], torch.tensor(inputs.features)[None]),
        (torch.tensor(fold.mean_beat_mv)[None], torch.zeros(1, 8)),
        n_steps=32,
        method="gausslegendre",
    )
    ours = explained(bundle)
    scale = np.abs(ours.values_g).max()
    np.testing.assert_allclose(
        ours.values_g, fold.target_sd_g * theirs[0][0].detach(), atol=1e-4 * scale
    )
    np.testing.assert_allclose(
        list(ours.scalars_g.values()), fold.target_sd_g * theirs[1][0].detach(), rtol=1e-3,
        atol=1e-4 * scale,
    )  # fmt: skip


def test_nodes_are_doubled_until_the_sum_is_right():
    bundle = toy_bundle(1)
    few = explained(bundle, tolerance=1.0)
    many = explained(bundle, tolerance=0.0)
    assert "16 Gauss-Legendre nodes" in few.method
    assert "1024 Gauss-Legendre nodes" in many.method
    assert many.completeness_error < 0.005


def test_a_linear_model_is_explained_exactly():
    bundle = toy_bundle(1, replace(NET, linear_path=True))
    fold = bundle.folds[0]
    with torch.no_grad():
        fold.net.out.weight.zero_()
    found = explained(bundle)
    inputs = fold_inputs(bundle, BEAT, KNOWN)[0]
    weight = fold.net.linear.weight.numpy()[0]
    beat_weight = weight[: 12 * NET.n_samples].reshape(12, -1)
    expected = fold.target_sd_g * beat_weight * (inputs.waveform - fold.mean_beat_mv)
    np.testing.assert_allclose(found.values_g, expected, rtol=1e-3, atol=1e-4)
    expected = fold.target_sd_g * weight[12 * NET.n_samples :] * inputs.features
    np.testing.assert_allclose(list(found.scalars_g.values()), expected, rtol=1e-3, atol=1e-4)


def test_the_reference_patient_has_an_empty_map():
    bundle = toy_bundle(1)
    fold = bundle.folds[0]
    means = dict(zip(fold.spec.scalars, fold.spec.mean, strict=True))
    beat = replace(BEAT, signal_mv=fold.mean_beat_mv)
    found = integrated_gradients(bundle, fold_inputs(bundle, beat, means))
    assert np.abs(found.values_g).max() == 0
    assert found.mass_g == pytest.approx(found.reference_g)
    with pytest.raises(SignalError, match="zero everywhere"):
        segment_importance(found, beat)


def test_no_trace_is_left():
    bundle = toy_bundle()
    parameters = [p for f in bundle.folds for p in f.net.parameters()]
    before = [p.detach().clone() for p in parameters]
    state = torch.random.get_rng_state()
    inputs = fold_inputs(bundle, BEAT, KNOWN)
    copies = [i.waveform.copy() for i in inputs]
    with torch.no_grad():  # works for a caller who switched gradients off, and leaves it so
        first = integrated_gradients(bundle, inputs)
        assert not torch.is_grad_enabled()
    assert all(p.grad is None and not p.requires_grad for p in parameters)
    assert all(torch.equal(a, b) for a, b in zip(before, parameters, strict=True))
    assert not any(f.net.training for f in bundle.folds)
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(np.array_equal(i.waveform, c) for i, c in zip(inputs, copies, strict=True))
    np.testing.assert_array_equal(first.values_g, explained(bundle).values_g)


def test_model_without_scalars():
    bundle = toy_bundle(2, replace(NET, n_scalars=0))
    found = explained(bundle)
    assert found.scalars_g == {}
    assert found.values_g.shape == (12, 80)


def test_importance_sums_to_one_and_keeps_the_net_grams():
    found = explained(toy_bundle())
    importance = segment_importance(found, BEAT)
    assert importance.share.sum() == pytest.approx(1.0, abs=1e-12)
    assert importance.net_g.sum() == pytest.approx(found.values_g.sum())
    assert importance.seconds.sum() == pytest.approx(0.8)
    lead, part = 7, BEAT.segments()[Segment.QRS][0]
    expected = np.abs(found.values_g[lead, part]).sum() / np.abs(found.values_g).sum()
    assert importance.share[lead, SEGMENTS.index(Segment.QRS)] == pytest.approx(expected)


def test_importance_of_a_map_in_one_cell():
    beat = toy_beat(synthetic_record())
    values = np.zeros((12, 250))
    values[10, beat.segments()[Segment.T][0]] = -0.5
    found = replace(toy_analysis().saliency, values_g=values)
    importance = segment_importance(found, beat)
    assert importance.share[10, SEGMENTS.index(Segment.T)] == pytest.approx(1.0)
    assert importance.by_group()[1, SEGMENTS.index(Segment.T)] == pytest.approx(1.0)
    assert importance.net_g[10, SEGMENTS.index(Segment.T)] == pytest.approx(values.sum())


def test_a_map_on_another_grid_is_refused():
    with pytest.raises(ValueError, match="differ"):
        segment_importance(toy_analysis().saliency, BEAT)
