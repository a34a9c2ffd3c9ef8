"""``--measure-startup``: how long until the first ECG is painted, and the longest stall after.

Prints one line of JSON and closes the window when the analyst has answered and rests: estimate
and explanation are on the screen then. The time of the first paint is on the system's monotonic
clock, so that whoever started the process can subtract.
"""

from __future__ import annotations

import json
import sys
import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal, SignalInstance

from elvmass_gui.processes.jobs import WorkerProcess

TICK_MS = 10
#: The analyst rests when it has had nothing to do for so long; between estimate and explanation
#: it is free for a moment only.
REST_MS = 300


class StartupMeter(QObject):
    """Listens from the first paint until the analyst has nothing left to do."""

    finished = Signal()

    def __init__(self, painted: SignalInstance, analyst: WorkerProcess, parent: QObject) -> None:
        super().__init__(parent)
        self._first_paint_s = self._last_tick_s = self._longest_s = self._cpu_s = 0.0
        self._last_busy_s = self._most_busy_s = 0.0  # processor of this thread
        self._analyst = analyst
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._report)
        painted.connect(self._on_paint)
        analyst.stateChanged.connect(self._on_state)

    def _on_paint(self, when_s: float) -> None:
        # What is done right after the paint (panels) counts as a stall, so ticks start there.
        self._cpu_s = time.process_time()
        self._first_paint_s = self._last_tick_s = when_s
        self._last_busy_s = time.thread_time()
        self._timer.start()

    def _on_tick(self) -> None:
        now_s = time.monotonic()
        self._longest_s = max(self._longest_s, now_s - self._last_tick_s)
        self._last_tick_s = now_s
        busy_s = time.thread_time()
        self._most_busy_s = max(self._most_busy_s, busy_s - self._last_busy_s)
        self._last_busy_s = busy_s

    def _on_state(self, state: str) -> None:
        if state in ("ready", "off") and self._timer.isActive():
            self._rest.start()
        else:
            self._rest.stop()

    def _report(self) -> None:
        self._timer.stop()
        report = {
            "first_paint_monotonic_s": self._first_paint_s,
            "first_paint_cpu_s": self._cpu_s,
            "analyst_ready_monotonic_s": time.monotonic(),
            "analyst": self._analyst.state,
            "longest_stall_ms": 1000.0 * self._longest_s,
            "longest_stall_cpu_ms": 1000.0 * self._most_busy_s,
        }
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()
        self.finished.emit()
