"""Boundaries of the analysed beat by mouse, and what follows them while they move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gui.beat_mouse import (
    FREE,
    NONE,
    carry,
    drag,
    hover,
    place,
    points,
    points_of_toy,
    press,
    release,
)
from helpers import explained_analysis
from PySide6.QtCore import QEvent, QPointF, Qt

from elvmass.beat import SEGMENTS, Segment
from elvmass.boundaries import snapped

QRS, ST = SEGMENTS.index(Segment.QRS), SEGMENTS.index(Segment.ST)
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_hovering_shows_the_handle_and_names_the_boundary(beat, explained) -> None:
    bare = beat.grab().toImage()
    hover(beat, place(beat, 100))
    assert beat.cursor().shape() is Qt.CursorShape.SizeHorCursor
    assert explained.readout.text() == "QRS end   QRS 92 ms"
    assert beat.grab().toImage() != bare
    hover(beat, place(beat, 89))
    assert beat.cursor().shape() is Qt.CursorShape.ArrowCursor
    beat.leaveEvent(QEvent(QEvent.Type.Leave))
    assert beat.grab().toImage() == bare
    assert explained.readout.text() == ""


@pytest.mark.parametrize(
    ("name", "start", "stop"),
    [("p_on", 35, 29), ("p_off", 60, 66), ("qrs_on", 77, 72), ("qrs_off", 100, 111),
     ("t_on", 128, 120), ("t_off", 178, 199)],
)  # fmt: skip
def test_a_drag_is_exact_to_the_sample(beat, session, qtbot, name, start, stop) -> None:
    for lead_row in (0, 5, 6, 11):
        drag(beat, start, stop, lead_row=lead_row)
        assert points(session) == points_of_toy() | {name: stop}
        assert session.analysis.moved_ms == {name: 4.0 * (stop - start)}
        qtbot.keyClick(beat, Qt.Key.Key_Z, CTRL)
        assert points(session) == points_of_toy()


def test_where_it_is_gripped_does_not_matter(beat, session) -> None:
    off = QPointF(3.0, 0.0)
    press(beat, place(beat, 100) + off)
    release(beat, place(beat, 100) + off)  # a click moves nothing
    assert session.analysis.automatic is None
    press(beat, place(beat, 100) + off)
    carry(beat, place(beat, 108) + off)
    release(beat, place(beat, 108) + off)
    assert points(session)["qrs_off"] == 108


def test_table_bands_and_intervals_follow_during_the_drag(beat, session, explained) -> None:
    side, drawn = explained.panels.side, []
    session.boundariesDrawn.connect(drawn.append)
    settled: list[object] = []
    session.analysisChanged.connect(settled.append)
    before = beat.grab().toImage()
    former = side.importance.cells[1][QRS].text()
    press(beat, place(beat, 100))
    carry(beat, place(beat, 92))
    absolute = np.abs(session.analysis.saliency.values_g)
    share = absolute[6:, 77:92].sum() / absolute.sum()
    assert side.importance.cells[1][QRS].text().startswith(f"{100 * share:.0f} %")
    assert side.importance.cells[1][QRS].text() != former
    assert side.importance.heads[QRS].text() == "QRS\n60 ms"
    assert side.importance.heads[ST].text() == "ST\n144 ms"
    assert "QRS 60 ms" in side.measurements.by_hand.text()
    assert "automatic: PR 168 ms, QRS 92 ms" in side.measurements.by_hand.text()
    assert "QRS end −32 ms" in explained.readout.text()
    assert beat.grab().toImage() != before
    assert len(drawn) == 1
    assert not settled  # the rest of the window is left in peace
    release(beat, place(beat, 92))
    assert len(settled) == 1
    assert side.result.mass.text() == "141 g"


def test_neighbours_are_not_crossed(beat, session) -> None:
    drag(beat, 100, 240)
    assert points(session) == points_of_toy() | {"qrs_off": 128}
    drag(beat, 77, 0)
    assert points(session)["qrs_on"] == 60
    drag(beat, 35, 300)
    assert points(session)["p_on"] == 52  # 32 ms of P remain


def test_two_boundaries_at_one_place_can_be_parted(beat, session) -> None:
    drag(beat, 100, 240)  # QRS end on T onset: no ST
    assert session.analysis.beat.segments()[Segment.ST] == ()
    press(beat, place(beat, 128) + QPointF(1.0, 0.0))
    carry(beat, place(beat, 140) + QPointF(1.0, 0.0))
    release(beat, place(beat, 140))
    assert (points(session)["qrs_off"], points(session)["t_on"]) == (128, 140)
    drag(beat, 140, 60)
    press(beat, place(beat, 128) - QPointF(1.0, 0.0))
    carry(beat, place(beat, 110) - QPointF(1.0, 0.0))
    release(beat, place(beat, 110))
    assert (points(session)["qrs_off"], points(session)["t_on"]) == (110, 128)


def test_by_default_the_traces_catch_and_alt_lets_go(beat, session) -> None:
    caught = snapped(session.analysis.beat, "qrs_off", 104.0)
    assert caught != 104
    drag(beat, 100, 104, modifiers=NONE)
    assert points(session)["qrs_off"] == caught
    drag(beat, caught, 104, modifiers=FREE)
    assert points(session)["qrs_off"] == 104
    beat.beat_actions["boundary_snap"].trigger()
    assert not beat.beat_actions["boundary_snap"].isChecked()
    drag(beat, 104, 105, modifiers=NONE)
    assert points(session)["qrs_off"] == 105


def test_escape_drops_what_is_being_dragged(beat, session, qtbot) -> None:
    press(beat, place(beat, 100))
    carry(beat, place(beat, 112))
    qtbot.keyClick(beat, Qt.Key.Key_Escape)
    assert points(session) == points_of_toy()
    assert session.analysis.automatic is None
    carry(beat, place(beat, 115))
    release(beat, place(beat, 115))
    assert session.analysis.automatic is None


def test_a_release_that_was_lost_ends_the_drag(beat, session) -> None:
    press(beat, place(beat, 100))
    carry(beat, place(beat, 108))
    hover(beat, place(beat, 150))
    assert points(session)["qrs_off"] == 108
    beat.stepped.emit(-1)
    assert session.analysis.automatic is None


def test_an_analysis_that_comes_during_a_drag_does_no_harm(beat, session, analyst) -> None:
    press(beat, place(beat, 100))
    carry(beat, place(beat, 112))
    session.correct(replace(session.record.patient, weight_kg=90.0))
    analyst.answer(explained_analysis(session.record))
    carry(beat, place(beat, 110))
    release(beat, place(beat, 110))
    assert points(session)["qrs_off"] == 110
    press(beat, place(beat, 110))
    session.analyse()  # no beat any more
    carry(beat, QPointF(300, 100))
    release(beat, QPointF(300, 100))
    assert session.analysis is None
