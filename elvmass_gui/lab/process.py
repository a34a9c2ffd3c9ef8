"""Child processes of the lab: short ones that answer, and trainings that live by themselves."""

from __future__ import annotations

import json
import sys
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from elvmass import lock
from elvmass.errors import ConfigError
from elvmass_gui.lab.requests import Request, Train, to_json
from elvmass_gui.lab.runs import Run

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_ENDED = "The process ended unexpectedly. Try again; if it happens again, memory may be short."


def command() -> tuple[str, list[str]]:
    """Program and arguments of a child of the lab: this program again, frozen or not."""
    if getattr(sys, "frozen", False):
        return sys.executable, ["--lab"]
    return sys.executable, ["-P", "-m", "elvmass_gui", "--lab"]


class Task(QObject):
    """One request to a child process of its own; the newest request takes the place of another."""

    progressed = Signal(str, float)  # what it does, and the part that is done
    finished = Signal(object)  # result: a dict
    failed = Signal(str)  # a sentence
    busyChanged = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._buffer = b""
        self._answer: dict[str, Any] | None = None

    @property
    def busy(self) -> bool:
        """Whether a request is being answered."""
        return self._process is not None

    def start(self, request: Request) -> None:
        """Ask; what was asked before is given up."""
        self.stop()
        process = QProcess(self)
        program, arguments = command()
        process.setProgram(program)
        process.setArguments(arguments)
        process.setProcessEnvironment(_one_thread())
        process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_end)
        process.errorOccurred.connect(self._on_error)
        self._process, self._buffer, self._answer = process, b"", None
        process.start()
        process.write(to_json(request).encode())
        process.closeWriteChannel()
        self.busyChanged.emit(True)

    def stop(self) -> None:
        """End the child, if there is one; nothing more is heard of it."""
        process, self._process = self._process, None  # what it still says is nobody's
        if process is None:
            return
        process.kill()
        process.waitForFinished()
        process.deleteLater()
        self.busyChanged.emit(False)

    def _on_output(self) -> None:
        if self._process is None:
            return
        self._buffer += self._process.readAllStandardOutput().data()
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            self._on_event(json.loads(line))

    def _on_event(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "progress":
                self.progressed.emit(event["text"], event["fraction"])
            case "done" | "failed":
                self._answer = event  # told when the process has ended

    def _on_end(self) -> None:
        if self._process is None:
            return
        self._on_output()
        process, self._process = self._process, None
        process.deleteLater()
        self.busyChanged.emit(False)
        if self._answer is None:
            self.failed.emit(_ENDED)
        elif self._answer["event"] == "done":
            self.finished.emit(self._answer["result"])
        else:
            self.failed.emit(self._answer["text"])

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            process, self._process = self._process, None
            process.deleteLater()
            self.busyChanged.emit(False)
            self.failed.emit("The child process could not be started.")


def launch(run: Run, request: Train | None = None) -> None:
    """Start or resume a training that lives on without the window.

    Parameters
    ----------
    request
        Of a new training; None resumes with what was asked before.

    Raises
    ------
    ConfigError
        If it runs already, its folder cannot be written, or the process not be started.
    """
    if lock.is_held(run.lock):
        raise ConfigError(f"The training {run.name!r} is running already.")
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
        if request is not None:
            run.request.write_text(to_json(request), encoding="utf-8")
        run.pid.unlink(missing_ok=True)  # that of the former process is somebody else's now
    except OSError as error:
        raise ConfigError(f"The training cannot be kept in {run.folder}: {error}.") from error
    process = QProcess()
    program, arguments = command()
    process.setProgram(program)
    process.setArguments(arguments)
    process.setProcessEnvironment(_one_thread())
    append = QProcess.OpenModeFlag.Append
    process.setStandardInputFile(str(run.request))
    process.setStandardOutputFile(str(run.events), append)
    process.setStandardErrorFile(str(run.log), append)
    started = process.startDetached()
    if not (started[0] if isinstance(started, tuple) else started):
        raise ConfigError("The process that trains could not be started.")


def _one_thread() -> QProcessEnvironment:
    environment = QProcessEnvironment.systemEnvironment()
    for name in _THREADS:
        environment.insert(name, "1")
    return environment
