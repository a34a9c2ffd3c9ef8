"""Commands of the beat panel: one row each, as in :mod:`elvmass_gui.commands.page_actions`.

Their handlers are :meth:`elvmass_gui.views.beat_editor.BeatEditor.handlers`. The keys work while
the beat panel has the focus, so that undo there is undo of a boundary.
"""

from __future__ import annotations

from elvmass_gui.commands.actions import Command, Needs


def _row(key: str, text: str, shortcuts: tuple[str, ...], tip: str) -> Command:
    return Command(key, "Analysis", text, shortcuts, tip, needs=Needs.RECORD, submenu="Boundaries")


BEAT_COMMANDS: tuple[Command, ...] = (
    _row("boundary_next", "Take ne&xt boundary", ("N",),
         "Take the next boundary of P, QRS and T in hand; arrows move it by a sample, with Shift "
         "by ten"),
    _row("boundary_previous", "Take pre&vious boundary", ("Shift+N",),
         "Take the boundary before in hand"),
    _row("boundary_undo", "&Undo boundary", ("Ctrl+Z",), "Take back the last move of a boundary"),
    _row("boundary_redo", "Re&do boundary", ("Ctrl+Shift+Z", "Ctrl+Y"),
         "Do again what was taken back"),
    _row("boundary_back", "This boundary automati&c", ("Del", "Backspace"),
         "Put the boundary in hand where it was found"),
    _row("boundary_reset", "All &boundaries automatic", ("Shift+Del",),
         "Put all boundaries of this beat where they were found; undo brings yours back"),
    _row("boundary_snap", "&Snap boundaries", ("S",),
         "A dragged boundary is caught where the traces set out or come to rest; Alt lets go"),
    _row("boundary_down", "Put boundary do&wn", ("Esc",),
         "No boundary in hand; one that is being dragged goes back"),
)  # fmt: skip
