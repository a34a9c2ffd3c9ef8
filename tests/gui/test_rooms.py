"""The ECG alone, and the window on the whole screen."""

from __future__ import annotations

import helpers
from PySide6.QtCore import Qt

from elvmass_gui.main_window import MainWindow


def test_the_ecg_takes_the_room_of_the_numbers_and_gives_it_back(
    window, session, analyst, qtbot
) -> None:
    session.adopt(helpers.synthetic_record())
    before, panels = window.ecg.size(), window.panels
    heights = window.splitter.sizes()
    window.panels.beat.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert not panels.side.isVisible()
    assert not panels.lower.isVisible()
    assert window.commands.actions["ecg_alone"].isChecked()
    qtbot.waitUntil(lambda: window.ecg.width() > before.width() + 300)
    assert window.ecg.height() > before.height() + 100
    assert window.focusWidget() is window.ecg
    assert window.banner.isVisible()  # what the program is stays in sight

    for _ in range(2):  # the analysis goes on behind it
        analyst.answer(helpers.toy_analysis(session.record))
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert panels.side.result.mass.text() == "141 g"
    qtbot.waitUntil(lambda: window.ecg.size() == before)
    assert window.splitter.sizes() == heights


def test_panels_that_come_late_stay_hidden(qtbot, qapp, session, settings) -> None:
    made = MainWindow(session, settings)
    qtbot.addWidget(made)
    made.show()
    made.commands.actions["ecg_alone"].trigger()
    made.add_panels()
    assert not made.panels.side.isVisible()
    made.commands.actions["ecg_alone"].trigger()
    assert made.panels.side.isVisible()
    assert made.panels.lower.isVisible()


def test_full_screen_and_back(window, qtbot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert not window.isFullScreen()
