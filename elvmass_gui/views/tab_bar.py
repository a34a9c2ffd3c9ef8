"""The tabs of the open ECGs: one row of titles that says what was picked, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QTabBar, QWidget


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
        self.setTabsClosable(True)
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setUsesScrollButtons(True)
        self.currentChanged.connect(self.picked)
        self.tabCloseRequested.connect(self.closeAsked)
        self.tabMoved.connect(self.moved)
        self.hide()

    def show_tabs(self, tabs: Sequence[Tab], present: int) -> None:
        """Show these tabs; nothing is said of a change that comes from here."""
        with QSignalBlocker(self):
            while self.count() > len(tabs):
                self.removeTab(self.count() - 1)
            while self.count() < len(tabs):
                self.addTab("")
            for index, tab in enumerate(tabs):
                # An ampersand in a file's name is no mnemonic.
                self.setTabText(index, tab.title.replace("&", "&&") + (" …" if tab.waits else ""))
                self.setTabToolTip(index, tab.tip)
                self.setAccessibleTabName(index, tab.title)
            self.setCurrentIndex(present)
        self.setVisible(len(tabs) > 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The middle button closes the tab under it."""
        index = self.tabAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.MiddleButton and index >= 0:
            self.closeAsked.emit(index)
        super().mouseReleaseEvent(event)
