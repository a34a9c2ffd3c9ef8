"""Menus and tool bar, made from the table in :mod:`elvmass_gui.commands.actions`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton, QWidget

import elvmass_resources
from elvmass_gui.commands.actions import COMMANDS, MENUS, Command, Needs
from elvmass_gui.commands.page_actions import PAGE_COMMANDS
from elvmass_gui.style import set_look


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
        self._bare: list[QToolButton] = []  # never with words
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

    def put_page(self, page: QWidget) -> None:
        """Selectors go before the buttons without words: those are the first to give way."""
        bar = self.tool_bar
        first = next(each for each in bar.actions() if bar.widgetForAction(each) in self._bare)
        bar.insertWidget(first, page)

    def fit(self, width_px: int) -> None:
        """Leave out the words of the tool bar if it has no room for them."""
        bar, words = self.tool_bar, Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        bare = Qt.ToolButtonStyle.ToolButtonIconOnly
        if bar.toolButtonStyle() == words:
            self._whole_px = bar.sizeHint().width()
        wanted = words if width_px >= self._whole_px else bare
        if wanted == bar.toolButtonStyle():
            return
        bar.setToolButtonStyle(wanted)  # of all its buttons
        for button in self._bare:
            button.setToolButtonStyle(bare)
        for each in bar.actions():
            shown = bar.widgetForAction(each)
            if isinstance(shown, QToolButton):
                set_look(shown, "tight", wanted == bare)

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
            self._add_button(self.actions[command.key], command)

    def _add_button(self, action: QAction, command: Command) -> None:
        self.tool_bar.addAction(action)
        button = self.tool_bar.widgetForAction(action)
        assert isinstance(button, QToolButton)
        button.setAccessibleName(command.tip)
        if command.short:
            action.setIconText(command.short)
            return
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._bare.append(button)


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


def _tool_bar(window: QMainWindow) -> QToolBar:
    bar = QToolBar("Tools", window)
    bar.setObjectName("tools")
    bar.setMovable(False)
    bar.setIconSize(QSize(20, 20))
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    window.addToolBar(bar)
    return bar
