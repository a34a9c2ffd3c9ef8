from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
from unit.train.toy_cohort import toy_cohort

from elvmass.beat import Fiducials
from elvmass.card import View
from elvmass.clinical.criteria import RULES, criteria
from elvmass.errors import CohortError, ConfigError
from elvmass.record import LeadMeasurements, Measurements, Sex
from elvmass.train.data.folds import make_folds
from elvmass.train.data.measurements import BOUNDARIES, INTERVALS, WAVES, EcgMeasurements
from elvmass.train.rivals import boosting
from elvmass.train.rivals.profile import POINTS, ecg_profile
from elvmass.train.rivals.rival import Rival, estimates, out_of_fold
from elvmass.train.rivals.roster import RIVALS
from elvmass.train.rivals.rules import judge_cohort

COHORT, NEW = toy_cohort(), toy_cohort(120, seed=5)
BY_KEY = {rival.key: rival for rival in RIVALS}


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch):
    monkeypatch.setitem(boosting.SETTINGS, "max_iter", 60)


def mae(key: str, train=COHORT, test=NEW) -> float:
    return float(np.abs(estimates(BY_KEY[key], train, test) - test.lvm_g).mean())


def test_every_rival_learns_more_than_the_simpler_one():
    found = {key: mae(key) for key in BY_KEY}
    assert found["sex_mean"] < 0.9 * found["mean"]
    assert found["ridge_scalars"] < found["sex_mean"]
    for key in ("ridge_beat", "ridge_measurements", "kernel_ridge"):
        assert found[key] < 0.6 * found["ridge_scalars"], key
    assert found["boosting"] < found["ridge_scalars"]
    assert found["ecgai_signal"] < 0.95 * found["mean"]
    assert found["ecgai_all"] < found["ecgai_signal"]
    assert len(BY_KEY) == len(RIVALS)


@pytest.mark.parametrize("rival", RIVALS, ids=lambda r: r.key)
def test_rivals_repeat_themselves_and_take_missing_values(rival):
    scalars = COHORT.scalars.copy()
    scalars[::3, 1:4] = np.nan
    scalars[:, 7] = np.nan  # no QRS duration at all
    gaps = replace(COHORT, scalars=scalars)
    first, second = estimates(rival, gaps, gaps, seed=1), estimates(rival, gaps, gaps, seed=1)
    np.testing.assert_array_equal(first, second)
    assert np.isfinite(first).all()


def test_means_by_hand():
    predicted = estimates(BY_KEY["sex_mean"], COHORT, NEW)
    np.testing.assert_allclose(predicted[NEW.male], COHORT.lvm_g[COHORT.male].mean())
    np.testing.assert_allclose(predicted[NEW.female], COHORT.lvm_g[COHORT.female].mean())
    np.testing.assert_allclose(estimates(BY_KEY["mean"], COHORT, NEW), COHORT.lvm_g.mean())


def test_out_of_fold_estimates_see_no_test_row():
    splits = make_folds(COHORT.lvm_g, COHORT.patients, folds=4)
    seen = []

    def fit(train, seed):
        seen.append(set(train.patients))
        return lambda cohort: np.array([float(p in seen[-1]) for p in cohort.patients])

    found = out_of_fold(Rival("spy", "spy", fit), COHORT, splits)
    np.testing.assert_array_equal(found, 0.0)
    assert [len(s) for s in seen] == [len(COHORT) - len(s.test) for s in splits]
    partly = out_of_fold(Rival("spy", "spy", fit), COHORT, splits[:1])
    assert set(np.flatnonzero(~np.isnan(partly))) == set(splits[0].test)


def test_rivals_that_read_beats_refuse_strips():
    strips = replace(COHORT, spec=replace(COHORT.spec, view=View.STRIP))
    with pytest.raises(CohortError, match="beat specification"):
        estimates(BY_KEY["ridge_beat"], strips, strips)
    assert np.isfinite(estimates(BY_KEY["boosting"], strips, strips)).all()


def test_the_profile_has_725_elements_where_they_should_be():
    """A beat whose value in lead i is 100 i + sample tells where each point was taken."""
    m = COHORT.beats_mv.shape[2]
    ramp = 100.0 * np.arange(12)[:, None] + np.arange(m)
    fiducials = np.tile([10.0, 18.0, 25.0, 36.0, 48.0, 64.0], (3, 1))
    fiducials[1, :2] = np.nan
    intervals = np.full((3, 8), 400.0)
    # 100 Hz: RR of 580 ms brings the next P (row 0) or QRS (row 1) to sample 68 or 83
    intervals[:, INTERVALS.index("rate_bpm")] = [60_000 / 580, 60_000 / 580, np.nan]
    cohort = replace(
        COHORT.subset(np.arange(len(COHORT)) < 3),
        beats_mv=np.tile(ramp, (3, 1, 1)).astype(np.float32),
        ecg=EcgMeasurements(intervals, COHORT.ecg.waves[:3], fiducials),
    )
    profile = ecg_profile(cohort)
    assert profile.shape == (3, 725)
    points = profile[:, :720].reshape(3, 12, 6, POINTS)
    share = (np.arange(10) + 0.5) / 10
    borders = [10, 18, 25, 36, 48, 64, 68]
    for k, (start, stop) in enumerate(pairwise(borders)):
        np.testing.assert_allclose(points[0, 0, k], start + (stop - start) * share, atol=1e-4)
        np.testing.assert_allclose(points[0, 7, k], points[0, 0, k] + 700, atol=1e-3)
    assert np.isnan(points[1, :, :2]).all()
    assert np.isfinite(points[1, :, 2:]).all()
    for row in (1, 2):  # cut at the end of the window
        np.testing.assert_allclose(points[row, 0, 5], 64 + (m - 1 - 64) * share, atol=1e-4)
    np.testing.assert_allclose(profile[0, 720:], [80, 400, 400, 400, 580])


def test_no_tp_between_fast_beats():
    intervals = COHORT.ecg.intervals.copy()
    intervals[:, INTERVALS.index("rate_bpm")] = 130  # next P before this T has ended
    fast = replace(COHORT, ecg=COHORT.ecg._replace(intervals=intervals))
    points = ecg_profile(fast)[:, :720].reshape(-1, 12, 6, POINTS)
    with_p = ~np.isnan(COHORT.ecg.fiducials[:, 0])
    assert np.isnan(points[with_p, :, 5]).all()
    assert np.isfinite(points[with_p, :, :5]).all()


def test_rules_on_a_cohort_are_the_rules_on_each_ecg():
    judged = judge_cohort(COHORT)
    assert judged.keys == tuple(rule.key for rule in RULES)
    for row in (0, 1, 17):
        sex = Sex.MALE if COHORT.male[row] else Sex.FEMALE
        leads = LeadMeasurements(
            **{name: COHORT.ecg.waves[row, :, k] for k, name in enumerate(WAVES)}
        )
        values = dict(zip(INTERVALS, COHORT.ecg.intervals[row].tolist(), strict=True))
        one = criteria(leads, Measurements(**values), sex)
        np.testing.assert_array_equal(judged.score[row], [c.value for c in one])
        wanted = [np.nan if c.positive is None else float(c.positive) for c in one]
        np.testing.assert_array_equal(judged.positive[row], wanted)


def test_rules_need_what_they_need():
    scalars = COHORT.scalars.copy()
    scalars[0, 1] = np.nan
    intervals = COHORT.ecg.intervals.copy()
    intervals[1, INTERVALS.index("qrs_ms")] = np.nan
    ecg = COHORT.ecg._replace(intervals=intervals)
    judged = judge_cohort(replace(COHORT, scalars=scalars, ecg=ecg))
    cornell, product = judged.keys.index("cornell"), judged.keys.index("cornell_product")
    assert np.isfinite(judged.score[0, cornell])
    assert np.isnan(judged.positive[0, cornell])
    assert np.isnan(judged.score[:2, product]).all()
    assert np.isnan(judged.positive[:, judged.keys.index("mesa_sum")]).all()
    with pytest.raises(ConfigError, match="preset"):
        judge_cohort(COHORT, "nordic")


def test_measurements_name_their_columns():
    assert tuple(f.name for f in fields(Measurements)) == INTERVALS
    assert tuple(f.name for f in fields(LeadMeasurements)) == WAVES
    assert tuple(f.name for f in fields(Fiducials)) == BOUNDARIES
    few = COHORT.ecg.take(np.array([4, 2]))
    np.testing.assert_array_equal(few.interval("qt_ms"), COHORT.ecg.intervals[[4, 2], 3])
    assert few.measured(1).qt_ms == COHORT.ecg.intervals[2, 3]
