"""Ridge regression from beat and scalars: a rival, and the start of the network's linear path."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from elvmass.model.inputs import Float32Array
from elvmass.record import FloatArray

#: Samples that share one coefficient: at 250 Hz, 12 ms, as fine as the slopes of a QRS need.
BIN = 3
#: Penalties that are tried on the validation part, per patient.
PENALTIES: tuple[float, ...] = tuple(float(p) for p in 10.0 ** np.arange(-5, 0.51, 0.5))


def design(waveform: Float32Array, features: Float32Array | FloatArray) -> FloatArray:
    """[n, 12 * ceil(m / BIN) + k]: beat averaged in bins (mV), then z-scored scalars."""
    n, leads, m = waveform.shape
    pad = -m % BIN
    padded = np.pad(waveform.astype(np.float64), ((0, 0), (0, 0), (0, pad)), mode="edge")
    binned = padded.reshape(n, leads, -1, BIN).mean(axis=3)  # (n, 12, m/3, 3) -> (n, 12, m/3)
    return np.concatenate([binned.reshape(n, -1), features], axis=1)


def fit_ridge(
    train: tuple[Float32Array, Float32Array, FloatArray],
    validation: tuple[Float32Array, Float32Array, FloatArray],
) -> tuple[FloatArray, float]:
    """Coefficients [12 * m + k] and intercept; the penalty with the best validation MAE wins.

    Both arguments are (waveform [n, 12, m], features [n, k], target [n]). The beat stays in mV, so
    that the penalty presses on flat stretches and not on the waves.
    """
    waveform, features, target = train
    x, x_val = design(waveform, features), design(validation[0], validation[1])
    weights, levels = ridge_path(x, target, PENALTIES)
    errors = np.abs(x_val @ weights + levels - validation[2][:, None]).mean(axis=0)
    best = int(np.argmin(errors))
    return _expand(weights[:, best], *waveform.shape[1:]), float(levels[best])


def ridge_path(
    x: FloatArray, target: FloatArray, penalties: Sequence[float]
) -> tuple[FloatArray, FloatArray]:
    """Coefficients [k, penalties] and intercepts [penalties] of all penalties at the cost of one.

    Minimises mean squared error + penalty · |coefficients|², x [n, k]; the intercept is free.
    """
    centre, level = x.mean(axis=0), float(target.mean())
    values, vectors = np.linalg.eigh((x - centre).T @ (x - centre) / len(x))
    projected = vectors.T @ ((x - centre).T @ (target - level)) / len(x)
    shrunk = projected[:, None] / (np.maximum(values, 0.0)[:, None] + np.asarray(penalties))
    weights = vectors @ shrunk
    return weights, level - centre @ weights


def ridge_cv(
    x: FloatArray,
    target: FloatArray,
    patients: Sequence[str],
    penalties: Sequence[float],
    folds: int = 5,
    seed: int = 0,
) -> tuple[FloatArray, float, float]:
    """Coefficients [k], intercept and penalty; the penalty has the best MAE in inner folds.

    All rows [n] of a patient lie in one inner fold: with several ECGs of one heart, leave-one-out
    (which costs nothing) would choose too weak a penalty.
    """
    names, owner = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    part = (np.random.default_rng(seed).permutation(len(names)) % folds)[owner]
    errors = np.zeros(len(penalties))
    for k in range(folds):
        out = part == k
        weights, levels = ridge_path(x[~out], target[~out], penalties)
        errors += np.abs(x[out] @ weights + levels - target[out][:, None]).sum(axis=0)
    best = float(penalties[int(np.argmin(errors))])
    weights, levels = ridge_path(x, target, [best])
    return weights[:, 0], float(levels[0]), best


def _expand(weight: FloatArray, leads: int, m: int) -> FloatArray:
    """Coefficients of bins become coefficients of samples with the same answer."""
    bins = -(-m // BIN)
    share = np.full((leads, bins, BIN), 1.0 / BIN) * weight[: leads * bins].reshape(leads, bins, 1)
    samples = share.reshape(leads, bins * BIN)
    # padding repeated the last sample, so the last sample takes its coefficients as well
    kept = samples[:, :m].copy()
    kept[:, -1] += samples[:, m:].sum(axis=1)
    return np.concatenate([kept.reshape(-1), weight[leads * bins :]])
