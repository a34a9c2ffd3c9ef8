"""Figures of an experiment against independent computation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score

from elvmass.errors import ConfigError
from elvmass.experiment.characteristics import characteristics
from elvmass.experiment.hypertrophy import head_chances, lvh_table
from elvmass.experiment.judged import choose_reference, judge
from elvmass.experiment.rows import choose_rows
from elvmass.experiment.tables import paper_tables, ranking
from elvmass.experiment.trial import Trial


def du_bois(cohort):
    height, weight = cohort.columns(("height_cm", "weight_kg")).T
    return 0.007184 * weight**0.425 * height**0.725


@pytest.mark.parametrize("key", ["ridge_beat", "elvmass_model2"])
@pytest.mark.parametrize("group", ["all", "male", "female"])
def test_figures(judged, key, group):
    cohort = judged.trial.subjects
    who = {"male": cohort.male, "female": cohort.female}.get(group, np.ones(160, dtype=bool))
    truth, estimate = cohort.lvm_g[who], judged.trial.result(key).estimate_g[who]
    score = judged.score(key, group)
    assert score.n == who.sum()
    found = {name: figure.value for name, figure in score.figures.items()}
    line = stats.linregress(estimate, truth)
    expected = {
        "mae_g": np.abs(estimate - truth).mean(),
        "mape_percent": 100 * np.abs(estimate / truth - 1).mean(),
        "rmse_g": np.sqrt(((estimate - truth) ** 2).mean()),
        "bias_g": (estimate - truth).mean(),
        "r2": r2_score(truth, estimate),
        "r": line.rvalue,
        "slope": line.slope,
        "mae_ratio": np.abs(estimate - truth).mean() / np.abs(truth - truth.mean()).mean(),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value), name
    error = np.abs(judged.trial.result(key).estimate_g - cohort.lvm_g)
    by_fold = [error[split.test][who[split.test]].mean() for split in judged.trial.splits]
    assert score.mae_folds.values == pytest.approx(by_fold)
    assert score.mae_folds.sd == pytest.approx(np.std(by_fold, ddof=1))


def test_models_of_one_sex_are_scored_on_that_sex_only(judged):
    assert {s.group for s in judged.scores if s.key == "ridge_beat_male"} == {"male"}
    assert judged.score("elvmass_model2_male", "male").n == judged.trial.subjects.male.sum()


def test_comparison_with_the_reference(judged):
    trial = judged.trial
    errors = [
        np.abs(trial.result(key).estimate_g - trial.subjects.lvm_g)
        for key in ("ridge_beat", "elvmass_model2")
    ]
    found = judged.comparisons["ridge_beat", "all"]
    assert found.mae_g.value == pytest.approx((errors[0] - errors[1]).mean())
    assert found.mae_g.low < found.mae_g.value < found.mae_g.high
    assert found.mae_g.p < 0.05
    each = np.array([(errors[0] - errors[1])[split.test].mean() for split in trial.splits])
    train, test = (len(trial.subjects) * share for share in (2 / 3, 1 / 3))
    t = each.mean() / (each.std(ddof=1) * np.sqrt(1 / 3 + test / train))
    assert found.mae_folds.p == pytest.approx(2 * stats.t.sf(abs(t), 2), rel=0.05)
    assert ("elvmass_model2", "all") not in judged.comparisons


def test_a_model_of_one_sex_is_compared_with_the_reference_of_that_sex(judged):
    trial, men = judged.trial, judged.trial.subjects.male
    ridge, net = (
        np.abs(trial.result(f"{key}_male").estimate_g - trial.subjects.lvm_g)[men].mean()
        for key in ("ridge_beat", "elvmass_model2")
    )
    assert judged.comparisons["ridge_beat_male", "male"].mae_g.value == pytest.approx(ridge - net)


def test_table_s3_shows_both_comparisons(judged):
    (table,) = (t for t in paper_tables(judged) if t.key == "s3")
    preprint, alike = table.rows
    own = judged.score("elvmass_model2_male", "male").figures["mape_percent"].value
    for row, group in ((preprint, "all"), (alike, "male")):
        pooled = judged.score("elvmass_model2", group).figures["mape_percent"].value
        assert row["change"] == pytest.approx(100 * (own / pooled - 1))
    assert preprint["paper"] == "-2.71"
    assert alike["delta"].value == pytest.approx(own - pooled)


def test_hypertrophy(judged):
    cohort, limit = judged.trial.subjects, judged.scoring.limit
    per_m2 = np.where(cohort.male, limit.male_g_per_m2, limit.female_g_per_m2)
    ill = cohort.lvm_g / du_bois(cohort) > per_m2
    index = judged.trial.result("ridge_beat").estimate_g / du_bois(cohort)
    rows = {(row["model"], row["group"]): row for row in lvh_table(judged).rows}
    words = judged.row("ridge_beat").words
    for group, who in (("men", cohort.male), ("women", cohort.female)):
        row = rows[words, group]
        assert row["lvh_n"] == who.sum()
        assert row["lvh_auroc"].value == pytest.approx(roc_auc_score(ill[who], index[who]))
        flagged = index[who] > per_m2[who]
        assert row["lvh_binary_c"].value == pytest.approx(
            balanced_accuracy_score(ill[who], flagged)
        )
    of_men = rows[judged.row("ridge_beat_male").words, "men"]
    pooled = rows[words, "men"]
    assert of_men["delta_auroc"].value == pytest.approx(
        of_men["lvh_auroc"].value - pooled["lvh_auroc"].value
    )


def test_the_classification_head_never_saw_whom_it_judges(judged):
    cohort, trial = judged.trial.subjects, judged.trial
    result = trial.result("ridge_beat")
    chance = head_chances(trial, result, judged.scoring)
    limit = judged.scoring.limit
    per_m2 = np.where(cohort.male, limit.male_g_per_m2, limit.female_g_per_m2)
    ill = cohort.lvm_g / du_bois(cohort) > per_m2
    table = np.column_stack([cohort.male, result.estimate_g / du_bois(cohort)])
    test = trial.splits[1].test
    others = np.setdiff1d(np.arange(len(cohort)), test)
    z = (table - table[others].mean(axis=0)) / table[others].std(axis=0)
    head = LogisticRegression(class_weight="balanced").fit(z[others], ill[others])
    np.testing.assert_allclose(chance[test], head.predict_proba(z[test])[:, 1], rtol=1e-6)


def test_characteristics(judged):
    table = characteristics(judged.trial, judged.scoring)
    cohort = judged.trial.subjects
    row = next(row for row in table.rows if row["what"].startswith("LV mass, g"))
    men, women = cohort.lvm_g[cohort.male], cohort.lvm_g[cohort.female]
    assert row["male"] == f"{men.mean():.2f} ± {men.std(ddof=1):.2f} ({len(men)})"
    assert row["p"] == pytest.approx(stats.ttest_ind(men, women, equal_var=False).pvalue)
    index = next(row for row in table.rows if "index" in row["what"])
    assert index["female"].startswith(f"{(women / du_bois(cohort)[cohort.female]).mean():.2f}")


def test_recalibration_is_fitted_on_other_folds(judged):
    cohort, trial = judged.trial.subjects, judged.trial
    estimate = trial.result("elvmass_model2").estimate_g
    expected = np.empty(len(cohort))
    for split in trial.splits:
        others = np.setdiff1d(np.arange(len(cohort)), split.test)
        x = np.column_stack([np.ones(len(cohort)), estimate, cohort.male])
        expected[split.test] = x[split.test] @ np.linalg.lstsq(x[others], cohort.lvm_g[others])[0]
    found = {
        each.method: each.figures["mae_g"].value
        for each in judged.recalibrations
        if each.key == "elvmass_model2"
    }
    assert found["linear"] == pytest.approx(np.abs(expected - cohort.lvm_g).mean())
    assert found["linear"] < found["raw"]  # two epochs leave much to correct
    assert set(found) == {"raw", "linear", "isotonic"}


def test_the_best_row_comes_first_and_the_reference_is_strong(judged):
    table = ranking(judged)
    errors = [row["mae_g"].value for row in table.rows]
    assert errors == sorted(errors)
    (strong,) = table.strong
    assert table.rows[strong]["model"] == judged.row("elvmass_model2").words


def test_choice_of_the_reference():
    assert choose_reference(choose_rows("quick"), None) == "elvmass_model2"
    assert choose_reference(choose_rows(keys=["mean", "ridge_beat"]), None) == "ridge_beat"
    assert choose_reference(choose_rows(keys=["mean"]), None) == "mean"
    assert choose_reference(choose_rows("quick"), "boosting") == "boosting"
    with pytest.raises(ConfigError, match="no pooled row"):
        choose_reference(choose_rows("quick"), "elvmass_model2_male")


def test_another_row_stands_in_for_a_reference_without_a_result(judged):
    assert judge(judged.trial, judged.scoring, "boosting").reference == "elvmass_model2"


def test_nothing_trained_is_nothing_to_report(judged):
    trial = judged.trial
    empty = Trial(label="x", design=trial.design, subjects=trial.subjects, splits=trial.splits,
                  results=(), missing={"mean": "not trained yet"})  # fmt: skip
    with pytest.raises(ConfigError, match="mean: not trained yet"):
        judge(empty, judged.scoring, "mean")
