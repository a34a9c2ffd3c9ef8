"""How much room the ECG has: beside the numbers, the whole window, the whole screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QWidget


class Rooms:
    """The ECG alone, and the window on the full screen.

    The former is not remembered: who starts the program finds the numbers.
    """

    def __init__(self, window: QMainWindow, ecg: QWidget) -> None:
        self._window, self._ecg = window, ecg
        self._others: tuple[QWidget, ...] = ()
        self._alone = False

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command does, by its key."""
        return {"ecg_alone": self.toggle_alone, "full_screen": self.toggle_full}

    def hold(self, *others: QWidget) -> None:
        """These stand beside the ECG from now on."""
        self._others = others
        if self._alone:
            self._show()

    def toggle_alone(self) -> None:
        """Hide everything beside the ECG, or show it again; the analysis goes on."""
        self._alone = not self._alone
        self._show()
        if self._alone:  # keys must not go to a hidden panel
            self._ecg.setFocus()

    def toggle_full(self) -> None:
        """Take the whole screen, or give it back."""
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _show(self) -> None:
        for each in self._others:
            each.setVisible(not self._alone)
