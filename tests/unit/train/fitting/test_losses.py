from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import huber
from scipy.stats import norm

from elvmass.train.fitting.losses import LOSSES, make_loss
from elvmass.train.settings.config import _CHOICES

TARGET = torch.tensor([2.5, 0.1, -1.0])
ANSWER = torch.tensor([1.0, 0.6, 0.5])


def loss(name: str, answer=ANSWER, target=TARGET) -> float:
    return float(make_loss(name)(answer, target))


def test_golden_values_of_lvm_ai():
    """Both forms of the asymmetric loss; the second is what Keras computed."""
    assert loss("asymmetric") == pytest.approx(56.8603, abs=1e-4)
    assert loss("asymmetric_keras") == pytest.approx(40.19366, abs=1e-4)


def test_the_keras_form_is_the_mean_of_its_matrix():
    rng = np.random.default_rng(0)
    y, a = rng.normal(0.5, 1.5, 20), rng.normal(0, 1, 20)
    d = y - a
    relu = lambda x: np.maximum(x, 0)  # noqa: E731
    w = (40 * relu(y - 2) + 20 * relu(y - 1)) * relu(d) + 5 * relu(y - 1) * relu(-d)
    matrix = w[:, None] * (d**2)[None, :] + np.log(np.cosh(d))[:, None]
    tensors = torch.tensor(a), torch.tensor(y)
    assert loss("asymmetric_keras", *tensors) == pytest.approx(matrix.mean())
    assert loss("asymmetric", *tensors) == pytest.approx((w * d**2 + np.log(np.cosh(d))).mean())


def test_losses_by_hand():
    d = (TARGET - ANSWER).double().numpy()
    assert loss("mae") == pytest.approx((1.5 + 0.5 + 1.5) / 3)
    assert loss("smooth_mae") == pytest.approx((1.25 + 0.25 + 1.25) / 3)  # less half the bend
    assert loss("smooth_mae", TARGET + 0.1) == pytest.approx(0.1**2 / (2 * 0.5), rel=1e-5)
    assert loss("log_cosh") == pytest.approx(np.log(np.cosh(d)).mean(), rel=1e-6)
    assert loss("huber", ANSWER * 3) == pytest.approx(
        huber(1.5, np.array([2.5 - 3.0, 0.1 - 1.8, -1.0 - 1.5])).mean(), rel=1e-6
    )
    weights = 1 / np.maximum(norm.sf(TARGET.numpy()), 0.01)
    assert weights[0] == 100  # the share of heavier hearts is clamped
    assert loss("cdf_weighted") == pytest.approx((np.abs(d) * weights).mean(), rel=1e-5)


def test_heavy_hearts_cost_more_when_under_estimated():
    heavy = torch.tensor([2.0])
    for name in ("asymmetric", "asymmetric_keras"):
        assert loss(name, heavy - 1, heavy) > 3 * loss(name, heavy + 1, heavy)
        light = torch.tensor([0.5])
        assert loss(name, light - 1, light) == pytest.approx(loss(name, light + 1, light))


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_zero_at_the_target_and_finite_far_away(name):
    assert loss(name, TARGET) == pytest.approx(0.0, abs=1e-6)
    far = torch.tensor([1e4, -1e4, 0.0], requires_grad=True)
    make_loss(name)(far, TARGET).backward()
    assert far.grad.isfinite().all()
    assert far.grad[0] > 0 > far.grad[1]


def test_configurations_know_every_loss():
    assert set(_CHOICES["loss"]) == set(LOSSES)
