"""The line at the bottom: what is being done, how far, how long yet, processor time."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from elvmass_gui.lab.progress import Snapshot
from elvmass_gui.lab.runs import State
from elvmass_gui.lab.words import duration
from elvmass_gui.views.parts import label, wrapped

_TIMES_TIP = (
    "How long it will still take at the pace so far; how long it has taken, all sessions together; "
    "and for how long a processor was busy with it"
)
_STATES = {
    State.COMPLETE: "Complete.",
    State.FAILED: "Failed.",
    State.STOPPED: "Interrupted: resume goes on after the last complete epoch.",
}


class StatusLine(QWidget):
    """Words at the left, a bar, times at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stage, self.times = label(), label(role="muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(220, 12)
        self.bar.setAccessibleName("Part that is done")
        self.bar.setToolTip("Of the ECGs that are read, or of all epochs of all folds")
        self.times.setToolTip(wrapped(_TIMES_TIP))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 2, 10, 6)
        row.addWidget(self.stage, 1)
        row.addWidget(self.bar)
        row.addWidget(self.times)
        self.clear()

    def clear(self) -> None:
        """Nothing is being done."""
        self.say("")
        self.times.setText("")
        self.bar.hide()

    def say(self, text: str) -> None:
        """Only words."""
        self.stage.setText(text)

    def show_progress(self, text: str, fraction: float) -> None:
        """A short task."""
        self.say(text)
        self.bar.setValue(round(1000 * fraction))
        self.bar.show()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """A training."""
        running = snapshot.state is State.RUNNING
        text = snapshot.stage if running else _STATES[snapshot.state]
        self.show_progress(text[:1].upper() + text[1:], snapshot.fraction)
        self.times.setText(times(snapshot))


def times(snapshot: Snapshot) -> str:
    """Elapsed and processor time, and how long it will take yet."""
    parts = []
    if snapshot.state is State.RUNNING:
        left = snapshot.eta_s
        parts.append("time left: not known yet" if left is None else f"about {duration(left)} left")
    if snapshot.elapsed_s:
        parts += [f"elapsed {duration(snapshot.elapsed_s)}", f"CPU {duration(snapshot.cpu_s)}"]
    return "   ·   ".join(parts)
