"""Tables as values: columns, cells, and how a cell is written for people and for machines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from elvmass.experiment.score import Folds
from elvmass.report.tables import Cell as PlainCell
from elvmass.train.evaluation.metrics import Figure
from elvmass.train.evaluation.statistics import Difference

Cell = str | int | float | Figure | Difference | Folds | None


class Column(NamedTuple):
    """Key in files, words on pages, digits after the point; ``kind`` "p" is a P value."""

    key: str
    words: str
    digits: int = 2
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the report.

    ``notes`` stand under it. ``strong`` are the numbers of rows to be set in bold.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Cell], ...]
    notes: tuple[str, ...] = ()
    strong: frozenset[int] = frozenset()

    def shown(self) -> Iterator[dict[str, str]]:
        """Rows for people, by the words of the columns."""
        for row in self.rows:
            yield {c.words: shown(row.get(c.key), c) for c in self.columns}

    def exact(self) -> list[dict[str, PlainCell]]:
        """Rows for machines: each figure with its interval, each fold, all digits."""
        rows = [
            {k: v for c in self.columns for k, v in _exact(row.get(c.key), c.key)}
            for row in self.rows
        ]
        names = list(dict.fromkeys(name for row in rows for name in row))
        return [{name: row.get(name) for name in names} for row in rows]


def shown(cell: Cell, column: Column) -> str:
    """A cell for people; "–" where there is nothing to say."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    if column.kind == "p" and isinstance(cell, float):
        return "<0.001" if cell < 0.001 else f"{cell:.3f}"
    match cell:
        case Folds():
            return _folds(cell, column.digits)
        case Figure() | Difference():
            return _figure(cell, column)
        case float():
            return f"{cell:z.{column.digits}f}"
        case _:
            return str(cell)


def _folds(folds: Folds, digits: int) -> str:
    if not folds.values:
        return "–"
    each = ", ".join(f"{value:z.{digits}f}" for value in folds.values)
    return f"{folds.mean:.{digits}f} ± {folds.sd:.{digits}f} ({each})"


def _figure(figure: Figure | Difference, column: Column) -> str:
    if math.isnan(figure.value):
        return "–"
    sign = "+" if isinstance(figure, Difference) else ""
    numbers = [f"{v:{sign}z.{column.digits}f}" for v in (figure.value, figure.low, figure.high)]
    if math.isnan(figure.low):
        return numbers[0]
    return f"{numbers[0]} [{numbers[1]}, {numbers[2]}]"


def _exact(cell: Cell, key: str) -> Iterator[tuple[str, PlainCell]]:
    match cell:
        case Figure() | Difference():
            yield key, cell.value
            yield f"{key}_low", cell.low
            yield f"{key}_high", cell.high
        case Folds():
            if cell.values:
                yield f"{key}_mean", cell.mean
                yield f"{key}_sd", cell.sd
            for k, value in enumerate(cell.values):
                yield f"{key}_{k + 1}", value
        case _:
            yield key, cell
