"""What of the beat panel and the report reaches the pixels: lanes, tints, names, legend."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from gui.pictures import dark, pixels, rendered
from helpers import synthetic_record, toy_analysis
from PySide6.QtGui import QColor

from elvmass.beat import Segment
from elvmass_gui.geometry.paper import Scale
from elvmass_gui.painting.beat_content import BeatContent
from elvmass_gui.painting.beat_layout import ARRANGEMENTS, BeatOptions, lay_out_beat
from elvmass_gui.painting.beat_panel import (
    names_above,
    paint_beat_panel,
    segment_label_places,
)
from elvmass_gui.painting.ink import (
    SEGMENT_INK,
)
from elvmass_gui.painting.report import ReportContent, first_second, page_count, paint_page
from elvmass_gui.painting.report_why import paint_why, panel_sheet
from elvmass_gui.themes import LIGHT
from elvmass_gui.views.beat import best_sheet

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(scope="module")
def analysis():
    return toy_analysis()


# ---- beat panel --------------------------------------------------------------------------


def panel(content, arrangement="6x2", px=8.0):
    sheet = lay_out_beat(content.beat, BeatOptions(arrangement))
    image = rendered(
        sheet.bounds.width,
        sheet.bounds.height,
        lambda painter: paint_beat_panel(painter, sheet, content),
        px,
    )
    return sheet, pixels(image)


def lane_pixels(image, cell, px=8.0):
    lane = cell.lane
    rows = slice(round((lane.y + 0.4) * px), round((lane.bottom - 0.4) * px))
    return image[rows, round((lane.x + 0.4) * px) : round((lane.right - 0.4) * px)]


def has_colour(image, name):
    colour = QColor(name)
    wanted = (colour.red(), colour.green(), colour.blue())
    return (image == np.array(wanted, np.uint8)).all(axis=2)


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_panel_paints_with_and_without_saliency(analysis, arrangement):
    sheet, full = panel(BeatContent.of(analysis), arrangement)
    _, bare = panel(BeatContent(analysis.beat), arrangement)
    v4 = next(c for c in sheet.cells if c.lead_row == 9)
    ink = SEGMENT_INK[Segment.QRS]
    assert has_colour(lane_pixels(full, v4), ink).any()
    assert not has_colour(lane_pixels(bare, v4), ink).any()


def test_lanes_share_one_scale(analysis):
    """Twice the grams in one lead is twice the height, whatever the lead."""
    values = np.zeros_like(analysis.saliency.values_g)
    f = analysis.beat.fiducials
    values[1, f.qrs_on : f.qrs_off] = 0.02
    values[9, f.qrs_on : f.qrs_off] = 0.01
    saliency = replace(analysis.saliency, values_g=values)
    sheet, image = panel(BeatContent(analysis.beat, saliency))
    heights = {}
    for cell in sheet.cells:
        ink = has_colour(lane_pixels(image, cell), SEGMENT_INK[Segment.QRS])
        heights[cell.lead_row] = int(ink.any(axis=1).sum())
    assert heights[1] == pytest.approx(2 * heights[9], abs=2)
    assert heights[9] > 5
    assert heights[0] == 0


def test_up_raises_and_down_lowers(analysis):
    f = analysis.beat.fiducials
    values = np.zeros_like(analysis.saliency.values_g)
    values[0, f.qrs_on : f.qrs_off] = 0.02
    values[1, f.qrs_on : f.qrs_off] = -0.02
    saliency = replace(analysis.saliency, values_g=values)
    sheet, image = panel(BeatContent(analysis.beat, saliency))
    for row, upper in ((0, True), (1, False)):
        cell = next(c for c in sheet.cells if c.lead_row == row)
        lane = lane_pixels(image, cell)
        ink = has_colour(lane, SEGMENT_INK[Segment.QRS])
        half = len(lane) // 2
        assert ink[: half - 2].any() is np.bool_(upper)
        assert ink[half + 2 :].any() is np.bool_(not upper)


def test_the_trace_is_black_in_every_lead(analysis):
    sheet, image = panel(BeatContent.of(analysis))
    for cell in sheet.cells:
        x = round(cell.x_mm(200.5) * 8)
        y = cell.y_mm(analysis.beat.signal_mv[cell.lead_row, 200])
        column = image[round((y - 0.5) * 8) : round((y + 0.5) * 8), x]
        assert column.astype(int).sum(axis=1).min() < 60


def test_panel_without_p_and_t_waves(analysis):
    f = replace(analysis.beat.fiducials, p_on=None, p_off=None, t_on=None, t_off=None)
    beat = replace(analysis.beat, fiducials=f, valid_from=20, valid_to=200)
    sheet, _ = panel(BeatContent(beat))
    names = [s for s, _ in segment_label_places(sheet.cells[0], beat, 2.6, (0.0, 50.0))]
    assert names == [Segment.QRS]


def test_segment_names_never_touch(analysis):
    f = replace(analysis.beat.fiducials, t_on=analysis.beat.fiducials.qrs_off + 1)
    beat = replace(analysis.beat, fiducials=f)
    cell = lay_out_beat(beat).cells[0]
    xs = [x for _, x in segment_label_places(cell, beat, 4.0, (cell.names.x, 99.0))]
    assert all(b - a > 4.0 for a, b in pairwise(xs))


def test_in_a_low_panel_the_names_of_the_leads_leave_the_traces(analysis):
    beat = replace(analysis.beat, signal_mv=analysis.beat.signal_mv * 0.1)
    low, _ = best_sheet(beat, 548, 160)
    high, _ = best_sheet(beat, 1436, 500)
    assert names_above(low, beat)
    assert not names_above(high, beat)
    x = low.cells[0].names.x
    for width, last in ((99.0, Segment.T), (22.0, Segment.PR)):
        names = segment_label_places(low.cells[0], beat, 4.0, (x, x + width))
        assert names[-1][0] is last


def test_the_report_panel_is_true_scale_when_it_fits(analysis):
    assert panel_sheet(analysis.beat).options.scale == Scale(50.0, 10.0)
    tall = replace(analysis.beat, signal_mv=analysis.beat.signal_mv * 3.0)
    assert panel_sheet(tall).options.scale.mm_per_mv < 10.0


# ---- report ------------------------------------------------------------------------------


def test_report_pages(analysis):
    content = ReportContent(analysis.record, analysis)
    assert page_count(content) == 3
    for k in range(3):
        image = rendered(297, 210, lambda painter, k=k: paint_page(painter, content, k), px=3)
        assert dark(image).any()
    assert page_count(ReportContent(analysis.record, failure="no")) == 1


def test_the_report_has_the_windows_colours_for_more_and_less(analysis):
    assert analysis.saliency is not None
    less = replace(analysis.saliency, scalars_g={"age_years": -4.0, "weight_kg": 4.0})
    content = ReportContent(analysis.record, replace(analysis, saliency=less))
    image = pixels(rendered(297.0, 210.0, lambda p: paint_why(p, content), px=8.0))
    side = image[:, round(8 * 238.0) :]
    for colour in (LIGHT.plus, LIGHT.minus):
        assert (side == QColor(colour).getRgb()[:3]).all(axis=2).any()


def test_the_page_of_a_long_recording_shows_the_analysed_beat():
    long = toy_analysis(synthetic_record(seconds=30.0))
    late = replace(long, beat=replace(long.beat, start_s=20.2))
    start = first_second(ReportContent(late.record, late))
    assert start < 20.2
    assert start + 10.0 > 21.2
    assert first_second(ReportContent(late.record, late, start_s=3.0)) == 3.0
    assert first_second(ReportContent(long.record, long)) == 0.0
