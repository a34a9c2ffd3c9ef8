"""Commands of one view as actions of Qt, made from a table such as PAGE_COMMANDS."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from elvmass_gui.commands.actions import Command
from elvmass_gui.commands.page_actions import PAGE_COMMANDS

_CHECKABLE = {
    "caliper_time", "caliper_voltage", "caliper_march", "snap", "cursor", "magnifier",
    "boundary_snap",
}  # fmt: skip


def make_actions(
    widget: QWidget,
    handlers: dict[str, Callable[[], object]],
    commands: tuple[Command, ...] = PAGE_COMMANDS,
) -> dict[str, QAction]:
    """One action for each command, by its key.

    Their shortcuts work while ``widget`` has the focus: Space, Return and the single letters
    belong to other widgets as well.
    """
    missing = {command.key for command in commands} ^ set(handlers)
    if missing:
        raise ValueError(f"commands and handlers differ: {sorted(missing)}")
    made = {}
    for command in commands:
        action = QAction(command.text, widget)
        action.setShortcuts([QKeySequence(keys) for keys in command.shortcuts])
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setToolTip(f"{command.tip} ({', '.join(command.shortcuts)})")
        action.setStatusTip(command.tip)
        action.setCheckable(command.key in _CHECKABLE)
        action.triggered.connect(handlers[command.key])
        made[command.key] = action
    widget.addActions(list(made.values()))
    return made
