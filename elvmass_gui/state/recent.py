"""The ECGs that were opened last. No Qt.

File names name patients more often than not. The list therefore lives in memory and ends with the
program, unless the reader wants it kept; only then are paths written, into a file of their own that
nobody else on the computer may read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

from elvmass.errors import ConfigError

VERSION = 1
MOST = 12


@dataclass(frozen=True, slots=True)
class Opened:
    """An ECG file, its format in words, and when it was opened."""

    path: Path
    format: str
    time: datetime

    def label(self, now: datetime, *, named: bool = False) -> str:
        """Format, folder and time; the file's name only if it is wanted."""
        day = "today" if self.time.date() == now.date() else self.time.strftime("%Y-%m-%d")
        words = [self.format or "ECG", f"folder {self.path.parent.name or '/'}"]
        name = [self.path.name] if named else []
        return " · ".join([*name, *words, f"{day} {self.time:%H:%M:%S}"])


class RecentFiles:
    """The list, newest first, each file once.

    Parameters
    ----------
    path
        Where it is kept, if it is.
    keep
        Whether to read it from there and to write it there.
    """

    def __init__(self, path: Path, *, keep: bool = False) -> None:
        self.path, self._keep = path, keep
        #: Why a kept list could not be read, or "".
        self.notice = ""
        self.entries: tuple[Opened, ...] = self._read() if keep else ()

    @property
    def kept(self) -> bool:
        """Whether the list outlives the program."""
        return self._keep

    def add(self, opened: Opened) -> None:
        """Put a file first; raises as :meth:`keep`."""
        others = (entry for entry in self.entries if entry.path != opened.path)
        self.entries = (opened, *others)[:MOST]
        self._write()

    def clear(self) -> None:
        """Forget all of it, on the disk too; raises as :meth:`keep`."""
        self.entries = ()
        self._remove()

    def keep(self, on: bool) -> None:
        """Write the list from now on, or no longer and remove what was written.

        Raises
        ------
        elvmass.errors.ConfigError
            The file cannot be written or removed.
        """
        self._keep = on
        if on:
            self._write()
        else:
            self._remove()

    def _write(self) -> None:
        if not self._keep:
            return
        rows = [[str(e.path), e.format, e.time.isoformat()] for e in self.entries]
        text = json.dumps({"version": VERSION, "entries": rows})
        beside = self.path.with_name(f".{self.path.name}-{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(text)
            beside.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            raise ConfigError(
                f"The list of recent ECGs cannot be kept in '{self.path}': {error.strerror}"
            ) from error

    def _remove(self) -> None:
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(
                f"The list of recent ECGs cannot be removed ({error.strerror}); "
                f"delete the file '{self.path}' yourself"
            ) from error

    def _read(self) -> tuple[Opened, ...]:
        try:
            return _entries(json.loads(self.path.read_text("ascii")))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError, KeyError):
            self.notice = "The list of recent ECGs could not be read; it begins anew."
            return ()


def _entries(stored: dict[str, Any]) -> tuple[Opened, ...]:
    if stored["version"] != VERSION:
        raise ValueError("of another version")
    rows = stored["entries"]
    return tuple(Opened(Path(p), str(f), datetime.fromisoformat(t)) for p, f, t in rows)[:MOST]


def missing(paths: Sequence[Path], patience_s: float = 0.2) -> set[Path]:
    """Those that are not there.

    A drive that does not answer must not freeze a menu: what is not known after ``patience_s``
    counts as there, and opening it will tell.
    """
    gone: set[Path] = set()

    def look() -> None:
        gone.update(path for path in paths if not path.exists())

    looking = Thread(target=look, daemon=True)
    looking.start()
    looking.join(patience_s)
    return set() if looking.is_alive() else set(gone)
