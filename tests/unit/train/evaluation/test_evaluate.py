from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics
from unit.train.toy_cohort import toy_cohort

from elvmass.clinical.criteria import RULES
from elvmass.train.evaluation.evaluate import (
    Scoring,
    baselines,
    evaluate,
    score_criteria,
    score_estimates,
)
from elvmass.train.evaluation.lvh import limit_g, own_threshold
from elvmass.train.rivals.roster import BASELINES

COHORT = toy_cohort()
SCORING = Scoring(bootstrap=60, limit=own_threshold(65, 55))


def rows_of(rows, model):
    return {row.group: row for row in rows if row.model == model}


def test_baselines_and_criteria_stand_beside_the_models():
    rows = evaluate([], COHORT, scoring=SCORING)
    names = [rival.name for rival in BASELINES] + [rule.name for rule in RULES]
    assert list(dict.fromkeys(row.model for row in rows)) == names
    assert {(row.group, row.n) for row in rows} == {
        ("all", 160), ("male", COHORT.male.sum()), ("female", COHORT.female.sum()),
    }  # fmt: skip


def test_estimates_are_scored_in_grams_and_on_hypertrophy():
    estimate = COHORT.lvm_g + np.random.default_rng(0).normal(0, 8, len(COHORT))
    rows = rows_of(score_estimates("m", COHORT, estimate, SCORING), "m")
    men = COHORT.male
    figures = rows["male"].figures
    error = np.abs(estimate - COHORT.lvm_g)[men]
    assert figures["mae_g"].value == pytest.approx(error.mean())
    limits = limit_g(COHORT, SCORING.limit)[men]
    ill = COHORT.lvm_g[men] > limits
    area = sklearn.metrics.roc_auc_score(ill, estimate[men] / limits)
    assert figures["lvh_auroc"].value == pytest.approx(area)
    assert figures["lvh_sensitivity"].value == pytest.approx((estimate[men] > limits)[ill].mean())
    assert figures["lvh_auroc"].low < area <= figures["lvh_auroc"].high


def test_patients_without_a_limit_count_for_grams_only():
    scalars = COHORT.scalars.copy()
    scalars[:50, 2] = np.nan
    unknown = replace(COHORT, scalars=scalars)
    row = rows_of(score_estimates("m", unknown, COHORT.lvm_g + 1, SCORING), "m")["all"]
    assert (row.n, row.figures["lvh_n"].value) == (160, 110)
    scalars[:, 2] = np.nan
    row = rows_of(score_estimates("m", unknown, COHORT.lvm_g + 1, SCORING), "m")["all"]
    assert not [name for name in row.figures if name.startswith("lvh")]
    assert row.figures["bias_g"].value == pytest.approx(1)


def test_criteria_are_scored_by_their_voltage_and_by_their_answer():
    rows = score_criteria(COHORT, SCORING)
    r_avl = rows_of(rows, "R in aVL")["all"].figures
    voltage = COHORT.ecg.waves[:, 4, 4]  # R of aVL; R' may be taller
    voltage = np.fmax(voltage, COHORT.ecg.waves[:, 4, 6])
    ill = COHORT.lvm_g > limit_g(COHORT, SCORING.limit)
    assert r_avl["lvh_auroc"].value == pytest.approx(sklearn.metrics.roc_auc_score(ill, voltage))
    assert r_avl["lvh_sensitivity"].value == (voltage > 1.1)[ill].mean()
    mesa = rows_of(rows, "MESA sum")["female"].figures
    assert np.isfinite(mesa["lvh_auroc"].value)
    assert np.isnan(mesa["lvh_sensitivity"].value)


def test_a_preset_for_one_sex_answers_for_that_sex_only():
    rows = score_criteria(COHORT, replace(SCORING, preset="taiwanese_young_women"))
    cornell = rows_of(rows, "Cornell voltage")
    assert np.isnan(cornell["male"].figures["lvh_sensitivity"].value)
    assert cornell["female"].figures["lvh_sensitivity"].value >= 0
    assert cornell["all"].figures["lvh_n"].value == COHORT.female.sum()


def test_a_training_cohort_replaces_cross_validation():
    other = toy_cohort(100, seed=3)
    mean = baselines(COHORT, other, rivals=BASELINES[:1])["baseline: mean"]
    np.testing.assert_allclose(mean, other.lvm_g.mean())
