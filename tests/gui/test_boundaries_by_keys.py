"""Boundaries of the analysed beat by key: moved, undone, reset."""

from __future__ import annotations

import numpy as np
from gui.beat_mouse import (
    drag,
    points,
)
from PySide6.QtCore import Qt

from elvmass.boundaries import BOUNDARIES
from elvmass.model.importance import segment_importance

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


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
