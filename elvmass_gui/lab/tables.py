"""Tables of the lab that sort numbers as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from elvmass_gui.style import scaled
from elvmass_gui.views.parts import wrapped

_ROW_PX = 24


def table(heads: Mapping[str, str], name: str, *, tip: str, stretch: int) -> QTableWidget:
    """A table to be read.

    Parameters
    ----------
    heads
        Title of each column → what stands in it.
    name, tip
        Of the whole, for a screen reader and a tooltip.
    stretch
        The column that takes the room that is left.
    """
    made = QTableWidget(0, len(heads))
    made.setAccessibleName(name)
    made.setToolTip(wrapped(tip))
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setAlternatingRowColors(True)
    made.setTabKeyNavigation(False)  # Tab leaves the table; the arrows move in it
    made.setWordWrap(False)
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(scaled(_ROW_PX))
    head = made.horizontalHeader()
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    for column, (title, what) in enumerate(heads.items()):
        wide = QHeaderView.ResizeMode.Stretch if column == stretch else None
        head.setSectionResizeMode(column, wide or QHeaderView.ResizeMode.ResizeToContents)
        item = QTableWidgetItem(title)
        item.setTextAlignment(left)
        item.setToolTip(wrapped(what))
        made.setHorizontalHeaderItem(column, item)
    return made


def fill(made: QTableWidget, rows: Iterable[Sequence[str | int]], *, sort: bool = False) -> None:
    """Show these rows in place of the former; numbers stand right and sort as numbers."""
    rows = list(rows)
    made.setSortingEnabled(False)
    made.setRowCount(len(rows))
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            made.setItem(row, column, _item(value))
    made.setSortingEnabled(sort)
    if sort:
        made.sortByColumn(0, Qt.SortOrder.AscendingOrder)


def _item(value: str | int) -> QTableWidgetItem:
    item = QTableWidgetItem()
    item.setData(Qt.ItemDataRole.DisplayRole, value)
    if isinstance(value, int):
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    else:
        item.setToolTip(wrapped(value))
    return item
