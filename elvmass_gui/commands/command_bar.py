"""Menus and tool bar, made from the table in :mod:`elvmass_gui.commands.actions`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton

import elvmass_resources
from elvmass_gui.commands.actions import COMMANDS, MENUS, Command, Needs
from elvmass_gui.commands.page_actions import PAGE_COMMANDS


class CommandBar:
    """The actions of a window by their key.

    Parameters
    ----------
    window
        Gets the menus and the tool bar.
    handlers
        Key of a command → what it does; every command needs one.
    """

    def __init__(self, window: QMainWindow, handlers: dict[str, Callable[[], object]]) -> None:
        missing = {command.key for command in COMMANDS} ^ set(handlers)
        if missing:
            raise ValueError(f"commands and handlers differ: {sorted(missing)}")
        self.actions = {c.key: _action(window, c, handlers[c.key]) for c in COMMANDS}
        self.menus = {title: window.menuBar().addMenu(f"&{title}") for title in MENUS}
        self.submenus: dict[str, QMenu] = {}
        self.tool_bar = _tool_bar(window)
        self._whole_px = 0  # width of the tool bar with its words
        for command in COMMANDS:
            self._place(command)

    def add_page_actions(
        self, actions: dict[str, QAction], commands: tuple[Command, ...] = PAGE_COMMANDS
    ) -> None:
        """Put the commands of a view into their menus; the view enables them itself."""
        for title in dict.fromkeys(command.menu for command in commands):
            self.menus[title].addSeparator()
        for command in commands:
            self._menu_of(command).addAction(actions[command.key])

    def enable(self, *, record: bool, explanation: bool, work: bool = False) -> None:
        """Enable what makes sense now."""
        have = {
            Needs.NOTHING: True, Needs.RECORD: record, Needs.EXPLANATION: explanation,
            Needs.WORK: work,
        }  # fmt: skip
        for command in COMMANDS:
            self.actions[command.key].setEnabled(have[command.needs])

    def fit(self, width_px: int) -> None:
        """Leave out the words of the tool bar if it has no room for them."""
        bar, words = self.tool_bar, Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if bar.toolButtonStyle() == words:
            self._whole_px = bar.sizeHint().width()
        bare = Qt.ToolButtonStyle.ToolButtonIconOnly
        bar.setToolButtonStyle(words if width_px >= self._whole_px else bare)

    def _menu_of(self, command: Command) -> QMenu:
        """Its menu, or the menu inside that menu, which begins with its first command."""
        menu = self.menus[command.menu]
        if command.separator_before:
            menu.addSeparator()
        if not command.submenu:
            return menu
        if command.submenu not in self.submenus:
            self.submenus[command.submenu] = menu.addMenu(command.submenu)
        return self.submenus[command.submenu]

    def _place(self, command: Command) -> None:
        menu = self._menu_of(command)
        menu.addAction(self.actions[command.key])
        if command.short is not None:
            _add_button(self.tool_bar, self.actions[command.key], command)


def _action(window: QMainWindow, command: Command, handler: Callable[[], object]) -> QAction:
    action = QAction(command.text, window)
    action.setShortcuts([QKeySequence(keys) for keys in command.shortcuts])
    shortcut = f" ({command.shortcuts[0]})" if command.shortcuts else ""
    action.setToolTip(command.tip + shortcut)
    action.setStatusTip(command.tip)
    action.setCheckable(command.checkable)
    if command.icon:
        action.setIcon(QIcon(str(elvmass_resources.path("icons", f"{command.icon}.svg"))))
    action.triggered.connect(handler)
    return action


def _add_button(bar: QToolBar, action: QAction, command: Command) -> None:
    bar.addAction(action)
    button = bar.widgetForAction(action)
    assert isinstance(button, QToolButton)
    button.setAccessibleName(command.tip)
    if command.short:
        action.setIconText(command.short)
    else:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)


def _tool_bar(window: QMainWindow) -> QToolBar:
    bar = QToolBar("Tools", window)
    bar.setObjectName("tools")
    bar.setMovable(False)
    bar.setIconSize(QSize(20, 20))
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    window.addToolBar(bar)
    return bar
