"""Losses by name, all on z-scores of mass: ``loss(answer [n], target [n]) -> scalar``.

Sources: absolute error (eLVMass-Net); log cosh and the asymmetric loss (LVM-AI, Khurshid et al.
2021); Huber with a bend at 1.5 and the weighted absolute error (QMUL, Europace 2026, euag015).
Their authors' z-scores are those of their cohorts, ours those of the training fold; so "1 SD above
the mean" is a heart that is heavy for the training cohort.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

Loss = Callable[[Tensor, Tensor], Tensor]

HUBER_BEND = 1.5
SMOOTH_WITHIN = 0.5
#: The rarest target weighs 1 / RAREST.
RAREST = 0.01


def make_loss(name: str) -> Loss:
    """Return the loss ``name``, a key of :data:`LOSSES`."""
    return LOSSES[name]


def mean_absolute_error(answer: Tensor, target: Tensor) -> Tensor:
    """Mean of |answer - target|."""
    return (answer - target).abs().mean()


def log_cosh(answer: Tensor, target: Tensor) -> Tensor:
    """Mean of log cosh(answer - target): squares near 0, absolute far away."""
    return _log_cosh(target - answer).mean()


def huber(answer: Tensor, target: Tensor) -> Tensor:
    """Mean of d²/2 up to :data:`HUBER_BEND`, straight beyond."""
    return F.huber_loss(answer, target, delta=HUBER_BEND)


def smooth_mae(answer: Tensor, target: Tensor) -> Tensor:
    """Absolute error, rounded off within half an SD: ours.

    The kink of the absolute error pulls as hard at an error of 1 g as at one of 30 g.
    """
    return F.smooth_l1_loss(answer, target, beta=SMOOTH_WITHIN)


def asymmetric(answer: Tensor, target: Tensor) -> Tensor:
    """LVM-AI's loss as its formula reads, per sample.

    A heart more than 1 SD above the mean costs the cube of its error when under-estimated, 4 to
    12 times more than when over-estimated.
    """
    error = target - answer
    return (_excess(error, target) * error**2 + _log_cosh(error)).mean()


def asymmetric_keras(answer: Tensor, target: Tensor) -> Tensor:
    """LVM-AI's loss as Keras executed it, to imitate the published training.

    There targets of shape (n, 1) met squared errors of shape (n,) and became an n × n matrix, so
    the mean of the weights multiplies the mean of the squares: who is under-estimated no longer
    matters, only that someone is.
    """
    error = target - answer
    return _excess(error, target).mean() * (error**2).mean() + _log_cosh(error).mean()


def cdf_weighted(answer: Tensor, target: Tensor) -> Tensor:
    """QMUL's absolute error, weighted by one over the share of heavier hearts (normal law)."""
    heavier: Tensor = torch.special.ndtr(-target).clamp_min(RAREST)
    return ((answer - target).abs() / heavier).mean()


LOSSES: dict[str, Loss] = {
    "mae": mean_absolute_error,
    "log_cosh": log_cosh,
    "huber": huber,
    "smooth_mae": smooth_mae,
    "asymmetric": asymmetric,
    "asymmetric_keras": asymmetric_keras,
    "cdf_weighted": cdf_weighted,
}


def _log_cosh(error: Tensor) -> Tensor:
    size = error.abs()  # log cosh x = |x| + log(1 + exp(-2|x|)) - log 2, which cannot overflow
    return size + F.softplus(-2.0 * size) - math.log(2.0)


def _excess(error: Tensor, target: Tensor) -> Tensor:
    above_1, above_2 = (target - 1.0).clamp_min(0), (target - 2.0).clamp_min(0)
    under, over = error.clamp_min(0), (-error).clamp_min(0)
    return (40.0 * above_2 + 20.0 * above_1) * under + 5.0 * above_1 * over
