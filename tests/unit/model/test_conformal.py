from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from elvmass.model.conformal import (
    BY_SEX,
    GRID_SIZE,
    PATTERNS,
    FoldResiduals,
    choose_residuals,
    cross_conformal,
    fewest_residuals,
    fold_residuals,
    pattern_for,
)


def heteroscedastic(rng, n):
    """Mass from one feature; the error grows with the mass."""
    x = rng.uniform(70, 200, n)
    return x, x * (1 + 0.12 * rng.standard_normal(n))


def fitted(rng, n_train=400, folds=5):
    """Slopes of fold models and their out-of-fold residuals."""
    x, y = heteroscedastic(rng, n_train)
    part = np.arange(n_train) % folds
    slopes, residuals = [], []
    for k in range(folds):
        slope = (x[part != k] @ y[part != k]) / (x[part != k] @ x[part != k])
        slopes.append(slope)
        residuals.append(fold_residuals(y[part == k], slope * x[part == k]))
    return np.array(slopes), residuals


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_intervals_cover_new_patients_of_small_and_of_large_mass(coverage):
    rng = np.random.default_rng(11)
    inside, x_all = [], []
    for _ in range(8):
        slopes, residuals = fitted(rng)
        x, y = heteroscedastic(rng, 300)
        ends = np.array([cross_conformal(slopes * v, residuals, coverage) for v in x])
        inside.append((ends[:, 0] <= y) & (y <= ends[:, 1]))
        x_all.append(x)
    covered, x = np.concatenate(inside), np.concatenate(x_all)
    assert covered.mean() == pytest.approx(coverage, abs=0.025)
    assert covered[x < 110].mean() == pytest.approx(coverage, abs=0.04)
    assert covered[x > 160].mean() == pytest.approx(coverage, abs=0.04)


def test_the_width_grows_with_the_mass():
    slopes, residuals = fitted(np.random.default_rng(2))
    low, high = (np.subtract(*cross_conformal(slopes * x, residuals)[::-1]) for x in (80.0, 160.0))
    assert high == pytest.approx(2 * low, rel=1e-6)


def test_against_the_exact_order_statistics():
    """With GRID_SIZE residuals the grid holds every one, so the rank can be counted by hand."""
    rng = np.random.default_rng(5)
    r = rng.normal(0, 0.1, GRID_SIZE)
    fold = fold_residuals(100 * (1 + r), np.full(GRID_SIZE, 100.0))
    low, high = cross_conformal(np.array([100.0]), [fold], 0.9)
    ordered = 100 * (1 + np.sort(r))
    k = int(np.floor(0.05 * (GRID_SIZE + 1)))  # 10th smallest and 10th largest
    assert low == pytest.approx(ordered[k - 1])
    assert high == pytest.approx(ordered[-k])


def test_the_mean_is_never_outside_even_if_every_residual_is_on_one_side():
    grid = np.linspace(0.2, 0.4, GRID_SIZE)
    low, high = cross_conformal(np.array([90.0, 110.0]), [FoldResiduals(grid, 50)] * 2)
    assert low == 100.0
    assert high > 130


def test_wild_answers_stay_finite():
    residuals = fold_residuals(np.linspace(80, 120, 40), np.linspace(-50, 50, 40))
    low, high = cross_conformal(np.array([-30.0]), [residuals])
    assert np.isfinite([low, high]).all()
    assert low <= -30 <= high


def test_too_few_residuals_are_refused():
    assert fewest_residuals(0.9) == 19
    few = fold_residuals(np.linspace(80, 120, 18), np.full(18, 100.0))
    with pytest.raises(ValueError, match="18 residuals"):
        cross_conformal(np.array([100.0]), [few])
    enough = fold_residuals(np.linspace(80, 120, 19), np.full(19, 100.0))
    low, high = cross_conformal(np.array([100.0]), [enough])
    assert low == pytest.approx(80, abs=0.2)
    assert high == pytest.approx(120, abs=0.2)


@pytest.mark.parametrize(
    ("missing", "pattern"),
    [
        ((), "complete"),
        (("weight_kg",), "no_body_size"),
        (("weight_kg", "height_cm"), "no_body_size"),
        (("age_years",), "no_demographics"),
        (("sex_male", "height_cm"), "no_demographics"),
        (("qrs_ms",), "no_scalars"),
    ],
)
def test_the_narrowest_covering_pattern_is_taken(missing, pattern):
    assert pattern_for(missing) == pattern


def test_a_patient_gets_the_residuals_of_the_own_sex_where_there_are_enough():
    def fold(n_women):
        return {
            name: FoldResiduals(np.full(200, k / 100), n_women if "female" in name else 20)
            for k, name in enumerate((*PATTERNS, *BY_SEX))
        }

    def chosen(folds, imputed, sex_male):
        (found,) = {each.grid[0] for each in choose_residuals(folds, imputed, sex_male)}
        return (*PATTERNS, *BY_SEX)[round(100 * found)]

    plenty, few = [fold(20), fold(20)], [fold(3), fold(3)]
    assert chosen(plenty, (), 0.0) == "complete_female"
    assert chosen(plenty, ("weight_kg",), 1.0) == "no_body_size_male"
    assert chosen(plenty, ("age_years",), 0.0) == "no_demographics"
    assert chosen(plenty, (), None) == chosen(plenty, (), 0.5) == "complete"
    assert chosen(few, (), 0.0) == "complete"
    assert chosen(few, (), 1.0) == "complete_male"
    plain = [{name: each for name, each in fold(20).items() if name in PATTERNS}]
    assert chosen(plain, (), 0.0) == "complete"


def test_patterns_grow():
    covered = list(PATTERNS.values())
    assert all(a < b for a, b in pairwise(covered))
