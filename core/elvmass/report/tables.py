"""Plain rows as CSV or Markdown, and importance as such rows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from elvmass.beat import SEGMENTS
from elvmass.errors import ConfigError
from elvmass.io.write.store import check_place, store
from elvmass.record import LEADS
from elvmass.result import SegmentImportance

Cell = str | float | int | None
Row = Mapping[str, Cell]


def importance_rows(importance: SegmentImportance) -> list[dict[str, Cell]]:
    """One row for each lead and segment: percent, share per millisecond and lead, net grams."""
    density = importance.density()
    return [
        {
            "lead": lead,
            "segment": segment.value,
            "percent": round(100 * float(importance.share[i, k]), 4),
            "density": round(float(density[i, k]), 4),
            "seed_like_percent": None
            if importance.seed_like is None
            else round(100 * float(importance.seed_like[i, k]), 4),
            "net_g": round(float(importance.net_g[i, k]), 4),
            "seconds": round(float(importance.seconds[k]), 4),
        }
        for i, lead in enumerate(LEADS)
        for k, segment in enumerate(SEGMENTS)
    ]


def write_table(rows: Sequence[Row], path: Path, force: bool = False) -> None:
    """Write rows of equal keys as ``.csv`` or ``.md``.

    Raises
    ------
    ConfigError
        If the suffix is neither.
    WriteError
        If the file exists and ``force`` is not given, or it cannot be written.
    """
    store({path: _FORMATS[_format(path)](rows).encode()}, overwrite=force)


def check_table(path: Path, force: bool = False) -> None:
    """Before long work: refuse what :func:`write_table` would refuse after it."""
    _format(path)
    check_place(path, overwrite=force)


def _format(path: Path) -> str:
    if path.suffix not in _FORMATS:
        raise ConfigError(f"A table is written as .csv or .md, not as '{path.suffix}'.")
    return path.suffix


def as_csv(rows: Sequence[Row]) -> str:
    """Comma-separated lines with a header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _text(cell) for name, cell in row.items()} for row in rows)
    return out.getvalue()


def as_markdown(rows: Sequence[Row]) -> str:
    """A Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[_text(cell) for cell in row.values()] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


_FORMATS = {".csv": as_csv, ".md": as_markdown}


def _text(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return str(cell)
