"""The scene of reports, pictures and print."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from beginnings import REAL
from desktop import Wrong
from steps import (
    Act,
    Step,
    command,
    escape,
    every,
    file_named,
    gone,
    keys,
    says,
    then,
    written,
)


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
