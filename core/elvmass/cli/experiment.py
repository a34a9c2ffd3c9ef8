"""``elvmass experiment``: the paper's whole experiment and its rivals on cohorts of your own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elvmass.cli.options import Subparsers, add_command, progress_line
from elvmass.cli.train import (
    FoldBars,
    add_cohort_work,
    cohort_table,
    is_simulated,
    prepared_cohort,
    report_flow,
)
from elvmass.clinical.body import BSA_FORMULAS
from elvmass.clinical.criteria import PRESETS
from elvmass.clinical.thresholds import DEFAULT_THRESHOLD, THRESHOLDS
from elvmass.errors import ConfigError

if TYPE_CHECKING:
    from elvmass.experiment.rows import Design, Row
    from elvmass.experiment.trial import Trial
    from elvmass.experiment.views import Load
    from elvmass.result import LvhThreshold
    from elvmass.train.cross_validation.run import FoldProgress

#: Resamples of patients by size of the experiment.
_BOOTSTRAP = {"quick": 500, "standard": 2000, "full": 5000}


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    words = "the paper's tables, with rivals, on a cohort of your own"
    command = add_command(subparsers, "experiment", words, run)
    command.add_argument("cohorts", nargs="*", type=Path, metavar="COHORT",
                         help="folder with cohort.csv, or the table itself; several are also "
                         "compared")  # fmt: skip
    command.add_argument("--out", type=Path, metavar="DIR",
                         help="folder for reports and finished rows")  # fmt: skip
    _add_rows(command)
    _add_scoring(command)
    add_cohort_work(command)


def _add_rows(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("what is trained")
    group.add_argument("--list", action="store_true", help="list the rows and stop")
    group.add_argument("--preset", choices=list(_BOOTSTRAP), default="standard",
                       help="quick: few rows, four epochs, to see the report; standard: all that "
                       "hours on a CPU can do; full: also the paper's own recipe, ten-second "
                       "inputs and LVM-AI-like, for a GPU (default standard)")  # fmt: skip
    group.add_argument("--rows", type=_names, default=(), metavar="KEY,...",
                       help="only these")  # fmt: skip
    group.add_argument("--tables", type=_names, default=(), metavar="KEY,...",
                       help="only rows of these tables: 2, 3, 4, s1, s2, s3, encoder, rivals, "
                       "lvh")  # fmt: skip
    group.add_argument("--epochs", type=_epochs, action="append", default=[],
                       metavar="[ROW=]N", help="at most N epochs of every network, or of one row "
                       "(repeatable)")  # fmt: skip
    group.add_argument("--config", type=Path, metavar="FILE.toml",
                       help="settings of our recipe, as for elvmass train")  # fmt: skip
    group.add_argument("--seed", type=int, default=0, help="of folds and networks (default 0)")
    group.add_argument("--folds", type=int, default=5, help="default 5")
    group.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    group.add_argument("--add-rows", type=Path, action="append", default=[], metavar="DIR",
                       help="take finished rows from here in place of training: the --out of "
                       "another machine or version, or with one COHORT a report's folder in it or "
                       "that folder's rows (repeatable; the first that has a row counts, own "
                       "rows before all)")  # fmt: skip
    group.add_argument("--report-only", action="store_true",
                       help="train nothing: report the rows that are finished")  # fmt: skip


def _add_scoring(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("how it is judged")
    group.add_argument("--external", type=Path, metavar="COHORT",
                       help="also score every row on this second cohort")  # fmt: skip
    group.add_argument("--reference", metavar="ROW",
                       help="what others are compared with (default elvmass_model2)")  # fmt: skip
    group.add_argument("--threshold", choices=[*THRESHOLDS, "percentile"],
                       default=DEFAULT_THRESHOLD,
                       help="limits of hypertrophy; percentile: the 97.5th of this cohort "
                       f"(default {DEFAULT_THRESHOLD})")  # fmt: skip
    group.add_argument("--limits", nargs=2, type=float, metavar=("MEN", "WOMEN"),
                       help="own limits of hypertrophy, g/m²")  # fmt: skip
    group.add_argument("--bsa", choices=list(BSA_FORMULAS), default="du_bois")
    group.add_argument("--cutoffs", choices=list(PRESETS), default="standard",
                       help="cut-offs of the rule-based criteria")  # fmt: skip
    group.add_argument("--bootstrap", type=int, metavar="N",
                       help="resamples of patients (default by preset: "
                       f"{', '.join(map(str, _BOOTSTRAP.values()))})")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Train what is not trained yet, then write the reports."""
    from elvmass.experiment.figures import need_matplotlib
    from elvmass.experiment.judged import choose_reference, judge
    from elvmass.experiment.page import write_page
    from elvmass.experiment.portable import folders_of
    from elvmass.experiment.rows import choose_rows
    from elvmass.experiment.summary import write_summary

    rows = choose_rows(args.preset, args.rows, args.tables)
    if args.list:
        _list(rows)
        return 0
    if not args.cohorts or args.out is None:
        raise ConfigError("Give a COHORT and --out DIR, or --list.")
    # what is missing shall not show after hours of training
    args.out.mkdir(parents=True, exist_ok=True)
    need_matplotlib()
    reference = choose_reference(rows, args.reference)
    labels = distinct([cohort_table(path).resolve().parent.name for path in args.cohorts])
    added = folders_of(args.add_rows, labels)
    _say_unasked([folder for each in added.values() for folder in each], rows)
    found = []
    for path, label in zip(args.cohorts, labels, strict=True):
        trial = _trial(args, rows, path, label, added[label])
        print(f"elvmass: {label}: scoring and bootstrap", file=sys.stderr, flush=True)
        judged = judge(trial, _scoring(args, trial), reference)
        print(write_page(judged, args.out / label))
        found.append(judged)
    if len(found) > 1:
        print(write_summary(found, args.out))
    return 0


def distinct(names: Sequence[str]) -> list[str]:
    """Names of cohorts, numbered where two are alike; none is that of our own folder."""
    taken = {"store", ""}
    made = []
    for name in names:
        label, k = name or "cohort", 2
        while label in taken:
            label, k = f"{name or 'cohort'}-{k}", k + 1
        taken.add(label)
        made.append(label)
    return made


def _trial(
    args: argparse.Namespace,
    rows: tuple[Row, ...],
    path: Path,
    label: str,
    added: tuple[Path, ...],
) -> Trial:
    from elvmass.experiment.conduct import conduct
    from elvmass.experiment.job import Conduct
    from elvmass.experiment.portable import FOLDER
    from elvmass.experiment.store import Store
    from elvmass.experiment.views import Site

    table = cohort_table(path)
    external = None
    if args.external:
        outside = cohort_table(args.external)
        name = outside.resolve().parent.name
        external = Site(name, is_simulated(outside), _loader(args, outside))
    return conduct(
        rows,
        _design(args, is_simulated(table)),
        Site(label, is_simulated(table), _loader(args, table)),
        Store(args.out / "store"),
        external,
        Conduct(
            workers=args.jobs,
            train=not args.report_only,
            rows=args.out / label / FOLDER,
            added=added,
            say=_say,
            folds=_bars,
        ),
    )


def _loader(args: argparse.Namespace, table: Path) -> Load:
    """Read a cohort as a row sees it; say once what became of its ECGs."""
    from elvmass.card import BeatSpec
    from elvmass.train.data.dataset import Cohort

    said: list[bool] = []

    def load(spec: BeatSpec) -> Cohort:
        cohort = prepared_cohort(args, table, spec)
        if not said:
            report_flow(cohort)
            said.append(True)
        return cohort

    return load


def _design(args: argparse.Namespace, simulated: bool) -> Design:
    from elvmass.experiment.rows import QUICK_EPOCHS, Design
    from elvmass.train.settings.config import read_settings

    epochs = {"": QUICK_EPOCHS} if args.preset == "quick" else {}
    return Design(
        seed=args.seed,
        folds=args.folds,
        ours=read_settings(args.config),
        epochs=epochs | dict(args.epochs),
        device=args.device,
        simulated=simulated,
    )


def _scoring(args: argparse.Namespace, trial: Trial) -> Any:
    from elvmass.train.evaluation.evaluate import Scoring

    return Scoring(
        bootstrap=args.bootstrap or _BOOTSTRAP[args.preset],
        limit=_limit(args, trial),
        bsa_formula=args.bsa,
        preset=args.cutoffs,
    )


def _limit(args: argparse.Namespace, trial: Trial) -> LvhThreshold:
    from elvmass.train.evaluation.lvh import own_threshold, percentile_threshold

    if args.limits:
        return own_threshold(*args.limits)
    if args.threshold == "percentile":
        return percentile_threshold(trial.subjects, bsa_formula=args.bsa)
    return THRESHOLDS[args.threshold]


def _say_unasked(folders: Sequence[Path], rows: tuple[Row, ...]) -> None:
    from elvmass.experiment.portable import keys_in

    asked = {row.key for row in rows}
    for folder in folders:
        if others := [key for key in keys_in(folder) if key not in asked]:
            print(f"elvmass: {folder} also has {', '.join(others)}: not asked for "
                  "(--preset, --rows, --tables)", file=sys.stderr)  # fmt: skip


def _say(number: int, count: int, row: Row, text: str) -> None:
    print(f"elvmass: row {number + 1} of {count}, {row.key}: {text}", file=sys.stderr, flush=True)


def _bars(row: Row, folds: int) -> FoldProgress:
    if folds == 1:
        return lambda fold, text, done: progress_line(text, done)
    return FoldBars(folds)


def _list(rows: tuple[Row, ...]) -> None:
    for row in rows:
        print(f"{row.key:<24}{row.size:<10}{','.join(row.tables):<36}{row.words}")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _epochs(text: str) -> tuple[str, int]:
    row, _, number = text.rpartition("=")
    if not number.isdecimal() or int(number) < 1:
        raise argparse.ArgumentTypeError(f"{text} is neither N nor ROW=N")
    return row.strip(), int(number)
