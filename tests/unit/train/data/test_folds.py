from __future__ import annotations

import numpy as np
import pytest

from elvmass.train.data.folds import make_folds, restrict


def cohort(n=1459, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(110, 32, n), [f"p{i}" for i in range(n)]


def test_sizes_are_the_papers():
    for split in make_folds(*cohort()):
        assert len(split.test) in (291, 292)
        assert abs(len(split.validation) - 117) <= 1
        assert abs(len(split.train) - 1051) <= 1


def test_every_row_is_tested_once_and_parts_do_not_overlap():
    splits = make_folds(*cohort(203))
    assert sorted(np.concatenate([s.test for s in splits])) == list(range(203))
    for split in splits:
        assert sorted(np.concatenate(split)) == list(range(203))


def test_parts_are_stratified_on_mass():
    mass, patients = cohort(500)
    deciles = np.quantile(mass, np.arange(0.1, 1.0, 0.1))
    for split in make_folds(mass, patients):
        counts = np.bincount(np.searchsorted(deciles, mass[split.test]), minlength=10)
        assert counts.min() >= 9
        assert counts.max() <= 11
        assert abs(mass[split.validation].mean() - mass.mean()) < 4


def test_rows_of_a_patient_stay_together():
    rng = np.random.default_rng(1)
    owner = rng.integers(0, 90, 300)
    mass = 80 + owner * 0.5 + rng.normal(0, 1, 300)
    for split in make_folds(mass, [f"p{i}" for i in owner]):
        sides = [set(owner[rows]) for rows in split]
        assert len(set.union(*sides)) == sum(len(side) for side in sides)


def test_folds_follow_the_seed():
    a, b, c = (make_folds(*cohort(100), seed=s) for s in (1, 1, 2))
    for s, t in zip(a, b, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(s, t, strict=True))
    assert not np.array_equal(a[0].test, c[0].test)


def test_sex_models_use_the_pooled_folds():
    splits = make_folds(*cohort(120))
    keep = np.arange(120) % 3 > 0
    for split in splits:
        part = restrict(split, keep)
        for whole, restricted in zip(split, part, strict=True):
            assert set(restricted) == {i for i in whole if keep[i]}


def test_too_few_patients():
    with pytest.raises(ValueError, match="too few"):
        make_folds(np.arange(8.0), list("abcdefgh"))
