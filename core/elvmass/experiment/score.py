"""Judge the rows of a trial: figures by sex, fold values, differences from a reference row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elvmass.experiment.trial import RowResult, Trial, groups_of
from elvmass.record import FloatArray
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Index, Split
from elvmass.train.evaluation.evaluate import Scoring, score_criteria, score_estimates
from elvmass.train.evaluation.metrics import Figure, figures_with_ci
from elvmass.train.evaluation.recalibrate import METHODS, cross_fitted
from elvmass.train.evaluation.statistics import (
    Difference,
    corrected_t,
    fold_means,
    paired_bootstrap,
)


@dataclass(frozen=True, slots=True)
class Folds:
    """Values of one figure on the test parts of the folds."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean over folds."""
        return float(np.mean(self.values))

    @property
    def sd(self) -> float:
        """Standard deviation over folds (n - 1)."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else float("nan")


@dataclass(frozen=True, slots=True)
class Score:
    """One row on one group of patients.

    Attributes
    ----------
    figures
        As in :class:`elvmass.train.evaluation.evaluate.ScoreRow`.
    mae_folds, mape_folds
        Of out-of-fold estimates; empty for an external cohort.
    """

    key: str
    words: str
    group: str
    n: int
    figures: dict[str, Figure]
    mae_folds: Folds
    mape_folds: Folds


@dataclass(frozen=True, slots=True)
class Comparison:
    """A row against the reference on the same patients: errors of the row minus the reference's.

    ``bootstrap`` is over patients, ``folds`` the corrected resampled t-test.
    """

    mae_g: Difference
    mape_percent: Difference
    mae_folds: Difference
    mape_folds: Difference


def score_trial(trial: Trial, scoring: Scoring) -> list[Score]:
    """Score the out-of-fold estimates of all rows on their groups."""
    parts = [split.test for split in trial.splits]
    return [
        score
        for result in trial.results
        for score in _scores(result, trial.subjects, result.estimate_g, scoring, parts)
    ]


def score_external(trial: Trial, scoring: Scoring) -> list[Score]:
    """Score the estimates of the external cohort."""
    found: list[Score] = []
    for result in trial.results:
        if trial.external is not None and result.external_g is not None:
            found += _scores(result, trial.external, result.external_g, scoring, ())
    return found


def _scores(
    result: RowResult,
    cohort: Cohort,
    estimate_g: FloatArray,
    scoring: Scoring,
    parts: Sequence[Index],
) -> list[Score]:
    known = ~np.isnan(estimate_g)
    if known.sum() < 2:
        return []
    row = result.row
    rows = score_estimates(row.words, cohort.subset(known), estimate_g[known], scoring)
    error = np.abs(estimate_g - cohort.lvm_g)
    return [
        Score(
            row.key, row.words, each.group, each.n, each.figures,
            _folds(error, cohort, parts, each.group),
            _folds(100.0 * error / cohort.lvm_g, cohort, parts, each.group),
        )
        for each in rows
        if each.group in groups_of(row)
    ]  # fmt: skip


def _folds(loss: FloatArray, cohort: Cohort, parts: Sequence[Index], group: str) -> Folds:
    who = cohort.of_sex(group) & ~np.isnan(loss)
    tested = [part[who[part]] for part in parts]
    if not tested or min(map(len, tested)) == 0:
        return Folds(())
    return Folds(tuple(fold_means(loss, tested).tolist()))


def compare(
    trial: Trial, key: str, reference: str, group: str, scoring: Scoring
) -> Comparison | None:
    """Compare a row with a reference on a group; None if they have too few patients in common."""
    ours, theirs = trial.result(key), trial.result(reference)
    if ours is None or theirs is None or key == reference:
        return None
    both = ~np.isnan(ours.estimate_g) & ~np.isnan(theirs.estimate_g)
    who = both & trial.subjects.of_sex(group)
    if any(not who[split.test].any() or not who[split.train].any() for split in trial.splits):
        return None
    truth = trial.subjects.lvm_g
    errors = [np.abs(each.estimate_g - truth) for each in (ours, theirs)]
    shares = [100.0 * error / truth for error in errors]
    rows = np.flatnonzero(who)
    patients = [trial.subjects.patients[i] for i in rows.tolist()]

    def paired(losses: list[FloatArray]) -> Difference:
        return paired_bootstrap(
            losses[0][rows], losses[1][rows], patients, scoring.bootstrap, scoring.seed
        )

    return Comparison(
        paired(errors),
        paired(shares),
        _over_folds(errors[0] - errors[1], trial.splits, who),
        _over_folds(shares[0] - shares[1], trial.splits, who),
    )


def _over_folds(
    difference: FloatArray, splits: Sequence[Split], who: NDArray[np.bool_]
) -> Difference:
    tested = [split.test[who[split.test]] for split in splits]
    trained = [who[split.train].sum() + who[split.validation].sum() for split in splits]
    n_test = float(np.mean([len(part) for part in tested]))
    return corrected_t(fold_means(difference, tested), float(np.mean(trained)), n_test)


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """A row before and after cross-fitted correction ("raw", "linear", "isotonic")."""

    key: str
    words: str
    method: str
    n: int
    figures: dict[str, Figure]


def recalibrations(trial: Trial, scoring: Scoring) -> list[Recalibrated]:
    """Figures of each row as it is, and corrected on other folds, on its own patients."""
    found: list[Recalibrated] = []
    for result in trial.results:
        known = np.flatnonzero(~np.isnan(result.estimate_g))
        if len(known) < 2 * len(trial.splits):
            continue
        corrected = {"raw": result.estimate_g[known]} | {
            method: recalibrated(trial, result, method)[known] for method in METHODS
        }
        patients = [trial.subjects.patients[i] for i in known.tolist()]
        for method, estimate_g in corrected.items():
            figures = figures_with_ci(
                trial.subjects.lvm_g[known], estimate_g, scoring.bootstrap, scoring.seed, patients
            )
            row = result.row
            found.append(Recalibrated(row.key, row.words, method, len(known), figures))
    return found


def recalibrated(trial: Trial, result: RowResult, method: str) -> FloatArray:
    """[n] estimates, each corrected by a fit to the other folds; NaN where there is none."""
    known = np.flatnonzero(~np.isnan(result.estimate_g))
    place = {row: k for k, row in enumerate(known.tolist())}
    parts = [
        np.array([place[i] for i in split.test.tolist() if i in place], dtype=np.int64)
        for split in trial.splits
    ]
    out = np.full(len(result.estimate_g), np.nan)
    out[known] = cross_fitted(
        trial.subjects.lvm_g[known],
        result.estimate_g[known],
        trial.subjects.columns(("sex_male",))[known, 0],
        parts,
        method,
    )
    return out


def criteria_scores(cohort: Cohort, scoring: Scoring) -> list[Score]:
    """Score the rule-based ECG criteria, which are fitted to nothing."""
    none = Folds(())
    return [
        Score("criterion", row.model, row.group, row.n, row.figures, none, none)
        for row in score_criteria(cohort, scoring)
    ]
