"""Deletion and insertion: whether the estimate follows the samples that a map calls important.

Samples are taken out of a lead by straight lines between those that stay, never by zero. The rival
order is the same map with its leads exchanged and turned in time, which is as clumped as the map:
lone random samples would be bridged without a trace and make every map look faithful.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from elvmass.model.bundle import Bundle
from elvmass.model.estimate import predict_fold
from elvmass.model.inputs import ModelInputs
from elvmass.record import FloatArray

#: Shares of all samples that are taken out or put back.
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5)
RIVALS = 6
_SEED = 12


class Faithfulness(NamedTuple):
    """Areas under |change of the estimate| in grams, of the map and of the mean rival order."""

    deletion_g: float
    random_deletion_g: float
    insertion_g: float
    random_insertion_g: float


def faithfulness(
    bundle: Bundle, inputs: tuple[ModelInputs, ...], values: FloatArray
) -> Faithfulness:
    """Delete and insert samples in the order of |``values``| [12, m], and in rival orders."""
    rng = np.random.default_rng(_SEED)
    maps = [np.abs(values), *(_rival(np.abs(values), rng) for _ in range(RIVALS))]
    top = [_top(each) for each in maps]
    kept = np.concatenate([~np.concatenate(top), np.concatenate(top)])  # (2 * maps * shares, 12, m)
    change = np.abs(_estimates(bundle, inputs, kept) - _estimates(bundle, inputs, None))
    curves = change.reshape(2, len(maps), len(SHARES))
    areas: FloatArray = np.trapezoid(curves, SHARES, axis=2) / (SHARES[-1] - SHARES[0])  # type: ignore[assignment]
    (deletion, *rivals), (insertion, *other) = areas.tolist()
    return Faithfulness(deletion, float(np.mean(rivals)), insertion, float(np.mean(other)))


def _rival(values: FloatArray, rng: np.random.Generator) -> FloatArray:
    m = values.shape[1]
    turned = np.roll(values, rng.integers(m // 8, m - m // 8), axis=1)
    return np.asarray(turned[rng.permutation(len(values))])


def _top(values: FloatArray) -> NDArray[np.bool_]:
    """[shares, 12, m] True for the largest values."""
    rank = np.empty(values.size)
    # shuffled first, so that equal values (cells) come in no order
    mixed = np.random.default_rng(_SEED).permutation(values.size)
    rank[mixed[np.argsort(-values.ravel()[mixed], kind="stable")]] = np.arange(values.size)
    return np.stack([(rank < s * values.size).reshape(values.shape) for s in SHARES])


def _estimates(
    bundle: Bundle, inputs: tuple[ModelInputs, ...], kept: NDArray[np.bool_] | None
) -> FloatArray:
    """[n] mean estimates with only the ``kept`` [n, 12, m] samples of the signal (None: all)."""
    signal = inputs[0].waveform
    waveform = signal[None] if kept is None else np.stack([_bridged(signal, k) for k in kept])
    grams = [
        predict_fold(fold, waveform, np.repeat(part.features[None], len(waveform), axis=0))
        for fold, part in zip(bundle.folds, inputs, strict=True)
    ]
    return np.asarray(np.mean(grams, axis=0))


def _bridged(signal: NDArray[np.float32], kept: NDArray[np.bool_]) -> NDArray[np.float32]:
    at = np.arange(signal.shape[1])
    leads = [
        np.interp(at, at[k], lead[k]) if k.any() else np.full_like(lead, np.median(lead))
        for lead, k in zip(signal, kept, strict=True)
    ]
    return np.stack(leads).astype(np.float32)
