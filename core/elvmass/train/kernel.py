"""Fit the kernel path of a network: principal components, centres, and ridge regression on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from elvmass.model.inputs import Float32Array
from elvmass.model.nets.kernel_path import KernelPath, binned, similarities
from elvmass.record import FloatArray
from elvmass.train.linear import ridge_cv

#: Width of the kernel: exp(-share · distance² / median distance²). Chosen on simulated cohorts
#: (0.05 to 0.4 differ by 0.1 g).
KERNEL_SHARE = 0.2
#: Penalties that are tried in inner folds by patient, on the mean squared error.
PENALTIES: tuple[float, ...] = tuple(float(p) for p in 10.0 ** np.arange(-7, 0.01, 0.25))
#: Directions between the centres with less than this share of the largest are noise of rounding.
_LEAST_SHARE = 1e-7


def fit_kernel(
    path: KernelPath,
    waveform: Float32Array,
    features: Float32Array,
    target: FloatArray,
    owners: Sequence[str],
    seed: int = 0,
) -> None:
    """Solve the kernel path for ``target`` [n] (Nyström's method).

    Parameters
    ----------
    waveform, features
        [n, 12, m] mV and [n, k] z-scores of the training rows.
    owners
        [n] patient of each row; a patient's rows lie in one inner fold.
    """
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        beat = binned(torch.as_tensor(waveform)).double()
        mean, basis = _components(beat.numpy(), path.basis.shape[1])
        path.mean_mv.copy_(torch.tensor(mean))
        path.basis.copy_(torch.tensor(basis))
        # double precision: the solution is the difference of large numbers
        places = torch.cat([(beat - torch.tensor(mean)) @ torch.tensor(basis),
                            torch.as_tensor(features).double()], dim=1)  # fmt: skip
        rate = _rate(places.numpy())
        path.rate.fill_(rate)
        path.centres.copy_(torch.tensor(_mixtures(places.numpy(), len(path.centres), rng)))
        centres, scale = path.centres.double(), torch.tensor(rate)
        whitening = _whitening(similarities(centres, centres, scale).numpy())
        x = similarities(places, centres, scale).numpy() @ whitening
        weight, level, _ = ridge_cv(x, target, owners, PENALTIES, seed=seed)
        path.weight.copy_(torch.tensor(whitening @ weight))
        path.level.fill_(level)


def _components(beat: FloatArray, p: int) -> tuple[FloatArray, FloatArray]:
    """Mean [d] and the first ``p`` principal components [d, p] of beats [n, d]."""
    mean = beat.mean(axis=0)
    _, vectors = np.linalg.eigh((beat - mean).T @ (beat - mean))
    return mean, np.ascontiguousarray(vectors[:, ::-1][:, :p])


def _rate(places: FloatArray) -> float:
    squared = ((places - places.mean(axis=0)) ** 2).sum(axis=1)
    # twice the median squared distance from the centre, about that between two patients
    return KERNEL_SHARE / (2.0 * max(float(np.median(squared)), 1e-6))


def _mixtures(places: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """[count, q] centres, each mixed of two random patients, as spread out as patients are."""
    mean = places.mean(axis=0)
    one, other = rng.integers(0, len(places), (2, count))
    return np.asarray(mean + 0.8 * (places[one] - mean) + 0.6 * (places[other] - mean))


def _whitening(kernel: FloatArray) -> FloatArray:
    """[c, r] such that kernel columns times it have the kernel as their inner products."""
    values, vectors = np.linalg.eigh(kernel)
    kept = values > _LEAST_SHARE * values[-1]
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]))
