"""Two trials of an explanation: random weights in its place, and the lie detector on this ECG."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from elvmass_gui.painting.wording import percent
from elvmass_gui.trust import Verdict
from elvmass_gui.views.parts import label
from elvmass_gui.views.trust_badge import TrustBadge

_RANDOM_TIP = (
    "The same method on the same ECG, from the same network with random weights (W).\n"
    "A map that looks the same as the real one shows the ECG, not what the network has learned."
)
_CHECK_TIP = (
    "Ask the method all questions of the lie detector on this one ECG: random weights, sum,\n"
    "deletion and insertion, fold models, noise, a shift by one sample. May take a minute."
)
_RANDOM, _CHECK = "Random weights", "Check this ECG"


class TrialBar(QWidget):
    """Buttons and what the check found; decides nothing."""

    randomToggled = Signal(bool)
    checkAsked = Signal()
    checkStopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.random, self.check = QPushButton(_RANDOM), QPushButton(_CHECK)
        self.random.setCheckable(True)
        self.random.setToolTip(_RANDOM_TIP)
        self.check.setToolTip(_CHECK_TIP)
        self.step, self.found = label(role="small", wrap=True), TrustBadge()
        self._checking = False
        self.random.clicked.connect(self.randomToggled)
        self.check.clicked.connect(self._on_check)
        self._lay_out()
        self.show_random(wanted=False, shown=False)
        self.show_verdict(None)

    def set_possible(self, possible: bool) -> None:
        """Whether there is an explanation to put on trial."""
        self.random.setEnabled(possible)
        self.check.setEnabled(possible)

    def show_random(self, *, wanted: bool, shown: bool) -> None:
        """Whether random weights were asked for, and whether they are there."""
        self.random.setChecked(wanted)
        self.random.setText(f"{_RANDOM} …" if wanted and not shown else _RANDOM)

    def show_progress(self, text: str, done: float) -> None:
        """How far the check is; the button stops it."""
        self._checking = True
        self.check.setText(f"Stop ({percent(done)})")
        self.step.setText(f"{text[:1].upper()}{text[1:]} …")
        self.step.show()
        self.found.hide()

    def show_verdict(self, verdict: Verdict | None) -> None:
        """What the check found; None if nothing is known."""
        self._end()
        if verdict is not None:
            self.found.show_verdict(verdict)
        self.found.setVisible(verdict is not None)

    def show_failure(self, text: str) -> None:
        """Why the check found nothing."""
        self._end()
        self.found.hide()
        self.step.setText(text)
        self.step.show()

    def _end(self) -> None:
        self._checking = False
        self.check.setText(_CHECK)
        self.step.hide()

    def _on_check(self) -> None:
        if self._checking:
            self.checkStopped.emit()
        else:
            self.checkAsked.emit()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.random, 1)
        buttons.addWidget(self.check, 1)
        column.addLayout(buttons)
        column.addWidget(self.step)
        column.addWidget(self.found)
