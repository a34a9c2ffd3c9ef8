"""Figures of merit of estimates in grams, with bootstrap intervals over patients. numpy only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from elvmass.record import FloatArray

_CHUNK = 2_000_000  # numbers in memory at once while resampling
#: 97.5th percentile of the normal distribution.
Z_95 = 1.959963984540054
#: Estimates whose SD is under this share of the truth's are a constant: the mean of each fold's
#: training patients differs a little between folds, and a line through five values says nothing.
_CONSTANT = 0.05


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


#: Figures [times] of weighted patients, from the weights [times, n] of the rows.
Weighted = Callable[[FloatArray], dict[str, FloatArray]]


def figures(truth_g: FloatArray, estimate_g: FloatArray) -> dict[str, float]:
    """Figures of estimates [n] against truth [n], both in grams.

    Returns
    -------
    mae_g, mape_percent, rmse_g, bias_g
        Errors; bias is estimate minus truth.
    r2, r, spearman
        R² is 1 - SSE / SST and may be negative; r after Pearson.
    slope, intercept_g
        Of the regression of truth on estimate: 1 and 0 where estimates mean what they say; a
        slope below 1 says that they are spread too far.
    mae_ratio
        MAE over that of the constant estimate "mean of these patients", comparable between cohorts
        where grams are not.

    An estimate that is constant, or nearly (SD under 5 % of the truth's), has neither correlation
    nor slope: NaN.
    """
    one = np.ones((1, len(truth_g)))
    return {name: float(v[0]) for name, v in _figures(truth_g, estimate_g, one).items()}


def figures_with_ci(
    truth_g: FloatArray,
    estimate_g: FloatArray,
    times: int = 1000,
    seed: int = 0,
    patients: Sequence[str] | None = None,
) -> dict[str, Figure]:
    """Compute the figures of :func:`figures`, each with a 95 % percentile bootstrap interval.

    ``patients`` [n] owns the rows; all rows of a patient are drawn together.
    """
    return with_ci(
        lambda weights: _figures(truth_g, estimate_g, weights),
        draws(len(truth_g) if patients is None else patients, times, seed),
        len(truth_g),
    )


def mean_with_ci(
    values: FloatArray, times: int = 1000, seed: int = 0, patients: Sequence[str] | None = None
) -> Figure:
    """Mean of [n] values with a 95 % percentile bootstrap interval over patients."""
    found = with_ci(
        lambda weights: {"mean": weights @ values / weights.sum(axis=1)},
        draws(len(values) if patients is None else patients, times, seed),
        len(values),
    )
    return found["mean"]


def draws(patients: Sequence[str] | int, times: int, seed: int) -> Iterator[FloatArray]:
    """Bootstrap weights [some, n] of the rows, ``times`` in all: how often each was drawn.

    The same patients and seed give the same weights, so that models stay paired. A number stands
    for so many patients with one row each.
    """
    if isinstance(patients, int):
        count, owner = patients, np.arange(patients)
    else:
        names, owner = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
        count = len(names)
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK // len(owner))
    for start in range(0, times, step):
        rows = min(step, times - start)
        picked = rng.integers(0, count, (rows, count)) + count * np.arange(rows)[:, None]
        counts = np.bincount(picked.ravel(), minlength=rows * count).reshape(rows, count)
        yield counts[:, owner].astype(np.float64)


def with_ci(compute: Weighted, weights: Iterator[FloatArray], n: int) -> dict[str, Figure]:
    """Figures of n rows, each with the 95 % percentile interval of its bootstrap values."""
    values = compute(np.ones((1, n)))
    parts = [compute(some) for some in weights]
    return {
        name: _figure(float(value[0]), np.concatenate([part[name] for part in parts]))
        for name, value in values.items()
    }


def _figure(value: float, again: FloatArray) -> Figure:
    if np.isnan(value) or np.isnan(again).all():
        return Figure(value, np.nan, np.nan)
    low, high = np.nanquantile(again, (0.025, 0.975))
    return Figure(value, float(low), float(high))


def _figures(truth: FloatArray, estimate: FloatArray, weights: FloatArray) -> dict[str, FloatArray]:
    """Figures of each row of ``weights`` [times, n]."""
    total = weights.sum(axis=1)

    def mean(values: FloatArray) -> FloatArray:
        return np.asarray(weights @ values / total)

    error = estimate - truth
    mae = mean(np.abs(error))
    trivial = (weights * np.abs(truth - mean(truth)[:, None])).sum(axis=1) / total
    line = _line(truth, estimate, mean)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "mae_g": mae,
            "mape_percent": 100.0 * mean(np.abs(error) / truth),
            "rmse_g": np.sqrt(mean(error**2)),
            "bias_g": mean(error),
            "r2": 1.0 - mean(error**2) / line.pop("variance"),
            **line,
            "spearman": np.where(np.isnan(line["r"]), np.nan, _spearman(truth, estimate, weights)),
            "mae_ratio": mae / trivial,
        }


def _line(
    truth: FloatArray, estimate: FloatArray, mean: Callable[[FloatArray], FloatArray]
) -> dict[str, FloatArray]:
    """Variance of the truth, correlation, and regression of truth on estimate (NaN: constant)."""
    # from the medians: exact zeros for a constant, and no digits lost in the squares
    y, x = truth - np.median(truth), estimate - np.median(estimate)
    variance = mean(y * y) - mean(y) ** 2
    spread = mean(x * x) - mean(x) ** 2
    spread[spread <= _CONSTANT**2 * variance] = np.nan
    common = mean(x * y) - mean(x) * mean(y)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = common / spread
        return {
            "variance": variance,
            "r": common / np.sqrt(variance * spread),
            "slope": slope,
            "intercept_g": mean(truth) - slope * mean(estimate),
        }


def _spearman(truth: FloatArray, estimate: FloatArray, weights: FloatArray) -> FloatArray:
    total = weights.sum(axis=1)
    centre = (total[:, None] + 1.0) / 2.0  # the weighted mean of midranks
    y, x = midranks(truth, weights) - centre, midranks(estimate, weights) - centre
    scale = np.sqrt((weights * x * x).sum(axis=1) * (weights * y * y).sum(axis=1))
    with np.errstate(invalid="ignore"):
        return np.asarray((weights * x * y).sum(axis=1) / scale)


def midranks(values: FloatArray, weights: FloatArray) -> FloatArray:
    """[times, n] ranks of values [n] of which each occurs ``weights`` [times, n] times."""
    _, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    tied = np.add.reduceat(weights[:, order], starts, axis=1)
    ranks = np.cumsum(tied, axis=1) - tied + (tied + 1.0) / 2.0
    return np.asarray(ranks[:, group])


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """Mean difference (estimate minus truth) and 95 % limits of agreement, with intervals.

    ``unit`` is "g", or "%" of the mean of estimate and truth.
    """

    unit: str
    bias: Figure
    lower: Figure
    upper: Figure
    sd: float


def bland_altman(
    truth_g: FloatArray, estimate_g: FloatArray, *, percent: bool = False
) -> BlandAltman:
    """Agreement after Bland & Altman 1986: bias ± 1.96 SD of the differences [n].

    Intervals by their formulas of 1999 (Stat Methods Med Res 8:135), one row per patient assumed:
    standard error SD/√n of the bias, SD·√(1/n + 1.96²/(2(n-1))) of a limit, with Student's t.
    """
    from scipy.special import stdtrit

    difference = estimate_g - truth_g
    if percent:
        difference = 200.0 * difference / (estimate_g + truth_g)
    n = len(difference)
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    t = float(stdtrit(n - 1, 0.975))
    of_bias = t * sd / sqrt(n)
    of_limit = t * sd * sqrt(1.0 / n + Z_95**2 / (2.0 * (n - 1)))

    def around(value: float, half: float) -> Figure:
        return Figure(value, value - half, value + half)

    return BlandAltman(
        unit="%" if percent else "g",
        bias=around(bias, of_bias),
        lower=around(bias - Z_95 * sd, of_limit),
        upper=around(bias + Z_95 * sd, of_limit),
        sd=sd,
    )


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationCurve:
    """Patients in bins of equal size by their estimate: [bins] means, their SE, and numbers."""

    estimate_g: FloatArray
    truth_g: FloatArray
    truth_se_g: FloatArray
    n: NDArray[np.int64]


def calibration_curve(
    truth_g: FloatArray, estimate_g: FloatArray, bins: int = 10
) -> CalibrationCurve:
    """Mean truth against mean estimate, in bins by rank of the estimate [n]."""
    parts = np.array_split(np.argsort(estimate_g, kind="stable"), bins)
    if len(parts[-1]) < 2:
        raise ValueError(f"{len(truth_g)} estimates are too few for {bins} bins")
    n = np.array([len(part) for part in parts])
    spread = np.array([truth_g[part].std(ddof=1) for part in parts])
    return CalibrationCurve(
        estimate_g=np.array([estimate_g[part].mean() for part in parts]),
        truth_g=np.array([truth_g[part].mean() for part in parts]),
        truth_se_g=spread / np.sqrt(n),
        n=n,
    )
