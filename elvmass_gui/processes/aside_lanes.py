"""The child's side of ``aside_requests``: one thread for each kind of question."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

from elvmass.errors import Cancelled, ElvmassError
from elvmass_gui.messages import WorkerError
from elvmass_gui.processes.aside_requests import (
    HANDLERS,
    AsideAnswer,
    AsideRequest,
    CancelAside,
    Progress,
)

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Send = Callable[[AsideAnswer | Progress], None]


class Lanes:
    """Answers questions beside the estimates.

    Parameters
    ----------
    send
        Sends a message to the window; is called from several threads.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._threads: dict[type, ThreadPoolExecutor] = {}
        self._newest: dict[type, tuple[int, Future[None]]] = {}
        self._stops: dict[int, Event] = {}

    def take(self, request: AsideRequest) -> None:
        """Answer in the thread of its kind; one of the same kind that waits is forgotten."""
        from concurrent.futures import ThreadPoolExecutor  # the window imports this module too

        kind = type(request)
        if kind not in self._threads:
            self._threads[kind] = ThreadPoolExecutor(max_workers=1)
        if kind in self._newest:
            self._forget(*self._newest[kind])
        self._stops[request.id] = stop = Event()
        self._newest[kind] = request.id, self._threads[kind].submit(self._answer, request, stop)

    def cancel(self, request: CancelAside) -> None:
        """Stop a question at its next step, if it is not answered yet."""
        if request.id in self._stops:
            self._stops[request.id].set()

    def end(self) -> None:
        """Stop what can be stopped and wait for the rest."""
        for stop in list(self._stops.values()):
            stop.set()
        for thread in self._threads.values():
            thread.shutdown(cancel_futures=True)

    def _forget(self, number: int, future: Future[None]) -> None:
        if future.cancel():  # has no effect on one that runs already
            self._stops.pop(number, None)

    def _answer(self, request: AsideRequest, stop: Event) -> None:
        def report(text: str, done: float) -> None:
            if stop.is_set():
                raise Cancelled("Stopped.")
            self._send(Progress(request.id, text, done))

        self._send(answer(request, report))
        self._stops.pop(request.id, None)


def answer(request: AsideRequest, report: Callable[[str, float], None]) -> AsideAnswer:
    """Handle one question. Whatever goes wrong becomes an answer: the process must live on."""
    try:
        return AsideAnswer(request.id, HANDLERS[type(request)](request, report))
    except ElvmassError as error:
        return AsideAnswer(request.id, error=error)
    except Exception as error:  # the edge of the process; the parent shows it
        traceback.print_exc()
        fact = f"unexpected {type(error).__name__}: {error}"
        return AsideAnswer(request.id, error=WorkerError(fact))
