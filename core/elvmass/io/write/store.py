"""From bytes to the disk: all files of a record or none, and nothing overwritten unasked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from elvmass.errors import WriteError
from elvmass.io.write.faults import write_error
from elvmass.record import Notice


@dataclass(frozen=True, slots=True)
class Encoded:
    """Files of one record by path, and what the user must know about them."""

    files: Mapping[Path, bytes]
    notices: tuple[Notice, ...] = ()


def store(files: Mapping[Path, bytes], *, overwrite: bool = False) -> None:
    """Write every file under a temporary name beside its own, then rename them.

    Raises
    ------
    WriteError
        A file exists and ``overwrite`` is off, or the operating system refuses (disk full).
    """
    for path in files:
        if path.exists() and not overwrite:
            raise WriteError(
                path, "exists already", "Choose another name or folder, or overwrite with --force."
            )
    parts = {path: path.with_name(f"{path.name}.{os.getpid()}.part") for path in files}
    try:
        for path, part in parts.items():
            _write_through(part, files[path])
        for path, part in reversed(parts.items()):  # the header last, when its signal is there
            os.replace(part, path)
    except OSError as error:
        raise write_error(next(iter(files)), error) from None
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _write_through(path: Path, content: bytes) -> None:
    """Write down to the disk: some systems find that it is full only then."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
