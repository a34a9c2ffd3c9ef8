"""The ECG page in use: its cached picture, its choices by key, its place in a long recording."""

from __future__ import annotations

import numpy as np
import pytest
from gui.pictures import dark
from helpers import synthetic_record
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QRegion

from elvmass.beat import BeatGrade, BeatMark
from elvmass.record import Record
from elvmass_gui import settings as preferences
from elvmass_gui.geometry.paper import SHEET_S, Scale
from elvmass_gui.geometry.shown import DisplayFilter

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.mark.parametrize("layout", ["3x4+1", "6x2", "12x1"])
@pytest.mark.parametrize("zoom", [0, 2])
def test_marks_come_and_go_on_the_cached_page_as_if_all_were_painted(qtbot, ecg, layout, zoom):
    ecg.set_layout(layout)
    for _ in range(zoom):
        ecg.zoom_in()
    ecg._pan(-31.0, -17.0)
    many = tuple(BeatMark(0.4 + k, list(BeatGrade)[k % 4], 0.9, k) for k in range(10))
    ecg.set_marks(())
    qtbot.waitUntil(lambda: not (ecg._rest.isActive() or ecg._marking.isActive()))
    pictures = [ecg.grab().toImage()]
    page = ecg._page
    for beats, window_s in ((many, (4.2, 5.1)), (many[:3], (2.2, 3.1)), ((), None)):
        ecg.set_marks(beats, window_s)
        qtbot.waitUntil(lambda: not ecg._marking.isActive())
        pictures.append(ecg.grab().toImage())
        assert ecg._page is page
        assert pictures[-1] == ecg._render_page(ecg.shown).toImage().convertToFormat(
            pictures[-1].format())  # fmt: skip
    assert pictures[0] == pictures[3]
    assert pictures[0] != pictures[1] != pictures[2] != pictures[3]


@pytest.mark.parametrize("moved", [(-7.0, 0.0), (9.0, -5.0), (-60.0, 45.0), (0.0, 200.0)])
def test_a_part_of_the_page_is_painted_as_in_the_whole(qtbot, ecg, moved):
    for _ in range(3):
        ecg.zoom_in()
    qtbot.waitUntil(lambda: not (ecg._rest.isActive() or ecg._marking.isActive()))
    ecg.grab()
    ecg._pan(*moved)
    moving = ecg.grab().toImage()
    ecg._page = None
    coarse = ecg.grab().toImage()
    covered = QRegion(ecg.rect().translated(*map(int, moved)))
    for bare in QRegion(ecg.rect()) - covered:
        assert moving.copy(bare) == coarse.copy(bare)
    assert moving != coarse


def test_a_moving_page_is_the_old_one_shifted_and_then_fine_again(qtbot, ecg):
    def image():
        made = ecg.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        raw = np.frombuffer(made.constBits(), np.uint8).reshape(made.height(), made.bytesPerLine())
        return raw[:, : 4 * made.width()].reshape(made.height(), made.width(), 4).copy()

    for _ in range(2):
        ecg.zoom_in()
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    before = image()
    ecg._pan(-40.0, -25.0)
    moving = image()
    assert (moving[:-25, :-40] == before[25:, 40:]).all()
    assert dark(QImage(moving.tobytes(), moving.shape[1], moving.shape[0],
                       QImage.Format.Format_RGB32))[:, -40:].any()  # fmt: skip
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    rested = image()
    ecg._repaint_page()
    assert (image() == rested).all()


def test_every_choice_of_the_page_has_a_key(qtbot, ecg):
    with qtbot.waitSignals([ecg.pageChanged] * 5):
        for key in (Qt.Key.Key_Period, Qt.Key.Key_BracketRight, Qt.Key.Key_F, Qt.Key.Key_H,
                    Qt.Key.Key_R):  # fmt: skip
            qtbot.keyClick(ecg, key)
    assert ecg.page_scale == Scale(50.0, 20.0)
    assert ecg.page_filter == DisplayFilter("diagnostic", 50.0)
    assert ecg.page_layout.rhythm == ("III",)
    assert "DISPLAY FILTER 0.05–150 Hz, notch 50 Hz" in ecg.accessibleDescription()
    qtbot.keyClick(ecg, Qt.Key.Key_L)
    assert ecg.page_layout.name == "3x4+3"


def test_fast_paper_keeps_its_height_and_scrolls_sideways(ecg):
    before = ecg._view.px_per_mm
    ecg.set_scale(Scale(50.0, 10.0))
    assert ecg._view.px_per_mm == pytest.approx(before, rel=0.1)
    assert ecg.sheet.paper.right * ecg._view.px_per_mm > ecg.width()


def test_an_hour_scrolls_by_bar_and_key(qtbot, ecg):
    minute = synthetic_record(seconds=60.0, rate_hz=250.0).signal_mv
    ecg.set_record(Record(np.tile(minute, 60), 250.0))
    assert ecg._time.isVisible()
    ecg._time.setValue(18000)
    assert ecg.sheet.start_s == 1800.0
    qtbot.keyClick(ecg, Qt.Key.Key_PageDown)
    assert ecg.sheet.start_s == 1800.0 + SHEET_S
    qtbot.keyClick(ecg, Qt.Key.Key_Right)
    assert ecg.sheet.start_s == 1801.0 + SHEET_S
    assert "0:30:11–0:30:21 of 1:00:00" in ecg.accessibleDescription()
    qtbot.keyClick(ecg, Qt.Key.Key_End)
    assert ecg.sheet.start_s == 3590.0
    assert ecg._time.value() == 35900
    qtbot.keyClick(ecg, Qt.Key.Key_Home)
    assert ecg.sheet.start_s == 0.0


def test_selectors_and_keys_of_the_page_stay_in_step(qtbot, window):
    window.ecg.set_record(synthetic_record())
    window.page.speed.setCurrentIndex(2)
    window.page.speed.activated.emit(2)
    assert window.ecg.page_scale.mm_per_s == 50.0
    window.ecg.page_actions["layout_next"].trigger()
    assert window.page.arrangement.currentData() == "3x4+3"
    assert not window.page.rhythm.isEnabled()
    assert window.preferences[preferences.LAYOUT] == "3x4+3"
    window.ecg.page_actions["notch_next"].trigger()
    assert window.page.notch.currentData() == 50.0


def test_every_page_command_is_in_a_menu(window):
    shown = {a for menu in window.commands.menus.values() for a in menu.actions()}
    assert set(window.ecg.page_actions.values()) <= shown
