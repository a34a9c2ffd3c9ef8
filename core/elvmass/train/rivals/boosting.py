"""Gradient boosting of trees: on measurements, and on the ecgAI-like profile."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from elvmass.record import FloatArray
from elvmass.train.data.dataset import Cohort
from elvmass.train.rivals.profile import ecg_profile
from elvmass.train.rivals.rival import Predict
from elvmass.train.rivals.rules import judge_cohort

#: Trees of depth 4; instead of a part of the rows (which histogram boosting cannot take) each
#: split sees a part of the columns. No early stopping: it
#: would need a validation part by patient, and at this size picks noise.
SETTINGS: dict[str, float | int | str | bool] = {
    "loss": "absolute_error",
    "learning_rate": 0.05,
    "max_iter": 400,
    "max_depth": 4,
    "max_leaf_nodes": 16,
    "min_samples_leaf": 20,
    "max_features": 0.3,
    "early_stopping": False,
}

#: Columns [n, k] of a cohort, NaN where unknown (the trees take it as it is).
Table = Callable[[Cohort], FloatArray]


def fit_boosting_measurements(train: Cohort, seed: int) -> Predict:
    """Boosting on scalars, intervals, axes, amplitudes of each lead and criteria."""
    return _fit(train, seed, _measurements)


def fit_ecgai_signal(train: Cohort, seed: int) -> Predict:
    """ecgAI-like, signal only: boosting on the profile of 725 numbers."""
    return _fit(train, seed, ecg_profile)


def fit_ecgai_all(train: Cohort, seed: int) -> Predict:
    """ecgAI-like, all features: boosting on the profile and the scalars."""
    return _fit(train, seed, lambda c: np.concatenate([ecg_profile(c), c.scalars], axis=1))


def _measurements(cohort: Cohort) -> FloatArray:
    waves = cohort.ecg.waves.reshape(len(cohort), -1)
    rules = judge_cohort(cohort).score
    return np.concatenate([cohort.scalars, cohort.ecg.intervals, waves, rules], axis=1)


def _fit(train: Cohort, seed: int, table: Table) -> Predict:
    from sklearn.ensemble import HistGradientBoostingRegressor

    columns = table(train)
    known = ~np.isnan(columns).all(axis=0)  # the library has no bins for a column of NaN alone
    model = HistGradientBoostingRegressor(**SETTINGS, random_state=seed)
    model.fit(columns[:, known], train.lvm_g)
    return lambda cohort: np.asarray(model.predict(table(cohort)[:, known]), dtype=np.float64)
