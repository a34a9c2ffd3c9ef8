"""A cohort table and its ECG files become arrays, by the same road as a single estimate.

The table is a CSV file with a header. Columns: ``path`` (relative to the table), ``patient``,
``lvm_g``; optional ``sex`` (male, female), ``age_years``, ``height_cm``, ``weight_kg``, the ECG
scalars of :data:`elvmass.card.ECG_SCALARS`, and ``imaging_date`` and ``ecg_date`` (2024-03-05). A
value in the table wins over the file's; an empty cell leaves it to the file. What cannot be a
person's (a height of -170 cm) makes a bad row, as does the ECG file of another patient. Other
columns are ignored. Several rows of one patient with one date of imaging offer several ECGs for it
(:mod:`elvmass.train.data.flow` chooses); their mass must be the same.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from elvmass.card import DEMOGRAPHICS, ECG_SCALARS, BeatSpec
from elvmass.errors import CohortError
from elvmass.model.inputs import ALL_SCALARS, Float32Array
from elvmass.record import AGE_YEARS, HEIGHT_CM, WEIGHT_KG, FloatArray, Sex
from elvmass.train.data.flow import Flow, Refused
from elvmass.train.data.measurements import EcgMeasurements

REQUIRED = ("path", "patient", "lvm_g")
LVM_RANGE_G = (10.0, 1000.0)
_PERSON = {
    "age_years": (*AGE_YEARS, "years"),
    "height_cm": (*HEIGHT_CM, "cm"),
    "weight_kg": (*WEIGHT_KG, "kg"),
}


@dataclass(frozen=True, slots=True)
class CohortRow:
    """One line of the table. ``given`` holds the scalars that the table states.

    Dates are None where the table does not state them.
    """

    line: int
    path: Path
    patient: str
    lvm_g: float
    given: dict[str, float]
    ecg_date: date | None = None
    imaging_date: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """A cohort as arrays, rows in the order of the table.

    Attributes
    ----------
    beats_mv
        [n, 12, m] float32, mV, what the models see: beats, or strips, cut according to ``spec``.
    scalars
        [n, 8] in the order of :data:`elvmass.model.inputs.ALL_SCALARS`, NaN where unknown.
    lvm_g, patients, lines
        Target, owner and line of the table of each row.
    ecg
        What we measured in each ECG.
    flow
        What became of all rows of the table; None for a cohort that comes from no table.
    """

    beats_mv: Float32Array
    scalars: FloatArray
    lvm_g: FloatArray
    patients: tuple[str, ...]
    lines: tuple[int, ...]
    spec: BeatSpec
    ecg: EcgMeasurements
    flow: Flow | None = None

    def __len__(self) -> int:
        return len(self.lvm_g)

    @property
    def refused(self) -> tuple[Refused, ...]:
        """Rows of the table that are not in the arrays, with the reason."""
        return () if self.flow is None else self.flow.refused

    @property
    def male(self) -> NDArray[np.bool_]:
        """[n] True where the sex is known to be male."""
        return np.equal(self.scalars[:, ALL_SCALARS.index("sex_male")], 1.0)

    @property
    def female(self) -> NDArray[np.bool_]:
        """[n] True where the sex is known to be female."""
        return np.equal(self.scalars[:, ALL_SCALARS.index("sex_male")], 0.0)

    def of_sex(self, sex: str) -> NDArray[np.bool_]:
        """[n] who is "male" or "female"; "pooled" and "all" are everybody."""
        everybody = np.ones(len(self), dtype=bool)
        chosen = {"male": self.male, "female": self.female, "pooled": everybody, "all": everybody}
        return chosen[sex]

    def columns(self, names: tuple[str, ...]) -> FloatArray:
        """[n, k] scalars in the order of ``names``."""
        return self.scalars[:, [ALL_SCALARS.index(n) for n in names]]

    def subset(self, keep: NDArray[np.bool_]) -> Cohort:
        """Rows where ``keep`` [n] is true; the flow stays that of the whole table."""
        rows = np.flatnonzero(keep)
        return replace(
            self,
            beats_mv=self.beats_mv[rows],
            scalars=self.scalars[rows],
            lvm_g=self.lvm_g[rows],
            patients=tuple(self.patients[i] for i in rows),
            lines=tuple(self.lines[i] for i in rows),
            ecg=self.ecg.take(rows),
        )


class BadRow(NamedTuple):
    """A line of the table that cannot be used, and why; the reason may name a file."""

    line: int
    reason: str


def read_table(table: Path) -> tuple[CohortRow, ...]:
    """Read and check a cohort table without opening any ECG.

    Raises
    ------
    CohortError
        If columns are missing, or naming every bad row with its line and reason.
    """
    rows, bad = check_table(table)
    if bad:
        listed = "; ".join(f"line {line}: {reason}" for line, reason in bad)
        raise CohortError(f"{table.name} has {len(bad)} bad rows: {listed}.")
    if not rows:
        raise CohortError(f"{table.name} has no rows.")
    return rows


def check_table(table: Path) -> tuple[tuple[CohortRow, ...], tuple[BadRow, ...]]:
    """Good and bad rows of a cohort table, without opening any ECG.

    Raises
    ------
    CohortError
        If the table cannot be read or lacks a column.
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
    bad: list[BadRow] = []
    for line, row in cells:
        try:
            rows.append(_row(line, row, table.parent))
        except ValueError as error:
            bad.append(BadRow(line, str(error)))
    bad += [*_contradictions(rows), *_borrowed(rows)]
    named = {row.line for row in bad}
    return tuple(row for row in rows if row.line not in named), tuple(bad)


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
    for name, (low, high, unit) in _PERSON.items():
        if not low <= given.get(name, low) <= high:
            raise ValueError(f"{name} {given[name]:g} is not within {low:g} to {high:g} {unit}")
    if text.get("sex"):
        given["sex_male"] = _sex(text["sex"])
    dates = [_date(name, text.get(name)) for name in ("ecg_date", "imaging_date")]
    return CohortRow(line, path, text["patient"], lvm_g, given, *dates)


def _contradictions(rows: Iterable[CohortRow]) -> Iterator[BadRow]:
    """Rows that give one imaging another mass than an earlier row does."""
    first: dict[tuple[str, date], CohortRow] = {}
    for row in rows:
        if row.imaging_date is None:
            continue
        known = first.setdefault((row.patient, row.imaging_date), row)
        if known.lvm_g != row.lvm_g:
            yield BadRow(row.line, f"the same imaging has another lvm_g on line {known.line}")


def _borrowed(rows: Iterable[CohortRow]) -> Iterator[BadRow]:
    """Rows whose ECG file belongs to another patient on an earlier row.

    Such a pair may be split between training and test, where the file gives its answer away.
    """
    first: dict[Path, CohortRow] = {}
    for row in rows:
        known = first.setdefault(row.path, row)
        if known.patient != row.patient:
            yield BadRow(row.line, f"the same file is another patient's on line {known.line}")


def _date(name: str, text: str | None) -> date | None:
    try:
        return datetime.fromisoformat(text).date() if text else None
    except ValueError:
        raise ValueError(f"{name} {text!r} is not a date like 2024-03-05") from None


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
