"""``elvmass train``: cross-validated training on a cohort, written as one model bundle."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elvmass.card import INPUT_SETS, LEAD_GROUPS
from elvmass.cli.options import Subparsers, add_command, progress_line
from elvmass.errors import CohortError, ConfigError

if TYPE_CHECKING:
    from elvmass.train.dataset import Cohort

_SIMULATED = "simulated ECGs of the elvmass simulator, no real patient"


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "train", "train a model on a cohort of your own", run)
    command.add_argument("cohort", type=Path, help="folder with cohort.csv, or the table itself")
    command.add_argument("--out", type=Path, required=True, metavar="DIR",
                         help="folder of models; the bundle becomes a folder in it")  # fmt: skip
    command.add_argument("--name", help="of the bundle (default: cohort-sex-inputs)")
    command.add_argument("--config", type=Path, metavar="FILE.toml", help="all other settings")
    command.add_argument("--inputs", choices=list(INPUT_SETS))
    command.add_argument("--sex", choices=["pooled", "male", "female"])
    command.add_argument("--groups", choices=list(LEAD_GROUPS), help="lead groups")
    command.add_argument("--epochs", type=int)
    command.add_argument("--seed", type=int)
    command.add_argument("--trained-on", metavar="TEXT",
                         help="what the cohort is, for the model card "
                         "(required unless the cohort is simulated)")  # fmt: skip
    add_cohort_work(command)


def run(args: argparse.Namespace) -> int:
    """Prepare the cohort, train five folds, write the bundle."""
    from elvmass.train.config import load_config
    from elvmass.train.prepare_cohort import load_cohort
    from elvmass.train.run import train_bundle

    table = cohort_table(args.cohort)
    config = load_config(args.config, **_overrides(args, table))
    cohort = load_cohort(table, config.beat, args.jobs, args.cache, progress_line)
    report_refused(cohort)
    done = train_bundle(
        cohort, config, args.out / config.name, progress=progress_line, workers=args.jobs
    )
    metrics = done.card.metrics
    print(f"{done.folder}: out-of-fold MAE {metrics['mae_g']:.2f} g, "
          f"MAPE {metrics['mape_percent']:.1f} %, R² {metrics['r2']:.2f}, "
          f"{done.card.n_train} patients")  # fmt: skip
    return 0


def add_cohort_work(command: argparse.ArgumentParser) -> None:
    """How a cohort is read."""
    command.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    command.add_argument(
        "--cache", type=Path, metavar="DIR", help="keep the prepared beats for the next run here"
    )


def cohort_table(path: Path) -> Path:
    """The table of a cohort given as folder or as the table itself."""
    table = path / "cohort.csv" if path.is_dir() else path
    if not table.is_file():
        raise CohortError(f"{table} does not exist. Give a folder with cohort.csv, or the table.")
    return table


def report_refused(cohort: Cohort) -> None:
    """Name every row whose ECG may not be used: nothing is left out in silence."""
    for refused in cohort.refused:
        print(f"elvmass: line {refused.line}: {refused.reason}", file=sys.stderr)
    print(f"{len(cohort)} ECGs used, {len(cohort.refused)} refused", file=sys.stderr)


def _overrides(args: argparse.Namespace, table: Path) -> dict[str, Any]:
    given: dict[str, Any] = {
        name: value
        for name in ("inputs", "sex", "groups", "epochs", "seed", "name", "trained_on")
        if (value := getattr(args, name)) is not None
    }
    simulated = is_simulated(table)
    if simulated or "trained_on" in given:
        given["simulated"] = simulated  # by the cohort itself; no option can claim otherwise
    if args.config is None:
        if simulated:
            given.setdefault("trained_on", _SIMULATED)
        elif "trained_on" not in given:
            raise ConfigError("Say what this cohort is with --trained-on 'TEXT', for the card.")
        parts = (table.parent.name, given.get("sex", "pooled"), given.get("inputs", "model2"))
        given.setdefault("name", "-".join(parts))
    return given


def is_simulated(table: Path) -> bool:
    """True for a table written by our simulator: it knows the truth behind each ECG."""
    with table.open(encoding="utf-8-sig") as file:
        return "truth_h" in file.readline().strip().split(",")
