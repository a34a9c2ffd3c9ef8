"""A walk through the real viewer as a person takes it, to be repeated after each change.

    python tests/walk/run.py OUT [--size 1920x1080] [--only SCENE ...]

It starts an X server, buses, a window manager and the program, uses mouse and keys, and looks: at
the windows as a screen reader is told of them, at files, processes and pixels. After each step it
prints what was seen or what was wrong, and takes a picture into OUT; ``OUT/contact_SCENE.png``
shows those of a scene. Whether it *looks* right is left to the eyes of whoever opens the pictures.

Needed besides ``make test``'s environment: Xvfb, openbox, xdotool, ImageMagick, dbus, at-spi2-core,
poppler-utils. No settings of the user are read or written, and nothing is timed.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from desktop import Desktop, Wrong
from faults import FAULTS
from person import Person
from PIL import Image, ImageDraw
from steps import Scene
from usual import USUAL

SCENES = USUAL | FAULTS
#: Of a contact sheet: pictures side by side, and the room of each and of its name, px.
_ACROSS, _CELL, _LABEL = 4, (480, 270), 16


def main() -> int:
    """Walk through the scenes; the exit status is the number of steps that were wrong."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("out", type=Path)
    made.add_argument("--size", default="1920x1080")
    made.add_argument("--only", nargs="*", choices=SCENES, default=list(SCENES), metavar="SCENE")
    args = made.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and close the desktop
    wrong = 0
    for name in args.only:
        with tempfile.TemporaryDirectory(prefix="walk-") as folder:
            wrong += walk(name, SCENES[name], args.out, args.size, Path(folder))
        contact_sheet(args.out, name)
    print(f"{wrong} wrong" if wrong else "all ok")
    return min(wrong, 100)


def walk(name: str, scene: Scene, out: Path, size: str, folder: Path) -> int:
    """One scene on a desktop of its own; how many of its steps were wrong."""
    for old in out.glob(f"{name}_*.png"):
        old.unlink()
    files = folder / "ecgs"
    files.mkdir()
    desktop = Desktop(size, folder / "home")
    person, wrong = Person(desktop, files), 0
    try:
        scene.begin(person)
        for number, step in enumerate(scene.steps, 1):
            try:
                if person.program.poll() is None:
                    person.rest()
                person.remember_screen()
                step.do(person)
                said = f"ok     {step.check(person)}"
            except (Wrong, AssertionError, OSError, subprocess.SubprocessError) as error:
                wrong += 1
                said = f"WRONG  {error}"
            desktop.photograph(out / f"{name}_{number:02d}_{step.name.replace(' ', '-')}.png")
            print(f"{name} {number:02d} {step.name}: {' '.join(said.split())}"[:600], flush=True)
        person.leave()
    except Wrong as error:
        wrong += 1
        print(f"{name}: WRONG  {error}", flush=True)
    finally:
        desktop.close()
    return wrong


def contact_sheet(out: Path, scene: str) -> None:
    """All pictures of a scene in one, small."""
    pictures = sorted(out.glob(f"{scene}_*.png"))
    if not pictures:
        return
    rows = -(-len(pictures) // _ACROSS)
    sheet = Image.new("RGB", (_ACROSS * _CELL[0], rows * (_CELL[1] + _LABEL)), "white")
    for place, path in enumerate(pictures):
        x, y = place % _ACROSS * _CELL[0], place // _ACROSS * (_CELL[1] + _LABEL)
        with Image.open(path) as picture:
            picture.thumbnail((_CELL[0] - 8, _CELL[1]))
            sheet.paste(picture, (x + 4, y + _LABEL))
        ImageDraw.Draw(sheet).text((x + 4, y + 2), path.stem, "black")
    sheet.save(out / f"contact_{scene}.png")


if __name__ == "__main__":
    sys.exit(main())
