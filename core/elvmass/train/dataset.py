"""A cohort table and its ECG files become arrays, by the same road as a single estimate.

The table is a CSV file with a header. Columns: ``path`` (relative to the table), ``patient``,
``lvm_g``; optional ``sex`` (male, female), ``age_years``, ``height_cm``, ``weight_kg`` and the
ECG scalars of :data:`elvmass.card.ECG_SCALARS`. A value in the table wins over the file's; an
empty cell leaves it to the file. Other columns are ignored.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from elvmass.card import DEMOGRAPHICS, ECG_SCALARS, BeatSpec
from elvmass.errors import CohortError
from elvmass.model.inputs import ALL_SCALARS, Float32Array
from elvmass.record import FloatArray, Patient, Sex

Progress = Callable[[str, float], None]

REQUIRED = ("path", "patient", "lvm_g")
LVM_RANGE_G = (10.0, 1000.0)


def ignore(text: str, fraction: float) -> None:
    """Take no notice of progress."""


@dataclass(frozen=True, slots=True)
class CohortRow:
    """One line of the table. ``given`` holds the scalars that the table states."""

    line: int
    path: Path
    patient: str
    lvm_g: float
    given: dict[str, float]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row whose ECG may not be used: line of the table, file, and why."""

    line: int
    path: Path
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """A cohort as arrays, rows in the order of the table.

    Attributes
    ----------
    beats_mv
        [n, 12, m] float32, mV, cut according to ``spec``.
    scalars
        [n, 8] in the order of :data:`elvmass.model.inputs.ALL_SCALARS`, NaN where unknown.
    lvm_g, patients, lines
        Target, owner and line of the table of each row.
    refused
        Rows that are not in the arrays, with the reason.
    """

    beats_mv: Float32Array
    scalars: FloatArray
    lvm_g: FloatArray
    patients: tuple[str, ...]
    lines: tuple[int, ...]
    spec: BeatSpec
    refused: tuple[Refused, ...] = ()

    def __len__(self) -> int:
        return len(self.lvm_g)

    @property
    def male(self) -> NDArray[np.bool_]:
        """[n] True where the sex is known to be male."""
        return np.equal(self.scalars[:, ALL_SCALARS.index("sex_male")], 1.0)

    @property
    def female(self) -> NDArray[np.bool_]:
        """[n] True where the sex is known to be female."""
        return np.equal(self.scalars[:, ALL_SCALARS.index("sex_male")], 0.0)

    def columns(self, names: tuple[str, ...]) -> FloatArray:
        """[n, k] scalars in the order of ``names``."""
        return self.scalars[:, [ALL_SCALARS.index(n) for n in names]]

    def subset(self, keep: NDArray[np.bool_]) -> Cohort:
        """Rows where ``keep`` [n] is true; the refused rows stay listed."""
        rows = np.flatnonzero(keep)
        return replace(
            self,
            beats_mv=self.beats_mv[rows],
            scalars=self.scalars[rows],
            lvm_g=self.lvm_g[rows],
            patients=tuple(self.patients[i] for i in rows),
            lines=tuple(self.lines[i] for i in rows),
        )


def read_table(table: Path) -> tuple[CohortRow, ...]:
    """Read and check a cohort table without opening any ECG.

    Raises
    ------
    CohortError
        If columns are missing, or naming every bad row with its line and reason.
    """
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in REQUIRED if name not in (reader.fieldnames or [])]
            if missing:
                raise CohortError(f"{table.name} lacks the column {', '.join(missing)}.")
            cells = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CohortError(f"{table.name} cannot be read: {error}.") from error
    rows: list[CohortRow] = []
    bad: list[str] = []
    for line, row in cells:
        try:
            rows.append(_row(line, row, table.parent))
        except ValueError as error:
            bad.append(f"line {line}: {error}")
    if bad:
        raise CohortError(f"{table.name} has {len(bad)} bad rows: {'; '.join(bad)}.")
    if not rows:
        raise CohortError(f"{table.name} has no rows.")
    return tuple(rows)


def _row(line: int, cells: Mapping[str, str | None], folder: Path) -> CohortRow:
    text = {name: (value or "").strip() for name, value in cells.items() if name}
    empty = [name for name in REQUIRED if not text[name]]
    if empty:
        raise ValueError(f"{', '.join(empty)} is empty")
    path = folder / text["path"]
    if not path.exists() and not path.with_name(path.name + ".hea").exists():
        raise ValueError(f"there is no file {text['path']!r}")
    lvm_g = _number("lvm_g", text["lvm_g"])
    if not LVM_RANGE_G[0] <= lvm_g <= LVM_RANGE_G[1]:
        raise ValueError(f"lvm_g {lvm_g:g} is not a left ventricular mass in grams")
    names = [n for n in DEMOGRAPHICS + ECG_SCALARS if n != "sex_male" and text.get(n)]
    given = {name: _number(name, text[name]) for name in names}
    if text.get("sex"):
        given["sex_male"] = _sex(text["sex"])
    return CohortRow(line, path, text["patient"], lvm_g, given)


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} {text!r} is not a number") from None
    if not np.isfinite(value):
        raise ValueError(f"{name} is {text}")
    return value


def _sex(text: str) -> float:
    try:
        return float(Sex(text.lower()) is Sex.MALE)
    except ValueError:
        raise ValueError(f"sex {text!r} is neither male nor female") from None


def patient_of(row: CohortRow, found: Patient) -> Patient:
    """Complete the file's patient with what the table states; the table wins."""
    given = row.given
    sex = found.sex
    if "sex_male" in given:
        sex = Sex.MALE if given["sex_male"] else Sex.FEMALE
    return replace(
        found,
        sex=sex,
        age_years=given.get("age_years", found.age_years),
        height_cm=given.get("height_cm", found.height_cm),
        weight_kg=given.get("weight_kg", found.weight_kg),
    )
