"""``elvmass evaluate``: models on a cohort that they have not seen, beside simple baselines."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elvmass.cli.options import Subparsers, add_command
from elvmass.cli.train import add_cohort_work, cohort_table, prepared_cohort, report_flow
from elvmass.clinical.thresholds import DEFAULT_THRESHOLD, THRESHOLDS

if TYPE_CHECKING:
    from elvmass.train.evaluation.evaluate import ScoreRow

_MASS = ("mae_g", "mape_percent", "bias_g", "r2", "coverage", "interval_width_g")
_LVH = ("lvh_auroc", "lvh_binary_c", "lvh_sensitivity", "lvh_specificity", "lvh_sensitivity_at_95")


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "evaluate", "score models on an unseen cohort", run)
    command.add_argument("cohort", type=Path, help="folder with cohort.csv, or the table itself")
    command.add_argument(
        "--models", type=Path, metavar="DIR", help="folder of model bundles (default: the bundled)"
    )
    command.add_argument("--train-cohort", type=Path, metavar="COHORT",
                         help="fit the rivals on this cohort (default: cross-validated on the "
                         "evaluated one)")  # fmt: skip
    command.add_argument(
        "--all-rivals",
        action="store_true",
        help="also gradient boosting, kernel ridge and ecgAI-like models",
    )
    command.add_argument(
        "--threshold",
        choices=list(THRESHOLDS),
        default=DEFAULT_THRESHOLD,
        help=f"limits of hypertrophy (default {DEFAULT_THRESHOLD})",
    )
    command.add_argument("--json", action="store_true")
    add_cohort_work(command)


def run(args: argparse.Namespace) -> int:
    """Print one line per model and group of patients, with 95 % bootstrap intervals in JSON."""
    from elvmass.errors import ConfigError
    from elvmass.model.bundle import load_bundle
    from elvmass.model.cards import list_bundles
    from elvmass.model.library.installed import bundled_models
    from elvmass.train.evaluation.evaluate import Scoring, evaluate
    from elvmass.train.rivals.roster import BASELINES, RIVALS

    folder = args.models or bundled_models()
    bundles = [load_bundle(at.path) for at in list_bundles(folder)]
    if not bundles:
        raise ConfigError(f"{folder} holds no model. `elvmass train` makes one.")
    spec = bundles[0].spec.beat
    cohorts = [
        prepared_cohort(args, cohort_table(path), spec)
        for path in (args.cohort, args.train_cohort)
        if path
    ]
    report_flow(cohorts[0])
    rows = evaluate(
        bundles,
        cohorts[0],
        train=cohorts[1] if len(cohorts) > 1 else None,
        rivals=RIVALS if args.all_rivals else BASELINES,
        scoring=Scoring(limit=THRESHOLDS[args.threshold]),
    )
    if args.json:
        print(json.dumps([_plain(row) for row in rows], indent=2, allow_nan=False))
    else:
        _print_table(rows, _MASS)
        print()
        _print_table(rows, _LVH)
    return 0


def _plain(row: ScoreRow) -> dict[str, Any]:
    """Row for JSON, which has no NaN: what cannot be computed is null."""
    plain = asdict(row)
    for figure in plain["figures"].values():
        figure.update({name: None for name, value in figure.items() if isnan(value)})
    return plain


def _print_table(rows: list[ScoreRow], shown: tuple[str, ...]) -> None:
    """Print those rows that have the first of the figures."""
    print(f"{'model':<54}{'group':<8}{'n':>6}" + "".join(f"{name:>24}" for name in shown))
    for row in rows:
        if shown[0] in row.figures:
            cells = "".join(f"{_cell(row, name):>24}" for name in shown)
            print(f"{row.model:<54}{row.group:<8}{row.n:>6}{cells}")


def _cell(row: ScoreRow, name: str) -> str:
    figure = row.figures.get(name)
    if figure is None or isnan(figure.value):
        return ""
    return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"
