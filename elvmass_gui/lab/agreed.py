"""A question before something is replaced or deleted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def agreed(parent: QWidget, verb: str, question: str) -> bool:
    """Whether the user presses the button ``verb``; Enter and Esc do not."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(verb.replace("&", ""))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    yes = box.addButton(verb, QMessageBox.ButtonRole.DestructiveRole)
    yes.setToolTip("Do so; it cannot be undone")
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return clicked is yes
