"""The end of a training's log, as it grows."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from elvmass_gui.views.parts import wrapped

_SHOWN_BYTES = 60_000
_TIP = (
    "What the process that trains has said: the flow of the cohort, every epoch of every fold, and "
    "the whole text of an error. It can be selected and copied"
)


class LogView(QPlainTextEdit):
    """Stays at the end unless the reader has scrolled away from it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = 0
        self.setReadOnly(True)
        self.setAccessibleName("Log of the training")
        self.setToolTip(wrapped(_TIP))
        self.setTabChangesFocus(True)
        self.setPlaceholderText("What the process that trains says, line by line, stands here.")
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))

    def forget(self) -> None:
        """Show nothing."""
        self._size = 0
        self.clear()

    def show_log(self, path: Path) -> None:
        """Show what is new in a log."""
        size = path.stat().st_size if path.is_file() else 0
        if size == self._size:
            return
        self._size = size
        bar = self.verticalScrollBar()
        place, at_end = bar.value(), bar.value() >= bar.maximum()
        self.setPlainText(tail(path))
        bar.setValue(bar.maximum() if at_end else place)


def tail(path: Path) -> str:
    """The end of a log; "" if it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _SHOWN_BYTES))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
