"""The running program: application, session, workers and window put together.

Importing this module loads Qt, numpy and our own values, nothing else; a test holds it to that.
The models load in a child process that starts after the first paint.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget

import elvmass
import elvmass_resources
from elvmass.pipeline import Options
from elvmass.record import Record
from elvmass_gui import settings, style
from elvmass_gui.crash import CrashLog
from elvmass_gui.drops import resolve
from elvmass_gui.looks import theme_of
from elvmass_gui.main_window import MainWindow
from elvmass_gui.places import state_folder
from elvmass_gui.processes.jobs import WorkerProcess, analyst_threads
from elvmass_gui.settings import Settings
from elvmass_gui.state.session import Session

#: From a step after the first paint to the next: enough for the window to lay out and paint.
_TURN_MS = 15
#: About six minutes of twelve leads; an ECG of ten seconds is smaller by far in any format.
LARGE_BYTES = 4 * 2**20


class FirstPaint(QObject):
    """Says once that a widget has been painted for the first time."""

    painted = Signal(float)  # when, on the system's monotonic clock, s

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the paint event, and then for its end."""
        if watched is self._widget and event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            QTimer.singleShot(0, self._on_painted)
        return False

    def _on_painted(self) -> None:
        self.painted.emit(time.monotonic())


class Viewer:
    """Everything that lives as long as the window: two workers, the session, the window."""

    def __init__(self, preferences: Settings) -> None:
        self.reader = WorkerProcess("reader", threads=1)
        self.analyst = WorkerProcess("analyst", warm_up=True, threads=analyst_threads())
        options = Options(
            threshold=preferences[settings.THRESHOLD],
            bsa_formula=preferences[settings.BSA_FORMULA],
            cutoffs=preferences[settings.CUTOFFS],
        )
        self.session = Session(self.reader, self.analyst, _read, options)
        self.window = MainWindow(self.session, preferences)
        self._steps: Iterator[None] = iter(())
        self._turns = QTimer(self.window)
        self._turns.setSingleShot(True)  # begun anew after each: two steps would be one long turn
        self._turns.setInterval(_TURN_MS)
        self._turns.timeout.connect(self._next_step)
        self.first_paint = FirstPaint(self.window.ecg)
        self.first_paint.painted.connect(self.complete)
        self.analyst.stateChanged.connect(self.window.show_analyst)
        self.window.closing.connect(self.stop_workers)

    def show(self, files: list[Path]) -> None:
        """Read the first file at once and show the window with it; a large one only then."""
        first, self.session.worklist = resolve(files)
        if first is not None and files[0].is_dir():
            self.session.open(first, direction=1)
        elif first is not None and _is_large(first):
            self.session.open(first)
        elif first is not None:
            self.session.open_now(first)
        self.window.show()

    def complete(self) -> None:
        """After the first paint: start the child processes and make the panels.

        One step for each turn of the event loop, so that the window answers in between.
        """
        self._steps = self._completion()
        self._turns.start()

    def _completion(self) -> Iterator[None]:
        # Both processes at once would take the second core from the window; one has no work yet.
        needed, other = self.analyst, self.reader
        if self.session.record is None:
            needed, other = other, needed
        needed.start()
        yield
        yield from self.window.panel_steps()
        other.start()

    def _next_step(self) -> None:
        if not next(self._steps, True):
            self._turns.start()

    def stop_workers(self) -> None:
        """End both child processes."""
        self._turns.stop()
        self.reader.stop()
        self.analyst.stop()


def run(files: list[Path], *, measure: bool = False) -> int:
    """Open the window and stay until it is closed; returns the exit status."""
    application = QApplication(sys.argv[:1])
    application.setApplicationName("elvmass")
    application.setApplicationVersion(elvmass.__version__)
    application.setWindowIcon(QIcon(str(elvmass_resources.path("icons", "elvmass.svg"))))
    preferences = Settings(settings.default_path())
    style.apply(application, theme_of(preferences[settings.THEME]))
    log = _crash_log()
    log.install()
    viewer = Viewer(preferences)
    if measure:
        from elvmass_gui.measure import StartupMeter

        meter = StartupMeter(viewer.first_paint.painted, viewer.analyst, viewer.window)
        meter.finished.connect(viewer.window.close)
    viewer.show(files)
    gc.freeze()  # what the start has made stays: no later collection need look at it
    gc.enable()
    status = application.exec()
    viewer.stop_workers()
    log.close()
    return status


def _is_large(path: Path) -> bool:
    """Whether reading takes so long that the window should be there before."""
    try:
        return path.stat().st_size > LARGE_BYTES
    except OSError:
        return False  # reading will say what is wrong


def _crash_log() -> CrashLog:
    path = state_folder() / "crash.log"
    open_box: list[QWidget] = []  # keeps the dialog alive

    def show(text: str) -> None:
        from elvmass_gui import dialogs

        # An error while painting comes again and again: one dialog is enough.
        if not (open_box and open_box[0].isVisible()):
            open_box[:] = [dialogs.crash(text, path)]
            open_box[0].show()

    return CrashLog(path, show)


def _read(path: Path) -> Record:
    from elvmass import io

    return io.read(path)
