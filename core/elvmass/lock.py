"""A file that is locked as long as a process lives, however that ends."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

#: Who looks whether it is locked locks it for an instant.
_PATIENCE_S, _STEP_S = 2.0, 0.05


def hold(path: Path) -> int | None:
    """Lock a file until this process ends; returns a handle to keep, None if another holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    end = time.monotonic() + _PATIENCE_S
    while not _lock(handle):
        if time.monotonic() > end:
            os.close(handle)
            return None
        time.sleep(_STEP_S)
    return handle


def is_held(path: Path) -> bool:
    """Whether a process holds it now."""
    if not path.is_file():
        return False
    handle = os.open(path, os.O_RDWR)
    try:
        return not _lock(handle)
    finally:
        os.close(handle)  # this lets go of it


def _lock(handle: int) -> bool:
    """Lock at once, or say that it cannot be."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
