"""Prediction intervals by cross-conformal prediction (CV+), on relative residuals.

Source: Barber, Candès, Ramdas and Tibshirani 2021 (Ann Stat 49:486), in the asymmetric form with
signed residuals. Departures: residuals are relative, (y - ŷ)/ŷ, because the error of a mass grows
with the mass; and each fold keeps its residuals as a grid of quantiles, which leaves no single
patient's value in a bundle.

A model that must impute knows less. So residuals are kept for several patterns of missing scalars,
and the narrowest pattern that covers what is missing is used. Errors of men and women differ as
well, and an interval that holds for both together holds too often for the ones and too seldom for
the others: a pooled model keeps residuals of each sex, too (Mondrian conformal prediction).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from elvmass.card import DEMOGRAPHICS, ECG_SCALARS
from elvmass.record import FloatArray

#: Pattern → scalars that are imputed under it, from the least to the most missing.
PATTERNS: dict[str, frozenset[str]] = {
    "complete": frozenset(),
    "no_body_size": frozenset({"height_cm", "weight_kg"}),
    "no_demographics": frozenset(DEMOGRAPHICS),
    "no_scalars": frozenset(DEMOGRAPHICS + ECG_SCALARS),
}

#: What the residuals of one sex are called by the value of the scalar ``sex_male``, and under which
#: patterns they exist: where the sex is known.
SEXES: dict[float, str] = {1.0: "male", 0.0: "female"}
BY_SEX: tuple[str, ...] = tuple(
    f"{name}_{sex}"
    for name, hidden in PATTERNS.items()
    if "sex_male" not in hidden
    for sex in SEXES.values()
)

#: Levels of the stored quantiles: mid-points of 200 equal parts.
GRID_SIZE = 200

#: Residuals are relative to at least this mass, so that a wild small answer stays finite.
SMALLEST_MASS_G = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class FoldResiduals:
    """Relative out-of-fold residuals of one fold: sorted ``grid`` [GRID_SIZE] of ``n`` patients."""

    grid: FloatArray
    n: int


def pattern_for(imputed: Iterable[str]) -> str:
    """Name of the narrowest pattern that covers the missing scalars."""
    missing = frozenset(imputed)
    return next(name for name, covered in PATTERNS.items() if missing <= covered)


def missing(scalars: Mapping[str, float | None]) -> list[str]:
    """Names of those without a value."""
    return [name for name, value in scalars.items() if value is None or not np.isfinite(value)]


def choose_residuals(
    folds: Sequence[Mapping[str, FoldResiduals]],
    imputed: Iterable[str],
    sex_male: float | None,
    coverage: float = 0.9,
) -> list[FoldResiduals]:
    """Residuals of each fold for a patient: of the own sex where there are enough of them."""
    pattern = pattern_for(imputed)
    own = f"{pattern}_{SEXES.get(sex_male)}" if sex_male is not None else ""
    if all(own in fold for fold in folds):
        chosen = [fold[own] for fold in folds]
        if sum(each.n for each in chosen) >= fewest_residuals(coverage):
            return chosen
    return [fold[pattern] for fold in folds]


def fold_residuals(lvm_g: FloatArray, estimate_g: FloatArray) -> FoldResiduals:
    """Summarise the out-of-fold errors [n] of one fold model."""
    base = np.maximum(estimate_g, SMALLEST_MASS_G)
    relative = (np.asarray(lvm_g) - base) / base
    levels = (np.arange(GRID_SIZE) + 0.5) / GRID_SIZE
    # "hazen" puts the order statistics themselves at mid-points, as the grid does.
    return FoldResiduals(np.quantile(relative, levels, method="hazen"), len(relative))


def fewest_residuals(coverage: float) -> int:
    """Smallest number of residuals that can support an interval of this coverage."""
    return int(np.ceil(2.0 / (1.0 - coverage) - 1.0 - 1e-9))


def cross_conformal(
    fold_masses_g: FloatArray, residuals: Sequence[FoldResiduals], coverage: float = 0.9
) -> tuple[float, float]:
    """Lower and upper end in grams for one patient.

    Parameters
    ----------
    fold_masses_g
        [folds] answers of the fold models.
    residuals
        Of the same folds, in the same order.

    Returns
    -------
    tuple of float
        The interval; it always contains the mean of ``fold_masses_g``.

    Raises
    ------
    ValueError
        If there are too few residuals for this coverage.
    """
    n = sum(r.n for r in residuals)
    if n < fewest_residuals(coverage):
        raise ValueError(f"{n} residuals cannot support an interval of {coverage:.0%}")
    base = np.maximum(np.asarray(fold_masses_g, dtype=np.float64), SMALLEST_MASS_G)
    pairs = list(zip(base, residuals, strict=True))
    pool = np.concatenate([mass * (1.0 + r.grid) for mass, r in pairs])
    weight = np.concatenate([np.full(len(r.grid), r.n / len(r.grid)) for r in residuals])
    tail = (1.0 - coverage) / 2.0
    # k-th smallest of n, k = floor(tail (n + 1)): the finite-sample correction of CV+
    rank = np.floor(tail * (n + 1) + 1e-9)
    low, high = _weighted_quantiles(pool, weight, np.array([rank - 0.5, n - rank + 0.5]) / n)
    centre = float(np.mean(fold_masses_g))
    return min(float(low), centre), max(float(high), centre)


def _weighted_quantiles(pool: FloatArray, weight: FloatArray, levels: FloatArray) -> FloatArray:
    order = np.argsort(pool, kind="stable")
    middle = np.cumsum(weight[order]) - weight[order] / 2.0
    return np.interp(levels, middle / weight.sum(), pool[order])
