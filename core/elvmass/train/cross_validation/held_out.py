"""Intervals of patients from the errors of the other folds, so that nobody's own error widens them.

The mass is that of the one fold model that has not seen the patient; the interval is about that of
the whole bundle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from elvmass.model.bundle import Fold
from elvmass.model.conformal import choose_residuals, cross_conformal, fewest_residuals, missing
from elvmass.record import FloatArray
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Index


class Tested(NamedTuple):
    """A fold model, the rows of the cohort that test it, and its estimates of them in grams."""

    fold: Fold
    rows: Index
    estimate_g: FloatArray


def held_out_intervals(
    cohort: Cohort, folds: Sequence[Tested], coverage: float = 0.9
) -> FloatArray | None:
    """[n, 2] intervals in grams, fold after fold; None if residuals are too few for any."""
    found: list[tuple[float, float]] = []
    for tested in folds:
        others = [each.fold.residuals for each in folds if each is not tested]
        if sum(each["complete"].n for each in others) < fewest_residuals(coverage):
            return None
        names = tested.fold.spec.scalars
        values = cohort.columns(names)[tested.rows].tolist()
        for row, mass in zip(values, tested.estimate_g, strict=True):
            given = dict(zip(names, row, strict=True))
            residuals = choose_residuals(others, missing(given), given.get("sex_male"), coverage)
            found.append(cross_conformal(np.full(len(others), mass), residuals, coverage))
    return np.array(found)
