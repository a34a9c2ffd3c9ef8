"""Where the readings are kept, and what to do with those that could not be written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from elvmass.errors import ConfigError, ElvmassError
from elvmass_gui.messages import sentence
from elvmass_gui.state.readings import ReadingLog

_ABOUT = (
    "One line of JSON for each reading: time, program and model, hash of the ECG file, your "
    "answer, seconds to it, estimate, interval, verdict. No name and no file name."
)


def show_log(parent: QWidget, log: ReadingLog) -> None:
    """Say where the log is; open its folder, or save what waits elsewhere, if wanted.

    Raises
    ------
    elvmass_gui.messages.ReadingLogError
        The other place cannot be written either.
    elvmass.errors.ConfigError
        No folder could be opened.
    """
    box = QMessageBox(parent)
    box.setWindowTitle("Reading log")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    box.setText(str(log.path))
    box.setInformativeText(_state(log) + "\n\n" + _ABOUT)
    box.addButton(QMessageBox.StandardButton.Close)
    folder = box.addButton("&Open folder", QMessageBox.ButtonRole.ActionRole)
    folder.setToolTip("Show the log in the file manager of this desktop")
    folder.setEnabled(log.path.parent.is_dir())
    save = None
    if log.waiting:
        save = box.addButton("&Save unwritten readings …", QMessageBox.ButtonRole.ActionRole)
        save.setToolTip("Append them to a file elsewhere, so that none is lost")
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    if clicked is folder:
        _open(log.path.parent)
    elif save is not None and clicked is save:
        _save(parent, log)


def ask_before_closing(parent: QWidget, log: ReadingLog, fact: str) -> bool:
    """Offer to save what could not be written; False if the window should stay open."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Readings are not saved")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"{sentence(fact)} What is not saved is lost when the program ends.")
    save = box.addButton("&Save elsewhere …", QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton("&Close and lose them", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("S&tay", QMessageBox.ButtonRole.RejectRole)
    save.setToolTip("Append them to another file, then close")
    discard.setToolTip("Close; the readings that could not be written are gone")
    stay.setToolTip("Keep the window open, to mend what keeps the log from being written")
    box.setDefaultButton(save)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    if clicked is discard:
        return True
    if clicked is not save:
        return False
    try:
        return _save(parent, log)
    except ElvmassError as error:
        return ask_before_closing(parent, log, str(error))


def _state(log: ReadingLog) -> str:
    if log.waiting:
        return f"{len(log.waiting)} not written yet: the file or its folder cannot be written."
    return "" if log.path.exists() else "It will be made with the first reading."


def _open(folder: Path) -> None:
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
        raise ConfigError(f"This desktop could not open a folder; it is '{folder}'")


def _save(parent: QWidget, log: ReadingLog) -> bool:
    name, _ = QFileDialog.getSaveFileName(
        parent, "Save readings", str(Path.home() / log.path.name), "JSON lines (*.jsonl)",
        options=QFileDialog.Option.DontConfirmOverwrite,
    )  # fmt: skip
    if not name:
        return False
    log.save_waiting(Path(name))  # appends: a file that is there keeps what it has
    return True
