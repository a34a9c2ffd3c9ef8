"""The menu of recent ECGs: what it shows, what it keeps, and how it is emptied."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from elvmass.errors import ElvmassError
from elvmass.record import Record
from elvmass_gui import settings
from elvmass_gui.commands.command_bar import CommandBar
from elvmass_gui.places import state_folder
from elvmass_gui.settings import Settings
from elvmass_gui.state.recent import Opened, RecentFiles, missing
from elvmass_gui.state.session import Session

SUBMENU = "Recent ECGs"
FILE_NAME = "recent.json"
_GONE = "Not found. It was moved, renamed or removed, or its drive is not connected."
_EMPTY = "No ECG was opened yet"


class RecentDesk(QObject):
    """The commands of the list for one window, and the entries of its menu."""

    opened = Signal(object)  # list of paths
    said = Signal(str)
    failed = Signal(object)  # ElvmassError

    def __init__(self, session: Session, preferences: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._preferences = preferences
        keep = preferences[settings.RECENT_KEPT] == "on"
        self.files = RecentFiles(state_folder() / FILE_NAME, keep=keep)
        self._menu: QMenu | None = None
        self._commands: dict[str, QAction] = {}
        self._shown: list[QAction] = []
        session.recordChanged.connect(self._on_record)

    @property
    def named(self) -> bool:
        """Whether the menu shows names of files."""
        return bool(self._preferences[settings.RECENT_NAMED] == "on")

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command does, by its key."""
        return {
            "recent_kept": self._switch_kept,
            "recent_named": self._switch_named,
            "recent_clear": self._clear,
        }

    def follow(self, commands: CommandBar) -> None:
        """Fill the menu whenever it is about to show."""
        self._menu = commands.submenus[SUBMENU]
        self._menu.setToolTipsVisible(True)
        self._commands = {key: commands.actions[key] for key in self.handlers()}
        self._menu.aboutToShow.connect(self._fill)
        self._check()
        if self.files.notice:
            self.said.emit(self.files.notice)

    def _fill(self) -> None:
        assert self._menu is not None
        for old in self._shown:
            self._menu.removeAction(old)
            old.deleteLater()
        gone = missing([entry.path for entry in self.files.entries])
        now = datetime.now().astimezone()
        self._shown = [
            self._entry(number, entry, now, gone=entry.path in gone)
            for number, entry in enumerate(self.files.entries, 1)
        ] or [self._nothing()]
        first = self._menu.actions()[0]
        self._menu.insertActions(first, self._shown)
        self._shown.append(self._menu.insertSeparator(first))

    def _entry(self, number: int, entry: Opened, now: datetime, *, gone: bool) -> QAction:
        label = entry.label(now, named=self.named).replace("&", "&&")
        place = f"&{number}  " if number < 10 else "    "
        action = QAction(f"{place}{label}{' (not found)' if gone else ''}", self)
        action.setEnabled(not gone)
        action.setToolTip(_GONE if gone else "Open this ECG again")
        action.triggered.connect(partial(self._open, entry))
        return action

    def _nothing(self) -> QAction:
        action = QAction(_EMPTY, self)
        action.setEnabled(False)
        return action

    def _open(self, entry: Opened) -> None:
        self.opened.emit([entry.path])

    def _on_record(self, record: Record) -> None:
        source = record.source
        if source.path is not None:
            now = datetime.now().astimezone()
            self._try(partial(self.files.add, Opened(source.path.absolute(), source.format, now)))

    def _switch_kept(self) -> None:
        on = not self.files.kept
        self._preferences[settings.RECENT_KEPT] = "on" if on else "off"
        if self._try(partial(self.files.keep, on)):
            where = f"kept in {self.files.path}, with full paths" if on else "forgotten at the end"
            self.said.emit(f"The list of recent ECGs is {where}.")
        self._check()

    def _switch_named(self) -> None:
        self._preferences[settings.RECENT_NAMED] = "off" if self.named else "on"
        self._check()

    def _clear(self) -> None:
        if self._try(self.files.clear):
            self.said.emit("The list of recent ECGs is empty.")

    def _check(self) -> None:
        self._commands["recent_kept"].setChecked(self.files.kept)
        self._commands["recent_named"].setChecked(self.named)

    def _try(self, change: Callable[[], object]) -> bool:
        try:
            change()
        except ElvmassError as error:
            self.failed.emit(error)
            return False
        return True
