"""When the program itself fails: a local log without patient data, and a dialog with the text.

The log holds the kind of the exception and where it was raised, never its message: a message may
quote a file name or a value, and those may name a patient. Nothing is sent anywhere.
"""

from __future__ import annotations

import faulthandler
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

from elvmass import __version__

_LIMIT_BYTES = 200_000


def scrubbed(kind: type[BaseException], where: TracebackType | None) -> str:
    """Kind and stack of an exception, without its message."""
    frames = traceback.extract_tb(where)
    lines = [f"  {Path(f.filename).name}:{f.lineno} in {f.name}" for f in frames]
    return "\n".join([f"elvmass {__version__}: {kind.__module__}.{kind.__qualname__}", *lines])


class CrashLog:
    """A log file in a folder of the user; without one (read-only disk) only the dialog is left.

    Parameters
    ----------
    path
        The log; begun anew when it has grown past 200 kB.
    show
        Called with the text that a person may read and copy.
    """

    def __init__(self, path: Path, show: Callable[[str], None]) -> None:
        self.path, self._show = path, show
        self._file = _open(path)

    def install(self) -> None:
        """Catch what nobody caught, in any thread, and hard crashes of libraries."""
        if self._file is not None:
            faulthandler.enable(self._file)
        sys.excepthook = self.on_exception
        threading.excepthook = lambda args: self.on_exception(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def on_exception(
        self, kind: type[BaseException], error: BaseException, where: TracebackType | None
    ) -> None:
        """Log it without its message, print it to the terminal, show it."""
        traceback.print_exception(kind, error, where)
        if issubclass(kind, KeyboardInterrupt):
            return
        text = scrubbed(kind, where)
        if self._file is not None:
            self._file.write(f"{datetime.now().isoformat(timespec='seconds')} {text}\n\n")
            self._file.flush()
        self._show(f"{error}\n\n{text}")

    def close(self) -> None:
        """Give the hooks and the file back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._file = None


def _open(path: Path) -> TextIO | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        grown = path.exists() and path.stat().st_size > _LIMIT_BYTES
        return path.open("w" if grown else "a", encoding="utf-8")
    except OSError:
        return None
