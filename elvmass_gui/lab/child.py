"""The child process of the lab: one JSON request on stdin, events as JSON lines on stdout. No Qt.

The last event is "done" with a result, or "failed" with the kind of the error and its sentence; a
child that was ended from outside leaves neither.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from elvmass.errors import ElvmassError
from elvmass_gui.lab import requests
from elvmass_gui.lab.requests import Request
from elvmass_gui.lab.speaker import Speaker

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
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
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
