"""What the windows of the lab have in common: research use is said, and Esc closes them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QVBoxLayout, QWidget

from elvmass.errors import ElvmassError
from elvmass_gui.messages import Message, message
from elvmass_gui.views.notices import RESEARCH, MessageBar, ResearchBanner


class LabWindow(QWidget):
    """A window beside the main one, with the banner and a place for messages at its top."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(f"{title} – elvmass")
        self.message_bar = MessageBar()
        banner = ResearchBanner()
        banner.setText(RESEARCH)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addWidget(banner)
        self.column.addWidget(self.message_bar)

    def give_up(self) -> bool:
        """What Esc ends before it closes the window; whether there was something."""
        return False

    def show_error(self, error: ElvmassError) -> None:
        """Say what went wrong."""
        self.message_bar.show_message(message(error))

    def say(self, thing: str, fact: str, remedy: str = "") -> None:
        """Say something at the top of the window."""
        self.message_bar.show_message(Message(thing, fact, remedy))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc as in a dialog; Ctrl+W as in the main window."""
        if event.key() == Qt.Key.Key_Escape:
            if not self.give_up():
                self.close()
        elif event.matches(QKeySequence.StandardKey.Close):
            self.close()
        else:
            super().keyPressEvent(event)
