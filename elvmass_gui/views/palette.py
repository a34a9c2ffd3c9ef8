"""The command palette: type a few letters of any command, Enter runs it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from elvmass_gui.commands.command_list import Entry, command_entries
from elvmass_gui.commands.fuzzy import ranked
from elvmass_gui.views.parts import label

_SIZE = QSize(620, 420)
_BELOW_TOP_PX = 70
_ROW_PX = 23
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ROLE = Qt.ItemDataRole.UserRole


class Palette(QDialog):
    """Lists every command with its menu and shortcut; what makes no sense now is grey.

    Parameters
    ----------
    actions
        By the key of the command; the chosen one is triggered after the palette has closed.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setWindowTitle("Commands")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = actions
        self._entries = tuple(each for each in command_entries() if each.key in actions)
        self.query, self.list = QLineEdit(), QTreeWidget()
        self.tip = label(role="small", wrap=True)
        self._lay_out()
        self.query.textChanged.connect(self._fill)
        self.query.installEventFilter(self)
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemClicked.connect(self._on_clicked)
        self._fill()

    def show_over(self, window: QWidget) -> None:
        """Open in the upper middle of a window, which waits."""
        self.resize(_SIZE.boundedTo(window.size()))
        left = (window.width() - self.width()) // 2
        self.move(window.mapToGlobal(QPoint(left, min(_BELOW_TOP_PX, window.height() // 8))))
        self.open()
        self.query.setFocus()

    def run(self) -> None:
        """Trigger the command in hand, if it can be used."""
        item = self.list.currentItem()
        if item is None or item.isDisabled():
            return
        action = self._actions[item.data(0, _ROLE).key]
        self.accept()
        action.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move the list, Enter runs, while the query keeps the focus."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _MOVES:
                self.list.event(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.run()
                return True
        return False

    def _fill(self) -> None:
        found = ranked(self.query.text(), self._entries, lambda entry: entry.searched)
        self.list.clear()
        rows = [self._row(entry) for entry in found]
        self.list.addTopLevelItems(rows)
        usable = next((row for row in rows if not row.isDisabled()), None)
        if usable is not None:
            self.list.setCurrentItem(usable)
        elif found:
            self.tip.setText(found[0].wanting)
        else:
            self.tip.setText("No command has these letters.")

    def _row(self, entry: Entry) -> QTreeWidgetItem:
        action = self._actions[entry.key]
        checked = "✓ " if action.isCheckable() and action.isChecked() else ""
        row = QTreeWidgetItem([checked + entry.title, entry.group, shown_keys(entry)])
        row.setData(0, _ROLE, entry)
        row.setSizeHint(0, QSize(0, _ROW_PX))
        row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.setDisabled(not action.isEnabled())
        row.setToolTip(0, entry.wanting if row.isDisabled() else entry.tip)
        return row

    def _on_current(self, item: QTreeWidgetItem | None) -> None:
        self.tip.setText("" if item is None else item.data(0, _ROLE).tip)

    def _on_clicked(self, item: QTreeWidgetItem) -> None:
        self.list.setCurrentItem(item)
        self.run()

    def _lay_out(self) -> None:
        self.query.setPlaceholderText("Type a few letters of a command …")
        self.query.setAccessibleName("Search commands")
        self.query.setToolTip(
            'A few letters of what you want, in order: "exrep" finds Export report'
        )
        self.query.setClearButtonEnabled(True)
        self.list.setAccessibleName("Commands")
        self.list.setToolTip(
            "Up and down choose, Enter or a click runs; what is grey cannot be now"
        )
        self.list.setRootIsDecorated(False)
        self.list.setHeaderHidden(True)
        self.list.setColumnCount(3)
        self.list.setUniformRowHeights(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.tip.setMinimumHeight(2 * self.fontMetrics().height())
        below = QVBoxLayout(self)
        below.setContentsMargins(10, 10, 10, 8)
        below.setSpacing(6)
        for widget in (self.query, self.list, self.tip):
            below.addWidget(widget, 1 if widget is self.list else 0)


def shown_keys(entry: Entry) -> str:
    """The shortcuts as this desktop writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(keys).toString(native) for keys in entry.keys)
