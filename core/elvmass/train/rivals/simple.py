"""The mean, and the mean of the sex: what is known without looking at the ECG."""

from __future__ import annotations

import numpy as np

from elvmass.train.data.dataset import Cohort
from elvmass.train.rivals.rival import Predict


def fit_mean(train: Cohort, seed: int) -> Predict:
    """Mean mass of the training patients."""
    mean_g = float(train.lvm_g.mean())
    return lambda cohort: np.full(len(cohort), mean_g)


def fit_sex_mean(train: Cohort, seed: int) -> Predict:
    """Mean mass of the training patients of that sex; of all where the sex is unknown."""
    pooled = float(train.lvm_g.mean())
    male = float(train.lvm_g[train.male].mean()) if train.male.any() else pooled
    female = float(train.lvm_g[train.female].mean()) if train.female.any() else pooled
    return lambda c: np.where(c.male, male, np.where(c.female, female, pooled))
