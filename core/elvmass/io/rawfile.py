"""From a path to bytes: the only place where the readers touch the disk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from elvmass.errors import FileError

#: Larger files are no resting ECG; reading them whole would only exhaust the memory.
MAX_BYTES = 200 * 2**20


@dataclass(frozen=True)
class RawFile:
    """The bytes of one file and the path that they came from."""

    path: Path
    data: bytes

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes, hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def load(path: Path) -> RawFile:
    """Read a file whole.

    Raises
    ------
    FileError
        The file is missing, a folder, unreadable, empty or larger than :data:`MAX_BYTES`.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise FileError(path, "is a folder, not an ECG file", "Choose a file inside it.")
        if size > MAX_BYTES:
            raise FileError(
                path, f"is larger than {MAX_BYTES >> 20} MB", "Choose a single resting ECG."
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise FileError(path, "does not exist", "Check the name and the folder.") from None
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise FileError(
            path, f"cannot be read ({reason})", "Check the permissions and the drive."
        ) from None
    if not data:
        raise FileError(path, "is empty", "Export the ECG again.")
    return RawFile(path, data)
