"""Controls that give way: shorter words where the long ones have no room.

Each says its words from the longest to the shortest and never asks for less than the shortest
needs, so that none is cut at whatever width of the window and size of text. They stand in a
:class:`elvmass_gui.views.strip_layout.StripLayout`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
)

from elvmass_gui.views.parts import Selector, widest

#: Words of a control from the longest to the shortest.
Words = tuple[str, ...]
#: Of a row of a :class:`Choice`: its words and its key.
Row = tuple[Words, object]

if TYPE_CHECKING:
    _Button = QAbstractButton
else:  # Qt's classes may stand only once among the bases of a class
    _Button = object

_SHORTER = Qt.ItemDataRole.UserRole + 1


def fitting(words: Sequence[str], room_px: int, metrics: QFontMetrics) -> str:
    """The longest of the words that fits; the shortest, cut with an ellipsis, if none does."""
    for word in words:
        if metrics.horizontalAdvance(word) <= room_px:
            return word
    return metrics.elidedText(words[-1], Qt.TextElideMode.ElideRight, room_px)


class Choice(Selector):
    """A selector whose rows have shorter words too; its list shows the longest.

    Parameters
    ----------
    name
        What is chosen, for screen readers.
    tip
        Its tooltip, which begins with the whole words while the box shows fewer.
    rows
        What can be chosen.
    usual
        The longest words that the box makes room for if there is plenty; by default, any of its
        own. A box whose rows come and go keeps its width that way.
    """

    def __init__(self, name: str, tip: str, rows: Iterable[Row], usual: str = "") -> None:
        super().__init__()
        self._usual = usual
        self._widths: tuple[int, int] | None = None  # of the text: least and usual
        self.setAccessibleName(name)
        self.setToolTip(tip)
        model = self.model()
        for changed in (model.rowsInserted, model.rowsRemoved, model.dataChanged, model.modelReset):
            changed.connect(self._forget_widths)
        self.set_rows(rows)

    def set_rows(self, rows: Iterable[Row]) -> None:
        """Offer these rows instead of the present ones."""
        self.clear()
        for words, key in rows:
            self.addItem(words[0], key)
            self.setItemData(self.count() - 1, words, _SHORTER)

    def set_words(self, index: int, words: Words) -> None:
        """Say a row in other words."""
        self.setItemText(index, words[0])
        self.setItemData(index, words, _SHORTER)

    def words(self, index: int) -> Words:
        """The words of a row."""
        said: Words = tuple(self.itemData(index, _SHORTER) or ())
        return said or (self.itemText(index),)

    def sizeHint(self) -> QSize:
        """Room for the usual words."""
        return self._size(self._text_widths()[1])

    def minimumSizeHint(self) -> QSize:
        """Room for the shortest words of any row."""
        return self._size(self._text_widths()[0])

    def shown_text(self, room_px: int) -> str:
        """The longest words of the present row that fit."""
        if self.currentIndex() < 0:
            return ""
        return fitting(self.words(self.currentIndex()), room_px, self.fontMetrics())

    def changeEvent(self, event: QEvent) -> None:
        """Another font or style: other widths."""
        self._widths = None
        super().changeEvent(event)

    def _forget_widths(self, *_: object) -> None:
        self._widths = None
        self.updateGeometry()

    def _text_widths(self) -> tuple[int, int]:
        if self._widths is None:
            least = self._widest(-1)
            usual = self.fontMetrics().horizontalAdvance(self._usual)
            self._widths = least, max(least, usual if self._usual else self._widest(0))
        return self._widths

    def _widest(self, which: int) -> int:
        """Of the first (0) or last (-1) words of all rows; an hour has four thousand beats."""
        return widest((self.words(k)[which] for k in range(self.count())), self.fontMetrics())

    def _size(self, text_px: int) -> QSize:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        inner = QSize(text_px, self.fontMetrics().height())
        kind = QStyle.ContentsType.CT_ComboBox
        size = self.style().sizeFromContents(kind, option, inner, self)
        # What the style adds is not quite what it takes away.
        lost = text_px - self.room_px(size)
        return QSize(size.width() + max(0, lost), max(size.height(), super().sizeHint().height()))


class _GivesWay(_Button):
    """What buttons with shorter words have in common; it stands before the class of Qt."""

    _words: Words

    def _say(self, words: Words) -> None:
        """Down to the shortest: by itself, a button keeps its size hint."""
        self._words = words
        self.setText(words[0])
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Preferred)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        """Room for the longest words."""
        return self._with_text(self._words[0])

    def minimumSizeHint(self) -> QSize:
        """Room for the shortest."""
        return self._with_text(self._words[-1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the longest words that fit."""
        bare = self._with_text("").width()
        self.setText(fitting(self._words, self.width() - bare, self.fontMetrics()))
        super().resizeEvent(event)

    def _with_text(self, text: str) -> QSize:
        """The size hint if it said another text."""
        hint, advance = super().sizeHint(), self.fontMetrics().horizontalAdvance
        return QSize(hint.width() + advance(text) - advance(self.text()), hint.height())


class Tick(_GivesWay, QCheckBox):
    """A check box with shorter words."""

    def __init__(self, *words: str) -> None:
        super().__init__()
        self._say(words)
        self.setAccessibleName(words[0])


class Tag(_GivesWay, QToolButton):
    """A tool button with shorter words; its accessible name is its tooltip."""

    def __init__(self, tip: str, *words: str) -> None:
        super().__init__()
        self._say(words)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.explain(tip)

    def explain(self, tip: str) -> None:
        """Say what it does."""
        self.setToolTip(tip)
        self.setAccessibleName(tip)


class Line(QLabel):
    """A small text that gives way entirely: shorter words, then none; its tooltip says it all."""

    def __init__(self, align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight) -> None:
        super().__init__()
        self._words: Words = ("",)
        self.setProperty("role", "small")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(align | Qt.AlignmentFlag.AlignVCenter)

    def set_words(self, words: Words) -> None:
        """Say something; the whole of it is the text."""
        self._words = (*words, "")
        self.setText(words[0])
        self.setToolTip(words[0])

    def shown_text(self) -> str:
        """The longest words that fit."""
        return fitting(self._words, self.width(), self.fontMetrics())

    def minimumSizeHint(self) -> QSize:
        """None of its words is needed."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The words that fit."""
        painter, option = QStylePainter(self), QStyleOption()
        option.initFrom(self)
        painter.drawItemText(
            self.rect(), self.alignment(), option.palette, self.isEnabled(), self.shown_text(),
            self.foregroundRole(),
        )  # fmt: skip
