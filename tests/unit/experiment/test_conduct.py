"""Rows are trained once, on the same patients and folds, and found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.experiment.toy_trial import DESIGN, Loads, cohort, rows, toy_trial
from unit.model.toys import SPEC

from elvmass.beat import BeatKind
from elvmass.errors import Cancelled, CohortError
from elvmass.experiment.conduct import conduct
from elvmass.experiment.job import Conduct
from elvmass.experiment.rows import row_config
from elvmass.experiment.store import Store, read
from elvmass.experiment.views import Site, Views
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import make_folds
from elvmass.train.rivals.rival import out_of_fold
from elvmass.train.rivals.roster import BASELINES


def test_estimates_are_those_of_the_parts_that_the_experiment_is_made_of(tmp_path):
    trial = toy_trial(tmp_path, "sex_mean", "ridge_beat", "ridge_beat_male")
    made = cohort()
    splits = make_folds(made.lvm_g, made.patients, 3, seed=0)
    for mine, theirs in zip(trial.splits, splits, strict=True):
        np.testing.assert_array_equal(mine.test, theirs.test)
    ridge = next(each for each in BASELINES if each.key == "ridge_beat")
    np.testing.assert_allclose(
        trial.result("ridge_beat").estimate_g, out_of_fold(ridge, made, splits), rtol=1e-12
    )
    male = trial.result("ridge_beat_male").estimate_g
    np.testing.assert_array_equal(np.isnan(male), ~made.male)
    assert not np.isnan(trial.result("sex_mean").estimate_g).any()
    assert trial.subjects.beats_mv.size == 0


class Interrupt:
    def __init__(self, fold: int, text: str) -> None:
        self.at, self.seen = (fold, text), []

    def __call__(self, row, folds):
        def show(fold, text, done):
            self.seen.append((row.key, fold, text.split(",")[0]))
            if (fold, text.split(",")[0]) == self.at:
                raise Cancelled

        return show


def test_an_interrupted_experiment_goes_on_in_the_epoch_where_it_stopped(tmp_path):
    keys = ("mean", "elvmass_model2")
    whole = toy_trial(tmp_path / "whole", *keys)
    with pytest.raises(Cancelled):
        toy_trial(tmp_path / "cut", *keys, how=Conduct(folds=Interrupt(1, "epoch 2 of 2")))
    watch = Interrupt(9, "")
    again = toy_trial(tmp_path / "cut", *keys, how=Conduct(folds=watch))
    assert ("elvmass_model2", 0, "epoch 1 of 2") not in watch.seen
    assert ("elvmass_model2", 1, "epoch 2 of 2") in watch.seen
    assert not any(row == "mean" for row, *_ in watch.seen)
    for key in keys:
        np.testing.assert_array_equal(again.result(key).estimate_g, whole.result(key).estimate_g)
    curves = again.result("elvmass_model2").curves
    assert [len(curve.train_mae_sd) for curve in curves] == [2, 2, 2]
    found = toy_trial(tmp_path / "cut", *keys, how=Conduct(train=False))
    assert found.result("elvmass_model2").curves == curves
    assert not found.missing


def test_without_training_what_is_missing_is_named(tmp_path):
    toy_trial(tmp_path, "mean")
    trial = toy_trial(tmp_path, "mean", "sex_mean", how=Conduct(train=False))
    assert [each.row.key for each in trial.results] == ["mean"]
    assert trial.missing == {"sex_mean": "not trained yet"}


MEDIAN = replace(SPEC, kind=BeatKind.MEDIAN)
#: Two rows of the beat, and one of the median beat.
BESIDE = ("mean", "sex_mean", "median_beat")


def report(out, load, **site):
    how = Conduct(train=False)
    return toy_trial(out, *BESIDE, load=load, how=how, **site)


def begin(out, load, **site):
    """Train the rows of the beat, and stop in the first epoch of the other."""
    stop = Conduct(folds=Interrupt(0, "epoch 1 of 2"))
    with pytest.raises(Cancelled):
        toy_trial(out, *BESIDE, load=load, how=stop, **site)


def test_a_report_prepares_no_view_of_rows_that_have_no_result(tmp_path):
    toy_trial(tmp_path, "mean")
    load, outside = Loads(cohort()), Loads(cohort(60, seed=7))
    trial = report(tmp_path, load, external=Site("outside", True, outside))
    assert load.seen == outside.seen == [SPEC]
    assert [each.row.key for each in trial.results] == ["mean"]
    assert trial.missing == dict.fromkeys(["sex_mean", "median_beat"], "not trained yet")


def test_a_report_of_nothing_prepares_one_view(tmp_path):
    load = Loads(cohort())
    assert report(tmp_path, load).missing == dict.fromkeys(BESIDE, "not trained yet")
    assert load.seen == [SPEC]


def test_training_and_reports_of_all_rows_prepare_all_views(tmp_path):
    trained, reported = Loads(cohort()), Loads(cohort())
    toy_trial(tmp_path, *BESIDE, load=trained)
    assert not report(tmp_path, reported).missing
    assert set(trained.seen) == set(reported.seen) == {SPEC, MEDIAN}


def test_rows_made_beside_others_are_found_with_the_ecgs_that_served_those(tmp_path):
    load = Loads(cohort(), {MEDIAN: {2, 5}})
    begin(tmp_path, load)
    trial = report(tmp_path, load)
    assert [each.row.key for each in trial.results] == ["mean", "sex_mean"]
    assert (len(trial.subjects), trial.left_out) == (158, 2)
    toy_trial(tmp_path / "alone", "mean", "sex_mean", load=load)
    assert len(report(tmp_path / "alone", load).subjects) == 160


def test_external_estimates_made_beside_others_are_found_too(tmp_path):
    outside = Site("outside", True, Loads(cohort(60, seed=7), {MEDIAN: {3}}))
    begin(tmp_path, Loads(cohort()), external=outside)
    trial = report(tmp_path, Loads(cohort()), external=outside)
    assert len(trial.external) == 59
    assert len(trial.result("sex_mean").external_g) == 59


def test_another_cohort_or_seed_is_another_result(tmp_path):
    toy_trial(tmp_path, "sex_mean")
    toy_trial(tmp_path, "sex_mean", load=Loads(cohort(seed=1)))
    site = Site("toy", True, Loads(cohort()))
    conduct(rows("sex_mean"), replace(DESIGN, seed=1), site, Store(tmp_path))
    assert len(list(tmp_path.iterdir())) == 3
    conduct(rows("sex_mean"), replace(DESIGN, epochs={"": 9}), site, Store(tmp_path))
    assert len(list(tmp_path.iterdir())) == 3  # of no effect on a method without a network


def test_a_damaged_result_is_made_again(tmp_path):
    first = toy_trial(tmp_path, "sex_mean").result("sex_mean").estimate_g
    (kept,) = tmp_path.glob("*/result.json")
    kept.write_text(kept.read_text()[:-20])
    np.testing.assert_array_equal(toy_trial(tmp_path, "sex_mean").results[0].estimate_g, first)
    assert read(kept) is not None


def test_all_rows_see_the_ecgs_that_serve_all_of_them():
    other = replace(SPEC, after_s=SPEC.after_s / 2)
    views = Views(Loads(cohort(), {other: {2, 5}}), [SPEC, other, SPEC])
    for spec in (SPEC, other):
        seen = views.view(spec)
        assert isinstance(seen, Cohort)
        assert len(seen) == 158
        assert not {2, 5} & set(seen.lines)
    assert views.left_out == 2
    with pytest.raises(CohortError, match="--rows"):
        Views(Loads(cohort(), {other: set(cohort().lines)}), [SPEC, other])


def test_a_row_that_cannot_be_trained_does_not_end_the_experiment(tmp_path):
    men = cohort()
    men = men.subset(men.male)
    trial = toy_trial(tmp_path, "sex_mean", "ridge_beat_female", load=Loads(men))
    assert [each.row.key for each in trial.results] == ["sex_mean"]
    assert "too few" in trial.missing["ridge_beat_female"]


def test_external_patients_are_estimated_by_models_of_the_whole_cohort(tmp_path):
    outside = Site("outside", True, Loads(cohort(60, seed=7)))
    keys = ("sex_mean", "elvmass_model2", "elvmass_model2_male")
    trial = toy_trial(tmp_path, *keys, external=outside)
    made, other = cohort(), cohort(60, seed=7)
    mean = [made.lvm_g[made.female].mean(), made.lvm_g[made.male].mean()]
    expected = np.array(mean)[other.male.astype(int)]
    np.testing.assert_allclose(trial.result("sex_mean").external_g, expected)
    np.testing.assert_array_equal(
        np.isnan(trial.result("elvmass_model2_male").external_g), ~other.male
    )
    assert not np.isnan(trial.result("elvmass_model2").external_g).any()
    again = toy_trial(tmp_path, *keys, external=outside, how=Conduct(train=False))
    np.testing.assert_array_equal(
        again.result("elvmass_model2").external_g, trial.result("elvmass_model2").external_g
    )


def test_a_network_gets_no_settings_of_a_rival_and_a_rival_none_of_a_network():
    config = row_config(rows("ridge_beat")[0], DESIGN)
    assert (config.beat, config.epochs, config.channels) == (SPEC, 100, 32)
    config = row_config(rows("elvmass_model2")[0], DESIGN)
    assert (config.beat, config.epochs, config.channels) == (SPEC, 2, 4)
