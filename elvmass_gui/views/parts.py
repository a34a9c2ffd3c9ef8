"""Small parts that several panels are made of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A plain-text label; ``role`` picks its look in the style sheet."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    if wrap:
        made.setMinimumWidth(40)
    return made


def set_role(widget: QLabel, role: str) -> None:
    """Change the look of a label."""
    set_look(widget, "role", role)


def set_look(widget: QWidget, name: str, value: str | bool) -> None:
    """Change a property on which the style sheet depends."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class Panel(QFrame):
    """A titled card whose body is either its content or one sentence that says why it is not.

    Parameters
    ----------
    title
        Heading, in sentence case.
    state
        The sentence to begin with.
    """

    def __init__(self, title: str, state: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAccessibleName(title)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(10, 7, 10, 9)
        outer.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(label(title, "title"))
        head.addStretch()
        self.aside = label(role="small")
        head.addWidget(self.aside)
        outer.addLayout(head)
        self._state = label(state, "state", wrap=True)
        self.content = QWidget()
        self.body = QVBoxLayout(self.content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(5)
        outer.addWidget(self._state)
        outer.addWidget(self.content)
        self.show_state(state)

    @property
    def state(self) -> str:
        """The sentence that stands in place of the content, or ""."""
        return self._state.text()

    def show_state(self, text: str) -> None:
        """Show one sentence instead of the content; "" shows the content."""
        self._state.setText(text)
        self._state.setVisible(bool(text))
        self.content.setVisible(not text)
