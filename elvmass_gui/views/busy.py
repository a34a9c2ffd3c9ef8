"""In the status bar: that something is being done, for how long, and a button to stop it."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

#: What takes less is not worth a flicker.
DELAY_MS = 300
_TICK_MS = 500
#: From here on the seconds are told.
_LONG_S = 2.0


class BusyIndicator(QWidget):
    """Appears when work has lasted :data:`DELAY_MS`, and goes with it."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Progress")
        # Under a passing message the status bar gives all of its width to what stands there.
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._work, self._since = "", 0.0
        self.words, self.bar, self.cancel = QLabel(), QProgressBar(), QToolButton()
        self._delay, self._tick = QTimer(self), QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(DELAY_MS)
        self._delay.timeout.connect(self._appear)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._tell)
        self.cancel.clicked.connect(self.cancelled)
        self._lay_out()

    def show_work(self, text: str) -> None:
        """Say what is being done now; "" when nothing is."""
        if text == self._work:
            return
        self._work, self._since = text, time.monotonic()
        if not text:
            self._delay.stop()
            self._tick.stop()
            self.hide()
        elif self.isHidden():
            self._delay.start()
        self._tell()

    def _appear(self) -> None:
        self.show()
        self._tick.start()

    def _tell(self) -> None:
        seconds = time.monotonic() - self._since
        self.words.setText(f"{self._work} {seconds:.0f} s" if seconds >= _LONG_S else self._work)
        self.setAccessibleDescription(self._work)

    def _lay_out(self) -> None:
        self.bar.setRange(0, 0)  # nobody knows how long it will take
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(80, 10)
        self.cancel.setText("Cancel")
        self.cancel.setToolTip("Stop it (Esc); the ECG stays on the screen")
        self.cancel.setAccessibleName("Cancel what is being done")
        self.cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self.words, self.bar, self.cancel):
            row.addWidget(widget)
        self.hide()
