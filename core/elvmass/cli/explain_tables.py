"""``elvmass explain COHORT --tables``: the paper's Tables 5 and 6 on any cohort."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from math import isnan
from typing import TYPE_CHECKING, Any

from elvmass.cli.options import progress_line
from elvmass.cli.train import cohort_table, prepared_cohort, report_flow
from elvmass.errors import ConfigError

if TYPE_CHECKING:
    from elvmass.model.cards import CardAt
    from elvmass.report.tables import Cell
    from elvmass.train.evaluation.metrics import Figure
    from elvmass.train.evaluation.segment_tables import SegmentRow

#: Inputs in the order in which a model is preferred: the paper explains its model 2.
_PREFERRED = ("model2", "model1", "ecg")


def run(args: argparse.Namespace) -> int:
    """Explain the cohort with the pooled, the male and the female model."""
    from elvmass.model.bundle import load_bundle
    from elvmass.model.library.installed import installed_models
    from elvmass.report.tables import check_table, write_table
    from elvmass.train.evaluation.segment_tables import segment_tables

    if len(args.files) != 1:
        raise ConfigError("--tables takes one cohort.")
    if args.table:
        check_table(args.table, args.force)
    rows: list[SegmentRow] = []
    for at in _models(installed_models(args.models), args.model):
        bundle = load_bundle(at.path)
        cohort = prepared_cohort(args, cohort_table(args.files[0]), bundle.spec.beat)
        report_flow(cohort)
        rows += segment_tables(bundle, cohort, args.method, progress=progress_line)
    if args.table:
        write_table([_flat(row) for row in rows], args.table, args.force)
    if args.json:
        print(json.dumps([_strict(asdict(row)) for row in rows], indent=2, allow_nan=False))
    else:
        print(tables_text(rows))
    return 0


def _models(installed: Sequence[CardAt], name: str | None) -> list[CardAt]:
    """The model of this name; else the best informed one of each sex, pooled first."""
    if name is not None:
        chosen = [at for at in installed if at.card.name == name]
        if not chosen:
            raise ConfigError(f"There is no model {name!r}; `elvmass models` lists them.")
        return chosen
    best: dict[str, CardAt] = {}
    for at in sorted(installed, key=lambda a: _PREFERRED.index(a.card.inputs)):
        best.setdefault(at.card.sex.value if at.card.sex else "", at)
    return [best[sex] for sex in sorted(best)]


def _strict(values: dict[str, Any]) -> dict[str, Any]:
    """NaN, which JSON does not know, becomes null (a segment that no beat has)."""
    return {
        name: _strict(value)
        if isinstance(value, dict)
        else None
        if isinstance(value, float) and isnan(value)
        else value
        for name, value in values.items()
    }


def _flat(row: SegmentRow) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for name, value in asdict(row).items():
        if isinstance(value, dict):
            cells |= {f"{name}_{part}": round(v, 3) for part, v in value.items()}
        else:
            cells[name] = value
    return {name.removesuffix("_value"): cell for name, cell in cells.items()}


def tables_text(rows: Sequence[SegmentRow]) -> str:
    """Render ours and the paper's side by side; * marks a paper's figure outside our interval."""
    lines = []
    for (model, level), part in groupby(rows, key=lambda r: (r.model, r.level)):
        cells = list(part)
        lines.append(f"{model}, {level} mass, {cells[0].n} patients")
        lines.append(
            f"{'':<17}{'share %':>19}{'net share %':>19}{'per ms':>8}{'seed-like %':>19}"
            f"{'paper %':>9}"
        )
        lines += [_line(row) for row in cells]
    lines.append(_LEGEND)
    return "\n".join(lines)


_LEGEND = (
    "net share: of what is left of each cell when its samples are summed with their signs. "
    "per ms: share per millisecond and lead, 1 = even. seed-like: our reading of how the paper "
    "made its tables. *: the paper's figure lies outside the 95 % intervals of all shares."
)


def _line(row: SegmentRow) -> str:
    shares = (row.percent, row.net, row.seed_like)
    inside = any(f.low <= row.paper_percent <= f.high for f in shares)
    return (
        f"{row.group + ' ' + row.segment:<17}{_figure(row.percent):>19}{_figure(row.net):>19}"
        f"{row.density.value:>8.2f}{_figure(row.seed_like):>19}{row.paper_percent:>9.1f}"
        f"{'' if inside else '*'}"
    )


def _figure(figure: Figure) -> str:
    return f"{figure.value:.1f} [{figure.low:.1f}, {figure.high:.1f}]"
