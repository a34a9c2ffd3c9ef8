"""The folder of the present ECG as a worklist: which file comes next, which one came before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from elvmass.errors import FileError
from elvmass.io.folder import find_files, natural_key

_ELSEWHERE = "The ECG on the screen stays. Connect its drive again, or open an ECG from elsewhere"


def files(folder: Path) -> list[Path]:
    """Candidates in natural order; an unreadable folder holds none."""
    try:
        return find_files(folder)
    except OSError:
        return []


def problem(present: Path, given: Sequence[Path] = ()) -> FileError | None:
    """Why nothing can be found beside ``present`` any more, or None.

    Of files that were named together, each is missed when its turn comes.
    """
    if present in given:
        return None
    folder = present.parent
    try:
        next(folder.iterdir(), None)
    except (FileNotFoundError, NotADirectoryError):
        return FileError(folder, "folder is no longer there", _ELSEWHERE)
    except OSError as error:
        return FileError(folder, f"folder cannot be listed ({error.strerror})", _ELSEWHERE)
    return None


def listed(named: Iterable[Path]) -> list[Path]:
    """These files in their order, and those of a folder in its place."""
    return [each for path in named for each in (files(path) if path.is_dir() else [path])]


def step(present: Path, direction: int, given: Sequence[Path] = ()) -> Path | None:
    """The candidate after (+1) or before (-1) ``present``; None at the end of the list.

    The list is the folder of ``present``, unless ``given`` names files that contain it.
    """
    if present in given:
        names = list(given)
    else:
        names = sorted({*files(present.parent), present}, key=natural_key)
    index = names.index(present) + direction
    return names[index] if 0 <= index < len(names) else None
