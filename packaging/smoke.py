"""Freeze the program from the installed wheel and try it as a user would.

Steps: build the wheel; install it in a fresh environment; run PyInstaller there; run the frozen
program on a bundled example without a display: its report, and its window with the child process
that estimates and explains. Run with ``make smoke`` (about five minutes; needs 3 GB of disk in the
temporary folder).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "resources/elvmass_resources/examples/simulated_man_hypertrophy.xml"


def call(*command: object, cwd: Path | None = None, **env: str) -> str:
    """Run a command; on failure print what it said and stop."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, capture_output=True, text=True, cwd=cwd, env=os.environ | env, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def install(folder: Path) -> Path:
    """A fresh environment with the wheel; returns its python."""
    call(sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", folder, ROOT)
    (wheel,) = folder.glob("elvmass-*.whl")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env/bin/python"
    pip = (python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt")
    call(*pip, f"elvmass[gui] @ file://{wheel}", "pyinstaller")
    return python


def freeze(python: Path, folder: Path) -> Path:
    """Build the one-folder program; returns the executable."""
    # Away from the checkout, so that only the installed wheel can be found.
    call(python, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR",
         "--distpath", folder / "dist", "--workpath", folder / "build",
         ROOT / "packaging/elvmass.spec", cwd=folder)  # fmt: skip
    return folder / "dist/elvmass-gui/elvmass-gui"


def check_pdf(pdf: Path) -> None:
    """The report is a PDF that says a mass and says what the model was trained on."""
    if not pdf.read_bytes().startswith(b"%PDF-"):
        sys.exit(f"{pdf.name} is not a PDF")
    text = call("pdftotext", "-layout", pdf, "-")
    for needed in ("25 mm/s", "10 mm/mV", "simulated", "esearch use only"):
        if needed not in text:
            sys.exit(f"the report does not contain '{needed}'")


def check_window(said: str) -> None:
    """The window has painted the ECG, and its child process has answered and rests."""
    found = json.loads(said.splitlines()[-1])
    if found["analyst"] != "ready":
        sys.exit(f"the child process of the frozen program is {found['analyst']}")


def main() -> None:
    """Build, run, check."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = freeze(install(folder), folder)
        pdf = folder / "report.pdf"
        # An empty environment: nothing of the checkout or of the venv may be needed.
        bare = {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": "", "PATH": "/usr/bin:/bin"}
        call(program, "--export", pdf, EXAMPLE, cwd=folder, **bare)
        check_pdf(pdf)
        check_window(call(program, "--measure-startup", EXAMPLE, cwd=folder, **bare))
        mb = sum(f.stat().st_size for f in program.parent.rglob("*") if f.is_file()) / 1e6
        print(f"frozen program works: {mb:.0f} MB, report {pdf.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
