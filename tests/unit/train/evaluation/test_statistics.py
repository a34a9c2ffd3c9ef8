from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from elvmass.train.evaluation.statistics import (
    auroc,
    auroc_difference,
    corrected_t,
    delong,
    fold_means,
    paired_bootstrap,
)


def scored(n=250, seed=0):
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < 0.3
    shared = rng.normal(0, 1, n)
    first = (shared + rng.normal(0, 0.5, n) + 1.2 * positive).round(1)
    second = (shared + rng.normal(0, 0.5, n) + 0.8 * positive).round(1)
    return first, second, positive


def test_the_paired_bootstrap_agrees_with_the_paired_t_test():
    rng = np.random.default_rng(0)
    loss_a = rng.exponential(14, 400)
    loss_b = loss_a + rng.normal(0.9, 6, 400)
    found = paired_bootstrap(loss_a, loss_b)
    wanted = scipy.stats.ttest_rel(loss_a, loss_b)
    interval = wanted.confidence_interval()
    assert found.value == pytest.approx((loss_a - loss_b).mean())
    assert found.low == pytest.approx(interval.low, abs=0.06)
    assert found.high == pytest.approx(interval.high, abs=0.06)
    assert found.p == pytest.approx(wanted.pvalue, abs=0.003)


def test_repeated_ecgs_of_a_patient_bring_no_certainty():
    rng = np.random.default_rng(1)
    difference = rng.normal(0.5, 4, 100)
    zero = np.zeros(100)
    once = paired_bootstrap(difference, zero, times=4000)
    four = paired_bootstrap(
        np.repeat(difference, 4), np.zeros(400), np.repeat(np.arange(100), 4).astype(str), 4000
    )
    assert four.high - four.low == pytest.approx(once.high - once.low, rel=0.06)
    assert four.p == pytest.approx(once.p, abs=0.03)


def test_bootstrap_limits_of_p():
    far = paired_bootstrap(np.full(20, 2.0), np.ones(20), times=99)
    assert (far.value, far.low, far.high, far.p) == (1.0, 1.0, 1.0, pytest.approx(0.02))
    assert paired_bootstrap(np.ones(20), np.ones(20), times=99).p == 1.0
    with pytest.raises(ValueError, match="cannot be paired"):
        paired_bootstrap(np.ones(3), np.ones(4))


def test_p_is_uniform_without_a_difference():
    rng = np.random.default_rng(2)
    found = [
        paired_bootstrap(rng.normal(0, 1, (80)), np.zeros(80), None, 300).p for _ in range(300)
    ]
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=0.035)


def test_fold_means_by_hand():
    parts = [np.array([0, 3]), np.array([1, 2])]
    np.testing.assert_array_equal(fold_means(np.array([1.0, 2, 4, 5]), parts), [3, 3])


def test_corrected_t_by_hand():
    difference = np.array([0.2, 0.5, -0.1, 0.4, 0.3])
    found = corrected_t(difference, 1167, 292)
    se = np.std(difference, ddof=1) * np.sqrt(1 / 5 + 292 / 1167)
    t = difference.mean() / se
    assert found.p == pytest.approx(2 * scipy.stats.t.sf(t, 4))
    half = scipy.stats.t.ppf(0.975, 4) * se
    assert (found.low, found.high) == (
        pytest.approx(difference.mean() - half), pytest.approx(difference.mean() + half),
    )  # fmt: skip
    plain = scipy.stats.ttest_1samp(difference, 0)
    assert found.p > plain.pvalue
    # without overlap of training parts it is the plain test
    assert corrected_t(difference, 1e12, 1).p == pytest.approx(plain.pvalue)


def test_corrected_t_at_its_edges():
    assert corrected_t(np.full(5, 0.0), 10, 2).p == 1.0
    assert corrected_t(np.full(5, 1.0), 10, 2).p == 0.0
    with pytest.raises(ValueError, match="two folds"):
        corrected_t(np.ones(1), 10, 2)


def test_delong_by_its_definition():
    """Structural components by comparing every patient with LVH to every patient without."""
    first, second, positive = scored(60)
    components = []
    for score in (first, second):
        ill, well = score[positive][:, None], score[~positive][None]
        components.append((ill > well) + 0.5 * (ill == well))
    of_ill = np.cov([c.mean(axis=1) for c in components]) / positive.sum()
    of_well = np.cov([c.mean(axis=0) for c in components]) / (~positive).sum()
    areas, covariance = delong(np.stack([first, second]), positive)
    np.testing.assert_allclose(covariance, of_ill + of_well)
    np.testing.assert_allclose(
        areas, [sklearn.metrics.roc_auc_score(positive, s) for s in (first, second)]
    )
    with pytest.raises(ValueError, match="at least two"):
        delong(first[None], np.arange(60) == 3)


def test_delong_agrees_with_a_bootstrap_of_mann_whitney():
    first, second, positive = scored()
    rng = np.random.default_rng(0)
    again = []
    for _ in range(300):
        rows = rng.integers(0, len(first), len(first))
        ill, well = rows[positive[rows]], rows[~positive[rows]]
        pairs = len(ill) * len(well)
        areas = [
            scipy.stats.mannwhitneyu(s[ill], s[well], method="asymptotic").statistic / pairs
            for s in (first, second)
        ]
        again.append((areas[0], areas[0] - areas[1]))
    spread = np.std(again, axis=0)
    found = auroc_difference(first, second, positive)
    assert found.high - found.value == pytest.approx(1.96 * spread[1], rel=0.15)
    assert found.p == pytest.approx(2 * scipy.stats.norm.sf(abs(found.value) / spread[1]), abs=0.02)
    one = auroc(first, positive)
    assert (one.high - one.low) / 2 == pytest.approx(1.96 * spread[0], rel=0.15)
    assert one.low < one.value < one.high <= 1


def test_auroc_at_its_edges():
    positive = np.arange(10) >= 5
    perfect = auroc(np.arange(10.0), positive)
    assert perfect.value == 1.0
    assert np.isnan(perfect.low)
    same = auroc_difference(np.arange(10.0), 2 * np.arange(10.0), positive)
    assert (same.value, same.p) == (0.0, 1.0)
