"""How scenes begin: the examples in the person's folder, and the program."""

from __future__ import annotations

import shutil

from person import Person
from steps import Act

import elvmass_resources

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
