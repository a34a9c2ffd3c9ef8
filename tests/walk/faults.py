"""What a long day brings: a scene for each fault."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from beginnings import ESTIMATE, MAN, REAL, examples, started
from desktop import Wrong
from outputs import exported
from person import MAIN, PAGE, Person
from steps import (
    Check,
    Scene,
    Step,
    alive,
    changed,
    describes,
    every,
    file_named,
    gone,
    keys,
    kill,
    nothing,
    opened,
    says,
    silent,
    then,
)

from elvmass import io
from elvmass.record import LEADS, Record

# --- a child process is killed ---------------------------------------------------------------


def kill_the_analyst(person: Person) -> None:
    """As the system does when memory runs out."""
    pid = person.children()["analyst"]
    person.kept["analyst"] = str(pid)
    kill(pid)


def another_analyst(person: Person) -> str:
    """One that has been started since, and has loaded what it needs."""
    former = int(person.kept["analyst"])
    person.until(
        lambda: person.children().get("analyst", former) != former, "an analyst of another number"
    )
    return "another analyst"


def kill_it_at_work(person: Person) -> None:
    """The same while it estimates."""
    pid = person.children()["analyst"]
    person.turn_to(MAIN)
    person.desktop.keys("F5")
    kill(pid)


WORKER = (
    Step("killed at rest", kill_the_analyst, every(another_analyst, says("^Models: ready"))),
    Step("analysed again", keys("F5"), says(ESTIMATE)),
    Step("killed at work", kill_it_at_work, every(alive, says("Press F5 to try again"))),
    Step("the ECG is still there", nothing, opened(f"^{MAN}")),
    Step("and again", keys("F5"), every(says(ESTIMATE), silent("Press F5 to try again"))),
)

# --- the disk is full ------------------------------------------------------------------------


def small_disk(person: Person) -> None:
    """The program in a name space of its own, where a folder is a disk of 32 kilobytes."""
    examples(person)
    disk = person.folder / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=32k none '{disk}' && exec \"$@\""
    person.start(person.folder / REAL, within=("unshare", "-rm", "sh", "-c", mount, "sh"))
    person.find("^Precordial$")


def nothing_in(folder: str) -> Check:
    """What is not whole is not left behind, as the program itself sees the folder."""

    def check(person: Person) -> str:
        inside = Path(f"/proc/{person.program.pid}/root") / (person.folder / folder).relative_to(
            "/"
        )
        left = [path.name for path in inside.iterdir()]
        if left:
            raise Wrong(f"left behind on the full disk: {left}")
        return "nothing is left behind"

    return check


_FULL = every(says("[Nn]o space|full"), nothing_in("disk"))
DISK = (
    Step("PDF on a full disk", exported("disk/report.pdf"), _FULL),
    Step("PNG on a full disk", exported("disk/report.png"), _FULL),
    Step("elsewhere", exported("report.pdf"), every(says("^Saved"), silent("[Nn]o space"))),
)

# --- a second instance -----------------------------------------------------------------------


def second(person: Person) -> None:
    """Start the program once more; the first one is looked at again afterwards."""
    person.start(person.folder / REAL)


def both(person: Person) -> str:
    """Both windows are there, each with its own ECG."""
    return "; ".join(opened(f"^{name}")(person) for name in (MAN, REAL))


def the_first_alone(person: Person) -> str:
    """The second program has ended as it should, and the window of the first is still there."""
    if person.program.wait(60):
        raise Wrong(f"the second program ended with {person.program.returncode}")
    return "; ".join(check(person) for check in (gone(f"^{REAL}"), opened(f"^{MAN}")))


SECOND = (
    Step("a second instance", second, both),
    Step("both estimate", nothing, every(
        says(ESTIMATE, "", f"^{MAN}"), says(ESTIMATE, "", f"^{REAL}"))),
    Step("the second is closed", keys("ctrl+q", window=f"^{REAL}"), the_first_alone),
)  # fmt: skip

# --- settings that are none ------------------------------------------------------------------


def garbage(person: Person) -> None:
    """A settings file that no program has written."""
    at = person.folder / "../home/config/elvmass/viewer.ini"
    at.parent.mkdir(parents=True)
    at.write_bytes(b"[window\n\xff\xfe\x00geometry=@ByteArray(\x80\x81)\nversion==7\n" * 20)
    started(MAN)(person)


def half(person: Person) -> None:
    """A settings file of ours, with values that no version knows."""
    at = person.folder / "../home/config/elvmass/viewer.ini"
    at.parent.mkdir(parents=True)
    at.write_text("[General]\nversion=1\n[page]\nlayout=13x1\n[window]\ntheme=pink\ngeometry=abc\n")
    started(MAN)(person)


SETTINGS = (Step("is said", nothing, every(says("settings|Settings"), says(ESTIMATE))),)

# --- files -----------------------------------------------------------------------------------


def simulated() -> Record:
    """The bundled example."""
    import elvmass_resources

    return io.read(elvmass_resources.path("examples", MAN))


def with_file(name: str, make: Callable[[Record], Record], target: str) -> Callable[[Person], None]:
    """Write a record that is made of the example, and start the program with it."""

    def act(person: Person) -> None:
        from elvmass.io.write import write

        examples(person)
        write(make(simulated()), person.folder / name, target)
        person.start(person.folder / name)

    return act


def an_hour(record: Record) -> Record:
    """The same ten seconds, three hundred and sixty times."""
    return replace(record, signal_mv=np.tile(record.signal_mv, 360))


def too_long(record: Record) -> Record:
    """Two hours at 500 Hz."""
    return replace(record, signal_mv=np.tile(record.signal_mv, 720))


def two_dead(record: Record) -> Record:
    """V2 and V5 are flat, as with electrodes that have come off."""
    signal = record.signal_mv.copy()
    signal[[LEADS.index("V2"), LEADS.index("V5")]] = 0.0
    return replace(record, signal_mv=signal)


HOUR = (
    Step("an hour", nothing, every(opened("^hour"), says("Time in the recording"))),
    Step("the estimate", nothing, says(ESTIMATE)),
    Step("ten seconds on", keys("Next"), changed(PAGE)),
    Step("the end", keys("End"), changed(PAGE)),
    Step("12x1", keys(*4 * ["l"]), describes(PAGE, "12x1")),
)
LONG = (Step("too long", nothing, every(says("^long.hea: is too long"), says("Open an ECG"))),)
DEAD = (Step("two dead leads", nothing, every(opened("^dead"), says("V2.*V5|flat|off"))),)


def corrupt(person: Person) -> None:
    """Files that are no ECG, beside one that is."""
    started(MAN)(person)
    whole = (person.folder / MAN).read_bytes()
    (person.folder / "cut.xml").write_bytes(whole[: len(whole) // 2])
    (person.folder / "notes.pdf").write_bytes(b"%PDF-1.4 not an ECG")
    (person.folder / "empty.xml").write_bytes(b"")


def opened_by_name(name: str) -> Callable[[Person], None]:
    """Open a file with the dialog."""
    return then(keys("ctrl+o"), file_named(name, "^Open an ECG"))


CORRUPT = (
    Step("a file cut in half", opened_by_name("cut.xml"),
         every(says("^cut.xml: "), opened(f"^{MAN}"), says(ESTIMATE))),
    Step("a PDF", opened_by_name("notes.pdf"), every(says("^notes.pdf: "), opened(f"^{MAN}"))),
    Step("an empty file", opened_by_name("empty.xml"),
         every(says("^empty.xml: "), opened(f"^{MAN}"))),
    Step("goes on", keys("l"), describes(PAGE, r"3x4\+3 layout")),
    Step("another ECG takes the message away", opened_by_name(REAL),
         every(opened(f"^{REAL}"), silent("empty.xml"))),
)  # fmt: skip


def delete_it(person: Person) -> None:
    """Delete the file that is open."""
    (person.folder / REAL).unlink()


GONE = (
    Step("deleted", delete_it, opened(f"^{REAL}")),
    Step("exported all the same", exported("report.pdf"), says("^Saved report.pdf")),
    Step("analysed again", keys("F5"), says(ESTIMATE)),
    Step("next", keys("ctrl+Next"), opened("^simulated")),
    Step("folder deleted", lambda p: shutil.rmtree(p.folder), alive),
    Step(
        "next in no folder",
        keys("ctrl+Next"),
        every(alive, opened("^simulated"), says("folder is no longer there")),
    ),
)

FAULTS = {
    "worker": Scene(started(MAN), WORKER),
    "disk": Scene(small_disk, DISK),
    "second": Scene(started(MAN), SECOND),
    "garbage": Scene(garbage, SETTINGS),
    "half": Scene(half, SETTINGS),
    "hour": Scene(with_file("hour.hea", an_hour, "wfdb"), HOUR),
    "long": Scene(with_file("long.hea", too_long, "wfdb"), LONG),
    "dead": Scene(with_file("dead.dcm", two_dead, "dicom"), DEAD),
    "corrupt": Scene(corrupt, CORRUPT),
    "gone": Scene(started(REAL), GONE),
}
