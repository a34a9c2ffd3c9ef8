"""The values that all methods share, and the two passes through a network that they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elvmass.beat import Beat, Strip
from elvmass.model.bundle import Bundle, Fold
from elvmass.model.inputs import ModelInputs
from elvmass.record import FloatArray

#: Samples that go through a network at once: a batch of beats, but not of ten-second strips.
MOST_SAMPLES = 1 << 20


class Case(NamedTuple):
    """One fold model and what it sees of the patient.

    ``waveform`` [12, m] mV, ``features`` [k] z-scores; ``labels`` [m] index of each sample into
    :data:`elvmass.beat.SEGMENTS`, None for a strip.
    """

    fold: Fold
    waveform: Tensor
    features: Tensor
    labels: NDArray[np.int8] | None


class Attribution(NamedTuple):
    """What one fold model answers: samples [12, m], scalars [k], and both estimates in grams.

    ``scalars`` is None for a method that says nothing about them.
    """

    samples: FloatArray
    scalars: FloatArray | None
    reference_g: float
    mass_g: float


class Gradients(NamedTuple):
    """Estimates [n] in grams, gradients [n, 12, m] in g/mV and [n, k] in g/SD."""

    mass_g: FloatArray
    waveform: FloatArray
    features: FloatArray


def make_cases(
    bundle: Bundle, inputs: Sequence[ModelInputs], seen: Beat | Strip
) -> tuple[Case, ...]:
    """One case for each fold model."""
    labels = seen.labels() if isinstance(seen, Beat) else None
    return tuple(
        Case(fold, torch.tensor(part.waveform), torch.tensor(part.features), labels)
        for fold, part in zip(bundle.folds, inputs, strict=True)
    )


def segment_labels(case: Case) -> NDArray[np.int8]:
    """[m] segment of each sample; methods that need it are refused for strips beforehand."""
    assert case.labels is not None
    return case.labels


def masses(fold: Fold, waveform: Tensor, features: Tensor) -> FloatArray:
    """Estimates [n] in grams of [n, 12, m] and [n, k]."""
    with torch.inference_mode():
        parts = [fold.net(*part) for part in _batches(waveform, features)]
    grams: FloatArray = _grams(fold, torch.cat(parts))
    return grams


def gradients(fold: Fold, waveform: Tensor, features: Tensor) -> Gradients:
    """Estimates and their gradients at [n, 12, m] and [n, k], one forward and one backward pass."""
    parts = [_backward(fold, *part) for part in _batches(waveform, features)]
    answers, by_wave, by_feature = (torch.cat(column) for column in zip(*parts, strict=True))
    return Gradients(
        _grams(fold, answers),
        fold.target_sd_g * by_wave.double().numpy(),
        fold.target_sd_g * by_feature.double().numpy(),
    )


def _batches(waveform: Tensor, features: Tensor) -> list[tuple[Tensor, Tensor]]:
    size = max(1, MOST_SAMPLES // waveform[0].numel())
    return list(zip(torch.split(waveform, size), torch.split(features, size), strict=True))


def _backward(fold: Fold, waveform: Tensor, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    inputs = waveform.detach().requires_grad_(), features.detach().requires_grad_()
    with torch.enable_grad():
        answers = fold.net(*inputs)
        total = answers.sum()
    by_wave, by_feature = torch.autograd.grad(total, inputs, materialize_grads=True)
    return answers.detach(), by_wave, by_feature


def _grams(fold: Fold, answers: Tensor) -> FloatArray:
    grams: FloatArray = (fold.target_mean_g + fold.target_sd_g * answers.double()).numpy()
    return grams
