"""What of the ECG page reaches the pixels: true scale, gaps, marks, words."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from gui.pictures import PX, dark, flat, page, pixels, rendered
from helpers import synthetic_record, toy_analysis

from elvmass.beat import BeatGrade, BeatMark
from elvmass.record import LEADS, Record
from elvmass_gui.geometry.calipers import Caliper, CaliperKind, Point
from elvmass_gui.geometry.paper import DEFAULT_LAYOUT, LAYOUTS, Placement, Scale, lay_out
from elvmass_gui.geometry.shown import CAPTION_GAP, caption_text, is_cut, readout, sheet_for, show
from elvmass_gui.painting.calipers import paint_caliper, reach_of
from elvmass_gui.painting.ecg_page import Marks
from elvmass_gui.painting.ink import (
    PRINT,
    TextStyle,
    elide,
    screen_stroke,
    text_scale,
    tint_step,
    wrap_text,
)
from elvmass_gui.painting.page_words import Legend, caption_lines, name_text, paint_seconds
from elvmass_gui.painting.trace import draw_trace, finite_runs, pieces, polygon, step_outline
from elvmass_gui.views.ecg import EcgView

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(scope="module")
def analysis():
    return toy_analysis()


# ---- scale -------------------------------------------------------------------------------


def test_pulse_is_ten_millimetres_high():
    sheet = lay_out()
    image = rendered(sheet.paper.width, sheet.bounds.height, page(flat(), sheet))
    left = dark(image)[: round(30 * PX), : round(9.5 * PX)]  # first row, pulse area
    rows = np.flatnonzero(left.any(axis=1))
    height = (rows[-1] - rows[0] + 1) / PX - PRINT.trace_mm
    assert height == pytest.approx(10.0, abs=0.15)


def test_a_one_millivolt_step_of_the_signal_is_as_high_as_the_pulse():
    signal = np.zeros((12, 5000))
    signal[:, 600:620] = 1.0
    sheet = lay_out()
    image = rendered(sheet.paper.width, sheet.bounds.height, page(Record(signal, 500.0), sheet))
    x = round(sheet.strips[0].x_mm(610 / 500) * PX)
    rows = np.flatnonzero(dark(image)[: round(30 * PX), x - 2 : x + 3].any(axis=1))
    assert (15.0 - rows[0] / PX) == pytest.approx(10.0 + PRINT.trace_mm / 2, abs=0.15)


def test_grid_lines_lie_every_five_millimetres():
    sheet = lay_out()
    image = rendered(sheet.paper.width, sheet.paper.height, page(flat(), sheet))
    line = pixels(image)[round(7.5 * PX), :, 1].astype(int)  # below the names
    major = [k for k in range(53) if line[max(0, round(5 * k * PX) - 2) :][:4].min() < 190]
    assert major == list(range(53))
    between = line[round(20.3 * PX) : round(24.7 * PX)]
    assert between.min() > 190


# ---- traces ------------------------------------------------------------------------------


def test_gaps_are_not_bridged():
    signal = np.zeros((12, 5000))
    signal[:, 500:1000] = np.nan  # 1 s to 2 s
    record = Record(signal, 500.0)
    sheet = lay_out()
    ink = dark(rendered(sheet.paper.width, sheet.paper.height, page(record, sheet)))
    strip = next(s for s in sheet.strips if s.rhythm)
    y = slice(round((strip.zero_y - 0.5) * PX), round((strip.zero_y + 0.5) * PX))

    def drawn(a_s, b_s):
        return ink[y, round(strip.x_mm(a_s) * PX) : round(strip.x_mm(b_s) * PX)].any(axis=0)

    assert not drawn(1.05, 1.95).any()
    assert drawn(0.1, 0.9).all()
    assert drawn(2.1, 2.4).all()


def test_a_record_of_gaps_only_paints():
    sheet = lay_out()
    image = rendered(260, 125, page(Record(np.full((12, 5000), np.nan), 500.0), sheet), px=4)
    assert dark(image).any()  # names and pulses are still there


def test_a_tall_wave_never_leaves_the_paper():
    signal = np.zeros((12, 5000))
    signal[:, 1000:1020], signal[:, 2000:2020] = 40.0, -40.0
    at = Placement(10.0, 20.0)
    sheet = lay_out(at=at)
    image = rendered(290.0, 170.0, page(Record(signal, 500.0), sheet), px=6.0)
    ink = dark(image)
    ink[round(sheet.caption.y * 6) : round(sheet.caption.bottom * 6)] = False
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert rows[0] >= 6 * sheet.paper.y - 1
    assert rows[-1] <= 6 * sheet.paper.bottom + 1
    assert columns[0] >= 6 * sheet.paper.x
    assert columns[-1] <= 6 * sheet.paper.right + 1


def test_an_offset_moves_the_trace_to_its_row():
    sheet = lay_out()
    shifted = rendered(260, 120, page(flat(3.7), sheet), px=5)
    plain = rendered(260, 120, page(flat(0.0), sheet), px=5)
    assert (pixels(shifted) == pixels(plain)).all()


def test_head_room_is_given_to_tall_waves_only():
    record = synthetic_record()
    plain = sheet_for(show(record), LAYOUTS["3x4+1"], Scale())
    tall = sheet_for(
        show(Record(record.signal_mv * 1.4, record.rate_hz)), LAYOUTS["3x4+1"], Scale()
    )
    low = sheet_for(show(Record(record.signal_mv * 0.2, record.rate_hz)), LAYOUTS["3x4+1"], Scale())
    assert low.paper.height < plain.paper.height < tall.paper.height


def test_a_wave_cut_at_the_edge_is_said_so():
    record = synthetic_record()
    tall = Record(record.signal_mv * 6.0, record.rate_hz)
    for r, cut in ((record, False), (tall, True)):
        shown = show(r)
        sheet = sheet_for(shown, LAYOUTS["3x4+1"], Scale())
        assert is_cut(shown, sheet) is cut
        assert ("CUT" in caption_text(shown, sheet)) is cut


def test_the_analysed_beat_is_marked_where_its_time_is_shown():
    sheet = lay_out()
    record = flat()
    bare = pixels(rendered(260, 120, page(record, sheet), px=5))
    marks = Marks((BeatMark(5.5, BeatGrade.DOMINANT, 0.99, 5),), ((5.15, 6.15),))
    marked = pixels(rendered(260, 120, page(record, sheet, marks), px=5))
    changed = (bare != marked).any(axis=2)
    for strip in sheet.strips:
        x = strip.x_mm(5.5)
        y = strip.rect.y + 8.0
        inside = strip.rect.x <= x < strip.rect.right
        assert not inside or changed[round(y * 5), round(x * 5)]
    assert not changed[:, : round(5 * (10 + 25 * 5.0))].any()


def test_a_caliper_may_leave_its_row_as_waves_do():
    sheet = lay_out()
    strip = next(s for s in sheet.strips if s.lead == "V2")
    levels_mv = (1.0, -4.0)  # 10 mm above the baseline, and in the row below the next one
    ends = [Point(strip.time_s(strip.rect.x + 30.0), level) for level in levels_mv]
    caliper = Caliper(CaliperKind.VOLTAGE, "V2", *ends)
    record = flat()
    bare = pixels(rendered(260, 130, page(record, sheet), px=5))
    measured = pixels(rendered(260, 130, page(record, sheet, Marks(calipers=(caliper,))), px=5))
    changed = (bare != measured).any(axis=2)
    rows = np.flatnonzero(changed.any(axis=1)) / 5
    columns = np.flatnonzero(changed.any(axis=0)) / 5
    assert [rows[0], rows[-1]] == pytest.approx([strip.y_mm(v) for v in levels_mv], abs=0.5)
    assert strip.rect.x <= columns[0]
    assert columns[-1] < strip.rect.right


@pytest.mark.parametrize("levels_mv", [(0.1, 0.2), (1.0, -4.0), (-0.5, 2.5)])
@pytest.mark.parametrize("kind", list(CaliperKind))
def test_what_is_painted_anew_holds_all_of_a_caliper(kind, levels_mv):
    sheet = lay_out()
    strip = next(s for s in sheet.strips if s.lead == "V2")
    begin_s = strip.time_s(strip.rect.x + 20.0)
    ends = [Point(begin_s + 0.3 * k, level) for k, level in enumerate(levels_mv)]
    caliper, shown = Caliper(kind, "V2", *ends), show(flat())
    place = (sheet.column_of(strip), strip)
    image = rendered(260, 130, lambda p: paint_caliper(p, place, shown, caliper, PRINT), px=5)
    y, x = np.nonzero((pixels(image) < 250).any(axis=2))
    reach = reach_of(place, shown, caliper, PRINT.text_scale)
    assert x.size
    assert reach.x <= x.min() / 5
    assert x.max() / 5 <= reach.right
    assert reach.y <= y.min() / 5
    assert y.max() / 5 <= reach.bottom


@pytest.mark.parametrize("head_mm", [0.0, 5.0])
def test_seconds_give_way_to_lead_names_only_where_these_stand_as_high(head_mm):
    sheet = lay_out(at=Placement(head_mm=head_mm))
    shown = show(synthetic_record())
    image = rendered(260, 5, lambda p: paint_seconds(p, sheet, shown, PRINT))
    inked = (pixels(image) < 250).any(axis=2).any(axis=0)
    rhythm = next(s for s in sheet.strips if s.rhythm)
    written = []
    for second in range(10):
        x = rhythm.x_mm(second)
        if inked[round((x + 0.5) * PX) : round((x + 3.0) * PX)].any():
            written.append(second)
    assert written == ([1, 2, 3, 4, 6, 7, 8, 9] if head_mm == 0.0 else list(range(10)))


def test_finite_runs_and_pieces():
    values = np.array([np.nan, 1, 2, np.nan, 3])
    assert finite_runs(values) == [slice(1, 3), slice(4, 5)]
    points = np.random.default_rng(1).normal(size=(500, 2))
    cut = pieces(points)
    assert all((a[-1] == b[0]).all() for a, b in pairwise(cut))
    assert sum(len(c) - 1 for c in cut) == 499


def test_polygon_copies_every_point():
    points = np.random.default_rng(2).normal(size=(7, 2))
    made = polygon(points)
    assert [(p.x(), p.y()) for p in made.toList()] == [tuple(p) for p in points.tolist()]
    assert polygon(np.empty((0, 2))).isEmpty()


def test_step_outline_closes_on_its_base():
    corners = step_outline(np.array([0.0, 1.0, 3.0]), np.array([5.0, 6.0]), 2.0)
    assert corners.tolist() == [[0, 2], [0, 5], [1, 5], [1, 6], [3, 6], [3, 2]]


def test_a_lone_sample_between_gaps_is_drawn():
    y = np.array([np.nan, 2.0, np.nan])
    image = rendered(4, 4, lambda p: draw_trace(p, np.array([1.0, 2.0, 3.0]), y, PRINT))
    assert dark(image).any()


def test_readout_names_lead_time_and_voltages():
    strip = next(s for s in lay_out().strips if s.lead == "V2")
    text = readout(show(flat()), strip, strip.x_mm(6.0), strip.y_mm(0.5))
    assert text == "V2   6000 ms   cursor +0.50 mV   signal +0.00 mV"


# ---- words -------------------------------------------------------------------------------


def test_text_is_wrapped_and_cut():
    style = TextStyle(3.0)
    lines = wrap_text("one two three " + "x" * 80, 20.0, style)
    assert len(lines) > 3
    assert "".join(lines).replace(" ", "") == "onetwothree" + "x" * 80
    assert elide("short", 100.0, style) == "short"
    assert elide("a long line of text", 12.0, style).endswith("…")


def test_tints_have_three_steps():
    assert [tint_step(s) for s in (0.0, 0.0099, 0.01, 0.029, 0.03, 1.0)] == [0, 0, 1, 1, 2, 2]


def test_a_lead_without_signal_is_marked_on_the_page():
    signal = synthetic_record().signal_mv.copy()
    signal[[LEADS.index("V2"), LEADS.index("V5")]] = 0.0
    signal[LEADS.index("V6")] = np.nan
    shown = show(replace(synthetic_record(), signal_mv=signal))
    sheet = sheet_for(shown, DEFAULT_LAYOUT)
    marked = [s.lead for s in sheet.strips if name_text(s, shown).endswith("no signal")]
    assert marked == ["V2", "V5", "V6"]


# ---- a small screen ----------------------------------------------------------------------


def tall() -> Record:
    """Waves that leave the paper, two leads without signal, three that were derived."""
    record = synthetic_record()
    signal = 6.0 * record.signal_mv
    signal[[LEADS.index("V2"), LEADS.index("V5")]] = 0.0
    return replace(record, signal_mv=signal, derived_leads=("III", "aVR", "aVL", "aVF"))


@pytest.mark.parametrize("size", [(540, 180), (560, 240), (960, 380), (1500, 600)])
def test_the_caption_of_a_small_page_is_whole_and_in_sight(qtbot, size):
    view = EcgView()
    qtbot.addWidget(view)
    view.resize(*size)
    view.set_record(tall())
    place = (view.sheet, view.shown, Legend(tuple(BeatGrade), analysed=1))
    scale = text_scale(view._view.px_per_mm)
    lines, _ = caption_lines(*place, scale)
    said = CAPTION_GAP.join(lines)
    assert "WAVES CUT AT THE EDGE" in said
    assert "shown as recorded" in said
    assert ("…" in said) is (size[0] < 560)  # "derived" comes last
    bottom = view.sheet.caption.y + 1.4 * len(lines) * 2.6 * scale
    assert view._view.to_px(0.0, bottom)[1] <= view.height()


def test_the_page_stays_when_the_marks_come(qtbot):
    view = EcgView()
    qtbot.addWidget(view)
    view.resize(960, 380)
    view.set_record(tall())
    before = view.sheet, view._view.px_per_mm
    view.set_marks(toy_analysis().marks, ((4.0, 5.0),))
    view.fit()
    assert (view.sheet, view._view.px_per_mm) == before


def test_a_caption_without_room_for_both_drops_the_legend_not_the_words():
    record = tall()
    shown = show(record)
    sheet = sheet_for(shown, DEFAULT_LAYOUT)
    legend = Legend(tuple(BeatGrade), analysed=1)
    assert caption_lines(sheet.with_caption(9.0), shown, legend, 1.0)[1]
    lines, explained = caption_lines(sheet.with_caption(5.0), shown, legend, 1.0)
    assert not explained
    assert lines == [caption_text(shown, sheet)]


def test_a_dead_lead_keeps_its_name_where_there_is_no_room_to_say_more(qtbot):
    view = EcgView()
    qtbot.addWidget(view)
    view.resize(540, 180)
    view.set_record(tall())
    strip = next(s for s in view.sheet.strips if s.lead == "V2")
    x, y = view._view.to_px(strip.rect.x + 1.2, strip.rect.y + 1.2)
    size = 3.4 * text_scale(view._view.px_per_mm) * view._view.px_per_mm
    view._rest.stop()
    image = view.grab().toImage()
    dark_px = [
        image.pixelColor(i, j).lightness() < 90
        for i in range(round(x), round(x + size))
        for j in range(round(y), round(y + 0.9 * size))
    ]
    assert any(dark_px)


@pytest.mark.parametrize(("px_per_mm", "px"), [(1.0, 1.5), (2.0, 2.0), (4.0, 2.6)])
def test_a_thick_trace_is_thinner_on_a_page_that_is_shown_small(px_per_mm, px):
    thick = screen_stroke(px_per_mm, 2.6)
    ink_mm = thick.trace_mm + 2.0 * thick.spread_mm
    assert ink_mm * px_per_mm == pytest.approx(px, abs=0.21)  # three thin lines for one


def test_in_a_low_row_the_name_stands_above_the_trace(qtbot):
    view = EcgView()
    qtbot.addWidget(view)
    view.resize(800, 270)
    view.set_record(flat())
    view.set_layout("12x1")
    view._rest.stop()
    image = view.grab().toImage()
    for strip in view.sheet.strips:
        x, zero = view._view.to_px(strip.rect.x + 1.2, strip.zero_y)
        rows = range(round(zero) + 2, round(view._view.to_px(0.0, strip.rect.bottom)[1]) - 3)
        below = [image.pixelColor(round(x) + k, row).lightness() for row in rows for k in range(12)]
        assert min(below) > 120, strip.lead  # the grid alone
