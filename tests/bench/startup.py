"""Time from process start to the first painted ECG, against a bare PySide6 window.

    python tests/bench/startup.py [--runs 10] [--file ECG]

Both programs run alternately in the same conditions (warm, one file each, modules compiled as an
installer leaves them), so that their ratio holds on a busy machine too; the time of the processor
(user and system) is given beside the clock's. The longest stall of the window is measured with a
10 ms timer from the first paint until estimate and explanation are on the screen.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from screens import offscreen

import elvmass_resources

BARE = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget

class Line(QWidget):
    def paintEvent(self, event):
        with QPainter(self) as painter:
            painter.drawLine(0, 0, 900, 600)
        QTimer.singleShot(0, self.done)

    def done(self):
        clocks = time.monotonic(), time.process_time()
        print('{"first_paint_monotonic_s": %r, "first_paint_cpu_s": %r}' % clocks)
        QApplication.quit()

app = QApplication([])
window = Line()
window.resize(1366, 768)
window.show()
app.exec()
"""


def measure(command: list[str], env: dict[str, str]) -> dict[str, float]:
    """Run a program that prints one line of JSON; adds the seconds to its first paint."""
    started_s = time.monotonic()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        sys.exit(f"{' '.join(command[:4])} failed ({done.returncode}):\n{done.stderr}")
    report: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    report["to_first_paint_s"] = report["first_paint_monotonic_s"] - started_s
    return report


def environment(folder: str) -> dict[str, str]:
    """Settings of nobody, compiled modules; offscreen unless a display is there."""
    places = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "PYTHONPYCACHEPREFIX")
    env = os.environ | dict.fromkeys(places, folder)
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env | offscreen(folder)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10)
    default = elvmass_resources.path("examples", "simulated_man_normal.xml")
    parser.add_argument("--file", type=Path, default=default)
    args = parser.parse_args()
    viewer = [sys.executable, "-m", "elvmass_gui", "--measure-startup", str(args.file)]
    bare = [sys.executable, "-c", BARE]
    with tempfile.TemporaryDirectory() as folder:
        env = environment(folder)
        measure(bare, env), measure(viewer, env)  # warm the disk cache
        pairs = [(measure(bare, env), measure(viewer, env)) for _ in range(args.runs)]
    for title, key in (("clock", "to_first_paint_s"), ("processor", "first_paint_cpu_s")):
        bare_ms, viewer_ms = (1000 * statistics.median(p[k][key] for p in pairs) for k in (0, 1))
        print(f"bare window with a line   {bare_ms:6.0f} ms   {title}")
        print(f"first painted ECG         {viewer_ms:6.0f} ms   ratio {viewer_ms / bare_ms:.2f}")
    for title, key in (("clock", "longest_stall_ms"), ("processor", "longest_stall_cpu_ms")):
        stalls = [v[key] for _, v in pairs]
        typical_ms, worst_ms = statistics.median(stalls), max(stalls)
        print(f"longest stall             {typical_ms:6.0f} ms   {title}, worst {worst_ms:.0f} ms")


if __name__ == "__main__":
    main()
