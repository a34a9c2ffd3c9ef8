"""A row of controls that give way: first in width, then by taking more rows."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


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
