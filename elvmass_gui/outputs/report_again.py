"""Make a report again from its side file: asks for the files, and works in a child process.

The child is ``elvmass-gui --from``, so that window and command line take one road and the window
answers meanwhile.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal
from PySide6.QtWidgets import QWidget

from elvmass.errors import ElvmassError
from elvmass_gui import dialogs
from elvmass_gui.messages import ReportError
from elvmass_gui.outputs import side_file
from elvmass_gui.outputs.side_file import SideFile
from elvmass_gui.processes.jobs import command


class ReportAgain(QObject):
    """One such task; it ends by :attr:`failed` or :attr:`said` and then goes."""

    failed = Signal(object)  # ElvmassError
    said = Signal(str)

    def __init__(self, window: QWidget, folder: str) -> None:
        super().__init__(window)
        self._window, self._folder = window, folder
        self._process = QProcess(self)
        self._process.finished.connect(self._on_end)
        self._process.errorOccurred.connect(self._on_error)

    def ask(self) -> None:
        """Ask for side file, ECG (if it does not lie beside) and target, then start."""
        side = dialogs.ask_side_file(self._window, self._folder)
        if side is None:
            return
        try:
            told = side_file.read(side)
        except ElvmassError as error:
            self.failed.emit(error)
            return
        ecg = beside(side, told) or dialogs.ask_file(self._window, str(side.parent))
        if ecg is None:
            return
        out = dialogs.ask_target(self._window, side.with_name(f"{side.stem}-again.pdf"))
        if out is not None:
            self.start(side, ecg, out)

    def start(self, side: Path, ecg: Path, out: Path) -> None:
        """Run the child."""
        self.said.emit("Making the report again …")
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("QT_QPA_PLATFORM", "offscreen")
        self._process.setProcessEnvironment(environment)
        program, arguments = command()
        self._process.start(program, [*arguments[:-1], *arguments_for(side, ecg, out)])

    def _on_end(self, status: int) -> None:
        told = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        if status:
            lines = told.splitlines() or ["the process ended without a word"]
            self.failed.emit(ReportError(lines[-1]))
        elif told:
            self.failed.emit(ReportError(f"The report was made, but not all is as then. {told}"))
        else:
            self.said.emit("The report was made again; every number is as then.")
        self.deleteLater()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:  # the others end in finished()
            self.failed.emit(ReportError("The report could not be made: no process could start."))
            self.deleteLater()


def beside(side: Path, told: SideFile) -> Path | None:
    """The ECG of a side file, if it lies in the same folder unchanged."""
    if not told.ecg.file or Path(told.ecg.file).name != told.ecg.file:
        return None
    path = side.with_name(told.ecg.file)
    try:
        same = hashlib.sha256(path.read_bytes()).hexdigest() == told.ecg.sha256
    except OSError:
        return None
    return path if same else None


def arguments_for(side: Path, ecg: Path, out: Path) -> list[str]:
    """The command line of the child, as a user would type it."""
    return ["--from", str(side), "--export", str(out), "--", str(ecg)]
