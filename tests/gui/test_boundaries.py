"""Boundaries of the analysed beat by mouse and keys, and all that follows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import helpers
import numpy as np
import pytest
from helpers import explained_analysis
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from elvmass.beat import SEGMENTS, Segment
from elvmass.boundaries import BOUNDARIES, snapped
from elvmass.choices import SignalOptions
from elvmass.model.importance import segment_importance, with_boundaries
from elvmass.record import Source
from elvmass_gui.painting.beat_content import BeatContent
from elvmass_gui.painting.beat_legend import legend_items
from elvmass_gui.painting.wording import warnings
from elvmass_gui.state.boundary_book import BoundaryBook
from elvmass_gui.views.beat_editor import BeatEditor

QRS, ST = SEGMENTS.index(Segment.QRS), SEGMENTS.index(Segment.ST)
FREE = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def beat(explained) -> BeatEditor:
    return explained.panels.beat


def points(session):
    return {name: getattr(session.analysis.beat.fiducials, name) for name in BOUNDARIES}


def place(view: BeatEditor, sample: float, lead_row: int = 8) -> QPointF:
    """In the widget, at the middle of the trace of a lead."""
    cell = next(c for c in view.sheet.cells if c.lead_row == lead_row)
    return view.to_px(cell.x_mm(sample), cell.trace.y + cell.trace.height / 2)


def mouse(view, kind, at: QPointF, held: bool, modifiers=NONE) -> None:
    moving = kind is QEvent.Type.MouseMove
    button = Qt.MouseButton.NoButton if moving else Qt.MouseButton.LeftButton
    buttons = Qt.MouseButton.LeftButton if held else Qt.MouseButton.NoButton
    there = QPointF(view.mapToGlobal(QPoint(0, 0))) + at
    QApplication.sendEvent(view, QMouseEvent(kind, at, there, button, buttons, modifiers))


def hover(view, at: QPointF) -> None:
    mouse(view, QEvent.Type.MouseMove, at, held=False)


def press(view, at: QPointF) -> None:
    hover(view, at)
    view.setFocus(Qt.FocusReason.MouseFocusReason)  # as the window system does
    mouse(view, QEvent.Type.MouseButtonPress, at, held=True)


def carry(view, at: QPointF, modifiers=FREE) -> None:
    mouse(view, QEvent.Type.MouseMove, at, held=True, modifiers=modifiers)


def release(view, at: QPointF) -> None:
    mouse(view, QEvent.Type.MouseButtonRelease, at, held=False)


def drag(view, start: float, stop: float, modifiers=FREE, lead_row: int = 8) -> None:
    press(view, place(view, start, lead_row))
    for share in (0.3, 0.7, 1.0):
        carry(view, place(view, start + share * (stop - start), lead_row), modifiers)
    release(view, place(view, stop, lead_row))


# --- mouse -----------------------------------------------------------------------------------


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


def points_of_toy():
    return dict(zip(BOUNDARIES, (35, 60, 77, 100, 128, 178), strict=True))


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


# --- keys ------------------------------------------------------------------------------------


def test_all_of_it_without_the_mouse(beat, session, qtbot) -> None:
    beat.setFocus()
    for _ in range(4):
        qtbot.keyClick(beat, Qt.Key.Key_Tab)
    assert beat.hasFocus()
    assert beat.accessibleDescription() == "QRS end   QRS 92 ms"
    qtbot.keyClick(beat, Qt.Key.Key_Right)
    qtbot.keyClick(beat, Qt.Key.Key_Right, SHIFT)
    qtbot.keyClick(beat, Qt.Key.Key_Left)
    assert points(session)["qrs_off"] == 110
    assert beat.accessibleDescription() == "QRS end +40 ms   QRS 132 ms"
    qtbot.keyClick(beat, Qt.Key.Key_N)
    qtbot.keyClick(beat, Qt.Key.Key_Left)
    assert points(session)["t_on"] == 127
    qtbot.keyClick(beat, Qt.Key.Key_N, SHIFT)
    qtbot.keyClick(beat, Qt.Key.Key_Delete)
    assert session.analysis.moved_ms == {"t_on": -4.0}


def test_tab_leaves_the_panel_beyond_the_last_boundary(beat, qtbot) -> None:
    beat.setFocus()
    for _ in BOUNDARIES:
        qtbot.keyClick(beat, Qt.Key.Key_Tab)
    assert beat.hasFocus()
    qtbot.keyClick(beat, Qt.Key.Key_Tab)
    assert not beat.hasFocus()


def test_the_menu_takes_a_boundary_from_anywhere(explained, beat, qtbot) -> None:
    explained.ecg.setFocus()
    assert beat.beat_actions["boundary_next"] in explained.commands.submenus["Boundaries"].actions()
    beat.beat_actions["boundary_next"].trigger()
    assert beat.hasFocus()
    assert beat.accessibleDescription().startswith("P onset")


def test_arrows_without_a_boundary_do_nothing(beat, session, qtbot) -> None:
    beat.setFocus()
    qtbot.keyClick(beat, Qt.Key.Key_Right)
    assert session.analysis.automatic is None


# --- history ---------------------------------------------------------------------------------


def test_undo_and_redo_step_by_step(beat, session, qtbot) -> None:
    drag(beat, 100, 108)
    drag(beat, 77, 73)
    for _ in range(3):
        qtbot.keyClick(beat, Qt.Key.Key_Left)  # three nudges are one step
    assert points(session)["qrs_on"] == 70
    states = []
    for _ in range(4):
        states.append((points(session)["qrs_on"], points(session)["qrs_off"]))
        qtbot.keyClick(beat, Qt.Key.Key_Z, CTRL)
    assert states == [(70, 108), (73, 108), (77, 108), (77, 100)]
    assert session.analysis.automatic is None
    expected = segment_importance(session.analysis.saliency, session.analysis.beat)
    np.testing.assert_array_equal(session.analysis.importance.share, expected.share)
    for _ in range(5):
        qtbot.keyClick(beat, Qt.Key.Key_Y, CTRL)
    assert (points(session)["qrs_on"], points(session)["qrs_off"]) == (70, 108)


def test_the_focus_decides_whose_undo_it_is(explained, beat, session, qtbot) -> None:
    drag(beat, 100, 108)
    page = explained.ecg
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_Return)  # a caliper
    assert len(page.calipers) == 1
    qtbot.keyClick(page, Qt.Key.Key_Z, CTRL)
    assert page.calipers == ()
    assert points(session)["qrs_off"] == 108
    beat.setFocus()
    qtbot.keyClick(beat, Qt.Key.Key_Z, CTRL)
    assert points(session)["qrs_off"] == 100


def test_reset_is_one_click_and_can_be_undone(explained, beat, session, qtbot) -> None:
    controls = explained.panels.controls
    assert not controls.by_hand.isVisible()
    drag(beat, 100, 108)
    drag(beat, 178, 190)
    assert controls.by_hand.isVisible()
    assert "QRS end +32 ms, T end +48 ms" in controls.by_hand.toolTip()
    assert "estimate stays" in controls.by_hand.toolTip()
    controls.by_hand.click()
    assert session.analysis.automatic is None
    assert not controls.by_hand.isVisible()
    beat.setFocus()
    qtbot.keyClick(beat, Qt.Key.Key_Z, CTRL)
    assert session.analysis.moved_ms == {"qrs_off": 32.0, "t_off": 48.0}


# --- a correction in the life of an analysis -------------------------------------------------


def test_it_survives_threshold_patient_and_method(beat, session, analyst) -> None:
    drag(beat, 100, 108)
    session.choose(replace(session.options, threshold="cmr_ukb_2017"))
    analyst.answer(replace(explained_analysis(session.record), saliency=None, importance=None))
    assert points(session)["qrs_off"] == 108
    expected = segment_importance(session.analysis.saliency, session.analysis.beat)
    np.testing.assert_array_equal(session.analysis.importance.share, expected.share)
    session.choose(replace(session.options, method="ig_zero"))
    assert points(session)["qrs_off"] == 108
    analyst.answer(explained_analysis(session.record))
    assert session.analysis.moved_ms == {"qrs_off": 32.0}
    session.correct(replace(session.record.patient, weight_kg=90.0))
    analyst.answer(explained_analysis(session.record))
    assert session.analysis.moved_ms == {"qrs_off": 32.0}


def test_another_beat_has_its_own_and_the_first_keeps_its(beat, session, analyst) -> None:
    drag(beat, 100, 108)
    made = explained_analysis(session.record)
    other = replace(made, beat=replace(made.beat, number=7, start_s=made.beat.start_s + 0.8))
    session.choose(replace(session.options, signal=SignalOptions(band="paper")))
    for _ in range(2):
        analyst.answer(other)
    assert session.analysis.automatic is None
    for _ in range(2):
        session.choose(replace(session.options, signal=SignalOptions()))
        analyst.answer(made)
    assert session.analysis.moved_ms == {"qrs_off": 32.0}


def test_another_ecg_begins_automatic(beat, session, analyst) -> None:
    drag(beat, 100, 108)
    other = replace(helpers.synthetic_record(), source=Source(Path("b.xml"), "test", "1" * 64))
    session.adopt(other)
    analyst.answer(explained_analysis(other))
    assert session.analysis.automatic is None


def test_other_automatic_boundaries_are_another_correction() -> None:
    book, made = BoundaryBook(), explained_analysis()
    book.put_in(made)
    book.keep(replace(made.beat.fiducials, t_off=190))
    assert book.put_in(made).moved_ms == {"t_off": 48.0}
    fiducials = replace(made.beat.fiducials, qrs_on=75)
    assert book.put_in(replace(made, beat=replace(made.beat, fiducials=fiducials))).moved_ms == {}
    assert not BoundaryBook().step(-1)


def test_only_a_method_of_segments_is_asked_anew(beat, session, analyst) -> None:
    count = len(analyst.requests)
    drag(beat, 100, 108)
    assert len(analyst.requests) == count
    session.choose(replace(session.options, method="occlusion"))
    assert analyst.last.options.boundaries == session.analysis.beat.fiducials
    drawn = with_boundaries(explained_analysis(session.record), session.analysis.beat.fiducials)
    analyst.answer(drawn)
    count = len(analyst.requests)
    drag(beat, 108, 110)
    assert len(analyst.requests) == count + 1
    assert analyst.last.options.explain
    assert analyst.last.options.boundaries.qrs_off == 110
    assert session.options.boundaries is None


def test_a_map_of_former_segments_is_not_carried_over(beat, session, analyst) -> None:
    session.choose(replace(session.options, method="occlusion"))
    analyst.answer(explained_analysis(session.record))
    drag(beat, 100, 108)
    session.choose(replace(session.options, threshold="cmr_ukb_2017"))  # before the new map came
    analyst.answer(replace(explained_analysis(session.record), saliency=None, importance=None))
    assert analyst.last.options.explain
    assert analyst.last.options.boundaries.qrs_off == 108


# --- said wherever it counts -----------------------------------------------------------------


def test_panel_table_and_report_say_by_hand(explained, beat, session) -> None:
    plain = session.analysis
    assert not any("hand" in text for text in warnings(plain))
    drag(beat, 100, 108)
    drawn = session.analysis
    content = BeatContent.of(drawn)
    legend = " ".join(item.text for item in legend_items(beat.sheet, content, 1.0))
    assert "boundaries by hand: QRS end +32 ms; dashed: automatic" in legend
    note = explained.panels.side.importance.note.text()
    assert note.endswith("Boundaries corrected by hand: QRS end +32 ms.")
    first = warnings(drawn)[0]
    assert first.startswith("Boundaries corrected by hand: QRS end +32 ms. This beat now has PR")
    assert "QRS 124 ms" in first
    assert first.endswith("The estimate does not rest on them.")


def test_without_p_its_boundaries_cannot_be_taken(beat, session, analyst, qtbot) -> None:
    made = explained_analysis(session.record)
    fiducials = replace(made.beat.fiducials, p_on=None, p_off=None)
    session.analyse()
    for _ in range(2):
        analyst.answer(replace(made, beat=replace(made.beat, fiducials=fiducials)))
    hover(beat, place(beat, 35))
    assert beat.cursor().shape() is Qt.CursorShape.ArrowCursor
    beat.beat_actions["boundary_next"].trigger()
    assert beat.accessibleDescription() == "QRS onset   QRS 92 ms, QT 404 ms"


def test_without_a_beat_there_is_nothing_to_move(window, qtbot) -> None:
    view = window.panels.beat
    assert not view.beat_actions["boundary_next"].isEnabled()
    press(view, QPointF(100, 100))
    carry(view, QPointF(120, 100))
    release(view, QPointF(120, 100))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    view.reset()
