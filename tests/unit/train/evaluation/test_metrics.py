from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from elvmass.train.evaluation.metrics import (
    bland_altman,
    calibration_curve,
    draws,
    figures,
    figures_with_ci,
    mean_with_ci,
    midranks,
)


def estimates(n=200, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(110, 30, n).clip(40).round()  # rounded: ties
    return truth, (0.6 * truth + 50 + rng.normal(0, 15, n)).round()


def test_figures_agree_with_sklearn_and_scipy():
    truth, estimate = estimates()
    found = figures(truth, estimate)
    line = scipy.stats.linregress(estimate, truth)
    assert found == {
        "mae_g": pytest.approx(sklearn.metrics.mean_absolute_error(truth, estimate)),
        "mape_percent": pytest.approx(
            100 * sklearn.metrics.mean_absolute_percentage_error(truth, estimate)
        ),
        "rmse_g": pytest.approx(sklearn.metrics.root_mean_squared_error(truth, estimate)),
        "bias_g": pytest.approx(np.mean(estimate - truth)),
        "r2": pytest.approx(sklearn.metrics.r2_score(truth, estimate)),
        "r": pytest.approx(scipy.stats.pearsonr(truth, estimate).statistic),
        "spearman": pytest.approx(scipy.stats.spearmanr(truth, estimate).statistic),
        "slope": pytest.approx(line.slope),
        "intercept_g": pytest.approx(line.intercept),
        "mae_ratio": pytest.approx(
            np.abs(estimate - truth).mean() / np.abs(truth - truth.mean()).mean()
        ),
    }


def test_a_constant_estimate_has_no_correlation_and_no_slope():
    truth, _ = estimates(7)
    found = figures(truth, np.full(7, 110.1))
    assert all(np.isnan(found[name]) for name in ("r", "slope", "intercept_g", "spearman"))
    assert found["r2"] <= 0
    with_ci = figures_with_ci(truth, np.full(7, 110.1), 20)
    assert np.isnan(with_ci["r"].low)
    assert np.isfinite(with_ci["mae_g"].low)


def test_means_of_five_folds_are_a_constant():
    """Each fold's mean leans away from its own patients: a slope of -4, which is no finding."""
    truth, _ = estimates(1000)
    folds = np.arange(1000) % 5
    means = np.array([truth[folds != fold].mean() for fold in range(5)])[folds]
    found = figures_with_ci(truth, means, 20)
    assert all(np.isnan(found[name].value) for name in ("r", "slope", "intercept_g", "spearman"))
    assert np.isfinite(found["r2"].value)


def test_weights_are_repeated_rows():
    """A bootstrap by weights is the bootstrap by rows: figures of the drawn rows themselves."""
    truth, estimate = estimates(60)
    weights = np.concatenate(list(draws(60, 40, seed=3)))
    again = [
        figures(np.repeat(truth, w.astype(int)), np.repeat(estimate, w.astype(int)))
        for w in weights
    ]
    found = figures_with_ci(truth, estimate, 40, seed=3)
    for name, figure in found.items():
        low, high = np.quantile([row[name] for row in again], (0.025, 0.975))
        assert (figure.low, figure.high) == (pytest.approx(low), pytest.approx(high)), name


def test_rows_of_a_patient_are_drawn_together():
    patients = ["a", "b", "b", "c", "c", "c"]
    weights = np.concatenate(list(draws(patients, 200, seed=1)))
    assert (weights[:, 1] == weights[:, 2]).all()
    assert (weights[:, 3] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert len(np.unique(weights, axis=0)) == 10  # all ways of drawing three of three


def test_patients_with_two_equal_rows_have_the_interval_of_the_patients():
    """Doubling every row adds no information; drawing rows alone would narrow the interval."""
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, 300)
    once = mean_with_ci(values, 2000, patients=[str(i) for i in range(300)])
    twice = mean_with_ci(np.repeat(values, 2), 2000, patients=[str(i // 2) for i in range(600)])
    rows = mean_with_ci(np.repeat(values, 2), 2000)
    assert twice.high - twice.low == pytest.approx(once.high - once.low, rel=0.08)
    assert rows.high - rows.low == pytest.approx((once.high - once.low) / 2**0.5, rel=0.08)


def test_the_same_seed_draws_the_same_whatever_the_number_of_rows_in_memory(monkeypatch):
    whole = np.concatenate(list(draws(50, 30, seed=2)))
    monkeypatch.setattr("elvmass.train.evaluation.metrics._CHUNK", 120)
    parts = list(draws(50, 30, seed=2))
    assert len(parts) == 15
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_midranks_are_those_of_scipy_on_repeated_rows():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 6, 20).astype(float)
    weights = rng.integers(1, 4, (1, 20)).astype(float)
    rows = np.repeat(np.arange(20), weights[0].astype(int))
    np.testing.assert_allclose(
        midranks(values, weights)[0][rows], scipy.stats.rankdata(values[rows])
    )


def test_bland_altman_by_hand():
    truth = np.array([100.0, 120.0, 80.0, 90.0])
    estimate = np.array([110.0, 114.0, 82.0, 88.0])  # differences 10, -6, 2, -2
    found = bland_altman(truth, estimate)
    sd = np.sqrt((81 + 49 + 1 + 9) / 3)
    assert (found.unit, found.bias.value, found.sd) == ("g", 1.0, pytest.approx(sd))
    assert found.upper.value == pytest.approx(1.0 + 1.96 * sd, rel=1e-4)
    assert found.lower.value == pytest.approx(1.0 - 1.96 * sd, rel=1e-4)
    t = scipy.stats.t.ppf(0.975, 3)
    assert found.bias.high == pytest.approx(1.0 + t * sd / 2)
    half = t * sd * np.sqrt(1 / 4 + 1.959964**2 / 6)
    assert found.upper.high - found.upper.value == pytest.approx(half, rel=1e-5)
    percent = bland_altman(truth, estimate, percent=True)
    assert percent.unit == "%"
    assert percent.bias.value == pytest.approx(100 * np.mean([10 / 105, -6 / 117, 2 / 81, -2 / 89]))


def test_limits_of_agreement_have_the_coverage_that_they_claim():
    rng = np.random.default_rng(5)
    hits = np.zeros(2)
    for _ in range(400):
        truth = rng.normal(110, 30, 60)
        found = bland_altman(truth, truth + rng.normal(3, 10, 60))
        hits += [
            found.bias.low <= 3 <= found.bias.high,
            found.upper.low <= 3 + 19.6 <= found.upper.high,
        ]
    assert (np.abs(hits / 400 - 0.95) < 0.035).all()


def test_calibration_curve_bins_patients_by_their_estimate():
    truth = np.array([10.0, 30, 20, 60, 50, 40, 70])
    estimate = np.array([1.0, 3, 2, 6, 5, 4, 7])
    found = calibration_curve(truth, estimate, bins=3)
    np.testing.assert_array_equal(found.n, [3, 2, 2])
    np.testing.assert_allclose(found.estimate_g, [2, 4.5, 6.5])
    np.testing.assert_allclose(found.truth_g, [20, 45, 65])
    np.testing.assert_allclose(found.truth_se_g, [10 / 3**0.5, 5, 5])
    with pytest.raises(ValueError, match="too few for 5 bins"):
        calibration_curve(truth, estimate, bins=5)
