"""The column at the left of the training window: which training, cohort, settings, buttons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from elvmass_gui.lab.form import SettingsForm
from elvmass_gui.lab.requests import CohortWork, Train
from elvmass_gui.lab.runs import State
from elvmass_gui.style import scaled
from elvmass_gui.views.parts import Panel, fill, label, selector, wrapped
from elvmass_gui.views.wheel import WheelScrolls

_NEW = "New training"
_WIDTH_PX = 352
_LIVES = "It goes on when this window, or the program, is closed."
_RUNS_TIP = (
    "A new training, or one that is running, stopped or complete: choose it to see its curves and "
    "result"
)
_TABLE_TIP = (
    "CSV with a heading. It needs path (of the ECG file, from the table's folder), patient and "
    "lvm_g; sex, age_years, height_cm and weight_kg may be added"
)
_EXCLUDING_TIP = (
    "What the study excluded, judged by our own measurements: QRS of 120 ms or more, pacing, "
    "atrial fibrillation or flutter"
)
_CHECK_TIP = (
    "Read every row and every ECG, and show what becomes of each; nothing is trained. What was "
    "read is kept for the training"
)
_STOP_CHECK_TIP = "Stop reading (Esc); what was read is kept for the next time"
_DISCARD_TIP = "Delete this training with its curves, log and result; an installed model stays"


class TrainingDesk(QWidget):
    """Says what is wanted; it knows how nothing is done."""

    folderAsked = Signal()
    tableAsked = Signal()
    checkAsked = Signal()
    startAsked = Signal()
    resumeAsked = Signal()
    stopAsked = Signal()
    discardAsked = Signal()
    runPicked = Signal(str)  # name, or "" for a new one

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = ""
        self._bad_rows, self._problem = False, ""
        self._chosen, self._state, self._checking = False, State.STOPPED, False
        self.runs = selector([("", _NEW)], "Training")
        self.path = QLineEdit()
        self.path.setReadOnly(True)
        self.path.setPlaceholderText("no cohort is chosen")
        self.path.setAccessibleName("Cohort table")
        self.path.setToolTip(wrapped(_TABLE_TIP))
        self.runs.setToolTip(wrapped(_RUNS_TIP))
        self.excluding = QCheckBox("&Leave out wide QRS, pacing, fibrillation")
        self.excluding.setToolTip(wrapped(_EXCLUDING_TIP))
        self.excluding.setChecked(True)
        self.form = SettingsForm()
        self.problem = label(role="notice", wrap=True)
        self.buttons = {
            "folder": _button("&Folder …", "Choose a folder that holds cohort.csv, and check it",
                              self.folderAsked),
            "table": _button("&Table …", f"Choose the table itself, and check it. {_TABLE_TIP}",
                             self.tableAsked),
            "check": _button("C&heck", _CHECK_TIP, self.checkAsked),
            "start": _button("&Start", f"Train in the background. {_LIVES}", self.startAsked),
            "resume": _button("&Resume", "Go on after the last complete epoch", self.resumeAsked),
            "stop": _button("St&op", "End it; all complete epochs are kept, and it can be resumed",
                            self.stopAsked),
            "discard": _button("&Discard …", _DISCARD_TIP, self.discardAsked),
        }  # fmt: skip
        self.runs.activated.connect(self._on_run)
        self._lay_out()
        self.show_run(False)

    def work(self) -> CohortWork:
        """How the cohort is to be read."""
        return CohortWork(
            table=self.table,
            preset=self.form.preset.currentData(),
            excluding=self.excluding.isChecked(),
            processes=self.form.processes.value(),
        )

    def set_table(self, path: Path) -> None:
        """Show which cohort is chosen."""
        self.table = str(path.resolve())
        self.path.setText(self.table)
        self.path.setToolTip(f"{self.table}\n{wrapped(_TABLE_TIP)}")
        self._bad_rows = False

    # --- trainings ---------------------------------------------------------------------------

    def show_runs(self, runs: Sequence[tuple[str, State]], chosen: str) -> None:
        """List the trainings, a new one first."""
        rows = [("", _NEW), *((name, _title(name, state)) for name, state in runs)]
        with QSignalBlocker(self.runs):
            self.runs.clear()
            fill(self.runs, rows)
            self.runs.setCurrentIndex(max(0, self.runs.findData(chosen)))

    def name_state(self, name: str, state: State) -> None:
        """Another state of a training in the list."""
        row = self.runs.findData(name)
        if row >= 0:
            self.runs.setItemText(row, _title(name, state))

    def show_run(self, chosen: bool) -> None:
        """A training is shown, or a new one is being prepared."""
        self._chosen = chosen
        self._enable()

    def show_request(self, request: Train) -> None:
        """Show what a training was asked for."""
        self.set_table(Path(request.work.table))
        self.excluding.setChecked(request.work.excluding)
        self.form.show_settings(request.work.preset, request.settings, request.work.processes)

    def show_state(self, state: State) -> None:
        """How the training that is shown is."""
        self._state = state
        self._enable()

    # --- cohort ------------------------------------------------------------------------------

    def show_check(self, found: dict[str, Any] | None) -> None:
        """What a check found; None: it failed."""
        self._bad_rows = found is None or bool(found["bad"])
        if found is not None and not self._chosen:
            self.set_table(Path(found["table"]))
            self._bad_rows = bool(found["bad"])
            self.form.set_cohort(Path(found["table"]).parent.name, simulated=found["simulated"])
        self._enable()

    def show_checking(self, checking: bool) -> None:
        """While a cohort is being read, the button stops that, and no training is started."""
        self._checking = checking
        self.buttons["check"].setText("Stop c&heck" if checking else "C&heck")
        self.buttons["check"].setToolTip(wrapped(_STOP_CHECK_TIP if checking else _CHECK_TIP))
        self._enable()

    def show_problem(self, text: str) -> None:
        """Why the settings cannot be used, or ""."""
        self._problem = text
        self.problem.setText(text)
        self.problem.setVisible(bool(text) and not self._chosen)
        self._enable()

    def _enable(self) -> None:
        running = self._chosen and self._state is State.RUNNING
        ready = bool(self.table) and not self._bad_rows and not self._problem
        shown = {
            "start": not self._chosen,
            "resume": self._chosen and self._state in (State.STOPPED, State.FAILED),
            "stop": running,
            "discard": self._chosen and not running,
        }
        for name, visible in shown.items():
            self.buttons[name].setVisible(visible)
        self.buttons["start"].setEnabled(ready and not self._checking)
        self.buttons["check"].setEnabled(bool(self.table))
        for widget in (self.form, self.excluding, self.buttons["folder"], self.buttons["table"]):
            widget.setEnabled(not self._chosen)
        self.lives.setVisible(running)
        self.problem.setVisible(bool(self._problem) and not self._chosen)

    def _on_run(self, row: int) -> None:
        self.runPicked.emit(self.runs.itemData(row))

    # --- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.lives = label(_LIVES, "small", wrap=True)
        cohort = Panel("Cohort", tip="ECGs with a measured mass, to learn from")
        settings = Panel("Settings", tip="How it is learnt; all settings stand in the last tab")
        cohort.body.addWidget(self.path)
        cohort.body.addLayout(self._row("folder", "table", "check"))
        cohort.body.addWidget(self.excluding)
        settings.body.addWidget(self.form)
        settings.body.addWidget(self.problem)
        inner = QWidget()
        inner.setObjectName("sideContent")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(cohort)
        column.addWidget(settings)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidget(inner)
        WheelScrolls(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.runs)
        outer.addWidget(scroll, 1)
        outer.addWidget(self.lives)
        outer.addLayout(self._row("start", "resume", "stop", "discard"))
        self.setFixedWidth(scaled(_WIDTH_PX))

    def _row(self, *names: str) -> QHBoxLayout:
        row = QHBoxLayout()
        for name in names:
            row.addWidget(self.buttons[name])
        return row


def _title(name: str, state: State) -> str:
    return f"{name}: {state.value}"


def _button(text: str, tip: str, signal: Any) -> QPushButton:
    made = QPushButton(text)
    made.setToolTip(wrapped(tip))
    made.clicked.connect(lambda: signal.emit())
    return made
