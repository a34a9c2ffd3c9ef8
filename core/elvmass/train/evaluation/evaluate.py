"""Score bundles on a cohort, always beside simple baselines.

A mean error in grams says little by itself: predicting the mean of this population is 26 g wrong,
the mean of the sex 21 g, and a ridge regression on the raw beat is hard to beat. Likewise the
criteria that every reader knows stand beside what a model says about hypertrophy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elvmass.card import View
from elvmass.clinical.thresholds import DEFAULT_THRESHOLD, THRESHOLDS
from elvmass.errors import CohortError
from elvmass.model.bundle import Bundle
from elvmass.model.estimate import interval, predict_fold
from elvmass.model.inputs import features
from elvmass.record import FloatArray
from elvmass.result import LvhThreshold
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import make_folds
from elvmass.train.evaluation.lvh import discrimination, limit_g, lvh_figures
from elvmass.train.evaluation.metrics import Figure, figures_with_ci, mean_with_ci
from elvmass.train.rivals.rival import Rival, estimates, out_of_fold
from elvmass.train.rivals.roster import BASELINES
from elvmass.train.rivals.rules import judge_cohort


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """Figures of one model on one group of patients ("all", "male", "female").

    Errors and agreement in grams (:func:`elvmass.train.evaluation.metrics.figures`), intervals, and
    figures of hypertrophy, named ``lvh_...`` (:func:`elvmass.train.evaluation.lvh.discrimination`),
    on those patients whose limit is known. ``lvh_n`` counts them.
    """

    model: str
    group: str
    n: int
    figures: dict[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How estimates are scored.

    Attributes
    ----------
    coverage
        Of the prediction intervals, whose true coverage and mean width are reported.
    bootstrap, seed
        Resamples of patients behind each 95 % interval.
    limit, bsa_formula
        What counts as hypertrophy.
    preset
        Cut-offs of the ECG criteria (:data:`elvmass.clinical.criteria.PRESETS`).
    """

    coverage: float = 0.9
    bootstrap: int = 1000
    seed: int = 0
    limit: LvhThreshold = THRESHOLDS[DEFAULT_THRESHOLD]
    bsa_formula: str = "du_bois"
    preset: str = "standard"


def evaluate(
    bundles: Sequence[Bundle],
    cohort: Cohort,
    *,
    train: Cohort | None = None,
    rivals: Sequence[Rival] = BASELINES,
    scoring: Scoring | None = None,
) -> list[ScoreRow]:
    """Score bundles, rivals and ECG criteria on a cohort that the bundles have not seen.

    Parameters
    ----------
    bundles
        A model of one sex is scored on that sex; a pooled one on all and on each sex.
    train
        Cohort for fitting the rivals; without it they are cross-validated on ``cohort``.
    """
    scoring = scoring or Scoring()
    rows: list[ScoreRow] = []
    for bundle in bundles:
        rows += _score_bundle(bundle, cohort, scoring)
    for name, estimate_g in baselines(cohort, train, scoring.seed, rivals).items():
        rows += score_estimates(name, cohort, estimate_g, scoring)
    return rows + score_criteria(cohort, scoring)


def estimate_cohort(
    bundle: Bundle, cohort: Cohort, coverage: float = 0.9
) -> tuple[FloatArray, FloatArray]:
    """Masses [n, folds] and intervals [n, 2] in grams of every row of a cohort.

    The intervals are NaN if the model holds no residuals.
    """
    if cohort.spec != bundle.spec.beat:
        raise CohortError(
            f"The cohort was cut for another beat than model {bundle.card.name!r} takes."
        )
    values = cohort.columns(bundle.spec.scalars)
    columns = [predict_fold(f, cohort.beats_mv, features(values, f.spec)) for f in bundle.folds]
    masses = np.stack(columns, axis=1)
    intervals = np.full((len(cohort), 2), np.nan)
    for i, row in enumerate(values):
        scalars = dict(zip(bundle.spec.scalars, row.tolist(), strict=True))
        found = interval(bundle, masses[i], scalars, coverage)
        if found is not None:
            intervals[i] = found.low_g, found.high_g
    return masses, intervals


def baselines(
    cohort: Cohort,
    train: Cohort | None = None,
    seed: int = 0,
    rivals: Sequence[Rival] = BASELINES,
) -> dict[str, FloatArray]:
    """Estimates [n] in grams of the rivals by name, without those that cannot read strips.

    Fitted on ``train``, or cross-validated in five folds by patient on ``cohort`` itself.
    """
    able = [r for r in rivals if cohort.spec.view is View.BEAT or not r.reads_beats]
    if train is not None:
        return {rival.name: estimates(rival, train, cohort, seed) for rival in able}
    splits = make_folds(cohort.lvm_g, cohort.patients, seed=seed)
    return {rival.name: out_of_fold(rival, cohort, splits, seed) for rival in able}


def _score_bundle(bundle: Bundle, cohort: Cohort, scoring: Scoring) -> list[ScoreRow]:
    card = bundle.card
    part = cohort if card.sex is None else cohort.subset(cohort.of_sex(card.sex.value))
    if len(part) == 0:
        raise CohortError(f"The cohort has nobody of the sex of model {card.name!r}.")
    masses, intervals = estimate_cohort(bundle, part, scoring.coverage)
    return score_estimates(card.name, part, masses.mean(axis=1), scoring, intervals)


def score_estimates(
    model: str,
    cohort: Cohort,
    estimate_g: FloatArray,
    scoring: Scoring,
    intervals_g: FloatArray | None = None,
) -> list[ScoreRow]:
    """Score estimates [n], and intervals [n, 2] or NaN, on all patients and on each sex."""
    rows: list[ScoreRow] = []
    for group, part, chosen in _groups(cohort):
        estimate = estimate_g[chosen]
        resampling = {"times": scoring.bootstrap, "seed": scoring.seed}
        found = figures_with_ci(part.lvm_g, estimate, patients=part.patients, **resampling)
        if intervals_g is not None and not np.isnan(intervals_g).any():
            found |= _interval_figures(part, intervals_g[chosen], scoring)
        limits = limit_g(part, scoring.limit, scoring.bsa_formula)
        known = ~np.isnan(limits)
        if known.any():
            told = lvh_figures(
                part.lvm_g[known],
                estimate[known],
                limits[known],
                part.subset(known).patients,
                **resampling,
            )
            found |= _named(told, int(known.sum()))
        rows.append(ScoreRow(model, group, len(part), found))
    return rows


def score_criteria(cohort: Cohort, scoring: Scoring) -> list[ScoreRow]:
    """Score the rule-based ECG criteria, as continuous scores and as yes/no answers.

    The area under the curve of all patients together takes the score as it is, although some
    cut-offs differ by sex; the areas of each sex are free of that.
    """
    judged = judge_cohort(cohort, scoring.preset)
    limits = limit_g(cohort, scoring.limit, scoring.bsa_formula)
    rows: list[ScoreRow] = []
    for k, name in enumerate(judged.names):
        for group, part, chosen in _groups(cohort):
            score, positive = judged.score[chosen, k], judged.positive[chosen, k]
            known = ~np.isnan(limits[chosen]) & ~np.isnan(score)
            if np.isnan(positive[known]).all():
                positive = np.full_like(score, np.nan)
            else:
                known &= ~np.isnan(positive)
            if not known.any():
                continue
            told = discrimination(
                score[known],
                positive[known],
                (part.lvm_g > limits[chosen])[known],
                part.subset(known).patients,
                scoring.bootstrap,
                scoring.seed,
            )
            rows.append(ScoreRow(name, group, len(part), _named(told, int(known.sum()))))
    return rows


def _groups(cohort: Cohort) -> Iterator[tuple[str, Cohort, NDArray[np.bool_]]]:
    """Groups of two patients or more: name, the patients, and where they stand in the cohort."""
    for group in ("all", "male", "female"):
        chosen = cohort.of_sex(group)
        if chosen.sum() >= 2:
            yield group, cohort.subset(chosen), chosen


def _interval_figures(
    cohort: Cohort, intervals_g: FloatArray, scoring: Scoring
) -> dict[str, Figure]:
    low, high = intervals_g.T
    inside = ((low <= cohort.lvm_g) & (cohort.lvm_g <= high)).astype(np.float64)
    values = {"coverage": inside, "interval_width_g": high - low}
    return {
        name: mean_with_ci(v, scoring.bootstrap, scoring.seed, cohort.patients)
        for name, v in values.items()
    }


def _named(told: dict[str, Figure], n: int) -> dict[str, Figure]:
    return {"lvh_n": Figure(n, n, n)} | {f"lvh_{name}": figure for name, figure in told.items()}
