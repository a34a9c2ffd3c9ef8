"""What every method of saliency promises."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from unit.model.explained import BEAT, KNOWN, OTHERS, explained, one_case
from unit.model.toys import NET, toy_bundle

from elvmass.beat import SEGMENTS, Segment, Strip
from elvmass.errors import ConfigError, SignalError
from elvmass.model.ensemble import predict
from elvmass.model.estimate import fold_inputs
from elvmass.model.explain import METHODS
from elvmass.model.explain.attribution import make_cases
from elvmass.model.explain.gradcam import gradcam
from elvmass.model.explain.methods import explain, explain_folds
from elvmass.model.explain.path import SMALLEST_CHANGE_G, integrate
from elvmass.model.explain.references import (
    bridge,
    flat,
    isoelectric,
)
from elvmass.model.importance import segment_importance
from elvmass.model.net import build_net
from elvmass.model.nets.efficientnet import EfficientNetConfig
from elvmass.model.nets.fcn import FcnConfig


@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"linear_path": True},
        {"kernel_centres": 12, "kernel_share": 0.3, "log_mass": True, "pool": 2},
    ],
)
@pytest.mark.parametrize("groups", ["limb_precordial", "coronary"])
def test_everything_adds_up_to_the_change_of_the_estimate(groups, beside):
    bundle = toy_bundle(3, replace(NET, groups=groups, **beside))
    found = explained(bundle)
    total = found.values_g.sum() + sum(found.scalars_g.values())
    change = found.mass_g - found.reference_g
    assert abs(change) > 1
    assert abs(total - change) <= 0.005 * max(abs(change), SMALLEST_CHANGE_G)
    gap = abs(total - change) / max(abs(change), SMALLEST_CHANGE_G)
    assert found.completeness_error == pytest.approx(gap, abs=1e-6)
    assert found.mass_g == pytest.approx(
        predict(bundle, fold_inputs(bundle, BEAT, KNOWN)).mean(), rel=1e-5
    )


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_the_shape_of_the_beat_and_keeps_its_promise(method):
    bundle = toy_bundle(2)
    found = explained(bundle, method=method, references=OTHERS)
    assert found.values_g.shape == found.spread_g.shape == (12, 80)
    assert np.isfinite(found.values_g).all()
    assert np.abs(found.values_g).max() > 0
    assert found.unit == METHODS[method].unit
    if method.startswith(("ig_", "shapley")):
        assert found.completeness_error <= 0.01
    folds = explain_folds(bundle, fold_inputs(bundle, BEAT, KNOWN), BEAT, method, OTHERS)
    if not method.startswith("ig_"):  # those refine together
        np.testing.assert_allclose(found.values_g, np.mean([f.samples for f in folds], 0))
    np.testing.assert_array_equal(
        found.values_g, explained(bundle, method=method, references=OTHERS).values_g
    )


def test_gradcam_of_other_networks():
    torch.manual_seed(0)
    small = build_net(EfficientNetConfig(n_samples=80, n_scalars=8, width=0.25))
    found = gradcam([one_case(net=small)])[0]
    assert found.samples.shape == (12, 80)
    assert found.scalars is None
    with pytest.raises(ConfigError, match="choose another method"):
        gradcam([one_case(net=build_net(FcnConfig(n_samples=80, n_scalars=8)))])


def test_a_small_gap_needs_more_nodes_and_gets_them():
    bundle = toy_bundle(1)
    cases = make_cases(bundle, fold_inputs(bundle, BEAT, KNOWN), BEAT)
    gaps = [
        abs(a.samples.sum() + a.scalars.sum() - a.mass_g + a.reference_g)
        for tolerance in (math.inf, 0.0005)
        for a in integrate(cases, flat, tolerance)
    ]
    assert gaps[1] <= 0.0005 * 200
    assert gaps[1] < gaps[0]


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
    scalars = fold.target_sd_g * weight[12 * NET.n_samples :] * inputs.features
    np.testing.assert_allclose(list(found.scalars_g.values()), scalars, rtol=1e-3, atol=1e-4)
    by_cell = explained(bundle, method="shapley_leads")
    np.testing.assert_allclose(list(by_cell.scalars_g.values()), scalars, rtol=1e-3, atol=1e-3)


def test_the_reference_patient_has_an_empty_map():
    bundle = toy_bundle(1)
    fold = bundle.folds[0]
    means = dict(zip(fold.spec.scalars, fold.spec.mean, strict=True))
    beat = replace(BEAT, signal_mv=fold.mean_beat_mv)
    found = explain(bundle, fold_inputs(bundle, beat, means), beat)
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
        for method in METHODS:
            explain(bundle, inputs, BEAT, method, OTHERS)
        assert not torch.is_grad_enabled()
    assert all(p.grad is None and not p.requires_grad for p in parameters)
    assert all(torch.equal(a, b) for a, b in zip(before, parameters, strict=True))
    assert not any(f.net.training for f in bundle.folds)
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(np.array_equal(i.waveform, c) for i, c in zip(inputs, copies, strict=True))


def test_model_without_scalars():
    bundle = toy_bundle(2, replace(NET, n_scalars=0))
    for method in ("ig_mean", "occlusion", "shapley"):
        found = explained(bundle, method=method)
        assert found.scalars_g == {}
        assert found.values_g.shape == (12, 80)


def test_refusals_name_what_else_there_is():
    bundle = toy_bundle(1)
    with pytest.raises(ConfigError, match=r"unknown method 'lime'.*ig_mean"):
        explained(bundle, method="lime")
    patients = replace(bundle, card=replace(bundle.card, simulated=False))
    with pytest.raises(ConfigError, match="--references COHORT"):
        explained(patients, method="expected_gradients")
    strip = Strip(BEAT.signal_mv, BEAT.rate_hz, 0.0)
    with pytest.raises(SignalError, match="this model sees a strip"):
        explain(bundle, fold_inputs(bundle, BEAT, KNOWN), strip, "occlusion")


def test_bridges_are_lines_between_the_ends_of_segments():
    labels = BEAT.labels()
    line = bridge(BEAT.signal_mv, labels)
    starts = np.flatnonzero(np.diff(labels)) + 1
    np.testing.assert_array_equal(line[:, starts], BEAT.signal_mv[:, starts])
    inside = slice(starts[1], starts[2] + 1)  # QRS, with the sample that ends it
    assert np.abs(np.diff(line[:, inside], 2)).max() < 1e-12
    assert np.abs(np.diff(BEAT.signal_mv[:, inside], 2)).max() > 0.01


def test_the_isoelectric_line_is_flat_at_the_level_of_tp():
    case = one_case()
    line = isoelectric(case).numpy()
    assert np.ptp(line, axis=1).max() == 0
    between = BEAT.labels() == SEGMENTS.index(Segment.TP)
    level = np.median(BEAT.signal_mv[:, between], axis=1)
    np.testing.assert_allclose(line[:, 0], level, atol=0.01)
