"""Files on their way from the reader process: one at a time, the newest wish first.

A wish for a tab of its own is never dropped for a newer one, only put off. While nothing else is
read, the next file of a list is read ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance

from elvmass.record import Record
from elvmass_gui.processes.worker import Answer, ReadRequest, Request

#: Records that are kept besides those that are open, and the largest file worth keeping.
_MOST = 3
_MOST_BYTES = 20_000_000


class Worker(Protocol):
    """What is needed of ``jobs.WorkerProcess``; tests bring their own."""

    answered: SignalInstance

    def submit(self, request: Request) -> None:
        """Run this request next; only the newest is answered for sure."""

    def abort(self) -> None:
        """Give up what runs and what waits, without an answer."""


Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A file on its way: into the document ``key``, which it makes if it goes ``beside``."""

    path: Path
    key: int
    beside: bool = False
    show: bool = True
    direction: int = 0
    id: int = 0
    stamp: Stamp = ()

    @property
    def request(self) -> ReadRequest:
        """What the reader is asked."""
        return ReadRequest(self.id, self.path)


def stamp(path: Path) -> Stamp:
    """Time and size of a file and of the samples beside a WFDB header; () if there is none."""
    found = []
    for each in dict.fromkeys((path, path.with_suffix(".dat"))):
        try:
            at = each.stat()
        except OSError:
            continue
        found.append((at.st_mtime_ns, at.st_size))
    return tuple(found)


class ReadAhead:
    """The neighbours of the present file in its list, so that a step shows them at once.

    A record is given out only while its file is as it was when it was read.
    """

    def __init__(self) -> None:
        self._kept: dict[Path, tuple[Stamp, Record]] = {}
        self._asked: Reading | None = None

    @property
    def kept(self) -> Mapping[Path, tuple[Stamp, Record]]:
        """What is kept, the oldest first."""
        return self._kept

    def ask(self, path: Path, id: int) -> Reading | None:
        """What the reader should read ahead; None if it is known, gone or too large."""
        at = stamp(path)
        if not at or sum(size for _, size in at) > _MOST_BYTES or self.get(path) is not None:
            return None
        self._asked = Reading(path, 0, id=id, stamp=at)
        return self._asked

    def take(self, answer: Answer) -> bool:
        """Keep the answer if it is to what was read ahead; an error comes again when it matters."""
        asked = self._asked
        if asked is None or answer.id != asked.id:
            return False
        self._asked = None
        if isinstance(answer.value, Record):
            self.keep(asked, answer.value)
        return True

    def keep(self, reading: Reading, record: Record) -> None:
        """Keep a record that was read; the oldest goes."""
        if not reading.stamp or sum(size for _, size in reading.stamp) > _MOST_BYTES:
            return
        self._kept.pop(reading.path, None)
        self._kept[reading.path] = (reading.stamp, record)
        while len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]

    def get(self, path: Path) -> Record | None:
        """The record of a file that has not changed since it was read."""
        at, record = self._kept.get(path, ((), None))
        return record if at == stamp(path) else None


class FileReader(QObject):
    """Has files read, and says what came of each.

    Parameters
    ----------
    worker
        The reader process.
    """

    begun = Signal(str)  # name of the file
    arrived = Signal(object, object)  # Reading, Record
    failed = Signal(object, object)  # Reading, ElvmassError

    def __init__(self, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._queue: list[Reading] = []
        self._ahead = ReadAhead()
        self._last_id = 0
        #: What is being read now.
        self.present: Reading | None = None
        worker.answered.connect(self._on_answer)

    def read(self, reading: Reading) -> None:
        """Read this next, instead of what is being read; a file for a tab of its own waits."""
        if self.present is not None and self.present.beside:
            self._queue.insert(0, self.present)
        self._read(reading)

    def read_in_turn(self, reading: Reading) -> None:
        """Read this after all that was asked for before."""
        self._queue.append(reading)
        self._read_queued()

    def cancel(self) -> None:
        """Give up what is being read; what waits for its turn is read then."""
        self.present = None
        self._worker.abort()
        self._read_queued()

    def read_ahead(self, shown: Reading, record: Record, further: Path | None) -> None:
        """Keep what is shown, and read the file that a further step would reach."""
        self._ahead.keep(shown, record)
        if further is None or self._queue or self.present is not None:
            return
        ahead = self._ahead.ask(further, self._next_id())
        if ahead is not None:
            self._worker.submit(ahead.request)

    def _read(self, reading: Reading) -> None:
        self.present = None
        known = self._ahead.get(reading.path)
        at = stamp(reading.path)
        reading = replace(reading, id=self._next_id(), stamp=at)
        if known is not None:
            self.arrived.emit(reading, known)
            self._read_queued()
            return
        self.present = reading
        self.begun.emit(reading.path.name)
        self._worker.submit(reading.request)

    def _read_queued(self) -> None:
        if self.present is None and self._queue:
            self._read(self._queue.pop(0))

    def _on_answer(self, answer: Answer) -> None:
        reading = self.present
        if self._ahead.take(answer) or reading is None or answer.id not in (reading.id, 0):
            return
        self.present = None
        if isinstance(answer.value, Record):
            self.arrived.emit(reading, answer.value)
        elif answer.error is not None:
            self.failed.emit(reading, answer.error)
        self._read_queued()

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id
