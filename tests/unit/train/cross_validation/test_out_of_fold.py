"""Scores of a training: each patient by the fold that has not seen him or her."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from unit.train.toy_cohort import toy_cohort, toy_config

from elvmass.model.bundle import load_bundle
from elvmass.train.cross_validation.out_of_fold import out_of_fold_scores
from elvmass.train.cross_validation.run import train_bundle
from elvmass.train.evaluation.evaluate import Scoring
from elvmass.train.evaluation.metrics import bland_altman, figures

QUICK = Scoring(bootstrap=20)


@pytest.mark.parametrize("sex", ["pooled", "female"])
def test_scores_are_those_of_the_out_of_fold_estimates(tmp_path: Path, sex: str) -> None:
    cohort, config = toy_cohort(), toy_config(epochs=2, sex=sex)
    trained = train_bundle(cohort, config, tmp_path / "toy")
    found = out_of_fold_scores(cohort, config, trained, load_bundle(trained.folder), QUICK)
    whole = found.rows[0]
    assert whole.n == len(trained.rows) == len(found.truth_g)
    assert whole.figures["mae_g"].value == pytest.approx(trained.card.metrics["mae_g"])
    np.testing.assert_array_equal(found.truth_g, cohort.lvm_g[trained.rows])
    np.testing.assert_array_equal(found.sex_male, cohort.male[trained.rows])
    assert [row.group for row in found.rows] == (
        ["all", "male", "female"] if sex == "pooled" else ["all", "female"]
    )
    for row in found.rows[1:]:
        chosen = found.sex_male == (row.group == "male")
        alone = figures(found.truth_g[chosen], found.estimate_g[chosen])
        assert row.figures["mae_g"].value == pytest.approx(alone["mae_g"])
    assert found.agreement == bland_altman(trained.lvm_g, trained.estimate_g)
    assert found.calibration.n.sum() == whole.n


def test_coverage_is_near_its_aim_and_absent_where_residuals_are_few(tmp_path: Path) -> None:
    cohort, config = toy_cohort(), toy_config(epochs=2)
    trained = train_bundle(cohort, config, tmp_path / "toy")
    bundle = load_bundle(trained.folder)
    found = out_of_fold_scores(cohort, config, trained, bundle, QUICK)
    assert 0.8 <= found.rows[0].figures["coverage"].value <= 1.0
    half = Scoring(bootstrap=20, coverage=0.5)
    less = out_of_fold_scores(cohort, config, trained, bundle, half)
    assert 0.35 <= less.rows[0].figures["coverage"].value <= 0.65
    most = Scoring(bootstrap=20, coverage=0.99)
    assert (
        "coverage" not in out_of_fold_scores(cohort, config, trained, bundle, most).rows[0].figures
    )
