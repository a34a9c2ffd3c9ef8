from __future__ import annotations

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression

from elvmass.train.evaluation.recalibrate import cross_fitted


def wrong_by_a_line(n=120, seed=0):
    rng = np.random.default_rng(seed)
    male = (rng.random(n) < 0.6).astype(float)
    truth = rng.normal(90 + 30 * male, 20)
    estimate = 30 + 0.5 * truth - 8 * male + rng.normal(0, 1, n)
    parts = [np.flatnonzero(np.arange(n) % 4 == k) for k in range(4)]
    return truth, estimate, male, parts


def test_linear_is_the_regression_on_the_other_parts():
    truth, estimate, male, parts = wrong_by_a_line()
    x = np.column_stack([estimate, male])
    wanted = np.empty_like(truth)
    for rows in parts:
        others = np.setdiff1d(np.arange(len(truth)), rows)
        wanted[rows] = LinearRegression().fit(x[others], truth[others]).predict(x[rows])
    found = cross_fitted(truth, estimate, male, parts)
    np.testing.assert_allclose(found, wanted)
    assert np.abs(found - truth).mean() < 2.5 < 10 < np.abs(estimate - truth).mean()


def test_isotonic_is_the_step_curve_of_the_other_parts():
    truth, estimate, male, parts = wrong_by_a_line()
    found = cross_fitted(truth, estimate, male, parts, "isotonic")
    others = np.setdiff1d(np.arange(len(truth)), parts[2])
    curve = IsotonicRegression(out_of_bounds="clip").fit(estimate[others], truth[others])
    np.testing.assert_allclose(found[parts[2]], curve.predict(estimate[parts[2]]))


@pytest.mark.parametrize("method", ["linear", "isotonic"])
def test_a_patients_own_mass_never_enters_the_correction(method):
    truth, estimate, male, parts = wrong_by_a_line()
    changed = truth.copy()
    changed[parts[0]] = 500.0
    before = cross_fitted(truth, estimate, male, parts, method)
    after = cross_fitted(changed, estimate, male, parts, method)
    np.testing.assert_array_equal(before[parts[0]], after[parts[0]])
    assert (before[parts[1]] != after[parts[1]]).any()


@pytest.mark.parametrize("method", ["linear", "isotonic"])
def test_noise_is_not_turned_into_skill(method):
    """In-sample the same fits would seem to explain some of it."""
    rng = np.random.default_rng(3)
    truth, estimate = rng.normal(110, 30, 100), rng.normal(110, 30, 100)
    parts = np.array_split(np.arange(100), 5)
    found = cross_fitted(truth, estimate, np.full(100, np.nan), parts, method)
    trivial = cross_fitted(truth, np.zeros(100), np.full(100, np.nan), parts)
    assert np.square(found - truth).mean() > 0.98 * np.square(trivial - truth).mean()


def test_one_sex_needs_no_special_case():
    truth, estimate, _, parts = wrong_by_a_line()
    plain = cross_fitted(truth, estimate, np.zeros(len(truth)), parts)
    np.testing.assert_allclose(cross_fitted(truth, estimate, np.ones(len(truth)), parts), plain)


def test_parts_must_be_a_partition():
    truth, estimate, male, parts = wrong_by_a_line()
    for wrong in (parts[:3], [*parts, parts[0]], [np.arange(len(truth))]):
        with pytest.raises(ValueError, match="exactly once"):
            cross_fitted(truth, estimate, male, wrong)
    with pytest.raises(ValueError, match="linear, isotonic"):
        cross_fitted(truth, estimate, male, parts, "cubic")
