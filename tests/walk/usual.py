"""The walk of a usual day: every scene starts the program anew."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from beginnings import ESTIMATE, MAN, REAL, WOMAN, examples, started
from desktop import Wrong
from outputs import OUTPUTS
from person import BEAT, PAGE, Person
from research import RESEARCH, cohort
from steps import (
    Act,
    Scene,
    Step,
    alive,
    changed,
    changed_about,
    click,
    closed,
    command,
    describes,
    drag_in,
    escape,
    every,
    file_named,
    fill,
    gone,
    keys,
    nothing,
    on,
    opened,
    point_at,
    says,
    silent,
    then,
    written,
)

import elvmass
from elvmass.io.write import write


def dropped(*names: str, key: str = "") -> Act:
    """Drop examples onto the page."""
    return lambda person: person.drop(*(person.folder / n for n in names), key=key)


# --- opening ---------------------------------------------------------------------------------

OPENING = (
    Step("empty state", nothing, every(opened("^elvmass$"), says("Open an ECG"))),
    Step("drop a real ECG", dropped(REAL), every(opened(f"^{REAL}"), says(ESTIMATE))),
    Step("next in the folder", keys("ctrl+Next"), opened(f"^{MAN}")),
    Step("previous", keys("ctrl+Prior"), opened(f"^{REAL}")),
    Step("drop with Ctrl for a tab", dropped(WOMAN, key="ctrl"),
         every(opened(f"^{WOMAN}"), says(REAL, "page tab"), says(WOMAN, "page tab"))),
    Step("next tab", keys("ctrl+Tab"), opened(f"^{REAL}")),
    Step("close tab", keys("ctrl+w"), every(opened(f"^{WOMAN}"), silent(REAL))),
    Step("open by name", then(keys("ctrl+o"), file_named(MAN, "^Open an ECG")), opened(f"^{MAN}")),
)  # fmt: skip

# --- the page --------------------------------------------------------------------------------

_HALF_A_BEAT = drag_in(PAGE, (0.30, 0.45), (0.36, 0.45))
PAGES = (
    Step("layout 3x4+3", keys("l"), describes(PAGE, r"3x4\+3 layout")),
    Step("layout 3x4", keys("l"), describes(PAGE, "3x4 layout")),
    Step("layout 6x2", keys("l"), describes(PAGE, "6x2 layout")),
    Step("layout 12x1", keys("l"), describes(PAGE, "12x1 layout")),
    Step("layout Cabrera", keys("l"), describes(PAGE, "Cabrera layout")),
    Step("back to 3x4+1", keys(*4 * ["shift+l"], "shift+l"), describes(PAGE, r"3x4\+1 layout")),
    Step("paper faster", keys("period"), describes(PAGE, "50 mm/s")),
    Step("paper slower", keys("comma"), describes(PAGE, "25 mm/s")),
    Step("more gain", keys("bracketright"), describes(PAGE, "20 mm/mV")),
    Step("less gain", keys("bracketleft"), describes(PAGE, "10 mm/mV")),
    Step("display filter", keys("f", "f", "f"), describes(PAGE, "0.5.40 Hz")),
    Step("filter off", keys("f"), describes(PAGE, "as recorded")),
    Step("zoom in", keys("ctrl+plus", "ctrl+plus"), every(changed(PAGE), says("^×"))),
    Step("pan", drag_in(PAGE, (0.5, 0.5), (0.35, 0.4)), changed(PAGE)),
    Step("fit", keys("ctrl+0"), says("fitted")),
    Step("magnifier", then(keys("g"), point_at(PAGE, 0.45, 0.35)), changed(PAGE)),
    Step("put down", keys("Escape"), changed(PAGE)),
    Step("time caliper", then(keys("t"), _HALF_A_BEAT), every(changed(PAGE), says(r"\d ms"))),
    Step("voltage caliper", then(keys("v"), drag_in(PAGE, (0.6, 0.3), (0.6, 0.4))),
         every(changed(PAGE), says(r"\d mV"))),
    Step("out of its row", drag_in(PAGE, (0.57, 0.3), (0.57, 0.7)),
         every(changed_about(PAGE, 0.57, 0.5), changed_about(PAGE, 0.57, 0.7))),
    Step("march-out", then(keys("m"), drag_in(PAGE, (0.31, 0.75), (0.37, 0.75))), changed(PAGE)),
    Step("undo", keys("ctrl+z"), changed(PAGE)),
    Step("redo", keys("ctrl+shift+z"), changed(PAGE)),
    Step("reading cursor", keys("c", "Right", "Right"),
         every(changed(PAGE), says("^II .* mV", "label"))),
    Step("all away", keys("Escape", "shift+Delete"), changed(PAGE)),
    Step("ECG alone", keys("F9"), changed(PAGE)),
    Step("numbers back", keys("F9"), every(changed(PAGE), says(ESTIMATE))),
)  # fmt: skip

# --- the beat --------------------------------------------------------------------------------


def drag_a_boundary(person: Person) -> None:
    """Move over the first lead until a boundary is met, and drag it."""
    x, y, width, height = person.find(BEAT).box
    for across in range(60, width // 4, 2):
        at = (x + across, y + 0.2 * height)
        person.desktop.move(*at)
        if re.search("onset|end", person.eyes.description(person.find(BEAT))):
            person.desktop.drag([at, (at[0] + 12, at[1])])
            return
    raise Wrong("no boundary under the mouse in the first lead")


BEATS = (
    Step("drag a boundary", drag_a_boundary, every(changed(BEAT), says("by hand"))),
    Step("undo", on(BEAT, "ctrl+z"), silent("by hand")),
    Step("by keys", on(BEAT, "n", "Right", "Right"), every(changed(BEAT), says("by hand"))),
    Step("reset", on(BEAT, "shift+Delete"), silent("by hand")),
    Step("another beat", keys("ctrl+Right"), every(changed(BEAT), says(r"^6 of 9"))),
    Step("median beat", keys("ctrl+m"),
         every(changed(BEAT), says("^median of"), describes(BEAT, "^median of 9 beats"))),
    Step("overlay", keys("ctrl+shift+o"), changed(BEAT)),
    Step("as trained", keys("ctrl+b", "ctrl+shift+o"), says("^as trained")),
    Step("imputed in inches", then(click("^cm$", "combo box"), keys("Down", "Return", window="")),
         says("^imputed: [0-9.]+ in$")),
)  # fmt: skip

# --- a long recording ------------------------------------------------------------------------


def long_recording(person: Person) -> None:
    """Ten seconds, four times, and the program with them."""
    examples(person)
    record = elvmass.read(person.folder / MAN)
    four = replace(record, signal_mv=np.tile(record.signal_mv, 4))
    write(four, person.folder / "long.npz", "npz")
    person.start(person.folder / "long.npz")
    person.find(ESTIMATE)


SCROLL = (
    Step("its beginning", nothing, describes(PAGE, "0.0.10.0 s of 40.0 s")),
    Step("to the analysed beat", keys("b"), describes(PAGE, r"^(?!.* 0\.0.10\.0 s)")),
    Step("the end", keys("End"), describes(PAGE, "30.0.40.0 s of 40.0 s")),
    Step("another beat", keys("ctrl+Right"), every(
        changed(BEAT), describes(PAGE, r"^(?!.* 30\.0.40\.0 s)"))),
    Step("ten seconds on", keys("Home", "Next"), describes(PAGE, "10.0.20.0 s of 40.0 s")),
)  # fmt: skip

# --- the patient -----------------------------------------------------------------------------


def _estimate(person: Person) -> str:
    seen = person.look(ESTIMATE)
    return "" if seen is None else seen.name.split(",")[0]


def first_estimate(person: Person) -> str:
    """That of the file's own values, which is kept, or there again."""
    first = person.kept.setdefault("first", _estimate(person))
    person.kept["last"] = str(person.until(lambda: _estimate(person) == first and first, first))
    return first


def another_estimate(person: Person) -> str:
    """One that is not the last one."""

    def other() -> str:
        now = _estimate(person)
        return now if now != person.kept["last"] else ""

    person.kept["last"] = str(person.until(other, f"another than {person.kept['last']}"))
    return person.kept["last"]


PATIENT = (
    Step("the estimate", nothing, first_estimate),
    Step("correct the weight", fill("^Weight$", "130"), every(another_estimate, says("^file: "))),
    Step("a weight that cannot be", fill("^Weight$", "9999"), says("Nothing was changed")),
    Step("back to 80 kg", fill("^Weight$", "80"), another_estimate),
    Step("pounds", then(click("^kg$", "combo box"), keys("Down", "Return", window="")),
         says(r"^176", "text")),
    Step("reset to file", click("Reset to file"), every(first_estimate, silent("^file: "))),
)  # fmt: skip

# --- the model -------------------------------------------------------------------------------

WHAT_IF = "^What if$"
MODEL = (
    Step("second estimate", nothing, says("^Model for both sexes")),
    Step("random weights", keys("w"), every(changed(BEAT), says("^RANDOM WEIGHTS"))),
    Step("back", keys("w"), silent("^RANDOM WEIGHTS")),
    Step("check this ECG", click("Check this ECG"), says("(passes|fails).* this ECG|this ECG: ")),
    Step("what if", keys("ctrl+shift+w"),
         every(opened(WHAT_IF), says("Weight", "slider", WHAT_IF))),
    Step("another weight", then(click("^Weight$", "slider", WHAT_IF),
         keys(*20 * ["Right"], window=WHAT_IF)), says(r"^[+−][\d.]+ g$", "", WHAT_IF)),
    Step("close", closed(WHAT_IF), alive),
    Step("every panel", lambda p: p.reach("mean absolute"), says("mean absolute")),
)  # fmt: skip

# --- comparison ------------------------------------------------------------------------------

COMPARISON = "^Comparison"
COMPARE = (
    Step("another tab", dropped(WOMAN, key="ctrl"), opened(f"^{WOMAN}")),
    Step("compare", keys("ctrl+d"), every(opened(COMPARISON), describes(
        "^Comparison$", r"\d g", COMPARISON))),
    Step("close", closed(COMPARISON), alive),
)  # fmt: skip

# --- read first ------------------------------------------------------------------------------


def the_opinion(path: Path) -> str:
    """The last line of the log."""
    told = json.loads(path.read_text().splitlines()[-1])
    if told["lvh"] != "yes" or told["own_mass_g"] != 240 or not told["estimate_g"]:
        raise Wrong(f"the log says {told}")
    return f"lvh {told['lvh']}, own {told['own_mass_g']} g, estimate {told['estimate_g']} g"


READING = (
    Step("read first", then(command("Read first"), keys("ctrl+Next")),
         every(says("^Left ventricular hypertrophy"), silent(ESTIMATE))),
    Step("export is refused", keys("ctrl+e"), says("once you have entered your reading")),
    Step("opinion", then(click("^Yes$"), fill("^Your estimate of", "240")),
         every(says("^Your reading: LVH yes"), says(ESTIMATE),
               written("../home/data/elvmass/readings.jsonl", the_opinion))),
    Step("off", command("Read first"), says("Read first is off")),
    Step("next shows", keys("ctrl+Prior"), every(opened(f"^{REAL}"), says(r"^Estimate 7\d g"))),
)  # fmt: skip

# --- looks -----------------------------------------------------------------------------------

LOOKS = (
    Step("palette", keys("ctrl+k"), says("Search commands", "text", "^Commands$")),
    Step("palette finds", lambda p: p.desktop.type("exrep"),
         says("Export report", "", "^Commands$")),
    Step("palette away", escape, gone("^Commands$")),
    Step("keys", keys("F2"), says("Search keys", "text", "^Keys")),
    Step("keys away", escape, gone("^Keys")),
    Step("dark", command("dark"), changed("Estimated left")),
    Step("high contrast", command("high contrast"), changed("Estimated left")),
    Step("light", command("light"), changed("Estimated left")),
    Step("criteria", lambda p: p.reach("No criterion is endorsed"), says("of 14 positive")),
    Step("guide", keys("F1"), opened("^Guide$")),
    Step("guide away", escape, gone("^Guide$")),
    Step("about", command("About"), opened("^About")),
    Step("about away", escape, gone("^About")),
    Step("calibration", keys("ctrl+shift+1"), opened("^Calibrate")),
    Step("calibration away", escape, gone("^Calibrate")),
)  # fmt: skip


USUAL = {
    "opening": Scene(started(), OPENING),
    "page": Scene(started(MAN), PAGES),
    "beat": Scene(started(REAL), BEATS),
    "scroll": Scene(long_recording, SCROLL),
    "patient": Scene(started(MAN), PATIENT),
    "model": Scene(started(MAN), MODEL),
    "compare": Scene(started(MAN), COMPARE),
    "reading": Scene(started(REAL), READING),
    "looks": Scene(started(MAN), LOOKS),
    "outputs": Scene(started(REAL), OUTPUTS),
    "research": Scene(cohort, RESEARCH),
}
