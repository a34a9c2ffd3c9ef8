"""``elvmass evaluate``: models on a cohort that they have not seen, beside simple baselines."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from elvmass.cli.options import Subparsers, add_command, progress_line
from elvmass.cli.train import add_cohort_work, cohort_table, report_refused

if TYPE_CHECKING:
    from elvmass.train.evaluate import ScoreRow

_SHOWN = ("mae_g", "mape_percent", "bias_g", "r2", "coverage", "interval_width_g")


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "evaluate", "score models on an unseen cohort", run)
    command.add_argument("cohort", type=Path, help="folder with cohort.csv, or the table itself")
    command.add_argument(
        "--models", type=Path, metavar="DIR", help="folder of model bundles (default: the bundled)"
    )
    command.add_argument("--train-cohort", type=Path, metavar="COHORT",
                         help="fit the baselines on this cohort (default: cross-validated on the "
                         "evaluated one)")  # fmt: skip
    command.add_argument("--json", action="store_true")
    add_cohort_work(command)


def run(args: argparse.Namespace) -> int:
    """Print one line per model and group of patients, with 95 % bootstrap intervals in JSON."""
    from elvmass.errors import ConfigError
    from elvmass.model.bundle import load_bundle
    from elvmass.model.cards import list_bundles
    from elvmass.pipeline import bundled_models
    from elvmass.train.evaluate import evaluate
    from elvmass.train.prepare_cohort import load_cohort

    folder = args.models or bundled_models()
    bundles = [load_bundle(at.path) for at in list_bundles(folder)]
    if not bundles:
        raise ConfigError(f"{folder} holds no model. `elvmass train` makes one.")
    spec = bundles[0].spec.beat
    cohorts = [
        load_cohort(cohort_table(path), spec, args.jobs, args.cache, progress_line)
        for path in (args.cohort, args.train_cohort)
        if path
    ]
    report_refused(cohorts[0])
    rows = evaluate(bundles, cohorts[0], train=cohorts[1] if len(cohorts) > 1 else None)
    if args.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        _print_table(rows)
    return 0


def _print_table(rows: list[ScoreRow]) -> None:
    print(f"{'model':<40}{'group':<8}{'n':>6}" + "".join(f"{name:>24}" for name in _SHOWN))
    for row in rows:
        cells = [_cell(row, name) for name in _SHOWN]
        print(f"{row.model:<40}{row.group:<8}{row.n:>6}" + "".join(f"{c:>24}" for c in cells))


def _cell(row: ScoreRow, name: str) -> str:
    figure = row.figures.get(name)
    return "" if figure is None else f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"
