"""Methods that captum has equal captum's."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from unit.model.explained import OTHERS, one_case

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
from elvmass.model.explain.path import FIRST_NODES, integrate
from elvmass.model.explain.references import (
    bridged,
    flat,
    isoelectric,
    mean_patient,
)


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
