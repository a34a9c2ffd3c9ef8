"""The walk of a usual day: every scene starts the program anew."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from desktop import Wrong
from person import BEAT, PAGE, Person
from steps import (
    Act,
    Check,
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
import elvmass_resources
from elvmass.io.write import write

REAL, MAN, WOMAN = (
    "real_mortara.dcm", "simulated_man_hypertrophy.xml", "simulated_woman_normal.xml",
)  # fmt: skip
ESTIMATE = r"^Estimate \d+ g"


def examples(person: Person) -> None:
    """Lay the bundled examples into the person's folder."""
    for path in elvmass_resources.path("examples").iterdir():
        if path.suffix in (".dcm", ".xml"):
            shutil.copy(path, person.folder)


def started(*names: str) -> Act:
    """The examples in the folder, and the program started with some of them."""

    def act(person: Person) -> None:
        examples(person)
        person.start(*(person.folder / name for name in names))
        if names:
            person.find(ESTIMATE)
            person.find("^Precordial$")  # explained too

    return act


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

# --- outputs ---------------------------------------------------------------------------------


def pages(count: int) -> object:
    """A test of a PDF: it can be drawn, and has so many pages with words that must stand there."""

    def test(path: Path) -> str:
        subprocess.run(["pdftoppm", "-r", "40", "-png", path, path.with_suffix("")], check=True)
        made = len(list(path.parent.glob(f"{path.stem}-*.png")))
        text = subprocess.run(
            ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
        ).stdout
        if made != count or "esearch use only" not in text or "25 mm/s" not in text:
            raise Wrong(f"{made} pages, wanted {count}, or words are missing")
        return f"{made} pages"

    return test


def holding(words: bytes) -> object:
    """A test of a file: its first kilobyte holds some bytes."""

    def test(path: Path) -> str:
        if words not in path.read_bytes()[:1000]:
            raise Wrong(f"{path.name} does not begin as its kind does")
        return f"{path.stat().st_size // 1000} kB"

    return test


def side_of(path: Path) -> str:
    """A test of a side file."""
    told = json.loads(path.read_text())
    if told["ecg"]["file"] != REAL or len(told["ecg"]["sha256"]) != 64:
        raise Wrong(f"the side file tells of {told['ecg']}")
    return ", ".join(told)


def exported(name: str) -> Act:
    """Export the report under a name."""
    return then(
        keys("ctrl+e"),
        keys("Return", window="^Export report$"),
        file_named(name, "^Export report$"),
    )


OUTPUTS = (
    Step("export dialog", keys("ctrl+e"), says("Side file", "check box", "^Export report$")),
    Step("away", escape, gone("^Export report$")),
    Step("PDF", exported("report.pdf"), every(
        written("report.pdf", pages(3)), written("report.json", side_of), says("Saved"))),
    Step("PNG", exported("picture.png"), written("picture.png", holding(b"PNG"))),
    Step("SVG", exported("drawing.svg"), written("drawing.svg", holding(b"<svg"))),
    Step("page as shown", then(keys("ctrl+shift+e"), file_named("page.pdf", "^Export ECG page$")),
         written("page.pdf", holding(b"%PDF"))),
    Step("report again", then(command("Make report from side"),
         file_named("report.json", "^Make report"), file_named("again.pdf", "^Export report$")),
         every(written("again.pdf", pages(3)), says("every number is as then"))),
    Step("print", keys("ctrl+p"), says("What to print|Report, detailed", "", "^Print$")),
    Step("print away", escape, gone("^Print$")),
)  # fmt: skip

# --- research --------------------------------------------------------------------------------

TRAINING, MODELS, KERAS = "^Training", "^Models", "^Import an LVM-AI"
_H5 = Path(__file__).parents[1] / "unit" / "model" / "data" / "tiny_keras2.h5"


def cohort(person: Person) -> None:
    """A small simulated cohort, a table of it with two bad rows, and the program."""
    folder = person.folder / "cohort"
    subprocess.run(
        [sys.executable, "-m", "elvmass.cli", "simulate", "--n", "60", "--seed", "1",
         "--out", folder], check=True, capture_output=True,
    )  # fmt: skip
    with (folder / "cohort.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    rows[1][head.index("height_cm")] = "-170"
    rows[2][head.index("path")] = rows[3][head.index("path")]
    with (folder / "bad.csv").open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    shutil.copy(_H5, person.folder)
    started(MAN)(person)


def short(person: Person) -> None:
    """Two folds of a few epochs."""
    for name, value in (("^Folds$", 2), ("^Epochs$", 40)):
        person.click(name, "spin box", TRAINING)
        person.desktop.type(str(value))
    person.desktop.keys("Tab")


def _row(text: str, window: str) -> Check:
    return says(f"^{text}$", "cell", window)


RESEARCH = (
    Step("training", command("Training"), opened(TRAINING)),
    Step("bad rows", then(click("^Table", "push button", TRAINING),
         file_named("cohort/bad.csv", "^Cohort table")),
         every(says("2 of 60 rows of the table are bad", "", TRAINING),
               _row("height_cm -170 is not within 100 to 250 cm", TRAINING),
               _row("the same file is another patient's on line 4", TRAINING))),
    Step("check a cohort", then(click("^Folder", "push button", TRAINING),
         file_named("cohort", "^Folder with")),
         every(says(r"of 60 rows are analysed", "", TRAINING), says("recorded", "", TRAINING))),
    Step("start by keys", then(short, keys("alt+s", window=TRAINING)),
         says("^Fold 1, epoch", "label", TRAINING)),
    Step("stop", keys("alt+o", window=TRAINING), says("^Interrupted", "label", TRAINING)),
    Step("resume", keys("alt+r", window=TRAINING), says("^Complete", "label", TRAINING)),
    Step("figures", nothing, every(_row("Women", TRAINING), says(r"bias [+−]", "label", TRAINING))),
    Step("install", keys("alt+i", window=TRAINING), says("is installed", "label", TRAINING)),
    Step("training away", keys("Escape", window=TRAINING), gone(TRAINING)),
    Step("models", command("Models"),
         every(opened(MODELS), _row("cohort-pooled-model2", MODELS), _row("sound", MODELS))),
    Step("use it", then(click("^cohort-pooled-model2$", "cell", MODELS),
         keys("alt+u", window=MODELS)), says("^cohort-pooled-model2", "combo box")),
    Step("enter removes nothing", then(keys("alt+r", window=MODELS),
         keys("Return", window="^Remove$")), _row("cohort-pooled-model2", MODELS)),
    Step("remove it", then(keys("alt+r", window=MODELS), keys("alt+r", window="^Remove$")),
         every(silent("^cohort-pooled-model2$", MODELS), says("^by the patient", "combo box"))),
    Step("LVM-AI file", then(keys("alt+l", window=MODELS),
         click("^File", "push button", KERAS), file_named(_H5.name, "^Keras file")),
         says("Install", "push button", KERAS)),
    Step("import it", then(lambda p: p.until(
         lambda: p.find("^Install$", "push button", KERAS).enabled, "the file as read"),
         keys("alt+i", window=KERAS)), _row("tiny_keras2", MODELS)),
    Step("models away", keys("Escape", window=MODELS), gone(MODELS)),
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
