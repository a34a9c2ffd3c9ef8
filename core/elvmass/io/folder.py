"""A folder as a worklist: which of its files may be ECGs, in the order that a person expects."""

from __future__ import annotations

import re
from pathlib import Path

from elvmass.io import format_of, sniff

#: Suffixes that are never an ECG by themselves: notes and pictures beside recordings.
_NEVER = {
    ".hea~", ".ini", ".jpg", ".log", ".md", ".part", ".pdf", ".png", ".py", ".svg", ".toml", ".zip",
}  # fmt: skip
#: Suffixes of ECGs and of tables, settings and notes alike: these few files are looked into.
_PERHAPS = {".csv", ".json", ".npz", ".tsv", ".txt"}


def find_files(folder: Path) -> list[Path]:
    """Candidates in natural order ("ecg2" before "ecg10"); whether one is an ECG, `read` knows.

    The signal files of a WFDB record are left to its header.

    Raises
    ------
    OSError
        If the folder cannot be listed.
    """
    return sorted((path for path in folder.iterdir() if _may_be_ecg(path)), key=natural_key)


def natural_key(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Sort key that compares numbers inside names as numbers."""
    parts = re.split(r"(\d+)", path.name.casefold())
    return [(int(p), "") if p.isdigit() else (-1, p) for p in parts], path.name


def _may_be_ecg(path: Path) -> bool:
    if path.name.startswith(".") or path.suffix.lower() in _NEVER or not path.is_file():
        return False
    if path.suffix.lower() in _PERHAPS and not _is_known(path):
        return False
    return path.suffix == ".hea" or not path.with_suffix(".hea").exists()


def _is_known(path: Path) -> bool:
    """Whether the file begins like one of the formats; what cannot be opened is left out."""
    try:
        with path.open("rb") as file:
            return format_of(file.read(sniff.HEAD_BYTES)) is not None
    except OSError:
        return False
