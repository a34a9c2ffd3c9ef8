"""What the tables of steps are made of.

An act does something with mouse or keys; a check waits until what it wants is seen, and returns
what was seen in words.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop import Wrong
from person import MAIN, Person

Act = Callable[[Person], None]
Check = Callable[[Person], str]


@dataclass(frozen=True, slots=True)
class Step:
    """What is done, and what must then be seen."""

    name: str
    do: Act
    check: Check


@dataclass(frozen=True, slots=True)
class Scene:
    """How it begins, with the program started, and its steps, each from where the last one led."""

    begin: Act
    steps: tuple[Step, ...]


# --- acts ------------------------------------------------------------------------------------


def nothing(person: Person) -> None:
    """Only look."""


def escape(person: Person) -> None:
    """Esc in whatever has the focus."""
    person.desktop.keys("Escape")


def then(*acts: Act) -> Act:
    """One after the other."""

    def act(person: Person) -> None:
        for each in acts:
            each(person)

    return act


def keys(*names: str, window: str = MAIN) -> Act:
    """Press keys in a window."""

    def act(person: Person) -> None:
        person.turn_to(window)
        person.desktop.keys(*names)

    return act


def on(area: str, *names: str) -> Act:
    """Press keys with the focus in an area of the main window, which is given by a click."""

    def act(person: Person) -> None:
        person.turn_to(MAIN)
        x, y, width, _ = person.find(area).box
        person.desktop.click(x + width - 4, y + 4)
        person.desktop.keys(*names)

    return act


def click(name: str, role: str = "", window: str = MAIN) -> Act:
    """Click on a widget."""
    return lambda person: person.click(name, role, window)


def fill(name: str, text: str, window: str = MAIN) -> Act:
    """Type into a field and press Return."""

    def act(person: Person) -> None:
        person.click(name, "text", window)
        person.desktop.type(text)
        person.desktop.keys("Return")

    return act


def command(words: str) -> Act:
    """Find a command by a few letters and run it."""

    def act(person: Person) -> None:
        person.turn_to(MAIN)
        person.desktop.keys("ctrl+k")
        person.find("Search commands", "text", "^Commands$")
        person.desktop.type(words)
        person.find(f"^{words}$", "text", "^Commands$")
        person.desktop.keys("Return")

    return act


def file_named(path: str, title: str) -> Act:
    """Type a file of the person's folder into a file dialog."""

    def act(person: Person) -> None:
        person.find("File.?name|Directory", "text", title)
        person.turn_to(title)
        person.desktop.type(str(person.folder / path))
        person.desktop.keys("Return")

    return act


def closed(title: str) -> Act:
    """Close a window by the window manager's key."""

    def act(person: Person) -> None:
        person.turn_to(title)
        person.desktop.keys("alt+F4")
        gone(title)(person)

    return act


def drag_in(area: str, *points: tuple[float, float]) -> Act:
    """Drag over points of an area, given as shares of its width and height."""

    def act(person: Person) -> None:
        person.turn_to(MAIN)
        x, y, width, height = person.find(area).box
        person.desktop.drag([(x + a * width, y + b * height) for a, b in points])

    return act


def point_at(area: str, across: float, down: float) -> Act:
    """Move the mouse to a point of an area, given as shares of its width and height."""

    def act(person: Person) -> None:
        x, y, width, height = person.find(area).box
        person.desktop.move(x + across * width, y + down * height)

    return act


# --- checks ----------------------------------------------------------------------------------


def says(pattern: str, role: str = "", window: str = MAIN) -> Check:
    """Words in sight."""
    return lambda person: (lambda n: n.text or n.name)(person.find(pattern, role, window))


def silent(pattern: str, window: str = MAIN) -> Check:
    """Words that are not, or no longer, in sight."""

    def check(person: Person) -> str:
        person.until(lambda: person.look(pattern, "", window) is None, f"no {pattern!r}")
        return f"no {pattern!r}"

    return check


def describes(area: str, pattern: str, window: str = MAIN) -> Check:
    """Words that a screen reader is told of an area."""

    def check(person: Person) -> str:
        def look() -> str:
            node = person.look(area, "", window)
            words = person.eyes.description(node) if node is not None else ""
            return words if re.search(pattern, words) else ""

        return str(person.until(look, f"{area}: {pattern!r}"))

    return check


def opened(title: str) -> Check:
    """A window, in sight."""
    return lambda person: f"window {person.window(title).name!r}"


def gone(title: str) -> Check:
    """A window that is no longer there."""

    def check(person: Person) -> str:
        person.until(
            lambda: not any(re.search(title, n.name) for n in person.eyes.windows()),
            f"no window {title!r}",
        )
        return f"no window {title!r}"

    return check


def changed(area: str) -> Check:
    """Pixels that are others than before the step."""

    def check(person: Person) -> str:
        box = person.find(area).box
        person.until(lambda: person.differs(box), f"another picture of {area!r}")
        return f"another picture of {area!r}"

    return check


def changed_about(area: str, across: float, down: float) -> Check:
    """Other pixels than before about a point of an area, given as for :func:`point_at`."""

    def check(person: Person) -> str:
        x, y, width, height = person.find(area).box
        spot = (round(x + across * width) - 8, round(y + down * height) - 8, 16, 16)
        person.until(lambda: person.differs(spot), f"a change about ({across}, {down}) of {area}")
        return f"{area} has changed about ({across}, {down})"

    return check


def written(path: str, test: Callable[[Path], str]) -> Check:
    """A file of the person's folder; ``test`` returns what it holds or raises :class:`Wrong`."""

    def check(person: Person) -> str:
        file = person.folder / path
        person.until(file.exists, f"the file {path}")
        size = -1
        while size != (size := file.stat().st_size):  # until it is at rest
            time.sleep(0.5)
        return f"{path}: {test(file)}"

    return check


def alive(person: Person) -> str:
    """The program runs."""
    if person.program.poll() is not None:
        raise Wrong(f"the program has ended ({person.program.returncode})")
    return "the program runs"


def every(*checks: Check) -> Check:
    """All of them, in order."""
    return lambda person: "; ".join(check(person) for check in checks)


def kill(pid: int) -> None:
    """End a process at once, as the system does when memory runs out."""
    os.kill(pid, 9)
