"""The kernel path, answers in logarithms and pooling: our additions to the paper's network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import synthetic_record, toy_beat
from unit.model.toys import NET, SPEC, lively, toy_bundle

from elvmass.model.bundle import load_bundle, save_bundle
from elvmass.model.ensemble import predict, side_by_side
from elvmass.model.estimate import fold_inputs, predict_many
from elvmass.model.explain.randomise import randomised
from elvmass.model.net import ELVMassNet, build_net
from elvmass.train.fitting.linear import design

BEAT = toy_beat(synthetic_record(), SPEC)
KNOWN = {"age_years": 61.0, "sex_male": 1.0, "height_cm": 170.0, "weight_kg": 75.0}
OURS = replace(NET, kernel_centres=12, kernel_components=7, log_mass=True, pool=2)


def inputs(n: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    waveform = torch.randn(n, 12, NET.n_samples, generator=generator)
    return waveform, torch.randn(n, NET.n_scalars, generator=generator)


def test_the_path_is_a_sum_of_gaussians_around_its_centres():
    path = lively(build_net(OURS), 1).kernel
    waveform, features = inputs()
    binned = design(waveform[:, [0, 1, 6, 7, 8, 9, 10, 11]].numpy(), np.zeros((4, 0)))
    beat = (binned - path.mean_mv.numpy()) @ path.basis.numpy()
    places = np.concatenate([beat, features.numpy()], axis=1)
    squared = ((0.3 * places[:, None] - path.centres.numpy()) ** 2).sum(axis=2)
    expected = np.exp(-squared) @ path.weight.numpy()
    np.testing.assert_allclose(path(waveform, features).numpy(), expected, atol=1e-5)


def test_encoders_learn_alone_and_answer_together_with_the_path():
    net = lively(build_net(replace(OURS, log_mass=False, dropout=0.0)), 2)
    path, together = net.kernel(*inputs()), net(*inputs())
    alone = net.train()(*inputs())
    assert path.std() > 0.001
    torch.testing.assert_close(together, 0.35 * alone + 0.65 * path)


def test_answers_in_logarithms_multiply_the_mean_mass():
    plain, net = (lively(build_net(replace(OURS, log_mass=log)), 3) for log in (False, True))
    net.fit_target(0.25)
    mean_g, sd_g = 100.0, 25.0
    answer = plain(*inputs())
    mass_g = mean_g + sd_g * net(*inputs())
    torch.testing.assert_close(mass_g, mean_g * torch.exp(0.25 * answer))
    torch.testing.assert_close(net.unlinked(net(*inputs())), answer)


def test_gradients_pass_through_the_path():
    path = lively(build_net(OURS), 4).kernel.double()
    waveform, features = (x[:1].double().requires_grad_() for x in inputs())
    slope = torch.autograd.grad(path(waveform, features).sum(), features)[0][0, 2]
    step = torch.zeros_like(features)
    step[0, 2] = 1e-3
    with torch.no_grad():
        change = path(waveform, features + step) - path(waveform, features - step)
    assert float(change[0] / 2e-3) == pytest.approx(float(slope), rel=1e-3)


def test_a_bundle_keeps_the_path(tmp_path):
    bundle = toy_bundle(1, OURS)
    save_bundle(tmp_path / "m", bundle)
    again = load_bundle(tmp_path / "m").folds[0].net
    assert again.config == OURS
    torch.testing.assert_close(again(*inputs()), bundle.folds[0].net(*inputs()), rtol=0, atol=0)


def test_randomised_networks_lose_the_path_first():
    bundle = toy_bundle(1, OURS)
    _, changed = next(iter(randomised(bundle)))
    before, after = bundle.folds[0].net.kernel, changed.folds[0].net.kernel
    assert not torch.equal(before.weight, after.weight)
    assert 0.01 < after(*inputs(50)).std() < 10


def test_pooling_shortens_the_maps_and_widens_what_a_sample_sees():
    odd = replace(NET, n_samples=81, pool=2)
    maps = ELVMassNet(odd).feature_maps(torch.zeros(2, 12, 81))
    assert maps.shape == (2, 2 * NET.channels, 41)
    assert odd.receptive_field == 2 * NET.receptive_field
    with pytest.raises(ValueError, match="pool must lie in"):
        replace(NET, pool=0)
    with pytest.raises(ValueError, match="kernel_centres"):
        replace(NET, kernel_centres=-1)


@pytest.mark.parametrize("change", [{}, {"groups": "none"}, {"linear_path": True}])
def test_folds_answer_side_by_side_what_they_answer_one_by_one(change):
    bundle = toy_bundle(3, replace(OURS, **change))
    assert side_by_side([fold.net for fold in bundle.folds])
    patient = fold_inputs(bundle, BEAT, KNOWN)
    apart = predict_many(bundle, [patient])[0]
    np.testing.assert_allclose(predict(bundle, patient), apart, rtol=1e-5)


def test_what_cannot_run_side_by_side_is_known():
    nets = [build_net(OURS), build_net(replace(OURS, dropout=0.3))]
    assert not side_by_side(nets)
    for change in ({"groups": "coronary"}, {"lead_zscore": True}):
        assert not side_by_side([build_net(replace(OURS, **change))])
