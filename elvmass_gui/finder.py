"""Opens the palette and the overview of keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget


class Finder(QObject):
    """The commands that find commands."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        #: Every command's action by its key; :meth:`elvmass_gui.workflow.Workflow.follow` gives it.
        self.actions: Mapping[str, QAction] = {}

    def add(self, actions: Mapping[str, QAction]) -> None:
        """Find these too, which have come later."""
        self.actions = {**self.actions, **actions}

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command does, by its key."""
        return {"palette": self._open_palette, "shortcuts": self._open_shortcuts}

    def _open_palette(self) -> None:
        from elvmass_gui.views.palette import Palette  # of no use before

        Palette(self.actions, self._window).show_over(self._window)

    def _open_shortcuts(self) -> None:
        from elvmass_gui.views.shortcuts import Shortcuts  # of no use before

        Shortcuts(self._window).show()
