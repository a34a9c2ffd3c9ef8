"""Commands of the ECG page: one row each, as in :mod:`elvmass_gui.commands.actions`.

Their handlers are :meth:`elvmass_gui.views.ecg.EcgView.handlers`. Single letters work while no
text is being typed.
"""

from __future__ import annotations

from elvmass_gui.commands.actions import Command, Needs


def _row(menu: str, key: str, text: str, shortcuts: tuple[str, ...], tip: str) -> Command:
    return Command(key, menu, text, shortcuts, tip, needs=Needs.RECORD)


PAGE_COMMANDS: tuple[Command, ...] = (
    _row("Measure", "caliper_time", "&Time caliper", ("T",),
         "Measure a time: press on the page and drag; a key puts one at the cursor"),
    _row("Measure", "caliper_voltage", "&Voltage caliper", ("V",),
         "Measure a voltage: press on the page and drag"),
    _row("Measure", "caliper_march", "&March-out caliper", ("M",),
         "Repeat an interval along the lead, to see whether beats keep the step"),
    _row("Measure", "caliper_put", "&Put a caliper at the cursor", ("Return",),
         "Put the chosen caliper without the mouse; arrows move its end, Space takes the other"),
    _row("Measure", "caliper_next", "Take the &next caliper", ("N",),
         "Take the next caliper in hand, for the arrow keys"),
    _row("Measure", "caliper_end", "Other &end of the caliper", ("Space",),
         "Let the arrow keys move the other end"),
    _row("Measure", "caliper_remove", "&Remove caliper", ("Del", "Backspace"),
         "Remove the caliper in hand"),
    _row("Measure", "caliper_clear", "Remove &all calipers", ("Shift+Del",),
         "Remove all calipers of this ECG; undo brings them back"),
    _row("Measure", "caliper_undo", "&Undo measurement", ("Ctrl+Z",),
         "Take back the last change of a caliper"),
    _row("Measure", "caliper_redo", "Re&do measurement", ("Ctrl+Shift+Z", "Ctrl+Y"),
         "Do again what was taken back"),
    _row("Measure", "snap", "&Snap to the trace", ("S",),
         "Ends of calipers are caught by peaks and by the trace; Alt while dragging lets go"),
    _row("Measure", "cursor", "Reading &cursor", ("C",),
         "A cursor on the trace for the arrow keys; the status bar reads it out"),
    _row("Measure", "magnifier", "Ma&gnifier", ("G",),
         "The lead under the cursor, three times as large"),
    _row("Measure", "put_down", "Put everything do&wn", ("Esc",),
         "No caliper, no cursor, no magnifier: the mouse moves the page"),
    _row("View", "layout_next", "Next &layout", ("L",), "Next arrangement of the leads"),
    _row("View", "layout_previous", "Previous layout", ("Shift+L",),
         "Previous arrangement of the leads"),
    _row("View", "rhythm_next", "Next &rhythm lead", ("R",),
         "Another lead in the rhythm strip"),
    _row("View", "show_beat", "&Show the analysed beat", ("B",),
         "Scroll a long or enlarged recording to the beat that is analysed"),
    _row("View", "faster", "Paper faster", (".",), "12.5, 25, 50, 100 mm/s"),
    _row("View", "slower", "Paper slower", (",",), "100, 50, 25, 12.5 mm/s"),
    _row("View", "gain_up", "More gain", ("]",), "5, 10, 20, 40 mm/mV"),
    _row("View", "gain_down", "Less gain", ("[",), "40, 20, 10, 5 mm/mV"),
    _row("View", "filter_next", "Next &display filter", ("F",),
         "As recorded, 0.05–150, 0.5–100 or 0.5–40 Hz; named on the page, unseen by the estimate"),
    _row("View", "notch_next", "Next &notch", ("H",),
         "No notch, 50 Hz or 60 Hz against mains hum, for the display only"),
)  # fmt: skip

#: Keys of the page that are movements, not commands: for the overview of shortcuts.
PAGE_KEYS: tuple[tuple[str, str], ...] = (
    ("Arrows", "Move the page, or the end of the caliper in hand, or the reading cursor"),
    ("Shift+Arrows", "The same, ten times as far"),
    ("Page down, Page up", "The next or previous ten seconds"),
    ("Home, End", "Beginning and end of the recording"),
    ("+, −, 0, 1", "Enlarge, reduce, fit, true size"),
    ("Wheel", "Move the page; with Ctrl enlarge at the cursor, with Shift sideways"),
    ("Double click", "Fit the page"),
)
