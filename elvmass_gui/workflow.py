"""The desks around the ECG (read-first, recent ECGs, themes, finding) and their commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from elvmass_gui.commands.command_bar import CommandBar
from elvmass_gui.desks.reading_desk import ReadingDesk
from elvmass_gui.desks.recent_desk import RecentDesk
from elvmass_gui.finder import Finder
from elvmass_gui.looks import Looks
from elvmass_gui.settings import Settings
from elvmass_gui.state.session import Session


class Workflow(QObject):
    """Makes the desks of a window and hands on what they say."""

    said = Signal(str)
    failed = Signal(object)  # ElvmassError

    def __init__(self, window: QMainWindow, session: Session, preferences: Settings) -> None:
        super().__init__(window)
        self.reading = ReadingDesk(window, session, preferences)
        self.finder = Finder(window)
        self.looks = Looks(preferences, window)
        self.recent = RecentDesk(session, preferences, window)
        for desk in (self.reading, self.recent):
            desk.said.connect(self.said)
            desk.failed.connect(self.failed)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command does, by its key."""
        made: dict[str, Callable[[], object]] = {}
        for desk in (self.reading, self.finder, self.looks, self.recent):
            made |= desk.handlers()
        return made

    def follow(self, commands: CommandBar, page: Mapping[str, QAction]) -> None:
        """Let the menus show what is in force, and the palette know every command."""
        self.recent.follow(commands)
        self.looks.follow(commands.actions)
        self.finder.actions = {**commands.actions, **page}
        action = commands.actions["read_first"]
        action.setChecked(self.reading.mode.on)
        self.reading.switched.connect(action.setChecked)
