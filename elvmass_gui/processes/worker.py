"""The child process: reads frozen requests from stdin, writes frozen answers to stdout.

How they travel says :mod:`elvmass_gui.processes.pipe`. No Qt in this module.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from elvmass import pipeline
from elvmass.errors import ElvmassError
from elvmass.pipeline import Options
from elvmass.record import Record
from elvmass.result import Analysis
from elvmass_gui.messages import WorkerError
from elvmass_gui.processes.aside_requests import (
    ASIDES,
    AsideAnswer,
    AsideRequest,
    CancelAside,
    Progress,
)
from elvmass_gui.processes.pipe import parts, receive

if TYPE_CHECKING:
    from concurrent.futures import Future

#: Of a pipe on Linux: the most that anybody may ask for.
WIDE_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Import the pipeline and load the models, so that the first estimate is quick."""

    id: int = 0


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """Read one file."""

    id: int
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class AnalyseRequest:
    """Estimate one record, and explain it if the options say so."""

    id: int
    record: Record
    options: Options


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The answer to the request of the same id: a value, or the error that came instead."""

    id: int
    value: Record | Analysis | None = None
    error: ElvmassError | None = None


Request = WarmUp | ReadRequest | AnalyseRequest
Message = Request | Answer | AsideRequest | AsideAnswer | CancelAside | Progress


def read(request: ReadRequest) -> Record:
    """Answer a read request."""
    from elvmass import io

    return io.read(request.path)


def analyse(request: AnalyseRequest) -> Analysis:
    """Answer an analyse request; the window has the record and need not get it back."""
    analysis = pipeline.analyse(request.record, request.options)
    record = replace(request.record, signal_mv=request.record.signal_mv[:, :1])
    return replace(analysis, record=record)


def warm_up(request: WarmUp) -> None:
    """Answer a warm-up request."""
    pipeline.warm_up()


HANDLERS: dict[type[Any], Callable[[Any], Any]] = {
    ReadRequest: read,
    AnalyseRequest: analyse,
    WarmUp: warm_up,
}


def answer(request: Request) -> Answer:
    """Handle one request. Whatever goes wrong becomes an answer: the process must live on."""
    try:
        return Answer(request.id, HANDLERS[type(request)](request))
    except ElvmassError as error:
        return Answer(request.id, error=error)
    except Exception as error:  # the edge of the process; the parent shows it
        traceback.print_exc()
        return Answer(request.id, error=WorkerError(f"Unexpected {type(error).__name__}: {error}"))


class Loop:
    """Answers requests in turn; an explanation runs beside, so that a newer estimate overtakes it.

    An explanation takes ten times as long as an estimate, and a correction of the patient
    should show its effect at once. Only the newest explanation that waits is kept. Questions beside
    the estimate have lanes of their own.
    """

    def __init__(self, sink: BinaryIO) -> None:
        # The window imports this module too.
        from concurrent.futures import ThreadPoolExecutor

        from elvmass_gui.processes.aside_lanes import Lanes

        self._sink = sink
        self._lock = Lock()
        self._beside = ThreadPoolExecutor(max_workers=1)
        self._explanation: Future[None] | None = None
        self._lanes = Lanes(self._send)

    def take(self, request: Request | AsideRequest | CancelAside) -> None:
        """Answer at once, or have it answered beside."""
        if isinstance(request, ASIDES):
            self._lanes.take(request)
        elif isinstance(request, CancelAside):
            self._lanes.cancel(request)
        else:
            self._take(request)

    def _take(self, request: Request) -> None:
        if not is_explanation(request):
            self._answer(request)
            return
        if self._explanation is not None:
            self._explanation.cancel()  # has no effect on one that runs already
        self._explanation = self._beside.submit(self._answer, request)

    def end(self) -> None:
        """Wait for what runs; forget what waits."""
        self._lanes.end()
        self._beside.shutdown(cancel_futures=True)

    def _answer(self, request: Request) -> None:
        self._send(answer(request))

    def _send(self, message: Message) -> None:
        packed = parts(message)
        with self._lock:
            self._sink.writelines(packed)
            self._sink.flush()


def is_explanation(request: Request) -> bool:
    """Whether a newer request may overtake this one."""
    return isinstance(request, AnalyseRequest) and request.options.explain


def serve() -> int:
    """Answer requests until stdin ends."""
    source, sink = _private_pipes()
    with suppress(BrokenPipeError), source, sink:  # the window is gone: nobody waits for answers
        loop = Loop(sink)
        while (request := receive(source)) is not None:
            loop.take(request)
        loop.end()
    return 0


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for messages; a stray print of any library goes to stderr."""
    _widen(0, 1)
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return source, sink


def _widen(*ends: int) -> None:
    """Make room in the pipes for a whole recording of ten seconds, where the system can.

    Through Linux' usual 64 KiB it goes in ten pieces, and each waits until the window has nothing
    else to do.
    """
    if sys.platform == "linux":
        import fcntl

        for end in ends:
            with suppress(OSError):  # the user has too many wide pipes: the usual one will do
                fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, WIDE_BYTES)
