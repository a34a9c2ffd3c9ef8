"""Pointing in the beat panel, the table or the page shows the same place in the other two."""

from __future__ import annotations

from dataclasses import replace

import helpers
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from elvmass.beat import SEGMENTS, BeatKind, Segment
from elvmass.boundaries import moved
from elvmass.record import LEADS, PRECORDIAL_ROWS
from elvmass_gui.pointing import NOWHERE, Spot, analysed_s, spans_s, spot_at
from elvmass_gui.views.importance_table import ROW_LEADS

QRS, T, TP = (SEGMENTS.index(s) for s in (Segment.QRS, Segment.T, Segment.TP))
FOUND = helpers.toy_analysis()
BEAT = FOUND.beat  # begins at 5.15 s
MEDIAN = replace(FOUND, beat=replace(BEAT, kind=BeatKind.MEDIAN, members=(1, 2, 7)))


@pytest.fixture
def explained(window, session, analyst, qtbot):
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(helpers.toy_analysis(session.record))
    page = window.ecg
    qtbot.waitUntil(lambda: not page._rest.isActive() and not page._marking.isActive())
    return window


def move(view, at: QPointF) -> None:
    there = QPointF(view.mapToGlobal(QPoint(0, 0))) + at
    QApplication.sendEvent(view, QMouseEvent(
        QEvent.Type.MouseMove, at, there, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    ))  # fmt: skip


def in_beat(view, lead: str, sample: float) -> QPointF:
    cell = next(c for c in view.sheet.cells if LEADS[c.lead_row] == lead)
    return view.to_px(cell.x_mm(sample), cell.zero_y)


def on_page(page, lead: str, time_s: float) -> QPointF:
    strip = next(s for s in page.sheet.strips_of(lead) if s.start_s <= time_s < s.stop_s)
    box = strip.rect
    return QPointF(*page._view.to_px(strip.x_mm(time_s), box.y + box.height / 2))


def enter(cell) -> None:
    at = QPointF(cell.rect().center())
    QApplication.sendEvent(cell, QEnterEvent(at, at, at))


def leave(cell) -> None:
    QApplication.sendEvent(cell, QEvent(QEvent.Type.Leave))


def lit(window) -> list[tuple[int, int]]:
    cells = window.panels.side.importance.cells
    return [(i, k) for i, row in enumerate(cells) for k, cell in enumerate(row) if cell._lit]


# --- values ----------------------------------------------------------------------------------


def test_a_segment_lies_where_the_beat_lies() -> None:
    (span,) = spans_s(FOUND, Spot((7,), QRS))
    assert span == pytest.approx((BEAT.start_s + 77 / 250, BEAT.start_s + 100 / 250))
    assert len(spans_s(FOUND, Spot((7,), TP))) == 2
    assert spans_s(FOUND, NOWHERE) == ()
    wider = replace(BEAT, fiducials=moved(BEAT, "qrs_off", 110))
    assert spans_s(replace(FOUND, beat=wider), Spot((7,), QRS))[0][1] == pytest.approx(
        BEAT.start_s + 110 / 250
    )


def test_a_time_of_the_page_is_a_segment_only_within_the_beat() -> None:
    for sample, segment in ((77, QRS), (99, QRS), (130, T), (0, TP), (249, TP)):
        assert spot_at(FOUND, "V2", BEAT.start_s + sample / 250) == Spot((7,), segment)
    for time_s in (0.0, BEAT.start_s - 0.004, BEAT.start_s + 1.0):
        assert spot_at(FOUND, "V2", time_s) == NOWHERE
    assert spot_at(FOUND, "", BEAT.start_s + 0.1) == NOWHERE


def test_of_a_single_beat_its_window_is_analysed() -> None:
    assert analysed_s(FOUND) == (pytest.approx((BEAT.start_s, BEAT.start_s + 1.0)),)


def test_all_beats_of_a_median_are_analysed_and_pointed_at() -> None:
    peaks_s = [m.time_s for m in FOUND.marks if m.number in (1, 2, 7)]
    starts_s = [peak - BEAT.r_index / BEAT.rate_hz for peak in peaks_s]
    found = BEAT.fiducials
    assert analysed_s(MEDIAN) == tuple(
        pytest.approx((start + found.p_on / 250, start + found.t_off / 250)) for start in starts_s
    )
    assert spans_s(MEDIAN, Spot((7,), QRS)) == tuple(
        pytest.approx((start + 77 / 250, start + 100 / 250)) for start in starts_s
    )
    for start in starts_s:
        assert spot_at(MEDIAN, "V2", start + 89.5 / 250) == Spot((7,), QRS)
    assert spot_at(MEDIAN, "V2", BEAT.start_s + 89.5 / 250) == NOWHERE  # a beat left out


# --- views -----------------------------------------------------------------------------------


def test_the_beat_panel_points_at_cell_and_page(explained) -> None:
    page, beat = explained.ecg, explained.panels.beat
    bare = page.grab().toImage()
    cached = page._page
    move(beat, in_beat(beat, "V2", 89))
    assert lit(explained) == [(1, QRS)]
    assert page._hover == (("V2",), spans_s(FOUND, Spot((7,), QRS)))
    assert page.grab().toImage() != bare
    assert page._page is cached  # laid over the picture of the page, not painted anew
    move(beat, in_beat(beat, "aVL", 150))
    assert lit(explained) == [(0, T)]
    beat.leaveEvent(QEvent(QEvent.Type.Leave))
    assert lit(explained) == []
    assert page.grab().toImage() == bare


def test_a_cell_of_the_table_points_at_its_leads(explained) -> None:
    beat, page, table = explained.panels.beat, explained.ecg, explained.panels.side.importance
    bare = beat.grab().toImage()
    enter(table.cells[1][T])
    assert beat._pointed == Spot(PRECORDIAL_ROWS, T)
    assert page._hover == (LEADS[6:], spans_s(FOUND, Spot((7,), T)))
    pointed = beat.grab().toImage()
    changed = {
        cell.lead_row
        for cell in beat.sheet.cells
        for y in range(int(cell.trace.y), int(cell.trace.bottom))
        if pointed.pixelColor(beat.to_px(cell.x_mm(128), y).toPoint())
        != bare.pixelColor(beat.to_px(cell.x_mm(128), y).toPoint())
    }
    assert changed == set(PRECORDIAL_ROWS)
    enter(table.cells[2][QRS])
    assert len(page._hover[0]) == 12
    leave(table.cells[2][QRS])
    assert beat._pointed == NOWHERE
    assert page._hover == ((), ())
    assert beat.grab().toImage() == bare


def test_the_page_points_at_the_beat_panel_and_the_table(explained) -> None:
    beat, page = explained.panels.beat, explained.ecg
    move(page, on_page(page, "V2", BEAT.start_s + 89 / 250))
    assert beat._pointed == Spot((7,), QRS)
    assert lit(explained) == [(1, QRS)]
    move(page, on_page(page, "II", BEAT.start_s + 140 / 250))  # in the rhythm strip
    assert beat._pointed == Spot((1,), T)
    move(page, on_page(page, "II", 1.0))  # another beat
    assert beat._pointed == NOWHERE
    assert lit(explained) == []
    move(page, on_page(page, "V2", BEAT.start_s + 89 / 250))
    page.leaveEvent(QEvent(QEvent.Type.Leave))
    assert beat._pointed == NOWHERE


def test_without_an_analysis_nothing_is_pointed_at(window, session, qtbot) -> None:
    session.adopt(helpers.synthetic_record())
    page = window.ecg
    qtbot.waitUntil(lambda: not page._rest.isActive())
    move(page, on_page(page, "V2", 5.5))
    enter(window.panels.side.importance.cells[0][0])
    assert window.panels.beat._pointed.segment <= 0
    assert page._hover == ((), ())


def test_rows_of_the_table_hold_all_leads() -> None:
    assert sorted(ROW_LEADS[0] + ROW_LEADS[1]) == list(range(12)) == list(ROW_LEADS[2])
