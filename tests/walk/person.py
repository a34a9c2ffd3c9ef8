"""Somebody in front of the window: what can be done there, and what can be seen."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from desktop import Desktop, Wrong
from PIL import Image, ImageChops
from seen import Node, Seen

MAIN = r"^(?!Training|Models).*elvmass$"
PAGE, BEAT = "12-lead ECG", "Analysed heartbeat"
#: How long to wait for anything before it is called missing, s. Nothing is measured here.
_PATIENCE_S = 120.0
_HERE = Path(__file__).parent


class Person:
    """A running viewer with hands and eyes in front of it, and a folder for files."""

    def __init__(self, desktop: Desktop, folder: Path) -> None:
        self.desktop, self.folder = desktop, folder
        self.kept: dict[str, str] = {}  # what one step remembers for a later one
        self._eyes: Seen | None = None
        self._found: dict[tuple[str, str, str], Node] = {}
        self._former: Image.Image | None = None

    def start(self, *files: Path, within: tuple[object, ...] = ()) -> None:
        """Start the program with files; the words of ``within`` stand before its own."""
        self.program = self.desktop.start(*within, sys.executable, "-m", "elvmass_gui", *files)

    @property
    def eyes(self) -> Seen:
        if self._eyes is None:
            self._eyes = Seen(self.desktop.environment["DBUS_SESSION_BUS_ADDRESS"])
        return self._eyes

    def until(self, found: Callable[[], object], wanted: str) -> object:
        """Wait for something true and return it."""
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            value = found()
            if value:
                return value
            if self.program.poll() is not None:
                raise Wrong(f"the program has ended ({self.program.returncode}); wanted: {wanted}")
            time.sleep(0.2)
        raise Wrong(f"not seen: {wanted}")

    # --- eyes --------------------------------------------------------------------------------

    def window(self, title: str) -> Node:
        """The window with such a title, once it is there."""
        found = self.until(
            lambda: next((n for n in self.eyes.windows() if re.search(title, n.name)), None),
            f"a window {title!r}",
        )
        assert isinstance(found, Node)
        return found

    def look(self, name: str, role: str = "", window: str = MAIN) -> Node | None:
        """The first widget in sight whose name or text matches, if there is one."""

        def fits(node: Node | None) -> bool:
            return node is not None and role in ("", node.role) and bool(
                re.search(name, node.name) or re.search(name, node.text)
            )  # fmt: skip

        known = self._found.get((name, role, window))
        now = self.eyes.again(known) if known is not None else None
        if now is None or not fits(now):  # a search asks for every widget, and takes its time
            now = next((node for node in self.eyes.nodes(window) if fits(node)), None)
        if now is not None:
            self._found[name, role, window] = now
        return now

    def find(self, name: str, role: str = "", window: str = MAIN) -> Node:
        """:meth:`look`, waiting until there is one."""
        found = self.until(lambda: self.look(name, role, window), f"{role or 'words'} {name!r}")
        assert isinstance(found, Node)
        return found

    def rest(self) -> None:
        """Wait until nothing is being done."""
        self.until(lambda: self.look("^Models: (ready|off)", "label"), "the models at rest")

    def remember_screen(self) -> None:
        """What is on the screen now is what :func:`changed` compares with."""
        self._former = self._screen()

    def differs(self, box: tuple[int, int, int, int]) -> bool:
        """Whether a box of the screen is not as it was remembered."""
        x, y, width, height = box
        inside = (x, y, x + width, y + height)
        assert self._former is not None
        one, other = (image.crop(inside) for image in (self._former, self._screen()))
        return ImageChops.difference(one, other).getbbox() is not None

    def _screen(self) -> Image.Image:
        with tempfile.TemporaryDirectory() as folder:
            image = Image.open(self.desktop.photograph(Path(folder) / "a.png"))
            return image.convert("RGB")

    # --- hands -------------------------------------------------------------------------------

    def turn_to(self, title: str) -> None:
        """Give a window the focus, as a click on its title does."""
        self.window(title)
        if re.search(title, self.desktop.active()):
            return
        numbers = self.desktop.hand("search", "--onlyvisible", "--name", title).split()
        for number in numbers:
            if re.search(title, self.desktop.hand("getwindowname", number)):
                self.desktop.hand("windowactivate", "--sync", number)
        self.until(lambda: re.search(title, self.desktop.active()), f"the focus in {title!r}")

    def click(self, name: str, role: str = "", window: str = MAIN, times: int = 1) -> None:
        """Click on the middle of a widget, turning the wheel first if it is out of sight."""
        self.turn_to(window)
        self.desktop.click(*self.reach(name, role, window).centre, times=times)

    def reach(self, name: str, role: str = "", window: str = MAIN) -> Node:
        """A widget, with the column at the right scrolled so that all of it is seen."""
        for _ in range(40):
            node = self.find(name, role, window)
            if window != MAIN:
                return node
            room = self.find("", "splitter")
            top, bottom = room.box[1], room.box[1] + room.box[3]
            if node.box[0] < room.box[0] + room.box[2] - 10 or (
                node.box[1] >= top and node.box[1] + node.box[3] <= bottom
            ):
                return node
            self.desktop.move(node.box[0] - 6, (top + bottom) / 2)
            self.desktop.hand("click", 5 if node.box[1] + node.box[3] > bottom else 4)
            time.sleep(0.3)
        raise Wrong(f"out of reach of the wheel: {name!r}")

    def drop(self, *paths: Path, onto: str = PAGE, key: str = "") -> None:
        """Drag files from a window of another program onto a widget, holding a key."""
        x, y = self.find(onto).centre
        source = self.desktop.start(sys.executable, _HERE / "dropper.py", *paths)
        self.until(lambda: self.desktop.hand("search", "--name", "^Files to drag$"), "the files")
        time.sleep(0.5)
        if key:
            self.desktop.hand("keydown", key)
        self.desktop.drag([(20, 20), (60, 60), (x, y), (x + 3, y + 3)])
        if key:
            time.sleep(0.5)  # the taker looks at the keys when the drop reaches it
            self.desktop.hand("keyup", key)
        source.wait()

    def children(self) -> dict[str, int]:
        """The child processes: "analyst" is the one that has loaded torch, else "reader"."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                torch = "libtorch" in (entry / "maps").read_text()
                worker = b"--worker" in (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == self.program.pid and worker:
                found["analyst" if torch else "reader"] = int(entry.name)
        return found

    def leave(self) -> None:
        """Close the main window and wait for the end of the program."""
        if self.program.poll() is None:
            self.turn_to(MAIN)
            self.desktop.keys("ctrl+q")
            self.program.wait(60)
        if self.program.returncode:
            raise Wrong(f"the program ended with {self.program.returncode}")
