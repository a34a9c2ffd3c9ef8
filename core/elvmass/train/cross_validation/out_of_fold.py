"""What a training was worth: its out-of-fold estimates, scored by sex, for tables and pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from elvmass.model.bundle import Bundle
from elvmass.record import FloatArray
from elvmass.train.cross_validation.held_out import Tested, held_out_intervals
from elvmass.train.cross_validation.run import TrainedBundle, cohort_splits
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Split
from elvmass.train.evaluation.evaluate import ScoreRow, Scoring, score_estimates
from elvmass.train.evaluation.metrics import (
    BlandAltman,
    CalibrationCurve,
    bland_altman,
    calibration_curve,
)
from elvmass.train.settings.config import TrainConfig

#: Patients in a point of the calibration curve, at least, and points at most.
_PER_POINT, _POINTS = 5, 10


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """Estimates of patients whom the estimating fold had not seen, and their scores.

    Attributes
    ----------
    rows
        Scores of all patients and of each sex.
    truth_g, estimate_g, sex_male
        [n]; sex is 1, 0, or NaN where unknown. No identifier goes with them.
    coverage
        Share that the intervals of ``rows`` aim at.
    """

    rows: tuple[ScoreRow, ...]
    truth_g: FloatArray
    estimate_g: FloatArray
    sex_male: FloatArray
    agreement: BlandAltman
    calibration: CalibrationCurve
    coverage: float


def out_of_fold_scores(
    cohort: Cohort,
    config: TrainConfig,
    trained: TrainedBundle,
    bundle: Bundle,
    scoring: Scoring | None = None,
) -> OutOfFold:
    """Score what :func:`elvmass.train.cross_validation.run.train_bundle` returned.

    The interval of a patient comes from the errors of the other folds, so that nobody's own error
    widens it; there is none where those are too few.
    """
    scoring = scoring or Scoring()
    mask = np.zeros(len(cohort), dtype=bool)
    mask[trained.rows] = True
    part = cohort.subset(mask)
    splits = cohort_splits(cohort, config)
    intervals = _intervals(cohort, trained, bundle, splits, scoring.coverage)
    rows = score_estimates(trained.card.name, part, trained.estimate_g, scoring, intervals)
    points = int(np.clip(len(part) // _PER_POINT, 2, _POINTS))
    return OutOfFold(
        rows=tuple(rows),
        truth_g=trained.lvm_g,
        estimate_g=trained.estimate_g,
        sex_male=part.columns(("sex_male",))[:, 0],
        agreement=bland_altman(trained.lvm_g, trained.estimate_g),
        calibration=calibration_curve(trained.lvm_g, trained.estimate_g, points),
        coverage=scoring.coverage,
    )


def _intervals(
    cohort: Cohort, trained: TrainedBundle, bundle: Bundle, splits: tuple[Split, ...],
    coverage: float,
) -> FloatArray | None:  # fmt: skip
    """[n, 2] intervals in grams, rows in rising order; None where residuals are too few."""
    place = {row: k for k, row in enumerate(trained.rows.tolist())}
    tested = [
        Tested(fold, split.test, trained.estimate_g[[place[row] for row in split.test.tolist()]])
        for fold, split in zip(bundle.folds, splits, strict=True)
    ]
    found = held_out_intervals(cohort, tested, coverage)
    order = np.argsort(np.concatenate([split.test for split in splits]))
    return None if found is None else found[order]
