"""``elvmass train``: cross-validated training on a cohort, written as one model bundle."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elvmass.card import INPUT_SETS, LEAD_GROUPS, BeatSpec
from elvmass.cli.options import Subparsers, add_command, add_jobs, progress_line
from elvmass.errors import CohortError, ConfigError

if TYPE_CHECKING:
    from elvmass.train.data.dataset import Cohort
    from elvmass.train.runtime.progress import Progress
    from elvmass.train.settings.config import TrainConfig

#: Folder beside a cohort's table for its prepared ECGs.
CACHE = ".elvmass-cache"

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
    command.add_argument("--device", choices=["auto", "cpu", "cuda"],
                         help="auto: the GPU if torch sees one")  # fmt: skip
    command.add_argument("--resume", action=argparse.BooleanOptionalAction, default=True,
                         help="go on with an interrupted training of the same bundle")  # fmt: skip
    command.add_argument("--tensorboard", type=Path, metavar="DIR",
                         help="write TensorBoard events here as well")  # fmt: skip
    add_cohort_work(command)


def run(args: argparse.Namespace) -> int:
    """Prepare the cohort, train the folds, write the bundle."""
    from elvmass.train.runtime import distributed
    from elvmass.train.runtime.device import resolve_device
    from elvmass.train.runtime.journal import summary_writer
    from elvmass.train.settings.config import load_config

    table = cohort_table(args.cohort)
    config = load_config(args.config, **_overrides(args, table))
    # what is missing shall not show after an hour of reading
    args.out.mkdir(parents=True, exist_ok=True)
    if args.tensorboard:
        summary_writer()
    with distributed.joined(resolve_device(config.device)):
        _train(args, table, config)
    return 0


def _train(args: argparse.Namespace, table: Path, config: TrainConfig) -> None:
    from elvmass.train.cross_validation.run import RunOptions, ignore_folds, train_bundle
    from elvmass.train.runtime import distributed

    speaks = distributed.rank() == 0
    with distributed.first_alone():  # the others find its prepared ECGs
        cohort = prepared_cohort(args, table, config.beat, progress_line if speaks else None)
    if speaks:
        report_flow(cohort)
    done = train_bundle(
        cohort,
        config,
        args.out / config.name,
        FoldBars(config.folds) if speaks else ignore_folds,
        RunOptions(workers=args.jobs, resume=args.resume, tensorboard=args.tensorboard),
    )
    metrics = done.card.metrics
    if speaks:
        print(f"{done.folder}: out-of-fold MAE {metrics['mae_g']:.2f} g, "
              f"MAPE {metrics['mape_percent']:.1f} %, R² {metrics['r2']:.2f}, "
              f"{done.card.n_train} patients")  # fmt: skip


class FoldBars:
    """One bar for each fold, all on one line of stderr; silent when that is not a terminal."""

    def __init__(self, folds: int) -> None:
        self.done = [0.0] * folds

    def __call__(self, fold: int, text: str, fraction: float) -> None:
        """Show that a fold has got so far."""
        complete = min(self.done) >= 1
        self.done[fold] = fraction
        if complete or not sys.stderr.isatty():
            return
        columns = shutil.get_terminal_size().columns - 1
        width = max(2, min(10, columns // (2 * len(self.done)) - 3))
        bars = "".join(f"[{'#' * round(width * d):.<{width}}]" for d in self.done)
        line = f"{bars} fold {fold + 1}, {text}"
        end = "\n" if min(self.done) >= 1 else ""
        print(f"\r{line:<{columns}.{columns}}", end=end, file=sys.stderr, flush=True)


def add_cohort_work(command: argparse.ArgumentParser) -> None:
    """How a cohort is read."""
    add_jobs(command)
    command.add_argument("--keep-excluded", action="store_true",
                         help="keep ECGs with wide QRS, pacing or atrial fibrillation, which the "
                         "study excluded")  # fmt: skip
    cache = command.add_mutually_exclusive_group()
    cache.add_argument("--cache", type=Path, metavar="DIR",
                       help="keep prepared ECGs for the next run here "
                       f"(default: {CACHE} beside the table)")  # fmt: skip
    cache.add_argument("--no-cache", action="store_true", help="keep no prepared ECGs")


def prepared_cohort(
    args: argparse.Namespace, table: Path, spec: BeatSpec, progress: Progress | None = progress_line
) -> Cohort:
    """Read a cohort as the options of :func:`add_cohort_work` say."""
    from elvmass.train.data.prepare_cohort import load_cohort
    from elvmass.train.runtime.progress import ignore

    cache = None if args.no_cache else args.cache or table.parent / CACHE
    return load_cohort(
        table, spec, args.jobs, cache, progress or ignore, excluding=not args.keep_excluded
    )


def cohort_table(path: Path) -> Path:
    """The table of a cohort given as folder or as the table itself."""
    table = path / "cohort.csv" if path.is_dir() else path
    if not table.is_file():
        raise CohortError(f"{table} does not exist. Give a folder with cohort.csv, or the table.")
    return table


def report_flow(cohort: Cohort) -> None:
    """Say what became of every row: nothing is left out in silence."""
    from elvmass.train.data.flow import EXCLUSIONS, STEPS

    assert cohort.flow is not None
    for refused in cohort.refused:
        if refused.step not in EXCLUSIONS:
            print(f"elvmass: line {refused.line}: {refused.reason}", file=sys.stderr)
    for step in EXCLUSIONS:
        if lines := cohort.flow.lines(step):
            numbers = ", ".join(map(str, lines))
            print(f"elvmass: excluded, {STEPS[step]}: lines {numbers}", file=sys.stderr)
    print("\n".join(cohort.flow.table()), file=sys.stderr)


def _overrides(args: argparse.Namespace, table: Path) -> dict[str, Any]:
    given: dict[str, Any] = {
        name: value
        for name in ("inputs", "sex", "groups", "epochs", "seed", "device", "name", "trained_on")
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
