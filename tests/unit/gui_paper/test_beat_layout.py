"""Geometry of the beat panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import synthetic_record, toy_beat

from elvmass.beat import Segment
from elvmass_gui.painting.beat_layout import (
    ARRANGEMENTS,
    BeatOptions,
    lane_limit,
    lay_out_beat,
    segment_at,
)


@pytest.fixture(scope="module")
def beat():
    return toy_beat(synthetic_record())


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_one_cell_per_lead_at_50_mm_per_s(beat, arrangement):
    sheet = lay_out_beat(beat, BeatOptions(arrangement))
    assert sorted(c.lead_row for c in sheet.cells) == list(range(12))
    for c in sheet.cells:
        assert c.trace.width == pytest.approx(50.0 * beat.duration_s, abs=0.01)
        assert c.y_mm(0.0) - c.y_mm(1.0) == pytest.approx(10.0, abs=0.01)
        r_mm = 50.0 * beat.r_index / beat.rate_hz
        assert c.x_mm(beat.r_index) - c.trace.x == pytest.approx(r_mm, abs=0.01)


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
@pytest.mark.parametrize("factor", [0.05, 1.0, 3.0])
def test_no_wave_reaches_the_lane_or_leaves_its_row(beat, arrangement, factor):
    scaled = replace(beat, signal_mv=beat.signal_mv * factor)
    for c in lay_out_beat(scaled, BeatOptions(arrangement)).cells:
        y = c.zero_y - scaled.signal_mv[c.lead_row] * c.scale.mm_per_mv
        assert y.min() > c.trace.y
        assert y.max() < c.trace.bottom < c.lane.y


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_cells_and_legend_stay_inside_and_apart(beat, arrangement):
    sheet = lay_out_beat(beat, BeatOptions(arrangement, width_mm=340.0, height_mm=200.0))
    rects = [c.rect for c in sheet.cells]
    for k, a in enumerate(rects):
        assert a.right <= sheet.bounds.right + 1e-6
        assert a.bottom <= sheet.legend.y
        for b in rects[k + 1 :]:
            assert a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y


def test_the_panel_fills_the_height_it_is_given(beat):
    sheet = lay_out_beat(beat, BeatOptions("4x3", height_mm=220.0))
    assert sheet.bounds.height == pytest.approx(220.0, abs=0.01)


def test_groups_hold_six_leads_each(beat):
    for arrangement in ARRANGEMENTS:
        sheet = lay_out_beat(beat, BeatOptions(arrangement))
        assert [caption[0] for caption in sheet.captions] == ["limb", "precordial"]


@pytest.mark.parametrize(
    ("peak", "limit"),
    [(0.061, 0.08), (0.01, 0.01), (0.0101, 0.015), (7.0, 8.0), (9.0, 10.0), (0.0, 1.0)],
)
def test_lane_limit_is_the_next_number_that_reads_well(peak, limit):
    density = np.zeros((12, 5))
    density[3, 2] = -peak
    assert lane_limit(density) == pytest.approx(limit)


def test_segment_under_a_sample(beat):
    f = beat.fiducials
    assert segment_at(beat, f.qrs_on + 0.5) is Segment.QRS
    assert segment_at(beat, 0.0) is Segment.TP
    assert segment_at(beat, -0.1) is None
    assert segment_at(beat, beat.signal_mv.shape[1]) is None
