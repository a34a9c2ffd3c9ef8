"""What the operating system says when a file cannot be written, as a fact and a remedy."""

from __future__ import annotations

import errno
from pathlib import Path

from elvmass.errors import WriteError

_SHARED_ON_WINDOWS = (32, 33)  # ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
_OPEN = ("it is open in another program", "Close it there and try again, or choose another name.")
_SPACE = "Free some space, or choose another disk."
_FAULTS: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("the disk is full", _SPACE),
    errno.EDQUOT: ("your share of the disk is used up", _SPACE),
    errno.EFBIG: ("the file would be too large for this disk", "Choose another disk."),
    errno.EROFS: ("the disk is read-only", "Choose a folder on another disk."),
    errno.EACCES: (
        "you may not write into this folder",
        "Choose a folder of your own, or close the file if it is open in another program.",
    ),
    errno.EPERM: (
        "the system does not allow this file to be changed",
        "Choose another name or a folder of your own.",
    ),
    errno.ENOENT: ("the folder does not exist", "Choose a folder that exists."),
    errno.ENOTDIR: ("a part of the path is no folder", "Choose a folder that exists."),
    errno.EEXIST: ("a file of this name stands there", "Choose another name."),
    errno.EISDIR: ("a folder of this name stands there", "Choose another name."),
    errno.ENOTEMPTY: ("a folder of this name stands there", "Choose another name."),
    errno.ENAMETOOLONG: (
        "the name or its path is too long",
        "Choose a shorter name, or a folder nearer to the root.",
    ),
    errno.EBUSY: _OPEN,
    errno.ETXTBSY: _OPEN,
    errno.EIO: ("the disk reports an error", "Choose another disk, and have this one checked."),
}


def write_error(path: Path, error: OSError, *, whole: bool = True) -> WriteError:
    """The error that says of ``path`` why it was not written and what helps.

    ``whole``: the file appears whole or not at all; of a full disk that is worth knowing.
    """
    if getattr(error, "winerror", None) in _SHARED_ON_WINDOWS:
        fact, remedy = _OPEN
    else:
        other = (error.strerror or "unknown reason", "Choose another folder or disk.")
        fact, remedy = _FAULTS.get(error.errno or 0, other)
    if whole and remedy == _SPACE:
        remedy = f"{_SPACE[:-1]}; no part of the file was left."
    return WriteError(path, f"cannot be written: {fact}", remedy)
