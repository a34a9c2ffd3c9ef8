"""The tabs of the open ECGs: one row of titles that says what was picked, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QTabBar, QToolButton, QWidget

_SIDE = QTabBar.ButtonPosition.RightSide


class Tab(NamedTuple):
    """One title, its tooltip, and whether its analysis is still on its way."""

    title: str
    tip: str
    waits: bool = False


class EcgTabs(QTabBar):
    """Hidden while a single ECG is open. Tabs can be dragged; the middle button closes one."""

    picked = Signal(int)
    closeAsked = Signal(int)
    moved = Signal(int, int)  # from, to

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Open ECGs")
        self.setMovable(True)
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setUsesScrollButtons(True)
        self.currentChanged.connect(self.picked)
        self.tabMoved.connect(self.moved)
        self.hide()

    def show_tabs(self, tabs: Sequence[Tab], present: int) -> None:
        """Show these tabs; nothing is said of a change that comes from here."""
        with QSignalBlocker(self):
            while self.count() > len(tabs):
                self.removeTab(self.count() - 1)
            while self.count() < len(tabs):
                self._add_close_button(self.addTab(""))
            for index, tab in enumerate(tabs):
                # An ampersand in a file's name is no mnemonic.
                self.setTabText(index, tab.title.replace("&", "&&") + (" …" if tab.waits else ""))
                self.setTabToolTip(index, tab.tip)
                self.setAccessibleTabName(index, tab.title)
                self.tabButton(index, _SIDE).setAccessibleName(f"Close {tab.title}")
            self.setCurrentIndex(present)
        self.setVisible(len(tabs) > 1)

    def _add_close_button(self, index: int) -> None:
        """A quiet one: that of the style is red, which means alarm here."""
        button = QToolButton()
        button.setText("✕")
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self._on_close(button))
        self.setTabButton(index, _SIDE, button)

    def _on_close(self, button: QToolButton) -> None:
        for index in range(self.count()):
            if self.tabButton(index, _SIDE) is button:
                self.closeAsked.emit(index)
                return

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The middle button closes the tab under it."""
        index = self.tabAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.MiddleButton and index >= 0:
            self.closeAsked.emit(index)
        super().mouseReleaseEvent(event)
