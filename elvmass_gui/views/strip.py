"""Controls in a row that give way: shorter words where the long ones have no room, then more rows.

Each says its words from the longest to the shortest and never asks for less than the shortest
needs, so that none is cut at whatever width of the window and size of text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QLabel,
    QLayout,
    QLayoutItem,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from elvmass_gui.views.parts import Selector, widest

#: Words of a control from the longest to the shortest.
Words = tuple[str, ...]
#: Of a row of a :class:`Choice`: its words and its key.
Row = tuple[Words, object]

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


class Tick(QCheckBox):
    """A check box with shorter words."""

    def __init__(self, *words: str) -> None:
        super().__init__(words[0])
        self._words = words
        self.setAccessibleName(words[0])
        _let_shrink(self)

    def sizeHint(self) -> QSize:
        """Room for the longest words."""
        return _with_text(super().sizeHint(), self, self._words[0])

    def minimumSizeHint(self) -> QSize:
        """Room for the shortest."""
        return _with_text(super().sizeHint(), self, self._words[-1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the longest words that fit."""
        self.setText(_words_for(super().sizeHint(), self, self._words))
        super().resizeEvent(event)


class Tag(QToolButton):
    """A tool button with shorter words; its accessible name is its tooltip."""

    def __init__(self, tip: str, *words: str) -> None:
        super().__init__()
        self._words = words
        self.setText(words[0])
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.explain(tip)
        _let_shrink(self)

    def explain(self, tip: str) -> None:
        """Say what it does."""
        self.setToolTip(tip)
        self.setAccessibleName(tip)

    def sizeHint(self) -> QSize:
        """Room for the longest words."""
        return _with_text(super().sizeHint(), self, self._words[0])

    def minimumSizeHint(self) -> QSize:
        """Room for the shortest."""
        return _with_text(super().sizeHint(), self, self._words[-1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the longest words that fit."""
        self.setText(_words_for(super().sizeHint(), self, self._words))
        super().resizeEvent(event)


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


class StripLayout(QLayout):
    """Puts its items side by side, and into more rows if their shortest words need them.

    A row that has no room for all the longest words first does without what can give way entirely,
    then takes from each in proportion to what it can spare. What is left over goes to the last.

    Parameters
    ----------
    whole
        The widget that is laid out.
    wraps
        Whether there may be more rows; else the widget asks for all its shortest words in one.
    """

    def __init__(self, whole: QWidget, *, wraps: bool = True) -> None:
        super().__init__(whole)
        self._items: list[QLayoutItem] = []
        self._wraps = wraps

    def addItem(self, item: QLayoutItem) -> None:
        """Put an item behind the others."""
        self._items.append(item)

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """One of them; Qt asks until there is none."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Hand one back."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Its height follows its width."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """A narrow strip is higher."""
        return self._wraps

    def heightForWidth(self, width: int) -> int:
        """The height of the rows that this width asks for."""
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Place the items, in the middle of more height than they need."""
        super().setGeometry(rect)
        spare = max(0, rect.height() - self._place(rect, move=False))
        self._place(rect.adjusted(0, spare // 2, 0, 0), move=True)

    def sizeHint(self) -> QSize:
        """One row of the longest words."""
        return self._with_margins([item.sizeHint().width() for item in self._shown()])

    def minimumSize(self) -> QSize:
        """The shortest words in a row; of a strip that wraps, only the widest of them."""
        least = [item.minimumSize().width() for item in self._shown()]
        return self._with_margins([max(least, default=0)] if self._wraps else least)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _with_margins(self, widths: list[int]) -> QSize:
        edge = self.contentsMargins()
        high = max((item.sizeHint().height() for item in self._shown()), default=0)
        wide = sum(widths) + self.spacing() * max(0, len(widths) - 1)
        return QSize(wide + edge.left() + edge.right(), high + edge.top() + edge.bottom())

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Lay out, and give the height that this takes."""
        edge, gap = self.contentsMargins(), self.spacing()
        inner = rect.marginsRemoved(edge)
        y = inner.top()
        shown = self._shown()
        for row in _rows(shown, inner.width(), gap) if self._wraps else [shown]:
            high = max((item.sizeHint().height() for item in row), default=0)
            if move:
                _place_row(row, QRect(inner.left(), y, inner.width(), high), gap)
            y += high + gap
        return y - gap - inner.top() + edge.top() + edge.bottom()


def _rows(items: list[QLayoutItem], room_px: int, gap_px: int) -> list[list[QLayoutItem]]:
    """The items in as few rows as their least widths allow."""
    rows: list[list[QLayoutItem]] = [[]]
    used = 0
    for item in items:
        least = item.minimumSize().width()
        if rows[-1] and used + gap_px + least > room_px:
            rows.append([])
        used = used + gap_px + least if rows[-1] else least
        rows[-1].append(item)
    return rows


def _place_row(row: list[QLayoutItem], room: QRect, gap_px: int) -> None:
    x = room.left()
    for item, width in zip(row, _widths(row, room.width(), gap_px), strict=True):
        height = item.sizeHint().height()
        item.setGeometry(QRect(x, room.top() + (room.height() - height) // 2, width, height))
        x += width + gap_px


def _widths(row: list[QLayoutItem], room_px: int, gap_px: int) -> list[int]:
    """Usual widths less what is lacking; all that is left over goes to the last."""
    least = [item.minimumSize().width() for item in row]
    usual = [max(item.sizeHint().width(), low) for item, low in zip(row, least, strict=True)]
    usual[-1] = least[-1] if len(row) > 1 else usual[-1]
    free = room_px - gap_px * (len(row) - 1)
    if sum(usual) > free:
        usual = [u if low else 0 for u, low in zip(usual, least, strict=True)]
    lacking, spare = max(0, sum(usual) - free), max(1, sum(usual) - sum(least))
    made = [u - -(-(u - low) * lacking // spare) for u, low in zip(usual, least, strict=True)]
    made[-1] += max(0, free - sum(made))
    return made


def _let_shrink(button: QAbstractButton) -> None:
    """Down to its minimum size hint: by itself, a button keeps its size hint."""
    policy = button.sizePolicy()
    policy.setHorizontalPolicy(QSizePolicy.Policy.Preferred)
    button.setSizePolicy(policy)


def _with_text(hint: QSize, button: QAbstractButton, text: str) -> QSize:
    """The size hint of a button, if it said another text."""
    advance = button.fontMetrics().horizontalAdvance
    return QSize(hint.width() + advance(text) - advance(button.text()), hint.height())


def _words_for(hint: QSize, button: QAbstractButton, words: Words) -> str:
    bare = hint.width() - button.fontMetrics().horizontalAdvance(button.text())
    return fitting(words, button.width() - bare, button.fontMetrics())
