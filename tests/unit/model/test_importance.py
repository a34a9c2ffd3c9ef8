"""What of a map counts in which segment and lead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import synthetic_record, toy_analysis, toy_beat
from unit.model.explained import BEAT, explained
from unit.model.toys import toy_bundle

from elvmass.beat import SEGMENTS, Segment
from elvmass.model.importance import segment_importance


def test_importance_sums_to_one_and_keeps_the_net_grams():
    found = explained(toy_bundle())
    importance = segment_importance(found, BEAT)
    assert importance.share.sum() == pytest.approx(1.0, abs=1e-12)
    assert importance.seed_like.sum() == pytest.approx(1.0, abs=1e-12)
    assert importance.net_g.sum() == pytest.approx(found.values_g.sum())
    assert importance.seconds.sum() == pytest.approx(0.8)
    lead, part = 7, BEAT.segments()[Segment.QRS][0]
    expected = np.abs(found.values_g[lead, part]).sum() / np.abs(found.values_g).sum()
    assert importance.share[lead, SEGMENTS.index(Segment.QRS)] == pytest.approx(expected)


def test_what_cancels_inside_a_cell_does_not_count_in_the_net_share():
    beat = toy_beat(synthetic_record())
    values = np.zeros((12, 250))
    qrs, t = (beat.segments()[s][0] for s in (Segment.QRS, Segment.T))
    values[:6, qrs.start : qrs.start + 2] = [0.3, -0.2]  # limb QRS: 6 x 0.1 net of 6 x 0.5
    values[6:, t] = 1.2 / (6 * (t.stop - t.start))
    importance = segment_importance(replace(toy_analysis().saliency, values_g=values), beat)
    net = importance.net_by_group()
    assert net.sum() == pytest.approx(1.0)
    assert net[0, SEGMENTS.index(Segment.QRS)] == pytest.approx(0.6 / 1.8)
    assert importance.by_group()[0, SEGMENTS.index(Segment.QRS)] == pytest.approx(3.0 / 4.2)


def test_density_is_one_where_saliency_is_even():
    found = replace(toy_analysis().saliency, values_g=np.full((12, 250), -0.1))
    importance = segment_importance(found, toy_beat(synthetic_record()))
    np.testing.assert_allclose(importance.density(), 1.0)


def test_importance_of_a_map_in_one_cell():
    beat = toy_beat(synthetic_record())
    values = np.zeros((12, 250))
    part = beat.segments()[Segment.T][0]
    values[10, part] = -0.5
    values[2, :20] = 0.05  # TP, far below half of the maximum
    found = replace(toy_analysis().saliency, values_g=values)
    importance = segment_importance(found, beat)
    t, tp = SEGMENTS.index(Segment.T), SEGMENTS.index(Segment.TP)
    assert importance.share[10, t] == pytest.approx(1 - 1.0 / np.abs(values).sum())
    assert importance.share[2, tp] > 0
    assert importance.seed_like[2, tp] == 0  # the paper's exact zeros
    assert importance.seed_like[10].sum() == pytest.approx(1.0)
    assert importance.net_g[10, t] == pytest.approx(values[10].sum())


def test_a_map_on_another_grid_is_refused():
    with pytest.raises(ValueError, match="differ"):
        segment_importance(toy_analysis().saliency, BEAT)
