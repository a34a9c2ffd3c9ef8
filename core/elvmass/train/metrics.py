"""Figures of merit of estimates in grams, with bootstrap intervals. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from elvmass.record import FloatArray


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % bootstrap interval over patients."""

    value: float
    low: float
    high: float


def figures(truth_g: FloatArray, estimate_g: FloatArray) -> dict[str, float]:
    """MAE, MAPE, RMSE, bias, R² and r of estimates [n]; bias is estimate minus truth."""
    rows = _figures(np.asarray(truth_g)[None], np.asarray(estimate_g)[None])
    return {name: float(values[0]) for name, values in rows.items()}


def _figures(truth: FloatArray, estimate: FloatArray) -> dict[str, FloatArray]:
    """Figures of each row of [resamples, n]."""
    error = estimate - truth
    spread = truth - truth.mean(axis=1, keepdims=True)
    spread_e = estimate - estimate.mean(axis=1, keepdims=True)
    scale = np.sqrt((spread**2).sum(axis=1) * (spread_e**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        # a constant estimate has no correlation: nan, which a table shows as such
        r = (spread * spread_e).sum(axis=1) / scale
        r2 = 1.0 - (error**2).sum(axis=1) / (spread**2).sum(axis=1)
    return {
        "mae_g": np.abs(error).mean(axis=1),
        "mape_percent": 100.0 * (np.abs(error) / truth).mean(axis=1),
        "rmse_g": np.sqrt((error**2).mean(axis=1)),
        "bias_g": error.mean(axis=1),
        "r2": r2,
        "r": r,
    }


def resamples(n: int, times: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Draw bootstrap rows [times, n]; the same for all models, so that they stay paired."""
    return np.random.default_rng(seed).integers(0, n, size=(times, n))


def figures_with_ci(
    truth_g: FloatArray, estimate_g: FloatArray, times: int = 1000, seed: int = 0
) -> dict[str, Figure]:
    """Compute the figures of :func:`figures`, each with a 95 % percentile bootstrap interval."""
    pick = resamples(len(truth_g), times, seed)
    again = _figures(truth_g[pick], estimate_g[pick])
    return {
        name: _with_ci(value, again[name]) for name, value in figures(truth_g, estimate_g).items()
    }


def mean_with_ci(values: FloatArray, times: int = 1000, seed: int = 0) -> Figure:
    """Mean of [n] values with a 95 % percentile bootstrap interval."""
    again = values[resamples(len(values), times, seed)].mean(axis=1)
    return _with_ci(float(values.mean()), again)


def _with_ci(value: float, again: FloatArray) -> Figure:
    if np.isnan(again).all():
        return Figure(value, np.nan, np.nan)
    low, high = np.nanquantile(again, (0.025, 0.975))
    return Figure(value, float(low), float(high))
