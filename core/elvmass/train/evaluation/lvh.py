"""Left ventricular hypertrophy as a yes/no question: who has it, and how well a score tells.

Truth is the measured mass, indexed to body surface area, above a limit of the patient's sex
(:mod:`elvmass.clinical.thresholds`, or an own one). The score of an estimate is its own index over
the same limit: above 1 it says yes. Within one sex this is the estimated index; across sexes it
lets one ROC curve serve both limits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elvmass.clinical.body import BSA_FORMULAS
from elvmass.errors import ConfigError
from elvmass.record import FloatArray
from elvmass.result import LvhThreshold
from elvmass.train.data.dataset import Cohort
from elvmass.train.evaluation.metrics import Figure, draws, with_ci

#: Specificity at which screening rules are usually compared.
HIGH_SPECIFICITY = 0.95


def own_threshold(male_g_per_m2: float, female_g_per_m2: float) -> LvhThreshold:
    """Make a threshold of the user's own.

    Raises
    ------
    ConfigError
        If a limit is not positive.
    """
    if not (male_g_per_m2 > 0 and female_g_per_m2 > 0):
        raise ConfigError("The limits of the own LVH threshold must be positive, in g/m².")
    return LvhThreshold("own", male_g_per_m2, female_g_per_m2, "own", "chosen by the user")


def percentile_threshold(
    cohort: Cohort, percent: float = 97.5, bsa_formula: str = "du_bois"
) -> LvhThreshold:
    """Limits at a percentile of the measured index of a cohort, for each sex.

    Raises
    ------
    ConfigError
        If the cohort has nobody of one sex with known body size.
    """
    index = cohort.lvm_g / _bsa_m2(cohort, bsa_formula)
    known = np.isfinite(index)
    if not ((known & cohort.male).any() and (known & cohort.female).any()):
        raise ConfigError("A percentile of the index needs men and women with height and weight.")
    male, female = (
        float(np.percentile(index[known & sex], percent)) for sex in (cohort.male, cohort.female)
    )
    return LvhThreshold("percentile", male, female, "own", f"{percent:g}th percentile of a cohort")


def limit_g(cohort: Cohort, limit: LvhThreshold, bsa_formula: str = "du_bois") -> FloatArray:
    """[n] mass in grams above which each patient has LVH; NaN without sex or body size."""
    per_m2 = np.full(len(cohort), np.nan)
    per_m2[cohort.male] = limit.male_g_per_m2
    per_m2[cohort.female] = limit.female_g_per_m2
    return per_m2 * _bsa_m2(cohort, bsa_formula)


def _bsa_m2(cohort: Cohort, bsa_formula: str) -> FloatArray:
    if bsa_formula not in BSA_FORMULAS:
        raise ConfigError(
            f"unknown BSA formula '{bsa_formula}'. Choose: {', '.join(BSA_FORMULAS)}."
        )
    formula = BSA_FORMULAS[bsa_formula][1]
    sizes = cohort.columns(("height_cm", "weight_kg"))
    return np.array([formula(*size) if np.isfinite(size).all() else np.nan for size in sizes])


def lvh_figures(
    truth_g: FloatArray,
    estimate_g: FloatArray,
    limits_g: FloatArray,
    patients: Sequence[str] | None = None,
    times: int = 1000,
    seed: int = 0,
) -> dict[str, Figure]:
    """Figures of :func:`discrimination` of estimates, masses and limits, each [n] in grams."""
    score = estimate_g / limits_g
    flagged = (score > 1.0).astype(np.float64)
    return discrimination(score, flagged, truth_g > limits_g, patients, times, seed)


def discrimination(
    score: FloatArray,
    flagged: FloatArray,
    positive: NDArray[np.bool_],
    patients: Sequence[str] | None = None,
    times: int = 1000,
    seed: int = 0,
) -> dict[str, Figure]:
    """How well a score and its yes/no answer tell LVH, with bootstrap intervals over patients.

    Parameters
    ----------
    score
        [n] the higher, the more likely LVH.
    flagged
        [n] 1 for yes, 0 for no; all NaN for a rule without a limit, which answers nothing.
    positive
        [n] who has LVH.

    Returns
    -------
    prevalence
        Share of patients with LVH.
    auroc
        Area under the ROC curve of the continuous score.
    binary_c
        The same area of the yes/no answer, (sensitivity + specificity) / 2. What is published as
        "c-statistic" may be either; they differ much.
    sensitivity, specificity, ppv, npv
        Of the yes/no answer.
    youden, youden_cutoff
        Largest sensitivity + specificity - 1 of any cut-off of the score, and that cut-off ("at or
        above"). Chosen on the patients it is scored on, therefore flattering.
    sensitivity_at_95
        Sensitivity at the lowest cut-off that has a specificity of 95 % or more; likewise.
    """
    return with_ci(
        lambda weights: _curve(score, positive, weights) | _answers(flagged, positive, weights),
        draws(len(score) if patients is None else patients, times, seed),
        len(score),
    )


def _curve(
    score: FloatArray, positive: NDArray[np.bool_], weights: FloatArray
) -> dict[str, FloatArray]:
    """Figures of the ROC curve for each row of ``weights`` [times, n]."""
    cutoffs, group = np.unique(-score, return_inverse=True)  # falling cut-offs
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))

    def gathered(chosen: NDArray[np.bool_]) -> FloatArray:
        return np.asarray(np.add.reduceat((weights * chosen)[:, order], starts, axis=1))

    with np.errstate(invalid="ignore", divide="ignore"):
        gained = gathered(positive) / (weights @ positive)[:, None]
        lost = gathered(~positive) / (weights @ ~positive)[:, None]
    sensitivity, false_alarms = np.cumsum(gained, axis=1), np.cumsum(lost, axis=1)
    area = (lost * (sensitivity - gained / 2.0)).sum(axis=1)
    best = np.argmax(sensitivity - false_alarms, axis=1)
    rows = np.arange(len(weights))
    allowed = false_alarms <= 1.0 - HIGH_SPECIFICITY + 1e-12
    strict = np.where(allowed, sensitivity, 0.0).max(axis=1)
    return {
        "prevalence": weights @ positive / weights.sum(axis=1),
        "auroc": area,
        "youden": (sensitivity - false_alarms)[rows, best],
        "youden_cutoff": np.where(np.isnan(area), np.nan, -cutoffs[best]),
        "sensitivity_at_95": np.where(np.isnan(area), np.nan, strict),
    }


def _answers(
    flagged: FloatArray, positive: NDArray[np.bool_], weights: FloatArray
) -> dict[str, FloatArray]:
    """Figures of the yes/no answer for each row of ``weights`` [times, n]."""
    with np.errstate(invalid="ignore", divide="ignore"):
        hits, false_alarms = weights @ (flagged * positive), weights @ (flagged * ~positive)
        ill, well = weights @ positive, weights @ ~positive
        sensitivity, specificity = hits / ill, 1.0 - false_alarms / well
        return {
            "binary_c": (sensitivity + specificity) / 2.0,
            "sensitivity": sensitivity,
            "specificity": specificity,
            "ppv": hits / (hits + false_alarms),
            "npv": (well - false_alarms) / (ill - hits + well - false_alarms),
        }
