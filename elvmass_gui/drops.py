"""What is dragged onto the window: which files it names, and what the status bar says of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDropEvent

from elvmass_gui.state import folder

HINT = "Drop to open here; with Ctrl, or on the tabs, in tabs of their own."
NO_FILE = "This is no file of this computer. Save it first, then drop the file or its folder."


def paths(data: QMimeData) -> list[Path]:
    """Files and folders of this computer; none for text and addresses of the web."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def nothing_in(named: list[Path]) -> str:
    """Said of files and folders that hold no ECG."""
    return f"{', '.join(path.name for path in named)} holds no ECG file."


def take(event: QDropEvent) -> None:
    """Accept as a copy where that is offered: a file that is read need not be moved."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


def resolve(named: list[Path]) -> tuple[Path | None, tuple[Path, ...]]:
    """The file to open first, and the work list if several were named.

    A single folder is no work list: what is added to it later belongs to it.
    """
    files = folder.listed(named)
    if not files:
        return None, ()
    return files[0], tuple(files) if len(named) > 1 else ()
