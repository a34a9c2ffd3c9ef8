"""The scene of a researcher: a cohort, a training, models."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

from beginnings import MAN, started
from person import Person
from steps import (
    Check,
    Step,
    click,
    command,
    every,
    file_named,
    gone,
    keys,
    nothing,
    opened,
    says,
    silent,
    then,
)

TRAINING, MODELS, KERAS = "^Training", "^Models", "^Import an LVM-AI"
_H5 = Path(__file__).parents[1] / "unit" / "model" / "keras" / "data" / "tiny_keras2.h5"


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
