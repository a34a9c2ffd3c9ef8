"""The overview: every command with its keys, and every movement, in one window to search."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from elvmass_gui.commands.command_list import MOVEMENTS, Entry, all_entries
from elvmass_gui.screens import room_for
from elvmass_gui.views.palette import shown_keys
from elvmass_gui.views.parts import label

_ROW_PX = 19
_HEADS = {
    "Keys": "What to press; several are alike",
    "Command": "As it stands in the menu",
    "What it does": "In a sentence; Ctrl+K runs it by name",
}
_NOTE = (
    "Single letters work while the ECG page has the focus, those for boundaries while the beat "
    "panel has it (click there). "
    "Ctrl+K finds and runs any command."
)


class Shortcuts(QDialog):
    """Stays open beside the ECG; made from the tables of commands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and commands")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.query, self.tree = QLineEdit(), QTreeWidget()
        self._groups = _grouped(self.tree)
        self._lay_out()
        self.query.textChanged.connect(self.search)

    def search(self, text: str) -> None:
        """Leave only the rows that hold every word of ``text``, in whatever column."""
        words = text.casefold().split()
        for group in self._groups:
            rows = _rows(group)
            for row in rows:
                held = " ".join(row.text(c) for c in range(3)).casefold()
                row.setHidden(not all(word in held for word in words))
            group.setHidden(all(row.isHidden() for row in rows))

    @property
    def visible_rows(self) -> list[tuple[str, ...]]:
        """Keys, command and explanation of the rows that are left."""
        rows = (row for group in self._groups for row in _rows(group))
        return [tuple(row.text(c) for c in range(3)) for row in rows if not row.isHidden()]

    def _lay_out(self) -> None:
        self.query.setPlaceholderText("Search: a word, or a key such as Ctrl+E")
        self.query.setAccessibleName("Search keys and commands")
        self.query.setToolTip("Only rows that hold every word, in whatever column, stay")
        self.query.setClearButtonEnabled(True)
        self.tree.setAccessibleName("Keys and commands")
        self.tree.setToolTip("Every command and every key of the program, menu by menu")
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(0)
        self.tree.setHeaderLabels(list(_HEADS))
        for column, tip in enumerate(_HEADS.values()):
            self.tree.headerItem().setToolTip(column, tip)
        self.tree.expandAll()
        header = self.tree.header()
        for column in (0, 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        below = QVBoxLayout(self)
        for widget in (self.query, self.tree, label(_NOTE, "small", wrap=True)):
            below.addWidget(widget)
        self.resize(room_for(1060, 700, self.screen()))


def _rows(group: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    rows = (group.child(k) for k in range(group.childCount()))
    return [row for row in rows if row is not None]


def _grouped(tree: QTreeWidget) -> list[QTreeWidgetItem]:
    """One bold row for each group, with its commands below."""
    groups: dict[str, QTreeWidgetItem] = {}
    for entry in all_entries():
        if entry.group not in groups:
            groups[entry.group] = _heading(tree, entry.group)
        groups[entry.group].addChild(_row(entry))
    return list(groups.values())


def _heading(tree: QTreeWidget, title: str) -> QTreeWidgetItem:
    row = QTreeWidgetItem(tree, [title])
    row.setFirstColumnSpanned(True)
    row.setFlags(Qt.ItemFlag.ItemIsEnabled)
    font = row.font(0)
    font.setBold(True)
    row.setFont(0, font)
    return row


def _row(entry: Entry) -> QTreeWidgetItem:
    row = QTreeWidgetItem([_keys(entry), entry.title, entry.tip])
    row.setSizeHint(2, QSize(0, _ROW_PX))
    row.setToolTip(2, entry.tip)  # whole, if the column cuts it
    return row


def _keys(entry: Entry) -> str:
    return entry.keys[0] if entry.group == MOVEMENTS else shown_keys(entry)
