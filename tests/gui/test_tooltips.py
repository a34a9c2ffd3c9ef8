"""In the main window all that can be used, and every heading of a number, says what it is.

The other windows are walked by `test_every_window`.
"""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QSlider,
    QWidget,
)

_USABLE = (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QSlider)


def visible(root: QWidget, *kinds: type[QWidget]) -> list[QWidget]:
    return [w for kind in kinds for w in root.findChildren(kind) if w.isVisible()]


def taught(widget: QWidget, root: QWidget) -> bool:
    """Qt shows the tooltip of the nearest parent that has one."""
    while widget is not None and widget is not root:
        if widget.toolTip():
            return True
        widget = widget.parentWidget()
    return False


def named(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
    return f"{type(widget).__name__}: {text or widget.accessibleName() or widget.objectName()}"


@pytest.fixture
def whole(explained):
    """The window so high that no panel is scrolled away."""
    explained.resize(1840, 4000)
    return explained


def test_what_can_be_used_says_what_it_does(whole) -> None:
    silent = [
        named(w)
        for w in visible(whole, *_USABLE)
        if not taught(w, whole) and w.objectName() != "qt_toolbar_ext_button"
    ]
    assert not silent, "\n".join(silent)


def test_every_command_says_more_than_its_name(whole) -> None:
    menus = [m for m in whole.menuBar().actions() if m.menu() is not None]
    silent = []
    while menus:
        menu = menus.pop().menu()
        for action in menu.actions():
            if action.menu() is not None:
                menus.append(action)
            elif not action.isSeparator() and is_silent(action):
                silent.append(action.text())
    assert not silent, "\n".join(silent)


def is_silent(action: QAction) -> bool:
    plain = action.text().replace("&", "").removesuffix(" …")
    return action.toolTip().partition(" (")[0].removesuffix(" …") == plain


def test_every_heading_says_what_stands_below_it(whole) -> None:
    side = whole.panels.side
    headings = [w for w in visible(side, QLabel) if w.property("role") == "title"]
    headings += side.importance.heads
    for panel in (side.criteria, side.measurements):
        grid = panel.body.itemAt(0).layout()
        headings += [grid.itemAtPosition(0, column).widget() for column in (1, 2)]
    rows = range(1, grid.rowCount())
    headings += [grid.itemAtPosition(row, 0).widget() for row in rows]
    assert len(headings) == 8 + 5 + 4 + 8
    assert [named(each) for each in headings if not each.toolTip()] == []
