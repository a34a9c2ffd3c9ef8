"""One long-lived child process per kind of work, driven by :class:`WorkerProcess`.

Newest request wins: at most one request runs and one waits; a newer one takes the waiting place,
and an answer that is no longer the newest is dropped by its id. An explanation never makes an
estimate wait, nor does a question beside it (``aside_requests``), of which the newest of each
kind is answered. A child that dies answers its request with an error and is started again, once,
until it has proved itself by an answer.
"""

from __future__ import annotations

import os
import sys
from collections import deque

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from elvmass_gui.messages import WorkerError
from elvmass_gui.processes.aside_requests import AsideAnswer, AsideRequest, CancelAside, Progress
from elvmass_gui.processes.pipe import Inbox, Part, parts
from elvmass_gui.processes.worker import Answer, Message, Request, WarmUp, is_explanation

_GRACE_MS = 500
_RESPAWNS = 1
#: So much is handed to the pipe at once; the window answers in between.
_PIECE_BYTES = 2**20


def command() -> tuple[str, list[str]]:
    """Program and arguments of a worker: this program again, frozen or not.

    ``-P`` keeps the folder in which the viewer was started off the import path.
    """
    if getattr(sys, "frozen", False):
        return sys.executable, ["--worker"]
    return sys.executable, ["-P", "-m", "elvmass_gui", "--worker"]


class WorkerProcess(QObject):
    """A child process that answers one request at a time.

    Parameters
    ----------
    title
        What it does, for messages ("reader", "analyst").
    warm_up
        Load models as soon as the process runs.
    threads
        Limit for the numerical libraries of the child; None leaves theirs.
    """

    answered = Signal(object)  # Answer, newest request only
    stateChanged = Signal(str)  # "off", "starting", "ready", "busy"
    told = Signal(object)  # AsideAnswer, newest of its kind only
    progressed = Signal(object)  # Progress of a question beside

    def __init__(
        self,
        title: str,
        parent: QObject | None = None,
        *,
        warm_up: bool = False,
        threads: int | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self._warm_up = warm_up
        self._threads = threads
        self._process: QProcess | None = None
        self._inbox = Inbox()
        self._outbox: deque[Part] = deque()
        self._running: Request | None = None
        self._waiting: Request | None = None
        self._newest = 0
        self._asides: dict[type, int] = {}
        self._allowed = False
        self._respawns = _RESPAWNS
        self.state = "off"

    def start(self) -> None:
        """Start the child if it does not run yet; returns at once. Requests made before wait."""
        self._allowed = True
        if self._process is not None:
            return
        self._inbox.clear()
        self._outbox.clear()
        self._process = self._new_process()
        self._set_state("starting")
        self._process.start()
        if self._warm_up:
            self._send(WarmUp())
        else:
            self._send_waiting()

    def submit(self, request: Request) -> None:
        """Run this request next; an older one that waits is forgotten.

        Before the first :meth:`start` it only waits, so that nothing delays the first paint.
        """
        self._newest = request.id
        self._waiting = request
        if self._running is not None and is_explanation(self._running):
            self._running = None  # overtaken; its answer will be dropped
        if self._allowed:
            self.start()  # again, if it has died
        self._send_waiting()

    def abort(self) -> None:
        """Give up what runs and what waits, without an answer.

        A child at work is killed and started anew; one that loads the models is left to it.
        """
        self._waiting = None
        if self._running is None or isinstance(self._running, WarmUp):
            return
        self._lose_asides("stopped")
        self.stop()
        self.start()

    def ask(self, request: AsideRequest) -> None:
        """Have a question answered beside the estimates; the newest of its kind wins."""
        self._asides[type(request)] = request.id
        if self._allowed:
            self.start()  # again, if it has died
        if self._process is None:
            self._lose_asides(f"the {self.title} process does not run")
        else:
            self._post(request)

    def cancel(self, request: CancelAside) -> None:
        """Stop a question at its next step."""
        if self._process is not None:
            self._post(request)

    def stop(self) -> None:
        """End the child: an idle one by closing its input, a busy one by force."""
        process, self._process = self._process, None
        self._running = self._waiting = None
        self._asides.clear()
        self._allowed = False
        if process is None:
            return
        process.closeWriteChannel()
        if self.state != "ready" or not process.waitForFinished(_GRACE_MS):
            process.kill()
            process.waitForFinished()
        process.deleteLater()
        self._set_state("off")

    @property
    def process_id(self) -> int:
        """Of the child as the system knows it; 0 if it does not run."""
        return self._process.processId() if self._process is not None else 0

    def _new_process(self) -> QProcess:
        process = QProcess(self)
        program, arguments = command()
        process.setProgram(program)
        process.setArguments(arguments)
        process.setProcessEnvironment(_environment(self._threads))
        process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        process.readyReadStandardOutput.connect(self._on_output)
        process.bytesWritten.connect(self._write_on)
        process.finished.connect(self._on_end)
        process.errorOccurred.connect(self._on_error)
        return process

    def _send(self, request: Request) -> None:
        assert self._process is not None
        self._running = request
        self._post(request)
        self._set_state("starting" if isinstance(request, WarmUp) else "busy")

    def _post(self, message: Message) -> None:
        packed = parts(message)
        self._outbox.extend(packed)
        self._write_on()
        self._hand_over(len(packed))

    def _write_on(self) -> None:
        """Write the next piece once the pipe has taken most of the last one."""
        while self._outbox and self._process and self._process.bytesToWrite() < _PIECE_BYTES:
            part = self._outbox.popleft()
            self._process.write(bytes(part[:_PIECE_BYTES]))
            if len(part) > _PIECE_BYTES:
                self._outbox.appendleft(memoryview(part)[_PIECE_BYTES:])

    def _hand_over(self, count: int) -> None:
        """Put so many pieces into the pipe now, if it has room.

        Qt would do so when the window has laid out, painted and has nothing else to do.
        """
        process = self._process
        if process is not None and process.state() == QProcess.ProcessState.Running:
            for _ in range(count):
                if not (process.bytesToWrite() and process.waitForBytesWritten(0)):
                    break

    def _send_waiting(self) -> None:
        if self._process is not None and self._running is None and self._waiting is not None:
            request, self._waiting = self._waiting, None
            self._send(request)

    def _on_output(self) -> None:
        if self._process is None:  # stopped: what still comes is nobody's
            return
        self._inbox.add(self._process.readAllStandardOutput().data())
        while (message := self._inbox.take()) is not None:
            self._respawns = _RESPAWNS
            if isinstance(message, Answer):
                self._deliver(message)
            elif message.id in self._asides.values():
                self._deliver_aside(message)

    def _deliver(self, answer: Answer) -> None:
        if self._running is None or answer.id != self._running.id:
            return  # an explanation that was overtaken
        finished, self._running = self._running, None
        self._send_waiting()
        if self._running is None:
            self._set_state("ready")
        failed_warm_up = isinstance(finished, WarmUp) and answer.error is not None
        if failed_warm_up or (answer.id == self._newest and not isinstance(finished, WarmUp)):
            self.answered.emit(answer)

    def _deliver_aside(self, message: AsideAnswer | Progress) -> None:
        if isinstance(message, Progress):
            self.progressed.emit(message)
            return
        self._asides = {kind: id for kind, id in self._asides.items() if id != message.id}
        self.told.emit(message)

    def _lose_asides(self, fact: str) -> None:
        lost, self._asides = self._asides, {}
        for id in lost.values():
            self.told.emit(AsideAnswer(id, error=WorkerError(fact)))

    def _on_end(self) -> None:
        self._fail(f"The {self.title} process ended unexpectedly")

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:  # the others end in finished()
            self._respawns = 0
            self._fail(f"The {self.title} process could not be started")

    def _fail(self, fact: str) -> None:
        process, self._process = self._process, None
        if process is None:  # stopped on purpose
            return
        process.deleteLater()
        lost, self._running, self._waiting = self._waiting or self._running, None, None
        self._set_state("off")
        if self._respawns > 0:
            self._respawns -= 1
            self.start()
            fact += " and was started again"
        self.answered.emit(Answer(lost.id if lost else 0, error=WorkerError(fact)))
        self._lose_asides(fact)

    def _set_state(self, state: str) -> None:
        self.state = state
        self.stateChanged.emit(state)


def analyst_threads() -> int:
    """All cores but one, which stays with the window."""
    return max(1, (os.cpu_count() or 1) - 1)


def _environment(threads: int | None) -> QProcessEnvironment:
    environment = QProcessEnvironment.systemEnvironment()
    if threads is not None:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment.insert(name, str(threads))
    return environment
