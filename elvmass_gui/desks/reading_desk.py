"""Keeps read-first, its command, its form and what is remembered of it in step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from elvmass.errors import ElvmassError
from elvmass_gui import settings
from elvmass_gui.places import data_folder
from elvmass_gui.settings import Settings
from elvmass_gui.state.read_first import ReadFirst
from elvmass_gui.state.readings import ReadingLog
from elvmass_gui.state.session import Session

LOG_NAME = "readings.jsonl"
_ON = "Read first: estimate and reasons stay hidden until you have entered your reading."
_OFF = "Read first is off."


class ReadingDesk(QObject):
    """The commands of read-first for one window."""

    said = Signal(str)
    failed = Signal(object)  # ElvmassError
    switched = Signal(bool)

    def __init__(self, window: QWidget, session: Session, preferences: Settings) -> None:
        super().__init__(window)
        self._window, self._preferences = window, preferences
        self.mode = ReadFirst(session, ReadingLog(data_folder() / LOG_NAME), parent=self)
        self.mode.failed.connect(self.failed)
        if preferences[settings.READ_FIRST] == "on":
            self.mode.switch(True)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command does, by its key."""
        return {"read_first": self._switch, "reading_log": self._show_log}

    def may_close(self) -> bool:
        """Write what waits; if that fails, ask. False if the window should stay open."""
        failures: list[ElvmassError] = []
        self.mode.failed.connect(failures.append)
        self.mode.finish()
        self.mode.failed.disconnect(failures.append)
        if not failures:
            return True
        from elvmass_gui.views import reading_dialogs  # needed only now

        return reading_dialogs.ask_before_closing(self._window, self.mode.log, str(failures[0]))

    def _switch(self) -> None:
        on = not self.mode.on
        self._preferences[settings.READ_FIRST] = "on" if on else "off"
        self.mode.switch(on)
        self.switched.emit(on)
        self.said.emit(_ON if on else _OFF)

    def _show_log(self) -> None:
        from elvmass_gui.views import reading_dialogs  # dear to load, and needed only now

        try:
            reading_dialogs.show_log(self._window, self.mode.log)
        except ElvmassError as error:
            self.failed.emit(error)
