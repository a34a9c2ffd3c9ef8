"""Fit the kernel path of a network: components, their scales, centres, and a ridge regression.

The scales are those under which the training masses are likeliest (a Gaussian process with one
scale for each input, "automatic relevance determination"): they tell which components of the beat
and which scalars carry the mass, and no validation part is needed for them. Worth 0.2 to 0.3 g at
1,167 patients against one scale for all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from elvmass.model.inputs import Float32Array
from elvmass.model.nets.kernel_path import KernelPath, binned, similarities
from elvmass.record import FloatArray
from elvmass.train.fitting.linear import ridge_cv

#: Where the scales start: exp(-share · distance² / median distance²).
KERNEL_SHARE = 0.2
#: Patients that the scales are learned from, steps and rate of Adam, and the SD of the normal that
#: the logarithm of each scale is drawn from around their mean.
SCALE_PATIENTS, SCALE_STEPS, SCALE_RATE, SCALE_SD = 1200, 20, 0.1, 0.5
#: Penalties that are tried in inner folds by patient, on the mean squared error.
PENALTIES: tuple[float, ...] = tuple(float(p) for p in 10.0 ** np.arange(-7, 0.01, 0.25))
#: Directions between the centres with less than this share of the largest are noise of rounding.
_LEAST_SHARE = 1e-7
_LEAST_NOISE = 1e-3


def fit_kernel(
    path: KernelPath,
    waveform: Float32Array,
    features: Float32Array,
    target: FloatArray,
    owners: Sequence[str],
    seed: int = 0,
) -> None:
    """Solve the kernel path for ``target`` [n], about 1 SD wide (Nyström's method).

    Parameters
    ----------
    waveform, features
        [n, 12, m] mV and [n, k] z-scores of the training rows.
    owners
        [n] patient of each row; a patient's rows lie in one inner fold.
    """
    rng = np.random.default_rng(seed)
    beat = binned(torch.as_tensor(waveform)).double()
    mean, basis = _components(beat, path.basis.shape[1])
    # double precision: the solution is the difference of large numbers
    places = torch.cat([(beat - mean) @ basis, torch.as_tensor(features).double()], dim=1)
    few = _one_of_each(owners, SCALE_PATIENTS, rng)
    scale = _scales(places[few], torch.as_tensor(target, dtype=torch.float64)[few])
    with torch.no_grad():
        places = places * scale
        for held, found in ((path.mean_mv, mean), (path.basis, basis), (path.scale, scale)):
            held.copy_(found)
        path.centres.copy_(_mixtures(places, len(path.centres), rng))
        centres = path.centres.double()
        whitening = _whitening(similarities(centres, centres).numpy())
        x = similarities(places, centres).numpy() @ whitening
        weight, level, _ = ridge_cv(x, target, owners, PENALTIES, seed=seed)
        path.weight.copy_(torch.tensor(whitening @ weight))
        path.level.fill_(level)


def _components(beat: Tensor, p: int) -> tuple[Tensor, Tensor]:
    """Mean [d] and the first ``p`` principal components [d, p] of beats [n, d]."""
    mean = beat.mean(dim=0)
    _, vectors = np.linalg.eigh(((beat - mean).T @ (beat - mean)).numpy())
    return mean, torch.tensor(np.ascontiguousarray(vectors[:, ::-1][:, :p]))


def _one_of_each(owners: Sequence[str], most: int, rng: np.random.Generator) -> Tensor:
    """Rows of up to ``most`` different patients."""
    _, first = np.unique(np.asarray(owners, dtype=str), return_index=True)
    return torch.tensor(np.sort(rng.permutation(first)[:most]))


def _scales(places: Tensor, target: Tensor) -> Tensor:
    """[q] scales of places [n, q] under which the target [n] is likeliest."""
    squared = (places - places.mean(dim=0)).square().sum(dim=1)
    # twice the median squared distance from the centre, about that between two patients
    start = 0.5 * math.log(KERNEL_SHARE / (2.0 * max(float(squared.median()), 1e-6)))
    logs = torch.full((places.shape[1],), start, dtype=torch.float64, requires_grad=True)
    signal, noise = (
        torch.tensor(math.log(v), dtype=torch.float64, requires_grad=True) for v in (5.0, 0.4)
    )
    optimiser = torch.optim.Adam([logs, signal, noise], lr=SCALE_RATE)
    centred = target - target.mean()
    with torch.enable_grad():
        for _ in range(SCALE_STEPS):
            optimiser.zero_grad()
            scaled = places * logs.exp()
            kernel = signal.exp() * similarities(scaled, scaled)
            unlikely = _minus_log_likelihood(kernel, noise.exp() + _LEAST_NOISE, centred)
            spread = ((logs - logs.mean()) / SCALE_SD).square().sum() / 2.0
            torch.autograd.backward(unlikely + spread)
            optimiser.step()
    return logs.detach().exp()


def _minus_log_likelihood(kernel: Tensor, noise: Tensor, target: Tensor) -> Tensor:
    """Of the target [n] under a Gaussian process with this kernel [n, n], up to a constant."""
    lower = torch.linalg.cholesky(kernel + noise * torch.eye(len(target), dtype=kernel.dtype))
    solved: Tensor = torch.linalg.solve_triangular(lower, target[:, None], upper=False)
    misfit: Tensor = solved.square().sum() / 2.0 + lower.diagonal().log().sum()
    return misfit


def _mixtures(places: Tensor, count: int, rng: np.random.Generator) -> Tensor:
    """[count, q] centres, each mixed of two random patients, as spread out as patients are."""
    mean = places.mean(dim=0)
    one, other = torch.tensor(rng.integers(0, len(places), (2, count)))
    mixed: Tensor = mean + 0.8 * (places[one] - mean) + 0.6 * (places[other] - mean)
    return mixed


def _whitening(kernel: FloatArray) -> FloatArray:
    """[c, r] such that kernel columns times it have the kernel as their inner products."""
    values, vectors = np.linalg.eigh(kernel)
    kept = values > _LEAST_SHARE * values[-1]
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]))
