"""How long the reader waits, warm: file to estimate and reasons, correction, what-if slider.

    python tests/bench/latency.py [--rounds 10]

The real program on a screen of 1366 x 768, its models loaded. Each wait ends when what was asked
for has been painted. Beside each stands the bare computation of the same in a process of its own,
in alternating rounds, so that the ratio holds on a busy machine; the processor's time of the
window and of both child processes is given beside the clock's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from screens import offscreen

import elvmass_resources
from elvmass_gui import style
from elvmass_gui.app import Viewer
from elvmass_gui.settings import Settings

#: More than the program keeps prepared, in turn: each opening is a new one.
FILES = (
    "simulated_man_normal.xml", "simulated_woman_normal.xml", "simulated_man_hypertrophy.xml",
    "simulated_woman_hypertrophy.xml",
)  # fmt: skip
LIMITS_MS = {"file opened": 300, "patient corrected": 150, "what-if slider": 150}
PATIENCE_S, REST_S, LOOK_MS = 120.0, 0.3, 2


class Spent(NamedTuple):
    """Milliseconds of the clock, of the window's processor, of the child processes'."""

    clock: float
    window: float
    children: float


# ---- the peer: the computation alone ----------------------------------------------------------


def bare(kind: str, path: Path, weight_kg: float) -> tuple[float, float]:
    """Clock and processor of the computation behind one wait, ms; in a process of its own."""
    from elvmass import io, pipeline
    from elvmass.beside import Given, Supposition, Sweep
    from elvmass.beside.suppose import suppose

    quick, record = pipeline.Options(explain=False), io.read(path)
    heavier = replace(record, patient=replace(record.patient, weight_kg=weight_kg))
    if kind != "file opened":
        given = Given.of(pipeline.analyse(record, quick), None)
    start_s, busy_s = time.perf_counter(), time.process_time()
    if kind == "file opened":
        record = io.read(path)
        pipeline.analyse(record, quick)
        pipeline.analyse(record)
    elif kind == "patient corrected":
        pipeline.analyse(heavier, quick)
    else:
        values = tuple(float(v) for v in range(40, 166, 6))
        suppose(given, Supposition({"weight_kg": weight_kg}), Sweep("weight_kg", values))
    return 1e3 * (time.perf_counter() - start_s), 1e3 * (time.process_time() - busy_s)


# ---- the program ------------------------------------------------------------------------------


def cpu_ms(pid: int) -> float:
    """Processor time of all threads of a process of ours."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(each.read_text().split()[0]) for each in tasks) / 1e6


class Painted(QObject):
    """Whether a widget has been painted since something was known."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._known: Callable[[], bool] = bool
        self.done = False
        widget.installEventFilter(self)

    def wait_for(self, known: Callable[[], bool]) -> None:
        """Begin anew."""
        self._known, self.done = known, False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A painting may come in the same turn of the event loop as what it shows."""
        if event.type() == QEvent.Type.Paint and not self.done:
            self.done = self._known()
        return False


class Program:
    """The running program and what is asked of it."""

    def __init__(self, first: Path, folder: str) -> None:
        self.viewer = Viewer(Settings(Path(folder) / "viewer.ini"))
        self.viewer.show([first])
        self.session = self.viewer.session
        self._until(lambda: self.viewer.window.panels is not None)
        assert self.viewer.window.panels is not None
        self.panels = self.viewer.window.panels
        self._until(lambda: self.session.analysis is not None)
        self._rest()
        self._number, self._beat = Painted(self.panels.side.result.scale), Painted(self.panels.beat)

    def end(self) -> None:
        """Close the window."""
        self.viewer.window.close()
        self.viewer.stop_workers()

    def opened(self, path: Path) -> Spent:
        """From the order to open a file to estimate and saliency on the screen."""

        def known() -> bool:
            record, found = self.session.record, self.session.analysis
            here = record is not None and record.source.path == path
            return here and found is not None and found.saliency is not None

        return self._timed(lambda: self.session.open(path), known, [self._number, self._beat])

    def corrected(self, weight_kg: float) -> Spent:
        """From another weight in its field to the new estimate."""
        text, former = self.panels.side.patient.fields["weight_kg"].text, self.session.analysis

        def enter() -> None:
            text.setText(f"{weight_kg:g}")
            text.editingFinished.emit()

        known = partial(self._is_new, lambda: self.session.analysis, former)
        return self._timed(enter, known, [self._number])

    def supposed(self, weight_kg: float) -> Spent:
        """From the slider to the new estimate and its curve."""
        desk = self.panels.what_if
        desk.open(self.viewer.window)
        assert desk.window is not None
        self._rest()
        slider = desk.window.sliders["weight_kg"]
        curve = Painted(desk.window.plot.widget.viewport())
        known = partial(self._is_new, lambda: desk.shown, desk.shown)
        spent = self._timed(lambda: slider.set_value(weight_kg), known, [curve])
        desk.window.hide()
        return spent

    def _is_new(self, now: Callable[[], object], former: object) -> bool:
        found = now()
        return found is not None and found is not former

    def _timed(
        self, ask: Callable[[], object], known: Callable[[], bool], seen: list[Painted]
    ) -> Spent:
        for each in seen:
            each.wait_for(known)
        before = self._clocks()
        ask()
        self._until(lambda: all(each.done for each in seen))
        spent = Spent(*(b - a for a, b in zip(before, self._clocks(), strict=True)))
        self._rest()
        return spent

    def _clocks(self) -> tuple[float, float, float]:
        children = self.viewer.analyst.process_id, self.viewer.reader.process_id
        return 1e3 * time.monotonic(), 1e3 * time.process_time(), sum(map(cpu_ms, children))

    def _until(self, done: Callable[[], bool]) -> None:
        end_s = time.monotonic() + PATIENCE_S
        wake = QTimer()
        wake.start(LOOK_MS)
        while not done():
            # As the program waits: whatever a pipe brings is taken at once.
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if time.monotonic() > end_s:
                sys.exit("The program did not answer.")

    def _rest(self) -> None:
        """Wait until all has been answered: second estimate and beat marks too."""
        self._until(lambda: not self.session.at_work and self.viewer.analyst.state == "ready")
        end_s = time.monotonic() + REST_S
        self._until(lambda: time.monotonic() > end_s)


def measure(rounds: int, folder: str) -> dict[str, list[tuple[Spent, tuple[float, float]]]]:
    """Every wait and its peer, in alternating rounds."""
    application = QApplication([])
    style.apply(application)
    paths = [elvmass_resources.path("examples", name) for name in FILES]
    program = Program(paths[0], folder)
    found: dict[str, list[tuple[Spent, tuple[float, float]]]] = {kind: [] for kind in LIMITS_MS}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for k in range(rounds + 1):
            path, weight_kg = paths[(k + 1) % len(paths)], 60.0 + k
            for kind, ask in (
                ("file opened", partial(program.opened, path)),
                ("patient corrected", partial(program.corrected, weight_kg)),
                ("what-if slider", partial(program.supposed, weight_kg + 20.0)),
            ):
                pair = ask(), pool.submit(bare, kind, path, weight_kg).result()
                if k:  # the first of each loads what the next find loaded
                    found[kind].append(pair)
    program.end()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= dict.fromkeys(("XDG_CONFIG_HOME", "XDG_STATE_HOME"), folder)
        os.environ |= offscreen(folder) | {"OMP_NUM_THREADS": "1"}
        found = measure(args.rounds, folder)
    print("median, ms             clock  window  children    bare  its processor  ratio of clocks")
    for kind, pairs in found.items():
        clock, window, children = (statistics.median(s[k] for s, _ in pairs) for k in range(3))
        alone, busy = (statistics.median(peer[k] for _, peer in pairs) for k in range(2))
        ratio = statistics.median(s.clock / peer[0] for s, peer in pairs)
        print(
            f"{kind:<20}{clock:8.0f}{window:8.0f}{children:10.0f}{alone:8.0f}{busy:15.0f}{ratio:17.2f}"
            f"   (at most {LIMITS_MS[kind]} ms on an idle machine)"
        )


if __name__ == "__main__":
    main()
