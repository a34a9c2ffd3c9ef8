from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from helpers import synthetic_record, toy_analysis, toy_beat
from torch import nn
from unit.model.toys import NET, SPEC, toy_bundle

from elvmass.beat import SEGMENTS, Segment, Strip
from elvmass.errors import ConfigError, SignalError
from elvmass.model.ensemble import predict
from elvmass.model.estimate import fold_inputs
from elvmass.model.explain import METHODS
from elvmass.model.explain.attribution import make_cases
from elvmass.model.explain.cells import (
    draw_orders,
    group_players,
    lead_players,
    occlusion,
    shapley_by_orders,
)
from elvmass.model.explain.gradcam import gradcam
from elvmass.model.explain.gradients import (
    NOISE,
    draw_points,
    expected_gradients,
    gradient,
    gradient_x_input,
    noise,
    smooth,
)
from elvmass.model.explain.methods import explain, explain_folds
from elvmass.model.explain.path import FIRST_NODES, SMALLEST_CHANGE_G, integrate
from elvmass.model.explain.references import (
    References,
    bridge,
    bridged,
    flat,
    isoelectric,
    mean_patient,
)
from elvmass.model.importance import segment_importance
from elvmass.model.net import build_net
from elvmass.model.nets.efficientnet import EfficientNetConfig
from elvmass.model.nets.fcn import FcnConfig

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
OTHERS = References(
    np.random.default_rng(3).normal(0, 0.4, (5, 12, 80)).astype(np.float32),
    np.array([list(KNOWN.values())] * 5) * np.linspace(0.8, 1.1, 5)[:, None],
)


def explained(bundle, **options):
    return explain(bundle, fold_inputs(bundle, BEAT, KNOWN), BEAT, **options)


def one_case(config=NET, net=None):
    bundle = toy_bundle(1, config)
    if net is not None:
        bundle = replace(bundle, folds=(replace(bundle.folds[0], net=net.eval()),))
    return make_cases(bundle, fold_inputs(bundle, BEAT, KNOWN), BEAT)[0]


def inputs_of(case):
    return case.waveform[None].requires_grad_(), case.features[None].requires_grad_()


#: captum's trapezoid weights sum to (n - 1) / n, which ours do not.
CAPTUM_TRAPEZOID = FIRST_NODES / (FIRST_NODES - 1)


def assert_equal(ours, theirs, case):
    """Largest difference relative to the largest value: below 1e-4, waveform and scalars."""
    sd = case.fold.target_sd_g
    for a, b in zip((ours.samples, ours.scalars), theirs, strict=True):
        b = sd * b.detach()[0].double().numpy()
        assert np.abs(a - b).max() < 1e-4 * np.abs(b).max()


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


@pytest.mark.parametrize("start", [flat, mean_patient, isoelectric])
def test_integrated_gradients_equal_captum(start):
    from captum.attr import IntegratedGradients

    case = one_case()
    theirs = IntegratedGradients(case.fold.net).attribute(
        inputs_of(case),
        baselines=(start(case)[None], torch.zeros(1, 8)),
        n_steps=FIRST_NODES,
        method="riemann_trapezoid",
    )
    theirs = [CAPTUM_TRAPEZOID * each for each in theirs]
    assert_equal(integrate([case], start, tolerance=math.inf)[0], theirs, case)


def test_gradients_equal_captum():
    from captum.attr import InputXGradient, Saliency

    case = one_case()
    assert_equal(
        gradient([case])[0],
        Saliency(case.fold.net).attribute(inputs_of(case), abs=False),
        case,
    )
    assert_equal(
        gradient_x_input([case])[0], InputXGradient(case.fold.net).attribute(inputs_of(case)), case
    )


def test_smoothgrad_equals_captum(monkeypatch):
    from captum.attr import NoiseTunnel, Saliency

    case = one_case()
    drawn = noise(case, 6)
    assert float(drawn.std()) == pytest.approx(NOISE * float(case.waveform.std()), rel=0.05)
    given = iter([drawn, torch.zeros(6, 8)])
    monkeypatch.setattr(torch, "normal", lambda _mean, _sd: next(given))
    theirs = NoiseTunnel(Saliency(case.fold.net)).attribute(
        inputs_of(case), nt_samples=6, nt_type="smoothgrad", stdevs=(0.1, 0.0), abs=False
    )
    assert_equal(gradient([case], 6)[0], theirs, case)


def test_smoothed_integrated_gradients_equal_captum(monkeypatch):
    from captum.attr import IntegratedGradients, NoiseTunnel

    case = one_case()
    given = iter([noise(case, 3), torch.zeros(3, 8)])
    monkeypatch.setattr(torch, "normal", lambda _mean, _sd: next(given))
    theirs = NoiseTunnel(IntegratedGradients(case.fold.net)).attribute(
        inputs_of(case),
        nt_samples=3,
        stdevs=(0.1, 0.0),
        baselines=(mean_patient(case)[None], torch.zeros(1, 8)),
        n_steps=FIRST_NODES,
        method="riemann_trapezoid",
    )
    theirs = [CAPTUM_TRAPEZOID * each for each in theirs]
    method = partial(integrate, start=mean_patient, tolerance=math.inf)
    assert_equal(smooth([case], method, 3)[0], theirs, case)


def test_expected_gradients_equal_captum_for_the_same_draws(monkeypatch):
    from captum.attr import GradientShap

    case = one_case()
    picks, places = draw_points(5)
    drawn = iter([picks, picks])
    monkeypatch.setattr("numpy.random.uniform", lambda _low, _high, _n: places)
    monkeypatch.setattr("numpy.random.choice", lambda _n, _size: next(drawn))
    monkeypatch.setattr(torch, "normal", lambda _mean, sd: torch.zeros_like(sd))
    theirs = GradientShap(case.fold.net).attribute(
        inputs_of(case), OTHERS.of(case), n_samples=len(picks), stdevs=0.0
    )
    assert_equal(expected_gradients([case], OTHERS)[0], theirs, case)


def test_gradcam_equals_captum():
    from captum.attr import LayerAttribution, LayerGradCam

    class Split(nn.Module):
        """The network with its feature maps passing through a module of their own."""

        def __init__(self, net, group):
            super().__init__()
            self.net, self.group, self.maps = net, group, nn.Identity()

        def forward(self, waveform, features):
            maps = self.net.feature_maps(self.net.scale(waveform)).chunk(2, dim=1)
            seen = [self.maps(m) if k == self.group else m for k, m in enumerate(maps)]
            return self.net.regress(torch.cat(seen, 1).mean(2), waveform, features)

    case = one_case()
    ours = gradcam([case])[0].samples
    for group, rows in enumerate(case.fold.net.rows):
        split = Split(case.fold.net, group)
        found = LayerGradCam(split, split.maps).attribute(inputs_of(case))
        theirs = case.fold.target_sd_g * LayerAttribution.interpolate(found, 80)[0, 0].detach()
        # captum averages over samples and channels alike; the sum over channels is in grams
        theirs = theirs.double().numpy()
        np.testing.assert_allclose(ours[rows[0]] * len(rows), theirs, atol=1e-4 * abs(theirs).max())


def test_gradcam_of_other_networks():
    torch.manual_seed(0)
    small = build_net(EfficientNetConfig(n_samples=80, n_scalars=8, width=0.25))
    found = gradcam([one_case(net=small)])[0]
    assert found.samples.shape == (12, 80)
    assert found.scalars is None
    with pytest.raises(ConfigError, match="choose another method"):
        gradcam([one_case(net=build_net(FcnConfig(n_samples=80, n_scalars=8)))])


def captum_mask(case, players):
    n = int(players.max()) + 1
    return torch.tensor(players)[None], n + torch.arange(len(case.features))[None]


def test_occlusion_equals_captum():
    from captum.attr import FeatureAblation

    case = one_case()
    players = lead_players(case)
    theirs = FeatureAblation(case.fold.net).attribute(
        inputs_of(case),
        baselines=(bridged(case)[None], torch.zeros(1, 8)),
        feature_mask=captum_mask(case, players),
    )
    ours = occlusion([case])[0]
    size = np.bincount(players.ravel())[players]
    assert_equal(ours._replace(samples=ours.samples * size), theirs, case)


def test_shapley_values_equal_captum_for_the_same_orders(monkeypatch):
    from captum.attr import ShapleyValueSampling

    case = one_case()
    players = group_players(case)
    orders = draw_orders(int(players.max()) + 9, 3)
    given = iter(orders.tolist())
    monkeypatch.setattr(torch, "randperm", lambda _n: torch.tensor(next(given)))
    theirs = ShapleyValueSampling(case.fold.net).attribute(
        inputs_of(case),
        baselines=(bridged(case)[None], torch.zeros(1, 8)),
        feature_mask=captum_mask(case, players),
        n_samples=len(orders),
    )
    ours = shapley_by_orders(case, players, orders)
    size = np.bincount(players.ravel())[players]
    assert_equal(ours._replace(samples=ours.samples * size), theirs, case)


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


def test_importance_sums_to_one_and_keeps_the_net_grams():
    found = explained(toy_bundle())
    importance = segment_importance(found, BEAT)
    assert importance.share.sum() == pytest.approx(1.0, abs=1e-12)
    assert importance.seed_like.sum() == pytest.approx(1.0, abs=1e-12)
    assert importance.net_g.sum() == pytest.approx(found.values_g.sum())
    assert importance.seconds.sum() == pytest.approx(0.8)
    lead, part = 7, BEAT.segments()[Segment.QRS][0]
    expected = np.abs(found.values_g[lead, part]).sum() / np.abs(found.values_g).sum()
    assert importance.share[lead, SEGMENTS.index(Segment.QRS)] == pytest.approx(expected)


def test_what_cancels_inside_a_cell_does_not_count_in_the_net_share():
    beat = toy_beat(synthetic_record())
    values = np.zeros((12, 250))
    qrs, t = (beat.segments()[s][0] for s in (Segment.QRS, Segment.T))
    values[:6, qrs.start : qrs.start + 2] = [0.3, -0.2]  # limb QRS: 6 x 0.1 net of 6 x 0.5
    values[6:, t] = 1.2 / (6 * (t.stop - t.start))
    importance = segment_importance(replace(toy_analysis().saliency, values_g=values), beat)
    net = importance.net_by_group()
    assert net.sum() == pytest.approx(1.0)
    assert net[0, SEGMENTS.index(Segment.QRS)] == pytest.approx(0.6 / 1.8)
    assert importance.by_group()[0, SEGMENTS.index(Segment.QRS)] == pytest.approx(3.0 / 4.2)


def test_density_is_one_where_saliency_is_even():
    found = replace(toy_analysis().saliency, values_g=np.full((12, 250), -0.1))
    importance = segment_importance(found, toy_beat(synthetic_record()))
    np.testing.assert_allclose(importance.density(), 1.0)


def test_importance_of_a_map_in_one_cell():
    beat = toy_beat(synthetic_record())
    values = np.zeros((12, 250))
    part = beat.segments()[Segment.T][0]
    values[10, part] = -0.5
    values[2, :20] = 0.05  # TP, far below half of the maximum
    found = replace(toy_analysis().saliency, values_g=values)
    importance = segment_importance(found, beat)
    t, tp = SEGMENTS.index(Segment.T), SEGMENTS.index(Segment.TP)
    assert importance.share[10, t] == pytest.approx(1 - 1.0 / np.abs(values).sum())
    assert importance.share[2, tp] > 0
    assert importance.seed_like[2, tp] == 0  # the paper's exact zeros
    assert importance.seed_like[10].sum() == pytest.approx(1.0)
    assert importance.net_g[10, t] == pytest.approx(values[10].sum())


def test_a_map_on_another_grid_is_refused():
    with pytest.raises(ValueError, match="differ"):
        segment_importance(toy_analysis().saliency, BEAT)
