"""The scroll bar of a recording that is longer than its page."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QScrollBar, QWidget

from elvmass_gui.geometry.paper import SHEET_S
from elvmass_gui.geometry.shown import clock

_TICKS_PER_S = 10


class TimeBar(QScrollBar):
    """Hidden while the page shows all of the recording."""

    #: First second of the page that was asked for.
    moved = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Time in the recording")
        self.setPageStep(round(SHEET_S * _TICKS_PER_S))
        self.setSingleStep(_TICKS_PER_S)
        self.hide()
        self.valueChanged.connect(lambda ticks: self.moved.emit(ticks / _TICKS_PER_S))

    @property
    def needed(self) -> bool:
        """Whether there is more than the page shows."""
        return self.maximum() > 0

    def show_time(self, start_s: float, whole_s: float) -> None:
        """Show where the page begins in a recording of ``whole_s``."""
        with QSignalBlocker(self):
            self.setRange(0, round(max(0.0, whole_s - SHEET_S) * _TICKS_PER_S))
            self.setValue(round(start_s * _TICKS_PER_S))
        self.setVisible(self.needed)
        self.setToolTip(f"From {clock(start_s, whole_s)} of {clock(whole_s, whole_s)}")
