"""All commands as rows to look things up in: for the palette and the overview. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from elvmass_gui.commands.actions import COMMANDS, MENUS, Command, Needs
from elvmass_gui.commands.beat_actions import BEAT_COMMANDS
from elvmass_gui.commands.page_actions import PAGE_COMMANDS, PAGE_KEYS

MOVEMENTS = "Moves on the ECG page"
_WANTING = {
    Needs.RECORD: "Not now: it needs an ECG that allows it.",
    Needs.EXPLANATION: "Not now: it needs an explained estimate on the screen.",
    Needs.WORK: "Not now: nothing is being read or analysed.",
    Needs.NOTHING: "Not now: there is nothing that it could do.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row.

    ``key`` is that of the command, "" for a movement; ``wanting`` says what a disabled one lacks.
    """

    key: str
    group: str
    title: str
    keys: tuple[str, ...]
    tip: str
    wanting: str = ""

    @property
    def searched(self) -> str:
        """What a search looks at, the title first."""
        return f"{self.title} {self.group}"


def command_entries() -> tuple[Entry, ...]:
    """Every command, menu by menu, as the menus have them."""
    rows = (*COMMANDS, *PAGE_COMMANDS, *BEAT_COMMANDS)
    return tuple(_entry(c) for menu in MENUS for c in rows if c.menu == menu)


def all_entries() -> tuple[Entry, ...]:
    """Every command, and the movements of the page."""
    moves = (Entry("", MOVEMENTS, "", (keys,), tip) for keys, tip in PAGE_KEYS)
    return (*command_entries(), *moves)


def _entry(command: Command) -> Entry:
    title = command.text.replace("&", "")
    if command.submenu:
        title = f"{command.submenu}: {title}"
    return Entry(
        command.key, command.menu, title, command.shortcuts, command.tip, _WANTING[command.needs]
    )
