"""Small parts that several panels are made of."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from elvmass_gui import style

#: Left and right of the text of a selector.
_TEXT_MARGIN_PX = 4
#: Rows that a list shows before it scrolls.
_MOST_ROWS = 20
#: Of a line of a tooltip.
_TIP_LETTERS = 76
#: Beside the longest row of a list: the tick and the scroll bar.
_LIST_EDGE_PX = 40
#: So many of the longest texts hold the widest one.
_MEASURED = 20


def wrapped(tip: str) -> str:
    """A tooltip in lines: Qt breaks only rich text, whose marks a screen reader would be told."""
    return "\n".join(textwrap.fill(line, _TIP_LETTERS) for line in tip.splitlines())


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
    style.set_look(widget, "role", role)


def widest(texts: Iterable[str], metrics: QFontMetrics) -> int:
    """Width of the widest text, px; of thousands only the longest are measured."""
    longest = sorted(set(texts), key=len)[-_MEASURED:]
    return max(map(metrics.horizontalAdvance, longest), default=0)


def caption(title: str, field: QWidget, role: str = "small") -> QLabel:
    """The label of a field in a form: its letter, with Alt, and a click go to the field."""
    made = label(title, role)
    made.setBuddy(field)
    made.setToolTip(field.toolTip())
    return made


class Selector(QComboBox):
    """A box whose text is cut with an ellipsis if it must be; its list shows all of it.

    The wheel scrolls the column that it stands in, and turns the box only when that has the focus.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMaxVisibleItems(_MOST_ROWS)

    def showPopup(self) -> None:
        """The list is as wide as its longest row."""
        rows = (self.itemText(k) for k in range(self.count()))
        self.view().setMinimumWidth(widest(rows, self.fontMetrics()) + _LIST_EDGE_PX)
        super().showPopup()

    def event(self, event: QEvent) -> bool:
        """Say the whole text above the tooltip while the box shows less of it."""
        if isinstance(event, QHelpEvent) and self.shown_text(self.room_px()) != self.currentText():
            tip = "\n".join(filter(None, (self.currentText(), self.toolTip())))
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the column unless the box was clicked before."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def room_px(self, size: QSize | None = None) -> int:
        """Width that the text has, at the present size or at another."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        if size is not None:
            option.rect = QRect(QPoint(0, 0), size)
        field = QStyle.SubControl.SC_ComboBoxEditField
        kind = QStyle.ComplexControl.CC_ComboBox
        return self.style().subControlRect(kind, option, field, self).width() - _TEXT_MARGIN_PX

    def shown_text(self, room_px: int) -> str:
        """As much of the present text as fits."""
        return self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, room_px
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text that fits."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.shown_text(self.room_px())
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()


def selector(rows: list[tuple[str, str]], name: str) -> QComboBox:
    """A box of (key, title) rows, as wide as its place; the list below is as wide as it needs."""
    box = Selector()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(7)
    fill(box, rows)
    return box


def fill(box: QComboBox, rows: list[tuple[str, str]]) -> None:
    """Add (key, title) rows to a selector."""
    for key, title in rows:
        box.addItem(title, key)


class Panel(QFrame):
    """A titled card whose body is either its content or one sentence that says why it is not.

    Parameters
    ----------
    title
        Heading, in sentence case.
    state
        The sentence to begin with.
    tip
        What stands in it, from where and in which unit: the tooltip of the heading.
    """

    def __init__(
        self, title: str, state: str = "", parent: QWidget | None = None, *, tip: str = ""
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAccessibleName(title)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(10, 7, 10, 9)
        outer.setSpacing(4)
        head = QHBoxLayout()
        heading = label(title, "title")
        heading.setToolTip(wrapped(tip))
        head.addWidget(heading)
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
        """Show one sentence instead of the content; "" shows the content.

        Fill it first: what changes its size in sight is laid out again, for each piece of it.
        """
        self._state.setText(text)
        self._state.setVisible(bool(text))
        self.content.setVisible(not text)
