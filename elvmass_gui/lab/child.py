"""The child process of the lab: one JSON request on stdin, events as JSON lines on stdout. No Qt.

The last event is "done" with a result, or "failed" with the kind of the error and its sentence; a
child that was ended from outside leaves neither.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, TextIO

from elvmass.errors import ElvmassError
from elvmass_gui.lab import requests
from elvmass_gui.lab.requests import Request

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


Handler = Callable[[Any, Speaker], dict[str, Any]]


def handlers() -> dict[type[Any], Handler]:
    """What answers each request."""
    from elvmass_gui.lab import model_work, training_work  # their stages load inside

    return {
        requests.CheckCohort: training_work.check,
        requests.Train: training_work.train,
        requests.VerifyModels: model_work.verify,
        requests.InstallModel: model_work.install,
        requests.InspectKeras: model_work.inspect_keras,
        requests.ImportKeras: model_work.import_keras,
    }


def answer(request: Request, speaker: Speaker) -> int:
    """Do what was asked; whatever goes wrong is said as an event."""
    try:
        result = handlers()[type(request)](request, speaker)
    except ElvmassError as error:
        speaker.say("failed", kind=type(error).__name__, text=str(error))
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except Exception as error:  # the edge of the process; the window shows it
        traceback.print_exc()
        text = f"unexpected {type(error).__name__}: {error}"
        speaker.say("failed", kind="WorkerError", text=text)
        return 1
    speaker.say("done", result=result)
    return 0


def serve() -> int:
    """Read one request from stdin and answer it."""
    text = sys.stdin.read()
    # stdout is for events alone; a stray print of any library goes to stderr
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as sink:
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        speaker = Speaker(sink)
        try:
            request = requests.from_json(text)
        except ElvmassError as error:
            speaker.say("failed", kind=type(error).__name__, text=str(error))
            return 1
        return answer(request, speaker)
