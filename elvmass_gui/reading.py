"""What is being read for whom, and the few records that are kept or read ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from elvmass.record import Record
from elvmass_gui.worker import Answer, ReadRequest

#: Records that are kept besides those that are open, and the largest file worth keeping.
_MOST = 3
_MOST_BYTES = 20_000_000

Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A file on its way: into the document ``key``, which it makes if it goes ``beside``."""

    id: int
    path: Path
    key: int
    beside: bool = False
    show: bool = True
    direction: int = 0
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

    def ask(self, id: int, path: Path) -> Reading | None:
        """What the reader should read ahead; None if it is known, gone or too large."""
        at = stamp(path)
        if not at or sum(size for _, size in at) > _MOST_BYTES or self.get(path) is not None:
            return None
        self._asked = Reading(id, path, 0, stamp=at)
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
