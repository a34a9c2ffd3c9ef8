"""Results of rows, kept as each is finished.

The folder of a row is named by a hash of its configuration, of the cohort that it saw, and of the
code that makes its estimates: it can be used or deleted, never be out of date. A result appears by
a rename, so an interruption loses only the row in hand, and of a network only the epoch in hand.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import elvmass.model
import elvmass.train
from elvmass.errors import ConfigError
from elvmass.record import FloatArray
from elvmass.train.runtime.atomic import write_atomically

_FORMAT = 1
RESULT_FILE = "result.json"
#: What estimates depend on besides configuration and cohort.
_SOURCES = (
    (elvmass.train, ("fitting/*", "rivals/*", "data/folds", "cross_validation/fold")),
    (elvmass.model, ("estimate", "inputs", "dropout", "nets/*")),
)


@dataclass(frozen=True, slots=True)
class Store:
    """Folders of rows in ``folder``."""

    folder: Path

    def at(self, row: str, *parts: str) -> Path:
        """Folder of a row whose estimates depend on ``parts``."""
        return self.folder / f"{row}-{name_of(str(_FORMAT), code(), *parts)}"

    def has(self, row: str) -> bool:
        """Whether any result of a row is kept, whatever it depends on."""
        return any(self.folder.glob(f"{row}-*/{RESULT_FILE}"))


def name_of(*parts: str) -> str:
    """Sixteen digits that stand for ``parts``."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def read(path: Path) -> dict[str, Any] | None:
    """A result kept in a file; None if there is none, or it is damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write(path: Path, values: Mapping[str, Any]) -> None:
    """Keep a result.

    Raises
    ------
    ConfigError
        If the folder cannot be written.
    """
    try:
        write_atomically(path, json.dumps(values, allow_nan=False).encode())
    except OSError as error:
        raise ConfigError(
            f"Results cannot be kept in {path.parent} ({error.strerror}); choose another --out."
        ) from error


def plain(values: FloatArray) -> list[float | None]:
    """[n] numbers for JSON, which has no NaN."""
    return [None if math.isnan(value) else value for value in values.tolist()]


def array(values: list[float | None]) -> FloatArray:
    """[n] numbers of :func:`plain`."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


@cache
def code() -> str:
    """Hash of the version and of the code that makes estimates."""
    digest = hashlib.sha256(elvmass.__version__.encode())
    for package, patterns in _SOURCES:
        folder = Path(str(package.__file__)).parent
        for pattern in patterns:
            for source in sorted(folder.glob(f"{pattern}.py")):
                digest.update(source.read_bytes())
    return digest.hexdigest()
