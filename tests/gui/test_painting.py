"""What reaches the pixels: true scale, gaps, marks, lanes, and the two views."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from itertools import pairwise

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from helpers import synthetic_record, toy_analysis
from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QWheelEvent

from elvmass.beat import SEGMENTS, BeatGrade, BeatMark, Segment
from elvmass.record import LEADS, Record
from elvmass_gui.geometry.paper import DEFAULT_LAYOUT, LAYOUTS, Placement, Rect, Scale, lay_out
from elvmass_gui.geometry.shown import caption_text, is_cut, readout, sheet_for, show
from elvmass_gui.painting.beat_content import BeatContent
from elvmass_gui.painting.beat_layout import ARRANGEMENTS, BeatOptions, lay_out_beat
from elvmass_gui.painting.beat_legend import balanced, fitted, legend_items
from elvmass_gui.painting.beat_panel import (
    caption_words,
    lane_labels,
    names_above,
    paint_beat_panel,
    segment_label_places,
)
from elvmass_gui.painting.ecg_page import Marks, paint_ecg_page
from elvmass_gui.painting.grid import PINK, draw_grid
from elvmass_gui.painting.ink import (
    PRINT,
    SEGMENT_INK,
    TextStyle,
    elide,
    pen,
    qrect,
    screen_stroke,
    tint_step,
    wrap_text,
)
from elvmass_gui.painting.page_words import name_text
from elvmass_gui.painting.report import ReportContent, first_second, page_count, paint_page
from elvmass_gui.painting.report_why import panel_sheet
from elvmass_gui.painting.trace import draw_trace, finite_runs, pieces, polygon, step_outline
from elvmass_gui.views import beat
from elvmass_gui.views.beat import BeatView, best_sheet
from elvmass_gui.views.ecg import EMPTY_TEXT, EcgView

PX = 10.0  # pixels per mm of the test images

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(scope="module")
def analysis():
    return toy_analysis()


def rendered(width_mm, height_mm, paint, px=PX):
    image = QImage(round(width_mm * px), round(height_mm * px), QImage.Format.Format_RGB32)
    image.fill("white")
    painter = QPainter(image)
    painter.scale(px, px)
    paint(painter)
    painter.end()
    return image


def pixels(image):
    """[height, width, 3] RGB."""
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return raw[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, 2::-1].copy()


def dark(image):
    return pixels(image).astype(int).sum(axis=2) < 150


def page(record, sheet, marks=None):
    marks = marks or Marks()
    return lambda painter: paint_ecg_page(painter, sheet, show(record), marks, PRINT)


def flat(value_mv=0.0, seconds=10.0):
    return Record(np.full((12, round(500 * seconds)), value_mv), 500.0)


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
    marks = Marks((BeatMark(5.5, BeatGrade.DOMINANT, 0.99, 5),), (5.15, 6.15))
    marked = pixels(rendered(260, 120, page(record, sheet, marks), px=5))
    changed = (bare != marked).any(axis=2)
    for strip in sheet.strips:
        x = strip.x_mm(5.5)
        y = strip.rect.y + 8.0
        inside = strip.rect.x <= x < strip.rect.right
        assert not inside or changed[round(y * 5), round(x * 5)]
    assert not changed[:, : round(5 * (10 + 25 * 5.0))].any()


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


def test_the_page_of_a_long_recording_shows_the_analysed_beat():
    long = toy_analysis(synthetic_record(seconds=30.0))
    late = replace(long, beat=replace(long.beat, start_s=20.2))
    start = first_second(ReportContent(late.record, late))
    assert start < 20.2
    assert start + 10.0 > 21.2
    assert first_second(ReportContent(late.record, late, start_s=3.0)) == 3.0
    assert first_second(ReportContent(long.record, long)) == 0.0


# ---- views -------------------------------------------------------------------------------


@pytest.fixture
def ecg(qtbot, analysis):
    view = EcgView()
    qtbot.addWidget(view)
    view.resize(1330, 800)
    view.set_record(analysis.record)
    view.set_marks(analysis.marks, (5.15, 6.15))
    view.show()
    qtbot.waitExposed(view)
    return view


def centre_of(view, lead):
    strip = next(s for s in view.sheet.strips if s.lead == lead and not s.rhythm)
    x, y = view._view.to_px(strip.rect.x + strip.rect.width / 2, strip.zero_y)
    return QPoint(round(x), round(y))


def moved_to(view, at, kind=QEvent.Type.MouseMove, buttons=Qt.MouseButton.NoButton):
    event = QMouseEvent(
        kind,
        QPointF(at),
        QPointF(view.mapToGlobal(at)),
        Qt.MouseButton.NoButton,
        buttons,
        Qt.KeyboardModifier.NoModifier,
    )
    view.mouseMoveEvent(event)


def test_a_click_picks_the_lead(qtbot, ecg):
    with qtbot.waitSignal(ecg.leadPicked) as picked:
        qtbot.mouseClick(ecg, Qt.MouseButton.LeftButton, pos=centre_of(ecg, "V5"))
    assert picked.args == ["V5"]


def test_the_cursor_is_read_out(qtbot, ecg):
    with qtbot.waitSignal(ecg.cursorMoved) as moved:
        moved_to(ecg, centre_of(ecg, "aVL"))
    assert moved.args[0].startswith("aVL   37")
    with qtbot.waitSignal(ecg.cursorMoved) as left:
        ecg.leaveEvent(QEvent(QEvent.Type.Leave))
    assert left.args == [""]


def test_scale_text_tells_fitted_from_true_size(qtbot, ecg):
    ecg.set_true_px_per_mm(4.0)
    assert "fitted" in ecg.scale_text()
    with qtbot.waitSignal(ecg.scaleChanged) as changed:
        ecg.show_true_size()
    assert changed.args == ["×1.00 true size"]
    ecg.zoom_in()
    assert ecg.scale_text() == "×1.25"
    ecg.fit()
    assert ecg.scale_text().endswith("fitted")


def test_ctrl_wheel_zooms_at_the_cursor(ecg):
    at = QPointF(centre_of(ecg, "V2"))
    before = ecg._view.to_mm(at.x(), at.y())
    ecg.zoom_in()
    before = ecg._view.to_mm(at.x(), at.y())
    event = QWheelEvent(
        at,
        at,
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    ecg.wheelEvent(event)
    assert ecg._view.to_mm(at.x(), at.y()) == pytest.approx(before, abs=0.01)


def test_dragging_pans_and_picks_nothing(qtbot, ecg):
    ecg.zoom_in()
    ecg.zoom_in()
    before = ecg._view.origin_px()
    start = ecg.rect().center()
    with qtbot.assertNotEmitted(ecg.leadPicked):
        qtbot.mousePress(ecg, Qt.MouseButton.LeftButton, pos=start)
        moved_to(ecg, start - QPoint(80, 40), buttons=Qt.MouseButton.LeftButton)
        qtbot.mouseRelease(ecg, Qt.MouseButton.LeftButton, pos=start - QPoint(80, 40))
    after = ecg._view.origin_px()
    assert after[0] - before[0] == pytest.approx(-80.0)


@pytest.mark.parametrize("px_per_mm", [2.0, 3.37, 5.6731])
@pytest.mark.parametrize("origin", [(0.0, 0.0), (11.37, 7.91), (-3.5, -120.25)])
def test_rows_of_pixels_are_the_lines_of_the_grid(px_per_mm, origin):
    rect = Rect(3.3, 2.7, 140.0, 110.0)
    stroke = replace(screen_stroke(px_per_mm), show_minor=True)

    def lines(painter):
        painter.fillRect(qrect(rect), QColor(PINK.paper))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for step, ink in ((1, PINK.minor), (5, PINK.major)):
            painter.setPen(pen(ink, 0.0))
            for k in range(0, 141, step):
                painter.drawLine(QLineF(rect.x + k, rect.y, rect.x + k, rect.bottom))
            for k in range(0, 111, step):
                painter.drawLine(QLineF(rect.x, rect.y + k, rect.right, rect.y + k))

    pictures = []
    for paint in (lines, lambda painter: draw_grid(painter, rect, PINK, stroke)):
        image = QImage(700, 500, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFFFF)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(*origin)
        painter.scale(px_per_mm, px_per_mm)
        paint(painter)
        painter.end()
        pictures.append(image)
    assert pictures[0] == pictures[1]


def test_the_page_is_cached_at_rest_and_drawn_quickly_while_it_moves(qtbot, ecg):
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    ecg.grab()
    page_before = ecg._page
    ecg.grab()
    assert ecg._page is page_before
    assert page_before is not None
    ecg.zoom_in()
    ecg.grab()
    assert ecg._page is None
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    ecg.grab()
    assert ecg._page is not None


def ink(view):
    """Where a view is darker than any line of the grid."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return pixels(image).astype(int).sum(axis=2) < 450


def test_a_new_record_is_on_the_screen_at_once_with_all_its_traces(qtbot, analysis):
    view = EcgView()
    qtbot.addWidget(view)
    view.resize(1330, 800)
    view.set_record(analysis.record)
    assert view._rest.isActive()
    first = ink(view)
    qtbot.waitUntil(lambda: not view._rest.isActive())
    fine = ink(view)
    for strip in view.sheet.strips:
        left, right = (round(view._view.to_px(x, 0)[0]) for x in (strip.rect.x, strip.rect.right))
        top, foot = (round(view._view.to_px(0, y)[1]) for y in (strip.rect.y, strip.rect.bottom))
        columns = first[top:foot, left:right].any(axis=0)
        assert columns.sum() >= 0.9 * fine[top:foot, left:right].any(axis=0).sum() > 0


def test_marks_are_painted_in_a_turn_of_their_own_and_only_if_they_change(qtbot, ecg):
    qtbot.waitUntil(lambda: not (ecg._rest.isActive() or ecg._marking.isActive()))
    marked = ecg.grab().toImage()
    page = ecg._page
    ecg.set_marks(ecg._marks.beats, ecg._marks.beat_window_s)
    assert not ecg._marking.isActive()
    ecg.set_marks(())
    assert ecg._page is page
    qtbot.waitUntil(lambda: not ecg._marking.isActive())
    assert ecg.grab().toImage() != marked


def test_keys_zoom_fit_and_walk(qtbot, ecg):
    ecg.set_record(synthetic_record(seconds=30.0))
    qtbot.keyClick(ecg, Qt.Key.Key_Plus)
    assert not ecg._view.fitted
    qtbot.keyClick(ecg, Qt.Key.Key_0)
    assert ecg._view.fitted
    qtbot.keyClick(ecg, Qt.Key.Key_PageDown)
    assert ecg.sheet.start_s == 10.0
    qtbot.keyClick(ecg, Qt.Key.Key_PageUp)
    assert ecg.sheet.start_s == 0.0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_and_scales_can_be_chosen(ecg, layout):
    ecg.set_layout(layout)
    ecg.set_scale(Scale(50.0, 5.0))
    assert ecg.sheet.layout.name == layout
    assert ecg.sheet.scale == Scale(50.0, 5.0)
    assert layout in ecg.accessibleDescription()


def test_the_empty_page_invites(qtbot):
    view = EcgView()
    qtbot.addWidget(view)
    view.resize(600, 300)
    image = view.grab().toImage()
    assert view.accessibleDescription() == EMPTY_TEXT
    grey = np.unique(
        pixels(image.convertToFormat(QImage.Format.Format_RGB32)).reshape(-1, 3), axis=0
    )
    assert len(grey) > 3  # a background and antialiased words


@pytest.fixture
def beat_view(qtbot, analysis):
    view = BeatView()
    qtbot.addWidget(view)
    view.resize(1300, 380)
    view.set_analysis(analysis)
    return view


@pytest.mark.parametrize(("room_mm", "words"), [(80, "LIMB LEADS"), (12, "LIMB"), (4, "")])
def test_captions_of_the_groups_keep_to_their_room(qapp, room_mm, words):
    assert caption_words("limb", room_mm, TextStyle(2.6, bold=True)) == words


def test_the_legend_drops_what_is_said_elsewhere_before_it_shrinks(analysis):
    content = BeatContent.of(analysis)
    for width in (300, 150):
        sheet = lay_out_beat(analysis.beat, BeatOptions(width_mm=width))
        sheet = replace(sheet, legend=replace(sheet.legend, width=float(width)))
        shown, size = fitted(legend_items(sheet, content, 1.0), sheet.legend, 2.6)
        texts = [item.text for item in shown]
        assert ("QRS" in texts) == (width == 300)
        assert "over 3 % of the importance" in texts
        assert (size == 2.6) == (width == 300)


@pytest.mark.parametrize("width", [250.0, 200.0, 150.0])
def test_no_line_of_the_legend_holds_the_last_words_alone(analysis, width):
    sheet = lay_out_beat(analysis.beat)
    lines = balanced(legend_items(sheet, BeatContent.of(analysis), 1.0), width, 2.6)
    assert len(lines) > 1
    assert min(len(line) for line in lines) > 1
    assert all(line[-1][0] < width for line in lines)


@pytest.mark.parametrize(
    ("height", "words"), [(9.0, ["+2", "−2", "0"]), (6.0, ["+2", "−2"]), (4.0, ["±2"])]
)
def test_labels_of_a_lane_stay_beside_it(height, words):
    lane = Rect(0.0, 10.0, 50.0, height)
    labels = lane_labels(lane, 2.0, 2.2)
    assert [text for text, _ in labels] == words
    for _, baseline in labels:
        assert lane.y <= baseline - 0.72 * 2.2 + 1e-9
        assert baseline <= lane.bottom
    assert lane_labels(lane, None, 2.2) == []


def test_the_beat_view_says_why_it_is_empty(beat_view, analysis):
    beat_view.set_state("No heartbeat was analysed.")
    why = beat_view.grab().toImage()
    assert beat_view.accessibleDescription() == "No heartbeat was analysed."
    beat_view.set_analysis(None)
    assert "will appear" in beat_view.accessibleDescription()
    assert beat_view.grab().toImage() != why


def test_hover_names_lead_and_segment(qtbot, beat_view, analysis):
    cell = next(c for c in beat_view.sheet.cells if c.lead_row == 7)
    f = analysis.beat.fiducials
    x, y = cell.x_mm((f.qrs_on + f.qrs_off) / 2), cell.zero_y
    with qtbot.waitSignal(beat_view.hovered) as hovered:
        moved_to(beat_view, beat_view.to_px(x, y).toPoint())
    assert hovered.args == [7, SEGMENTS.index(Segment.QRS)]
    assert beat_view.toolTip().startswith("V2 QRS: ")
    before = beat_view.grab().toImage()
    with qtbot.waitSignal(beat_view.hovered) as gone:
        beat_view.leaveEvent(QEvent(QEvent.Type.Leave))
    assert gone.args == [-1, -1]
    assert before != beat_view.grab().toImage()


def test_the_beat_is_painted_anew_only_if_it_has_changed(beat_view, analysis, monkeypatch):
    painted = []
    monkeypatch.setattr(beat, "paint_beat_panel", lambda *args: painted.append(args[2]))
    beat_view.show()  # one that was never shown is laid out at every grab
    beat_view.grab()
    before, sheet = len(painted), beat_view.sheet
    other = replace(analysis, filter_text="what another panel shows")
    beat_view.set_analysis(other)
    beat_view.grab()
    assert len(painted) == before
    again = replace(analysis.beat, signal_mv=analysis.beat.signal_mv.copy())
    beat_view.set_analysis(replace(analysis, beat=again))
    beat_view.grab()
    assert len(painted) == before + 1
    assert beat_view.sheet is sheet
    taller = replace(again, signal_mv=2.0 * again.signal_mv)
    beat_view.set_analysis(replace(analysis, beat=taller))
    assert beat_view.sheet is not sheet


def test_beat_only_then_analysis_then_nothing(beat_view, analysis):
    full = beat_view.grab().toImage()
    beat_view.set_analysis(replace(analysis, saliency=None, importance=None))
    bare = beat_view.grab().toImage()
    beat_view.set_analysis(None)
    empty = beat_view.grab().toImage()
    assert full != bare
    assert bare != empty
    assert beat_view.sheet is None


@pytest.mark.parametrize("size", [(1300, 380), (900, 300), (700, 700), (400, 900), (360, 160)])
@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_the_panel_fits_every_window(analysis, size, factor):
    beat = replace(analysis.beat, signal_mv=analysis.beat.signal_mv * factor)
    sheet, px = best_sheet(beat, *size)
    assert sheet.bounds.width * px <= size[0] + 0.01
    assert sheet.bounds.height * px <= size[1] + 0.01
    assert max(sheet.bounds.width * px / size[0], sheet.bounds.height * px / size[1]) > 0.9


def test_the_millimetres_of_the_grid_are_told_by_device_pixels():
    assert [screen_stroke(2.4, ratio=ratio).show_minor for ratio in (1.0, 1.25, 2.0)] == [
        False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize("size", [(1420, 315), (940, 250), (1900, 400), (500, 600)])
def test_on_screen_the_legend_is_whole_and_not_shrunk(analysis, size):
    content = BeatContent.of(analysis, overlay=True)
    sheet, _ = best_sheet(analysis.beat, *size)
    items = legend_items(sheet, content, 1.0)
    assert fitted(items, sheet.legend, 0.9 * sheet.options.text_mm) == (
        items, 0.9 * sheet.options.text_mm,
    )  # fmt: skip


# ---- the binding -------------------------------------------------------------------------


def test_void_calls_do_not_eat_references_to_none(qtbot):
    """PySide6 6.12.0 drops one reference to None per void call and aborts on Python < 3.12."""
    view = EcgView()
    qtbot.addWidget(view)
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    before = sys.getrefcount(None)
    for _ in range(1000):
        painter.setPen(Qt.GlobalColor.black)
        painter.drawLine(0, 0, 7, 7)
        view.update()
    drift = sys.getrefcount(None) - before
    painter.end()
    assert abs(drift) < 100


def test_a_lead_without_signal_is_marked_on_the_page():
    signal = synthetic_record().signal_mv.copy()
    signal[[LEADS.index("V2"), LEADS.index("V5")]] = 0.0
    signal[LEADS.index("V6")] = np.nan
    shown = show(replace(synthetic_record(), signal_mv=signal))
    sheet = sheet_for(shown, DEFAULT_LAYOUT)
    marked = [s.lead for s in sheet.strips if name_text(s, shown).endswith("no signal")]
    assert marked == ["V2", "V5", "V6"]
