"""What a child process of the lab says: events as lines of JSON. No Qt."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any, TextIO

#: Seconds between two events of progress.
_PAUSE_S = 0.5


class Speaker:
    """Writes events; those of progress not more often than the reader needs them."""

    def __init__(self, sink: TextIO) -> None:
        self._sink = sink
        self._last = 0.0

    def say(self, event: str, **facts: Any) -> None:
        """Write one event, with the wall clock and the processor time so far."""
        line = {"event": event, "time": time.time(), "cpu_s": cpu_seconds(), **facts}
        self._sink.write(json.dumps(line, allow_nan=False) + "\n")
        self._sink.flush()
        self._last = time.monotonic()

    def progress(self, text: str, fraction: float) -> None:
        """Say how far something is, if it is time to."""
        if fraction >= 1.0 or time.monotonic() - self._last >= _PAUSE_S:
            self.say("progress", text=text, fraction=fraction)


def cpu_seconds() -> float:
    """Processor time of this process and of its children, as far as the system tells it, s."""
    spent = os.times()
    total = spent.user + spent.system + spent.children_user + spent.children_system
    return total + _living_children_s()


def _living_children_s() -> float:
    """Of processes that train folds now; 0 where there is no /proc."""
    if not sys.platform.startswith("linux"):
        return 0.0
    import multiprocessing

    total = 0.0
    for child in multiprocessing.active_children():
        try:
            with open(f"/proc/{child.pid}/stat", encoding="ascii", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total
