"""Versions of the programs that a number and a page come from."""

from __future__ import annotations

import platform

import numpy as np
import PySide6

import elvmass


def versions() -> dict[str, str]:
    """Name → version. torch is asked of its package, since the window never loads it."""
    return {
        "elvmass": elvmass.__version__,
        "torch": _installed("torch"),
        "numpy": np.__version__,
        "PySide6": PySide6.__version__,
        "Python": platform.python_version(),
    }


def _installed(package: str) -> str:
    # It loads the parser of mail; a page needs it, the first painted ECG does not.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
