"""Integrated gradients: which sample and which scalar moved the estimate, in grams.

Source: Sundararajan, Taly and Yan 2017 (arXiv 1703.01365). The path leads from the reference
patient (mean training beat, mean scalars) straight to this one; attributions add up to the
difference of the two estimates. The paper does not say which saliency method it used; this one
was chosen because its sum can be checked, and the check travels with the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from elvmass.model.bundle import Bundle, Fold
from elvmass.model.inputs import ModelInputs
from elvmass.record import FloatArray
from elvmass.result import SaliencyMap

#: Quadrature nodes of each fold model at first, and at most.
FIRST_NODES, MOST_NODES = 16, 1024
TOLERANCE = 0.005
#: A difference of the estimates below this is too small to be shared out in per cent.
SMALLEST_CHANGE_G = 1.0


class _Attribution(NamedTuple):
    """Grams of one fold model: per sample [12, m], per scalar [k], and both ends of the path."""

    samples_g: FloatArray
    scalars_g: FloatArray
    reference_g: float
    mass_g: float


def integrated_gradients(
    bundle: Bundle, inputs: Sequence[ModelInputs], tolerance: float = TOLERANCE
) -> SaliencyMap:
    """Signed contributions in grams of every sample and scalar, averaged over the fold models.

    Parameters
    ----------
    inputs
        One for each fold (:func:`elvmass.model.estimate.fold_inputs`).
    tolerance
        Allowed gap between the sum of the map and the difference of the estimates, relative to
        that difference (at least 1 g). While it is missed, the fold model with the largest gap
        doubles its Gauss-Legendre nodes; the gap reached is ``completeness_error``.
    """
    pairs = list(zip(bundle.folds, inputs, strict=True))
    nodes = [FIRST_NODES] * len(pairs)
    parts = [_attribute(fold, part, FIRST_NODES) for fold, part in pairs]
    while _relative_gap(_mean(parts)) > tolerance and min(nodes) < MOST_NODES:
        worst = max(
            (k for k in range(len(parts)) if nodes[k] < MOST_NODES),
            key=lambda k: abs(_gap_g(parts[k])),
        )
        nodes[worst] *= 2
        parts[worst] = _attribute(*pairs[worst], nodes[worst])
    found = _mean(parts)
    return SaliencyMap(
        values_g=found.samples_g,
        scalars_g=dict(zip(bundle.spec.scalars, found.scalars_g.tolist(), strict=True)),
        reference_g=float(found.reference_g),
        mass_g=float(found.mass_g),
        completeness_error=_relative_gap(found),
        method=f"integrated gradients from the mean training patient, {_range(nodes)} "
        f"Gauss-Legendre nodes, mean of {len(parts)} fold models",
    )


def _mean(parts: Sequence[_Attribution]) -> _Attribution:
    return _Attribution(*(np.mean(column, axis=0) for column in zip(*parts, strict=True)))


def _range(nodes: Sequence[int]) -> str:
    low, high = min(nodes), max(nodes)
    return str(low) if low == high else f"{low} to {high}"


def _gap_g(found: _Attribution) -> float:
    """Grams by which the sum of an attribution misses the difference of the estimates."""
    change = found.mass_g - found.reference_g
    return float(found.samples_g.sum() + found.scalars_g.sum() - change)


def _relative_gap(found: _Attribution) -> float:
    return abs(_gap_g(found)) / max(abs(found.mass_g - found.reference_g), SMALLEST_CHANGE_G)


def _attribute(fold: Fold, inputs: ModelInputs, nodes: int) -> _Attribution:
    place, weight = np.polynomial.legendre.leggauss(nodes)
    start = torch.tensor(fold.mean_beat_mv), torch.zeros(len(inputs.features))
    end = torch.tensor(inputs.waveform), torch.tensor(inputs.features)
    # nodes on [-1, 1] -> [0, 1]; both ends of the path ride along for the check: weight 0
    along = torch.tensor([*((place + 1) / 2), 0.0, 1.0], dtype=torch.float32)
    weights = torch.tensor([*(weight / 2), 0.0, 0.0], dtype=torch.float32)
    beats, scalars = (
        (a + along.view(-1, *[1] * a.dim()) * (b - a)).requires_grad_()  # (nodes + 2, ...)
        for a, b in zip(start, end, strict=True)
    )
    with torch.enable_grad():
        answers = fold.net(beats, scalars)
        total = answers.sum()
    grads = torch.autograd.grad(total, (beats, scalars), materialize_grads=True)
    samples_g, scalars_g = (
        _grams(g, weights, b - a, fold.target_sd_g)
        for g, a, b in zip(grads, start, end, strict=True)
    )
    low, high = (fold.target_mean_g + fold.target_sd_g * answers[-2:].detach().double()).tolist()
    return _Attribution(samples_g, scalars_g, low, high)


def _grams(grads: Tensor, weights: Tensor, change: Tensor, sd_g: float) -> FloatArray:
    """Integrate over the nodes: (nodes + 2, ...) -> (...)."""
    mean = torch.tensordot(weights.double(), grads.double(), dims=1)
    grams: FloatArray = (sd_g * mean * change.double()).numpy()
    return grams
