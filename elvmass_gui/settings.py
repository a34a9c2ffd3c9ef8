"""Preferences: a table of rows over an INI file. No patient, no file name is ever stored.

A file that is damaged, foreign or of another version never stops the program: its values fall
back to the defaults, and :attr:`Settings.notice` says so. A read-only disk is fine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from elvmass.clinical.body import BSA_FORMULAS
from elvmass.clinical.criteria import PRESETS
from elvmass.clinical.thresholds import DEFAULT_THRESHOLD, THRESHOLDS
from elvmass_gui.geometry.paper import DEFAULT_LAYOUT, LAYOUTS
from elvmass_gui.screens import are_calibrations
from elvmass_gui.themes import CHOICES

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Setting:
    """One preference: where it is stored, what it is when nothing is, what it may be."""

    key: str
    default: Any
    accepts: Callable[[Any], bool]


def _one_of(*values: str) -> Callable[[Any], bool]:
    return lambda value: value in values


def _is_bytes(value: Any) -> bool:
    return isinstance(value, QByteArray)


GEOMETRY = Setting("window/geometry", QByteArray(), _is_bytes)
SPLITTERS = Setting("window/splitters", QByteArray(), _is_bytes)
FOLDER = Setting("files/folder", "", lambda value: isinstance(value, str))
THRESHOLD = Setting("analysis/threshold", DEFAULT_THRESHOLD, _one_of(*THRESHOLDS))
BSA_FORMULA = Setting("analysis/bsa_formula", "du_bois", _one_of(*BSA_FORMULAS))
CUTOFFS = Setting("analysis/cutoffs", "standard", _one_of(*PRESETS))
LAYOUT = Setting("page/layout", DEFAULT_LAYOUT.name, _one_of(*LAYOUTS))
SCREENS = Setting("screens/px_per_mm", "{}", are_calibrations)
HEIGHT_UNIT = Setting("units/height", "cm", _one_of("cm", "in"))
WEIGHT_UNIT = Setting("units/weight", "kg", _one_of("kg", "lb"))
PAGES = Setting("export/pages", "detailed", _one_of("detailed", "one"))
PAPER = Setting("export/paper", "a4", _one_of("a4", "letter"))
SIDE_FILE = Setting("export/side_file", "yes", _one_of("yes", "no"))

THEME = Setting("window/theme", "light", _one_of(*CHOICES))
RECENT_KEPT = Setting("recent/kept", "off", _one_of("on", "off"))
RECENT_NAMED = Setting("recent/named", "off", _one_of("on", "off"))
READ_FIRST = Setting("reading/first", "off", _one_of("on", "off"))

ROWS: tuple[Setting, ...] = (
    GEOMETRY, SPLITTERS, FOLDER, THRESHOLD, BSA_FORMULA, CUTOFFS, LAYOUT, SCREENS, HEIGHT_UNIT,
    WEIGHT_UNIT, THEME, READ_FIRST, RECENT_KEPT, RECENT_NAMED, PAGES, PAPER, SIDE_FILE,
)  # fmt: skip


def default_path() -> Path:
    """The INI file in the user's configuration folder."""
    place = QStandardPaths.StandardLocation.GenericConfigLocation
    return Path(QStandardPaths.writableLocation(place)) / "elvmass" / "viewer.ini"


class Settings:
    """Reads and writes the rows of :data:`ROWS`.

    Parameters
    ----------
    path
        The INI file; it need not exist, and its folder need not be writable.
    """

    def __init__(self, path: Path) -> None:
        self._store = QSettings(str(path), QSettings.Format.IniFormat)
        self._values: dict[str, Any] = {row.key: row.default for row in ROWS}
        #: What had to be ignored, one sentence, or "".
        self.notice = ""
        self._load()

    def __getitem__(self, row: Setting) -> Any:
        return self._values[row.key]

    def __setitem__(self, row: Setting, value: Any) -> None:
        if not row.accepts(value):
            raise ValueError(f"{row.key} may not be {value!r}")
        self._values[row.key] = value
        self._store.setValue("version", VERSION)  # Qt may write at any time
        self._store.setValue(row.key, value)

    def save(self) -> None:
        """Write to disk; a disk that cannot be written is no reason to complain at the end."""
        self._store.sync()

    def _load(self) -> None:
        keys = self._store.allKeys()
        damaged = self._store.status() == QSettings.Status.FormatError
        if damaged or (keys and self._store.value("version") != VERSION):
            self._store.clear()
            self.notice = "The settings file was damaged or of another version; defaults are used."
            return
        bad = [row.key for row in ROWS if not self._load_row(row)]
        if bad:
            self.notice = f"Settings that could not be used were reset: {', '.join(bad)}."

    def _load_row(self, row: Setting) -> bool:
        if not self._store.contains(row.key):
            return True
        value = self._store.value(row.key)
        if row.accepts(value):
            self._values[row.key] = value
            return True
        self._store.remove(row.key)
        return False
