"""Cross-fitted recalibration: what a model would score after being corrected on other patients.

Fitted and scored on the same patients, any recalibration looks like an improvement. Here each part
is corrected by a line, or a curve, that the other parts gave.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from elvmass.record import FloatArray
from elvmass.train.data.folds import Index

#: Estimates [m] and sex [m] to corrected estimates [m].
Correction = Callable[[FloatArray, FloatArray], FloatArray]


def cross_fitted(
    truth_g: FloatArray,
    estimate_g: FloatArray,
    sex_male: FloatArray,
    parts: Sequence[Index],
    method: str = "linear",
) -> FloatArray:
    """[n] estimates, each corrected by a fit to the other parts.

    Parameters
    ----------
    truth_g, estimate_g
        [n] grams. Of out-of-fold estimates take the test rows of the folds as ``parts``; of an
        external cohort any folds by patient (:func:`elvmass.train.data.folds.make_folds`).
    sex_male
        [n] 1, 0, or NaN where unknown.
    parts
        Row numbers; every row in exactly one part, every patient in one.
    method
        "linear": truth on estimate and sex; "isotonic": rising step curve of the estimate.

    Raises
    ------
    ValueError
        If the parts are no partition or the method is unknown.
    """
    every = np.sort(np.concatenate(list(parts)))
    if len(parts) < 2 or not np.array_equal(every, np.arange(len(truth_g))):
        raise ValueError("parts must hold every row exactly once, in two parts or more")
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}")
    corrected = np.empty(len(truth_g))
    for rows in parts:
        others = np.setdiff1d(every, rows)
        fit = METHODS[method](truth_g[others], estimate_g[others], sex_male[others])
        corrected[rows] = fit(estimate_g[rows], sex_male[rows])
    return corrected


def _linear(truth_g: FloatArray, estimate_g: FloatArray, sex_male: FloatArray) -> Correction:
    def columns(estimate: FloatArray, male: FloatArray) -> FloatArray:
        return np.column_stack([np.ones_like(estimate), estimate, np.nan_to_num(male, nan=0.5)])

    # least squares of least norm: in a cohort of one sex its column adds nothing
    weights = np.linalg.lstsq(columns(estimate_g, sex_male), truth_g)[0]
    return lambda estimate, male: columns(estimate, male) @ weights


def _isotonic(truth_g: FloatArray, estimate_g: FloatArray, sex_male: FloatArray) -> Correction:
    from sklearn.isotonic import IsotonicRegression

    curve = IsotonicRegression(out_of_bounds="clip").fit(estimate_g, truth_g)
    return lambda estimate, male: np.asarray(curve.predict(estimate), dtype=np.float64)


METHODS: dict[str, Callable[[FloatArray, FloatArray, FloatArray], Correction]] = {
    "linear": _linear,
    "isotonic": _isotonic,
}
