"""A question before something is replaced, stopped or removed."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget


def agreed(parent: QWidget, question: str) -> bool:
    """Whether the user says yes."""
    yes = QMessageBox.StandardButton.Yes
    return QMessageBox.question(parent, "elvmass", question) == yes
