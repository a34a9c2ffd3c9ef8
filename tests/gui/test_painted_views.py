"""The ECG page and the beat panel as views: pointing, zoom, caches, sizes."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from gui.pictures import pixels
from helpers import synthetic_record, toy_analysis
from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QWheelEvent

from elvmass.beat import SEGMENTS, Segment
from elvmass_gui.geometry.paper import LAYOUTS, Rect, Scale
from elvmass_gui.painting.beat_content import BeatContent
from elvmass_gui.painting.beat_layout import BeatOptions, lay_out_beat
from elvmass_gui.painting.beat_legend import balanced, fitted, legend_items
from elvmass_gui.painting.beat_panel import (
    caption_words,
    lane_labels,
)
from elvmass_gui.painting.grid import PINK, draw_grid
from elvmass_gui.painting.ink import (
    TextStyle,
    pen,
    qrect,
    screen_stroke,
)
from elvmass_gui.views import beat
from elvmass_gui.views.beat import BeatView, best_sheet
from elvmass_gui.views.ecg import EMPTY_TEXT, EcgView

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(scope="module")
def analysis():
    return toy_analysis()


# ---- views -------------------------------------------------------------------------------


@pytest.fixture
def ecg(qtbot, analysis):
    view = EcgView()
    qtbot.addWidget(view)
    view.resize(1330, 800)
    view.set_record(analysis.record)
    view.set_marks(analysis.marks, ((5.15, 6.15),))
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
    ecg.set_marks(ecg._marks.beats, ecg._marks.analysed_s)
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
    beat_view.set_analysis(replace(analysis, beat=replace(analysis.beat, members=(0, 1, 4))))
    assert beat_view.accessibleDescription().startswith("median of 3 beats, ")


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
