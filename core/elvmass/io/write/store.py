"""From bytes to the disk: all files of a record or none, and nothing overwritten unasked."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
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
    """Write every file under a temporary name beside its own, then rename them, the last first.

    A file that another program holds open refuses its renaming: put the one that is most likely
    to do so last, and a refusal has changed nothing.

    Raises
    ------
    WriteError
        A file exists and ``overwrite`` is off, or the operating system refuses (disk full).
    """
    for path in files:
        check_place(path, overwrite=overwrite)
    # Short names: that of a part must not be too long where that of the file is not.
    parts = {
        path: path.with_name(f".elvmass-{os.getpid()}-{k}.part")
        for k, path in enumerate(reversed(tuple(files)))
    }
    try:
        for step in (_write_part, _refuse_folder, _rename):
            for path, part in parts.items():
                _told_of(path, step, part, files[path])
    finally:
        for part in parts.values():
            with suppress(OSError):  # there is none, or a disk that takes none
                part.unlink()


def check_place(path: Path, *, overwrite: bool = False) -> None:
    """Before long work: refuse what :func:`store` would refuse after it.

    Raises
    ------
    WriteError
        The file exists and ``overwrite`` is off, or its folder does not exist.
    """
    if not overwrite and os.path.exists(path):  # of a path that is too long it says False
        raise WriteError(
            path, "exists already", "Choose another name or folder, or overwrite with --force."
        )
    if not os.path.isdir(path.parent):
        raise write_error(path, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))


Step = Callable[[Path, Path, bytes], None]


def _told_of(path: Path, step: Step, part: Path, content: bytes) -> None:
    """Take a step of one file; what the system refuses is said of that file."""
    try:
        step(path, part, content)
    except OSError as error:
        raise write_error(path, error) from None


def _refuse_folder(path: Path, part: Path, content: bytes) -> None:
    """Before any file is renamed: a folder would refuse it when others are already in place."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def _rename(path: Path, part: Path, content: bytes) -> None:
    os.replace(part, path)


def _write_part(path: Path, part: Path, content: bytes) -> None:
    """Write down to the disk: some systems find that it is full only then."""
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
