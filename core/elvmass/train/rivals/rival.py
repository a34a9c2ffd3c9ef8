"""What rivals have in common: a name, a fit to patients, and estimates of other patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elvmass.card import View
from elvmass.errors import CohortError
from elvmass.record import FloatArray
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Index, Split
from elvmass.train.runtime.progress import Progress, ignore

#: Masses [n] in grams of the patients of a cohort.
Predict = Callable[[Cohort], FloatArray]
#: Learns from all rows of a cohort; the number seeds whatever is drawn.
Fit = Callable[[Cohort, int], Predict]


@dataclass(frozen=True, slots=True)
class Rival:
    """A way of estimating mass that is refitted from the cohort whenever it is needed.

    ``fit`` may choose settings inside the rows that it is given, by patient; it sees no others.
    ``reads_beats`` says that the cohort must have been cut into beats, not strips.
    """

    key: str
    name: str
    fit: Fit
    reads_beats: bool = False


def out_of_fold(
    rival: Rival,
    cohort: Cohort,
    splits: Sequence[Split],
    seed: int = 0,
    progress: Progress = ignore,
) -> FloatArray:
    """Estimates [n] in grams of each split's test rows, fitted on its other rows.

    The validation rows, which pick a network's epoch, belong to the fit here: rivals choose their
    settings by inner cross-validation. Rows that no split tests are NaN.
    """
    estimate_g = np.full(len(cohort), np.nan)
    for k, split in enumerate(splits):
        progress(f"{rival.name}, fold {k + 1}", k / len(splits))
        train = _mask(np.concatenate([split.train, split.validation]), len(cohort))
        test = _mask(split.test, len(cohort))
        estimate_g[test] = estimates(rival, cohort.subset(train), cohort.subset(test), seed)
    return estimate_g


def estimates(rival: Rival, train: Cohort, test: Cohort, seed: int = 0) -> FloatArray:
    """Estimates [n] in grams of one cohort after a fit to another.

    Raises
    ------
    CohortError
        If the rival reads beats and a cohort was cut into strips.
    """
    if rival.reads_beats and View.STRIP in (train.spec.view, test.spec.view):
        raise CohortError(f"{rival.name} reads beats; load the cohort with a beat specification.")
    return rival.fit(train, seed)(test)


def _mask(rows: Index, n: int) -> NDArray[np.bool_]:
    mask = np.zeros(n, dtype=bool)
    mask[rows] = True
    return mask
