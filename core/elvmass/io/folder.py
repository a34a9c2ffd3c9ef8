"""A folder as a worklist: which of its files may be ECGs, in the order that a person expects."""

from __future__ import annotations

import re
from pathlib import Path

#: Suffixes that are never an ECG by themselves: tables, texts and pictures beside recordings.
_NEVER = {
    ".csv", ".hea~", ".ini", ".jpg", ".json", ".log", ".md", ".npz", ".part", ".pdf", ".png",
    ".py", ".svg", ".toml", ".txt", ".zip",
}  # fmt: skip


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
    return path.suffix == ".hea" or not path.with_suffix(".hea").exists()
