from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics
from unit.train.toy_cohort import toy_cohort

from elvmass.clinical.thresholds import THRESHOLDS
from elvmass.errors import ConfigError
from elvmass.train.evaluation.lvh import (
    discrimination,
    limit_g,
    lvh_figures,
    own_threshold,
    percentile_threshold,
)
from elvmass.train.evaluation.metrics import draws

COHORT = toy_cohort()
NAMES = ("sex_male", "height_cm", "weight_kg")


def scored(n=300, seed=0):
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < 0.3
    return (rng.normal(0.9, 0.2, n) + 0.25 * positive).round(2), positive  # rounded: ties


def with_person(sex_male, height_cm, weight_kg):
    scalars = COHORT.scalars.copy()
    scalars[0, 1:4] = sex_male, height_cm, weight_kg
    return replace(COHORT, scalars=scalars)


def test_limits_are_the_index_of_the_sex_times_body_surface():
    cohort = with_person(1.0, 168.59, 72.86)
    assert limit_g(cohort, THRESHOLDS["ct_fuchs_2016"])[0] == pytest.approx(80 * 1.830, rel=1e-3)
    assert limit_g(cohort, own_threshold(70, 50), "mosteller")[0] == pytest.approx(
        70 * 1.847, rel=1e-3
    )
    woman = with_person(0.0, 158.16, 60.47)
    assert limit_g(woman, THRESHOLDS["cmr_lvm_ai"])[0] == pytest.approx(55 * 1.614, rel=1e-3)


@pytest.mark.parametrize("person", [(np.nan, 170, 70), (1, np.nan, 70), (1, 170, np.nan)])
def test_no_limit_without_sex_and_body_size(person):
    assert np.isnan(limit_g(with_person(*person), THRESHOLDS["ct_fuchs_2016"])[0])


def test_limits_that_cannot_be_are_refused():
    with pytest.raises(ConfigError, match="positive"):
        own_threshold(80, 0)
    with pytest.raises(ConfigError, match="Choose: du_bois"):
        limit_g(COHORT, own_threshold(80, 60), "dubois")
    with pytest.raises(ConfigError, match="men and women"):
        percentile_threshold(COHORT.subset(COHORT.male))


def test_a_percentile_leaves_its_share_above():
    limit = percentile_threshold(COHORT, 80.0)
    above = COHORT.lvm_g > limit_g(COHORT, limit)
    for sex in (COHORT.male, COHORT.female):
        assert above[sex].mean() == pytest.approx(0.2, abs=0.02)


def test_the_roc_curve_agrees_with_sklearn():
    score, positive = scored()
    found = discrimination(score, (score > 1.0).astype(float), positive, times=2)
    value = {name: figure.value for name, figure in found.items()}
    assert value["auroc"] == pytest.approx(sklearn.metrics.roc_auc_score(positive, score))
    false_alarms, sensitivity, cutoffs = sklearn.metrics.roc_curve(
        positive, score, drop_intermediate=False
    )
    best = np.argmax(sensitivity - false_alarms)
    assert value["youden"] == pytest.approx((sensitivity - false_alarms)[best])
    assert value["youden_cutoff"] == cutoffs[best]
    strict = sensitivity[false_alarms <= 0.05].max()
    assert value["sensitivity_at_95"] == pytest.approx(strict)


def test_the_yes_no_answer_agrees_with_sklearn():
    score, positive = scored()
    flagged = score > 1.0
    found = discrimination(score, flagged.astype(float), positive, times=2)
    tn, fp, fn, tp = sklearn.metrics.confusion_matrix(positive, flagged).ravel()
    wanted = {
        "prevalence": positive.mean(), "sensitivity": tp / (tp + fn), "specificity": tn / (tn + fp),
        "ppv": tp / (tp + fp), "npv": tn / (tn + fn),
        "binary_c": sklearn.metrics.roc_auc_score(positive, flagged),
    }  # fmt: skip
    for name, value in wanted.items():
        assert found[name].value == pytest.approx(value), name


def test_intervals_are_those_of_drawn_rows():
    score, positive = scored(80)
    flagged = (score > 1.0).astype(float)
    found = discrimination(score, flagged, positive, times=40, seed=3)
    again = []
    for weights in np.concatenate(list(draws(80, 40, seed=3))):
        rows = np.repeat(np.arange(80), weights.astype(int))
        one = discrimination(score[rows], flagged[rows], positive[rows], times=1)
        again.append({name: figure.value for name, figure in one.items()})
    for name, figure in found.items():
        low, high = np.quantile([row[name] for row in again], (0.025, 0.975))
        assert (figure.low, figure.high) == (pytest.approx(low), pytest.approx(high)), name


def test_estimates_are_judged_by_their_own_index():
    limits = np.array([100.0, 100, 80, 80])
    truth = np.array([120.0, 90, 90, 70])
    estimate = np.array([101.0, 100, 79, 60])  # at the limit is not above it
    found = lvh_figures(truth, estimate, limits, times=2)
    assert found["sensitivity"].value == 0.5
    assert found["specificity"].value == 1.0
    assert found["auroc"].value == pytest.approx(0.75)  # 1.01, .9875 against 1.00, .75


def test_a_rule_without_a_limit_has_a_curve_but_no_answers():
    score, positive = scored(50)
    found = discrimination(score, np.full(50, np.nan), positive, times=20)
    assert found["auroc"].value > 0.5
    assert np.isnan(found["sensitivity"].value)
    assert np.isnan(found["binary_c"].value)


def test_nobody_ill_gives_no_figures_instead_of_zeros():
    score, _ = scored(50)
    found = discrimination(score, np.ones(50), np.zeros(50, bool), times=20)
    for name in ("auroc", "youden", "youden_cutoff", "sensitivity_at_95", "sensitivity"):
        assert np.isnan(found[name].value), name
    assert found["specificity"].value == 0.0
