from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.model.toys import SPEC, toy_bundle
from unit.train.toy_cohort import toy_cohort

from elvmass.beat import SEGMENTS
from elvmass.card import View
from elvmass.errors import CohortError
from elvmass.record import Sex
from elvmass.train.data.measurements import BOUNDARIES
from elvmass.train.evaluation.segment_tables import PAPER, beat_of, segment_tables, thirds

POINTS = dict(zip(BOUNDARIES, (9.0, 19.0, 26.0, 35.0, 46.0, 66.0), strict=True))


def cohort_with_segments(n=24):
    cohort = toy_cohort(n)
    fiducials = np.tile(list(POINTS.values()), (len(cohort), 1))
    return replace(cohort, ecg=cohort.ecg._replace(fiducials=fiducials))


def pooled():
    bundle = toy_bundle(1)
    return replace(bundle, card=replace(bundle.card, sex=None))


def test_the_papers_cells_sum_to_100():
    for cells in PAPER.values():
        assert np.sum(cells) == pytest.approx(100, abs=0.21)


def test_thirds_are_thirds_in_order():
    mass = np.random.default_rng(0).permutation(np.arange(30.0))
    level = thirds(mass)
    assert np.bincount(level).tolist() == [10, 10, 10]
    assert mass[level == 0].max() < mass[level == 1].min()
    assert mass[level == 1].max() < mass[level == 2].min()


def test_each_level_sums_to_100_with_the_paper_beside():
    cohort = cohort_with_segments()
    rows = segment_tables(pooled(), cohort, "gradient_x_input")
    assert len(rows) == 3 * 2 * 6
    for level in ("low", "middle", "high"):
        cells = [r for r in rows if r.level == level]
        parts = [r for r in cells if r.segment != "total"]
        for kind in ("percent", "net", "seed_like"):
            values = {(r.group, r.segment): getattr(r, kind).value for r in cells}
            assert sum(getattr(r, kind).value for r in parts) == pytest.approx(100)
            limb = sum(values["limb", s.value] for s in SEGMENTS)
            assert values["limb", "total"] == pytest.approx(limb)
        assert all(r.percent.low <= r.percent.value <= r.percent.high for r in cells)
        assert all(r.n == 8 for r in cells)
    high = next(r for r in rows if (r.level, r.group, r.segment) == ("high", "precordial", "T"))
    assert high.paper_percent == 22.42


def test_a_model_of_one_sex_explains_that_sex():
    cohort = cohort_with_segments()
    bundle = toy_bundle(1)
    men = replace(bundle, card=replace(bundle.card, sex=Sex.MALE))
    rows = segment_tables(men, cohort, "gradient_x_input")
    assert rows[0].sex == "male"
    assert sum(r.n for r in rows[:: 2 * 6]) == cohort.male.sum()
    nobody = cohort.subset(cohort.female)
    with pytest.raises(CohortError, match="too few"):
        segment_tables(men, nobody, "gradient_x_input")


def test_a_beat_without_p_wave_has_no_pr():
    cohort = cohort_with_segments(12)
    fiducials = cohort.ecg.fiducials.copy()
    fiducials[:, :2] = np.nan
    cohort = replace(cohort, ecg=cohort.ecg._replace(fiducials=fiducials))
    assert beat_of(cohort, 0).fiducials.p_on is None
    rows = segment_tables(pooled(), cohort, "gradient_x_input")
    pr = [r for r in rows if r.segment == "PR"]
    assert all(r.percent.value == 0 for r in pr)
    assert all(np.isnan(r.density.value) for r in pr)


def test_strips_have_no_segments():
    cohort = cohort_with_segments(12)
    strips = replace(cohort, spec=replace(SPEC, view=View.STRIP))
    with pytest.raises(CohortError, match="strips"):
        beat_of(strips, 0)
