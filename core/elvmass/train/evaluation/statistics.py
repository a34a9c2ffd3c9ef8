"""Is one model better than another? Tests that patients and folds can bear.

Five folds share most of their training patients, so a plain paired t-test over them is far too
sure of itself, and a rank test over five values cannot fall below P = 0.06. Hence: a bootstrap over
patients of out-of-fold predictions, and the corrected resampled t-test over folds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from elvmass.record import FloatArray
from elvmass.train.data.folds import Index
from elvmass.train.evaluation.metrics import Z_95, Figure, draws, midranks


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference (first minus second) with its 95 % interval and two-sided P."""

    value: float
    low: float
    high: float
    p: float


def paired_bootstrap(
    loss_a: FloatArray,
    loss_b: FloatArray,
    patients: Sequence[str] | None = None,
    times: int = 10_000,
    seed: int = 0,
) -> Difference:
    """Difference of the mean losses of two models on the same patients, by bootstrap.

    Parameters
    ----------
    loss_a, loss_b
        [n] loss of each row (absolute error in grams for ΔMAE; percent for ΔMAPE), of predictions
        that did not see the row.
    patients
        [n] owner of each row; all rows of a patient are drawn together. None: one row each.

    Returns
    -------
    Difference
        Percentile interval; P is twice the smaller share of resamples on either side of 0, at
        least 2 / (times + 1).
    """
    if len(loss_a) != len(loss_b):
        raise ValueError(f"losses of {len(loss_a)} and {len(loss_b)} rows cannot be paired")
    difference = loss_a - loss_b
    weights = draws(len(difference) if patients is None else patients, times, seed)
    again = np.concatenate([some @ difference / some.sum(axis=1) for some in weights])
    low, high = np.quantile(again, (0.025, 0.975))
    fewer = min(int((again <= 0).sum()), int((again >= 0).sum()))
    p = min(1.0, 2.0 * (fewer + 1) / (times + 1))
    return Difference(float(difference.mean()), float(low), float(high), p)


def fold_means(values: FloatArray, parts: Sequence[Index]) -> FloatArray:
    """[folds] mean of ``values`` [n] over the test rows of each fold."""
    return np.array([values[rows].mean() for rows in parts])


def corrected_t(differences: FloatArray, n_train: float, n_test: float) -> Difference:
    """Corrected resampled t-test over folds (Nadeau & Bengio 2003, Mach Learn 52:239).

    The variance of the mean of k fold differences is taken as (1/k + n_test/n_train) s² instead of
    s²/k, since training parts overlap; k - 1 degrees of freedom.

    Parameters
    ----------
    differences
        [k] difference of the two models' mean loss on each fold; several repetitions of the cross-
        validation may stand one after another.
    n_train, n_test
        Rows that trained and that tested, per fold.
    """
    from scipy.special import stdtr, stdtrit

    k = len(differences)
    if k < 2:
        raise ValueError("a t-test needs at least two folds")
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    se = spread * sqrt(1.0 / k + n_test / n_train)
    half = float(stdtrit(k - 1, 0.975)) * se
    if se == 0.0:  # the same difference in all folds
        return Difference(mean, mean, mean, 0.0 if mean else 1.0)
    return Difference(mean, mean - half, mean + half, float(2.0 * stdtr(k - 1, -abs(mean) / se)))


def delong(scores: FloatArray, positive: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """AUROC [k] of k scores of the same patients, and their covariance [k, k].

    DeLong, DeLong & Clarke-Pearson 1988 (Biometrics 44:837) by midranks (Sun & Xu 2014). Assumes
    one row per patient; with more use the bootstrap of
    :func:`elvmass.train.evaluation.lvh.discrimination`.

    Parameters
    ----------
    scores
        [k, n] the higher, the more likely positive.
    positive
        [n] at least two of either kind.
    """
    ill, well = scores[:, positive], scores[:, ~positive]
    m, n = ill.shape[1], well.shape[1]
    if min(m, n) < 2:
        raise ValueError("DeLong's method needs at least two patients with and two without LVH")
    both = _ranks(np.concatenate([ill, well], axis=1))
    of_ill = (both[:, :m] - _ranks(ill)) / n  # share of the well below each ill
    of_well = 1.0 - (both[:, m:] - _ranks(well)) / m
    covariance = np.atleast_2d(np.cov(of_ill)) / m + np.atleast_2d(np.cov(of_well)) / n
    return of_ill.mean(axis=1), covariance


def _ranks(scores: FloatArray) -> FloatArray:
    one = np.ones((1, scores.shape[1]))
    return np.concatenate([midranks(row, one) for row in scores])


def auroc(score: FloatArray, positive: NDArray[np.bool_]) -> Figure:
    """AUROC of [n] scores with DeLong's 95 % interval, made on the logit scale to stay inside."""
    (area,), ((variance,),) = delong(score[None], positive)
    if not 0.0 < area < 1.0:
        return Figure(float(area), np.nan, np.nan)
    logit = np.log(area / (1.0 - area))
    half = Z_95 * sqrt(variance) / (area * (1.0 - area))
    low, high = (1.0 / (1.0 + np.exp(-(logit + side * half))) for side in (-1, 1))
    return Figure(float(area), float(low), float(high))


def auroc_difference(
    score_a: FloatArray, score_b: FloatArray, positive: NDArray[np.bool_]
) -> Difference:
    """Difference of the AUROCs of two scores of the same patients: DeLong's paired test."""
    from scipy.special import ndtr

    areas, covariance = delong(np.stack([score_a, score_b]), positive)
    value = float(areas[0] - areas[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2.0 * covariance[0, 1])
    if variance <= 1e-18:  # the same ranks
        return Difference(value, value, value, 1.0)
    half = Z_95 * sqrt(variance)
    p = float(2.0 * ndtr(-abs(value) / sqrt(variance)))
    return Difference(value, value - half, value + half, p)
