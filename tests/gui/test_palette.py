"""Finding commands: the fuzzy search, the palette and the overview of keys."""

from __future__ import annotations

import helpers
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt

from elvmass_gui.commands.actions import COMMANDS
from elvmass_gui.commands.beat_actions import BEAT_COMMANDS
from elvmass_gui.commands.command_list import all_entries, command_entries
from elvmass_gui.commands.fuzzy import distance, ranked
from elvmass_gui.commands.page_actions import PAGE_COMMANDS, PAGE_KEYS
from elvmass_gui.main_window import MainWindow
from elvmass_gui.views.palette import Palette
from elvmass_gui.views.shortcuts import Shortcuts


@pytest.fixture
def palette(window):
    window.commands.actions["palette"].trigger()
    yield window.findChild(Palette)
    for left in window.findChildren(Palette):
        left.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def titles(palette: Palette) -> list[str]:
    return [palette.list.topLevelItem(k).text(0) for k in range(palette.list.topLevelItemCount())]


def row(palette: Palette, title: str):
    (found,) = palette.list.findItems(title, Qt.MatchFlag.MatchExactly, 0)
    return found


def test_the_beginning_of_a_word_is_nearer_than_its_inside_and_than_scattered_letters() -> None:
    texts = ["next report", "airport", "r, e, p, o", "export"]
    assert ranked("repo", texts, str) == ["next report", "r, e, p, o"]
    assert ranked("port", texts, str)[:2] == ["export", "airport"]
    assert ranked("", texts, str) == texts
    assert distance("exrep", "Export report") is not None
    assert distance("page export", "Export ECG page") is not None
    assert distance("xyz", "Export report") is None


def test_lists_every_command_once(palette) -> None:
    assert len(titles(palette)) == len(COMMANDS) + len(PAGE_COMMANDS) + len(BEAT_COMMANDS)
    keys = [entry.key for entry in command_entries()]
    assert len(set(keys)) == len(keys)
    assert not any("&" in title for title in titles(palette))


def test_shows_menu_and_shortcut(palette) -> None:
    assert row(palette, "Export report …").text(1) == "File"
    assert row(palette, "Export report …").text(2) == "Ctrl+E, Ctrl+Shift+S"


def test_what_makes_no_sense_is_grey_and_says_why(palette, qtbot) -> None:
    assert row(palette, "Time caliper").isDisabled()
    assert not row(palette, "Open …").isDisabled()
    qtbot.keyClicks(palette.query, "time caliper")
    assert "needs an ECG" in palette.tip.text()
    qtbot.keyClick(palette.query, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_enter_runs_the_nearest(window, session, qtbot) -> None:
    session.adopt(helpers.synthetic_record())
    window.commands.actions["palette"].trigger()
    palette = window.findChild(Palette)
    qtbot.waitUntil(palette.query.hasFocus)  # else Return belongs to the page
    qtbot.keyClicks(palette.query, "magni")
    assert titles(palette)[0] == "Magnifier"
    qtbot.keyClick(palette.query, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.ecg.page_actions["magnifier"].isChecked()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_boundaries_are_found_once_their_panel_is_there(qtbot, session, settings) -> None:
    window = MainWindow(session, settings)
    qtbot.addWidget(window)
    for there in (False, True):
        palette = Palette(window.workflow.finder.actions, window)
        assert ("Boundaries: Undo boundary" in titles(palette)) is there
        palette.close()
        if not there:
            window.add_panels()


def test_arrows_move_while_one_types(palette, qtbot) -> None:
    qtbot.keyClicks(palette.query, "cal")
    first = palette.list.currentItem().text(0)
    qtbot.keyClick(palette.query, Qt.Key.Key_Down)
    assert palette.list.currentItem().text(0) != first
    assert palette.query.text() == "cal"


def test_nonsense_finds_nothing_and_says_so(palette, qtbot) -> None:
    qtbot.keyClicks(palette.query, "qqqq")
    assert titles(palette) == []
    assert "No command" in palette.tip.text()
    qtbot.keyClick(palette.query, Qt.Key.Key_Return)
    qtbot.keyClick(palette, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_the_overview_has_every_command_and_movement(window, qtbot) -> None:
    overview = Shortcuts(window)
    qtbot.addWidget(overview)
    assert len(overview.visible_rows) == len(all_entries())
    assert {(keys, "", tip) for keys, tip in PAGE_KEYS} <= set(overview.visible_rows)
    overview.search("ctrl+e report")
    assert [title for _, title, _ in overview.visible_rows] == ["Export report …"]
    overview.search("")
    assert len(overview.visible_rows) == len(all_entries())


@pytest.mark.parametrize("key", ["palette", "shortcuts"])
def test_open_by_menu_and_key(window, key) -> None:
    assert window.commands.actions[key].shortcuts()
    assert window.commands.actions[key].isEnabled()
