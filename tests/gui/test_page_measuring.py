"""Calipers, reading cursor and magnifier on the ECG page, by mouse and key."""

from __future__ import annotations

import re

import pytest
from gui.page_mouse import drag, move, on_trace
from helpers import synthetic_record
from PySide6.QtCore import Qt

from elvmass.record import Record, Source
from elvmass_gui.geometry.paper import Rect, lay_out
from elvmass_gui.painting.magnifier import Lens, magnified

pytestmark = pytest.mark.usefixtures("qapp")

RR_S = 60 / 72.0


def test_a_time_caliper_drawn_by_hand_reads_the_simulated_interval(qtbot, ecg):
    qtbot.keyClick(ecg, Qt.Key.Key_T)
    assert ecg.page_actions["caliper_time"].isChecked()
    with qtbot.waitSignal(ecg.calipersChanged):
        drag(qtbot, ecg, on_trace(ecg, "II", 0.5 + RR_S, (4, 2)),
             on_trace(ecg, "II", 0.5 + 2 * RR_S, (-4, 2)))  # fmt: skip
    (made,) = ecg.calipers
    assert made.interval_ms == pytest.approx(1000 * RR_S, abs=2.0)
    qtbot.keyClick(ecg, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ecg.calipers == ()
    qtbot.keyClick(ecg, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert ecg.calipers == (made,)


def test_alt_lets_the_end_go(qtbot, ecg):
    qtbot.keyClick(ecg, Qt.Key.Key_T)
    start, stop = on_trace(ecg, "II", 0.5 + RR_S), on_trace(ecg, "II", 0.5 + 2 * RR_S, (-4, 2))
    drag(qtbot, ecg, start, stop, Qt.KeyboardModifier.AltModifier)
    assert ecg.calipers[0].interval_ms < 1000 * RR_S - 15.0


def test_calipers_come_back_with_their_ecg(qtbot, ecg):
    first = Record(synthetic_record().signal_mv, 500.0, source=Source(sha256="1" * 64))
    ecg.set_record(first)
    qtbot.keyClick(ecg, Qt.Key.Key_Return)
    assert len(ecg.calipers) == 1
    ecg.set_record(Record(first.signal_mv, 500.0, source=Source(sha256="2" * 64)))
    assert ecg.calipers == ()
    ecg.set_record(first)
    assert len(ecg.calipers) == 1


def test_all_of_a_measurement_by_key(qtbot, ecg):
    for key in (Qt.Key.Key_V, Qt.Key.Key_Return):
        qtbot.keyClick(ecg, key)
    before = ecg.calipers[0]
    with qtbot.waitSignal(ecg.cursorMoved) as told:
        qtbot.keyClick(ecg, Qt.Key.Key_Up)
    assert ecg.calipers[0].voltage_mv == pytest.approx(before.voltage_mv + 0.01)
    assert told.args[0] == ecg.calipers[0].line
    qtbot.keyClick(ecg, Qt.Key.Key_Space)
    qtbot.keyClick(ecg, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert ecg.calipers[0].a.time_s == pytest.approx(before.a.time_s + 0.02)
    qtbot.keyClick(ecg, Qt.Key.Key_Delete)
    assert ecg.calipers == ()


def test_a_caliper_leaves_the_cached_page_alone_and_is_seen(qtbot, ecg):
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    bare = ecg.grab().toImage()
    page = ecg._page
    qtbot.keyClick(ecg, Qt.Key.Key_Return)
    assert ecg.grab().toImage() != bare
    assert ecg._page is page


def test_the_reading_cursor_walks_along_the_trace(qtbot, ecg):
    with qtbot.waitSignal(ecg.cursorMoved) as first:
        qtbot.keyClick(ecg, Qt.Key.Key_C)
    assert first.args[0].startswith("I   ")
    with qtbot.waitSignal(ecg.cursorMoved) as right:
        qtbot.keyClick(ecg, Qt.Key.Key_Right)
    shown_ms = [int(re.search(r"(\d+) ms", s.args[0])[1]) for s in (first, right)]
    assert shown_ms[1] - shown_ms[0] == 2
    with qtbot.waitSignal(ecg.cursorMoved) as below:
        qtbot.keyClick(ecg, Qt.Key.Key_Down)
    assert below.args[0].startswith("II   ")


def test_the_magnifier_shows_the_lead_three_times_as_large(qtbot, ecg):
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    bare = ecg.grab().toImage()
    qtbot.keyClick(ecg, Qt.Key.Key_G)
    move(ecg, on_trace(ecg, "V6", 8.0), button=Qt.MouseButton.NoButton)
    lens = ecg.grab().toImage()
    assert lens != bare
    qtbot.keyClick(ecg, Qt.Key.Key_Escape)
    assert ecg.grab().toImage() == bare


@pytest.mark.parametrize(("eye_y", "share"), [(50.0, 0.5), (10.0, 0.8), (90.0, 0.2)])
def test_the_lens_never_leaves_its_trace(eye_y, share):
    strip = lay_out().strips[0]
    box = Rect(8.0, 8.0, 300.0, 200.0)
    paper = magnified(box, Lens(strip, (40.0, 50.0), eye_y, 4.0))
    assert (50.0 - paper.y) / paper.height == pytest.approx(share)
    assert paper.width == pytest.approx(300.0 / 12.0)
    assert 40.0 - paper.x == pytest.approx(paper.width / 2)


def test_another_view_can_point_at_a_wave(qtbot, ecg):
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    bare = ecg.grab().toImage()
    ecg.set_hover(("V2",), ((5.4, 5.8),))
    assert ecg.grab().toImage() != bare
    ecg.set_hover()
    assert ecg.grab().toImage() == bare
    with qtbot.waitSignal(ecg.pointed) as pointed:
        move(ecg, on_trace(ecg, "V2", 6.0), button=Qt.MouseButton.NoButton)
    assert pointed.args == ["V2", pytest.approx(6.0, abs=0.01)]
