"""A desktop of its own: X server, buses, window manager, hands (xdotool) and eyes (import)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

NEEDED = ("Xvfb", "openbox", "xdotool", "import", "dbus-daemon", "pdftoppm", "unshare")
_XDG = ("CONFIG", "DATA", "STATE", "CACHE")


class Wrong(Exception):
    """What a step found to be otherwise than it should be, in a sentence."""


class Desktop:
    """Everything that a person's session has and no program of the user is touched by."""

    def __init__(self, size: str, home: Path) -> None:
        missing = [name for name in NEEDED if shutil.which(name) is None]
        if missing:
            sys.exit(f"Not installed: {', '.join(missing)}")
        self.size = size
        self._started: list[subprocess.Popen[str]] = []
        self.environment = _environment(home)
        self.environment["DISPLAY"] = self._serve(size)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self._bus()
        self.start("openbox", "--sm-disable")

    def start(self, *command: object, **environment: str) -> subprocess.Popen[str]:
        """Start a program on this desktop; what it says on stderr is ours."""
        started = subprocess.Popen(
            [str(word) for word in command], env=self.environment | environment,
            stdin=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self._started.append(started)
        return started

    def close(self) -> None:
        """End what was started, the last first."""
        for process in reversed(self._started):
            process.terminate()
            process.wait()

    def _serve(self, size: str) -> str:
        read, write = os.pipe()
        words = ["-displayfd", write, "-screen", 0, f"{size}x24", "-nolisten", "tcp", "-noreset"]
        self._started.append(subprocess.Popen(
            ["Xvfb", *map(str, words)], pass_fds=[write], stderr=subprocess.DEVNULL, text=True
        ))  # fmt: skip
        os.close(write)
        with open(read) as said:
            number = said.readline().strip()  # to the end of the line, or the server gives up
        if not number:
            sys.exit("Xvfb did not start")
        return f":{number}"

    def _bus(self) -> str:
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--print-address", "--nofork"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self.environment,
        )  # fmt: skip
        self._started.append(bus)
        assert bus.stdout is not None
        return bus.stdout.readline().strip()

    # --- hands -------------------------------------------------------------------------------

    def hand(self, *words: object) -> str:
        """One call of xdotool; what it says."""
        done = subprocess.run(
            ["xdotool", *map(str, words)], env=self.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return done.stdout.strip()

    def keys(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.hand("key", "--clearmodifiers", key)
            time.sleep(0.05)

    def type(self, text: str) -> None:
        """Type a text over what stands in the field."""
        self.keys("ctrl+a")
        self.hand("type", "--delay", 5, text)

    def click(self, x: float, y: float, button: int = 1, times: int = 1) -> None:
        """Move there and click."""
        self.move(x, y)
        self.hand("click", "--repeat", times, "--delay", 60, button)

    def move(self, x: float, y: float) -> None:
        """Move the mouse."""
        self.hand("mousemove", round(x), round(y))
        time.sleep(0.1)

    def drag(self, points: Iterable[tuple[float, float]], *, steps: int = 8) -> None:
        """Press at the first point, move over the others in small steps, let go at the last."""
        (x, y), *further = points
        self.move(x, y)
        self.hand("mousedown", 1)
        for to_x, to_y in further:
            for k in range(1, steps + 1):
                self.move(x + (to_x - x) * k / steps, y + (to_y - y) * k / steps)
            x, y = to_x, to_y
        time.sleep(0.2)
        self.hand("mouseup", 1)

    # --- eyes --------------------------------------------------------------------------------

    def photograph(self, path: Path, box: tuple[int, int, int, int] | None = None) -> Path:
        """The whole screen, or a box of it (x, y, width, height)."""
        crop = [] if box is None else ["-crop", "{2}x{3}+{0}+{1}".format(*box), "+repage"]
        subprocess.run(
            ["import", "-window", "root", *crop, str(path)], env=self.environment, check=True
        )
        return path

    def active(self) -> str:
        """Title of the window that has the focus."""
        return self.hand("getactivewindow", "getwindowname")


def _environment(home: Path) -> dict[str, str]:
    """That of this process with all that is remembered in a folder of the walk."""
    foreign = ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XAUTHORITY", "QT_SCALE_FACTOR")
    kept = {k: v for k, v in os.environ.items() if k not in foreign}
    kept |= {f"XDG_{name}_HOME": str(home / name.lower()) for name in _XDG}
    runtime = home / "run"
    runtime.mkdir(mode=0o700, parents=True)
    return kept | {
        "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "XDG_CURRENT_DESKTOP": "",
        # As under a screen reader: the walk looks at the window through the same door.
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "LC_ALL": "C.UTF-8",
        "QT_LOGGING_RULES": "qt.accessibility.atspi=false",  # widgets that have just gone
    }  # fmt: skip
