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
#: Samples that go through a network at once, and how often: all nodes of a beat in a few batches,
#: 64 nodes of a strip in four.
MOST_SAMPLES, MOST_BATCHES = 1 << 20, 4
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
        doubles its Gauss-Legendre nodes (of a strip to 64 at most); the gap reached is
        ``completeness_error``.
    """
    pairs = list(zip(bundle.folds, inputs, strict=True))
    nodes = [FIRST_NODES] * len(pairs)
    parts = [_attribute(fold, part, FIRST_NODES) for fold, part in pairs]
    most = min(MOST_NODES, max(FIRST_NODES, MOST_BATCHES * MOST_SAMPLES // inputs[0].waveform.size))
    while _relative_gap(_mean(parts)) > tolerance and 2 * min(nodes) <= most:
        worst = max(
            (k for k in range(len(parts)) if 2 * nodes[k] <= most),
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
        method=f"integrated gradients from {_reference(bundle)}, {_range(nodes)} "
        f"Gauss-Legendre nodes, mean of {len(parts)} fold models",
    )


def _reference(bundle: Bundle) -> str:
    """Where the path begins; an imported network brings no mean ECG."""
    if any(fold.mean_beat_mv.any() for fold in bundle.folds):
        return "the mean training patient"
    return "a flat ECG of the mean training patient"


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
    parts = [
        _gradients(fold, start, end, part)
        for part in torch.split(along, max(1, MOST_SAMPLES // inputs.waveform.size))
    ]
    answers, *grads = (torch.cat(column) for column in zip(*parts, strict=True))
    samples_g, scalars_g = (
        _grams(g, weights, b - a, fold.target_sd_g)
        for g, a, b in zip(grads, start, end, strict=True)
    )
    low, high = (fold.target_mean_g + fold.target_sd_g * answers[-2:].detach().double()).tolist()
    return _Attribution(samples_g, scalars_g, low, high)


def _gradients(
    fold: Fold, start: tuple[Tensor, Tensor], end: tuple[Tensor, Tensor], along: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Answers and gradients at ``along`` [nodes], 0 to 1 from ``start`` to ``end``."""
    beats, scalars = (
        (a + along.view(-1, *[1] * a.dim()) * (b - a)).requires_grad_()  # (nodes, ...)
        for a, b in zip(start, end, strict=True)
    )
    with torch.enable_grad():
        answers = fold.net(beats, scalars)
        total = answers.sum()
    grads = torch.autograd.grad(total, (beats, scalars), materialize_grads=True)
    return answers, grads[0], grads[1]


def _grams(grads: Tensor, weights: Tensor, change: Tensor, sd_g: float) -> FloatArray:
    """Integrate over the nodes: (nodes + 2, ...) -> (...)."""
    mean = torch.tensordot(weights.double(), grads.double(), dims=1)
    grams: FloatArray = (sd_g * mean * change.double()).numpy()
    return grams
