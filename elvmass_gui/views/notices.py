"""What the user must know: the permanent strip, the list of notices, the bar for messages."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from elvmass.card import ModelCard
from elvmass.record import Notice
from elvmass_gui.messages import Message
from elvmass_gui.views.parts import Panel, label

SIMULATED = "Model trained on simulated ECGs – research use only, not a medical device"
RESEARCH = "Research use only, not a medical device"

_TITLE_TIP = "What lowers the trust in this number: said by the file, the signal and\nthe model."


class ResearchBanner(QLabel):
    """Always in sight; no way to close it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(SIMULATED, parent)
        self.setObjectName("banner")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_card(self, card: ModelCard) -> None:
        """Follow the model in use: not every model is trained on simulated ECGs."""
        self.setText(SIMULATED if card.simulated else RESEARCH)


class NoticePanel(Panel):
    """Warnings about the file and about the estimate, one below the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Notices", "No ECG is open.", parent, tip=_TITLE_TIP)
        self._labels: list[QLabel] = []

    def set_notices(self, notices: tuple[Notice, ...]) -> None:
        """Show each message once, in order."""
        for old in self._labels:
            self.body.removeWidget(old)
            old.hide()  # it lives on until the event loop turns
            old.deleteLater()
        texts = dict.fromkeys(notice.message for notice in notices)
        self._labels = [label(text, "notice", wrap=True) for text in texts]
        for made in self._labels:
            self.body.addWidget(made)
        self.show_state("" if self._labels else "Nothing to note about this ECG.")

    @property
    def texts(self) -> list[str]:
        """What is shown."""
        return [made.text() for made in self._labels]


class MessageBar(QFrame):
    """One message at the top of the window; it blocks nothing and goes when closed."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self.text = label(wrap=True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.thing = label(role="value")
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setAccessibleName("Close message")
        close.setToolTip("Put this message away; nothing else is changed by it")
        close.clicked.connect(self._on_close)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 6, 4)
        row.addWidget(self.thing)
        row.addWidget(self.text, 1)
        row.addWidget(close)
        self.hide()

    def show_message(self, message: Message) -> None:
        """Show a message in place of the one before."""
        self.thing.setText(message.thing)
        self.text.setText(" ".join(part for part in (message.fact, message.remedy) if part))
        self.setAccessibleName(message.text)
        self.show()

    def _on_close(self) -> None:
        self.hide()
        self.closed.emit()
