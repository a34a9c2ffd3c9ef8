"""The training window: cohort, settings, a training that runs by itself, its curves and result."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QTabWidget,
    QWidget,
)

from elvmass.errors import ElvmassError
from elvmass.model.cards import read_card
from elvmass.model.library.installed import user_models
from elvmass.train.settings.presets import preset
from elvmass_gui.lab.agreed import agreed
from elvmass_gui.lab.cohort_view import CohortView
from elvmass_gui.lab.curves_view import CurvesView
from elvmass_gui.lab.desk import TrainingDesk
from elvmass_gui.lab.log_view import LogView
from elvmass_gui.lab.plots import warm_up
from elvmass_gui.lab.process import Task, launch
from elvmass_gui.lab.progress import Follower, Snapshot
from elvmass_gui.lab.requests import CheckCohort, InstallModel, Train
from elvmass_gui.lab.result_view import ResultView
from elvmass_gui.lab.runs import Run, State, all_runs
from elvmass_gui.lab.settings_table import SettingsTable
from elvmass_gui.lab.status_line import StatusLine
from elvmass_gui.lab.window import LabWindow
from elvmass_gui.screens import room_for

_PAINTED_MS = 50  # after which the window has been painted for the first time
_TABS = {
    "&Cohort": "What becomes of every row of the cohort",
    "Cur&ves": "Errors of each fold after each epoch, as they come",
    "Res&ult": "How good the model is, its card, and its installation",
    "Lo&g": "What the process that trains has said",
    "&All settings": "Everything that determines the model, in plain words",
}


class TrainingMonitor(LabWindow):
    """Follows one training at a time; each runs in a process that does not need the window.

    Parameters
    ----------
    folder
        Of the trainings, one folder each.
    models
        Of the user's models.
    """

    installed = Signal(str)  # name of a model
    said = Signal(str)

    def __init__(
        self, folder: Path, models: Path | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__("Training", parent)
        self._folder, self._models = folder, models or user_models()
        self.run: Run | None = None
        self.snapshot: Snapshot | None = None
        self._stopping = False
        self.desk, self.status = TrainingDesk(), StatusLine()
        self.cohort, self.curves, self.result = CohortView(), CurvesView(), ResultView()
        self.log, self.all_settings = LogView(), SettingsTable()
        self.tabs = QTabWidget()
        self.checking, self.installing = Task(self), Task(self)
        self.follower = Follower(self)
        self._painted = QTimer(self)
        self._painted.setSingleShot(True)
        self._painted.timeout.connect(warm_up)
        self._lay_out()
        self._wire()
        self.refresh()

    # --- trainings ---------------------------------------------------------------------------

    def refresh(self, chosen: str = "") -> None:
        """List the trainings anew and show one; "" shows a running one, or the present one."""
        runs = all_runs(self._folder)
        if not chosen:
            present = self.run.name if self.run is not None else ""
            chosen = next((run.name for run in runs if run.state() is State.RUNNING), present)
        self.desk.show_runs([(run.name, run.state()) for run in runs], chosen)
        self.show_run(next((run for run in runs if run.name == chosen), None))

    def show_run(self, run: Run | None) -> None:
        """Show a training; None: a new one is being prepared."""
        self.run, self.snapshot, self._stopping = run, None, False
        self.message_bar.hide()
        self.result.show_nothing()
        self.log.forget()
        self.desk.show_run(run is not None)
        if run is None:
            self.follower.follow(None)
            self.status.clear()
            self._show_settings()
            return
        try:
            asked = run.asked()
            config = preset(asked.work.preset, **asked.settings)
        except ElvmassError as error:
            self.show_error(error)
            self.follower.follow(None)
            return
        self.desk.show_request(asked)
        self._show_settings()
        self.curves.set_folds(config.folds, sees_validation=config.selection == "last")
        self.follower.follow(run, config.folds, config.epochs, asked.work.processes)

    def start(self) -> None:
        """Start a new training with what is in the fields."""
        try:
            config = self.desk.form.config()
            run = Run(self._folder / config.name)
            if run.request.is_file():
                remedy = "Choose another name, or choose it in the list to go on with it."
                self.say("Training", f"{run.name!r} exists already.", remedy)
                return
            request = Train(
                work=self.desk.work(), run=str(run.folder), settings=self.desk.form.settings()
            )
            launch(run, request)
        except ElvmassError as error:
            self.show_error(error)
            return
        self.refresh(run.name)
        self.follower.expect(0)
        self.tabs.setCurrentWidget(self.curves)

    def resume(self) -> None:
        """Go on with an interrupted training."""
        if self.run is None:
            return
        self.message_bar.hide()
        before = self.follower.sessions
        try:
            launch(self.run)
        except ElvmassError as error:
            self.show_error(error)
            return
        self.follower.expect(before)
        self.tabs.setCurrentWidget(self.curves)

    def stop(self) -> None:
        """End the process that trains; all epochs but the one in hand are kept."""
        if self.run is not None:
            self._stopping = True
            self.run.end()
            self.follower.look()

    def discard(self) -> None:
        """Delete the present training after a question; an installed model stays."""
        if self.run is None or not agreed(
            self,
            "&Delete",
            f"Delete the training {self.run.name!r} with its curves, log and result?\n"
            "A model that was installed from it stays installed.",
        ):
            return
        try:
            self.run.discard()
        except ElvmassError as error:
            self.show_error(error)
            return
        self.refresh()

    # --- cohort ------------------------------------------------------------------------------

    def check(self) -> None:
        """Read the cohort in a child process; once more: stop that."""
        if self.give_up():
            return
        self.message_bar.hide()
        self.cohort.show_nothing("Checking …")
        self.tabs.setCurrentWidget(self.cohort)
        self.checking.start(CheckCohort(work=self.desk.work()))

    def give_up(self) -> bool:
        """Stop a check."""
        busy = self.checking.busy
        self.checking.stop()
        if busy:
            self.cohort.show_nothing("The check was stopped. What was read is kept.")
            self.status.clear()
        return busy

    def choose_cohort(self, path: Path) -> None:
        """Take a folder with cohort.csv, or a table, and check it."""
        self.give_up()
        self.desk.set_table(path)
        self.check()

    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder with cohort.csv")
        if name:
            self.choose_cohort(Path(name))

    def _ask_table(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Cohort table", "", "Tables (*.csv)")
        if name:
            self.choose_cohort(Path(name))

    def _on_checked(self, found: dict[str, object]) -> None:
        self.cohort.show_result(found)
        self.desk.show_check(found)
        self.status.clear()

    def _on_check_failed(self, text: str) -> None:
        self.cohort.show_nothing(text)
        self.desk.show_check(None)
        self.status.clear()

    # --- what the training says --------------------------------------------------------------

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        former, self.snapshot = self.snapshot, snapshot
        if self._stopping and self.run is not None:
            self.run.end()  # again: it may just have been starting
        self.desk.show_state(snapshot.state)
        self.status.show_snapshot(snapshot)
        self.curves.show_history(snapshot.history)
        if self.run is not None:
            self.log.show_log(self.run.log)
        if former is not None and former.state is snapshot.state:
            return
        if self.run is not None:
            self.desk.name_state(self.run.name, snapshot.state)
        if snapshot.state is State.FAILED:
            self.say("Training", snapshot.error, "The log says more.")
        elif snapshot.state is State.COMPLETE:
            self._show_result(open_it=former is not None)
        elif snapshot.state is State.STOPPED and former is not None and not self._stopping:
            remedy = "Resume goes on after the last complete epoch; the log may say why."
            self.say("Training", "Its process was ended from outside.", remedy)
        self._stopping = self._stopping and snapshot.state is State.RUNNING

    def _show_result(self, *, open_it: bool) -> None:
        assert self.run is not None
        try:
            self.result.show_result(self.run.read_scores(), read_card(self.run.bundle))
        except ElvmassError as error:
            self.show_error(error)
            return
        if open_it:
            self.tabs.setCurrentWidget(self.result)

    def _show_settings(self) -> None:
        """All settings as they would be used, or why they cannot be."""
        try:
            config = self.desk.form.config()
        except ElvmassError as error:
            self.desk.show_problem("" if not self.desk.table else str(error))
            return
        self.desk.show_problem("")
        self.all_settings.show_config(config, self.desk.form.preset.currentData())

    # --- installation ------------------------------------------------------------------------

    def install(self) -> None:
        """Verify the trained bundle and copy it to the user's models."""
        if self.run is None:
            return
        replace = (self._models / self.run.name).exists()
        question = f"A model {self.run.name!r} is installed. Replace it by this one?"
        if replace and not agreed(self, "&Replace", question):
            return
        self.installing.start(InstallModel(
            source=str(self.run.bundle), folder=str(self._models), replace=replace
        ))  # fmt: skip

    def _on_installed(self, found: dict[str, str]) -> None:
        self.result.state.setText(
            f"{found['name']} is installed. Choose it in the result panel of the main window, or "
            "under Research › Models."
        )
        self.installed.emit(found["name"])

    # --- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        views = (self.cohort, self.curves, self.result, self.log, self.all_settings)
        for (title, tip), view in zip(_TABS.items(), views, strict=True):
            self.tabs.setTabToolTip(self.tabs.addTab(view, title), tip)
        self.tabs.tabBar().setAccessibleName("Parts of the training")
        row = QHBoxLayout()
        row.setContentsMargins(8, 8, 8, 4)
        row.addWidget(self.desk)
        row.addWidget(self.tabs, 1)
        self.column.addLayout(row, 1)
        self.column.addWidget(self.status)
        self.resize(room_for(1240, 720, self.screen()))

    def _wire(self) -> None:
        desk = self.desk
        for signal, slot in (
            (desk.folderAsked, self._ask_folder),
            (desk.tableAsked, self._ask_table),
            (desk.checkAsked, self.check),
            (desk.startAsked, self.start),
            (desk.resumeAsked, self.resume),
            (desk.stopAsked, self.stop),
            (desk.discardAsked, self.discard),
            (desk.runPicked, self._pick),
            (desk.form.changed, self._show_settings),
            (self.result.install.clicked, self.install),
            (self.checking.progressed, self.status.show_progress),
            (self.checking.finished, self._on_checked),
            (self.checking.failed, self._on_check_failed),
            (self.checking.busyChanged, self.desk.show_checking),
            (self.installing.finished, self._on_installed),
            (self.installing.failed, lambda text: self.say("Model", text)),
            (self.installing.busyChanged, self.result.install.setDisabled),
            (self.follower.changed, self._show_snapshot),
        ):
            signal.connect(slot)

    def _pick(self, name: str) -> None:
        self.show_run(Run(self._folder / name) if name else None)

    def showEvent(self, event: QShowEvent) -> None:
        """Load what draws the pictures now, when a pause is expected, and not at the first one."""
        super().showEvent(event)
        self._painted.start(_PAINTED_MS)

    def closeEvent(self, event: QCloseEvent) -> None:
        """A check ends with the window; a training goes on."""
        self._painted.stop()
        self.checking.stop()
        self.installing.stop()
        self.follower.stop()
        if self.run is not None and self.run.state() is State.RUNNING:
            self.said.emit(f"The training {self.run.name} goes on in the background.")
        super().closeEvent(event)
