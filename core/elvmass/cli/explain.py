"""``elvmass explain``: why this estimate, how much the why can be trusted, and what if."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from elvmass.cli.each_file import run_each
from elvmass.cli.options import (
    Subparsers,
    add_analysis,
    add_command,
    add_layout,
    add_patient,
)
from elvmass.cli.train import add_cohort_work
from elvmass.errors import ConfigError
from elvmass.model.explain import DEFAULT_METHOD, METHODS
from elvmass.result import Analysis


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "explain", "estimate, and show why", run)
    command.add_argument("files", nargs="*", type=Path, metavar="FILE",
                         help="ECG file; with --tables a cohort")  # fmt: skip
    command.add_argument("--json", action="store_true", help="print JSON (several files: an array)")
    command.add_argument("--method", choices=list(METHODS), default=DEFAULT_METHOD, metavar="NAME",
                         help=f"saliency method: {', '.join(METHODS)} "
                         f"(default {DEFAULT_METHOD})")  # fmt: skip
    command.add_argument(
        "--samples", action="store_true", help="with --json: the saliency of every sample too"
    )
    command.add_argument("--out", type=Path, metavar="FILE",
                         help="write the saliency of one ECG as .csv, .npz or .json")  # fmt: skip
    command.add_argument("--table", type=Path, metavar="FILE",
                         help="write the importance table as .csv or .md")  # fmt: skip
    command.add_argument("--force", action="store_true", help="replace existing files")
    _add_instead(command)
    add_layout(command)
    add_patient(command)
    add_analysis(command)


def _add_instead(command: argparse.ArgumentParser) -> None:
    """What can be asked instead of the explanation of each file."""
    group = command.add_argument_group("instead")
    asked = group.add_mutually_exclusive_group()
    asked.add_argument("--check", action="store_true",
                       help="how far each method can be trusted: with files on these ECGs, without "
                       "on the models, which keep the answer in trust.json")  # fmt: skip
    asked.add_argument("--what-if", nargs="+", metavar="CHANGE",
                       help="the estimate under changes: weight=80, weight=50:110, "
                       "QRS=0.5:1.5, T/precordial=0")  # fmt: skip
    asked.add_argument("--tables", action="store_true",
                       help="importance of segments by level of mass and sex in a cohort, beside "
                       "the paper's Tables 5 and 6")  # fmt: skip
    group.add_argument("--people", type=int, default=8, metavar="N",
                       help="ECGs behind --check of models (default 8)")  # fmt: skip
    group.add_argument("--references", type=Path, metavar="COHORT",
                       help="patients for expected gradients and for --check of models (default: "
                       "simulated ones, for models of simulated hearts)")  # fmt: skip
    add_cohort_work(command)


def run(args: argparse.Namespace) -> int:
    """Do what was asked; 1 if any file gave no explanation."""
    from elvmass.cli import explain_check, explain_tables, what_if

    if not args.files and not args.check:
        raise ConfigError("Name an ECG file, or a cohort with --tables.")
    if args.check:
        return explain_check.run(args)
    if args.tables:
        return explain_tables.run(args)
    if args.what_if:
        return what_if.run(args)
    return _explain(args)


def _explain(args: argparse.Namespace) -> int:
    """Print each explanation."""
    from elvmass.report.as_json import explain_json

    if len(args.files) > 1 and (args.out or args.table):
        raise ConfigError("--out and --table hold one ECG; give one file, or use `elvmass batch`.")
    as_json = partial(explain_json, samples=args.samples)
    return run_each(args, True, as_json, _text, partial(_write, args))


def _write(args: argparse.Namespace, analysis: Analysis) -> None:
    """Write what ``--out`` and ``--table`` ask for."""
    from elvmass.report.saliency_files import write_saliency
    from elvmass.report.tables import importance_rows, write_table

    if args.out:
        write_saliency(analysis, args.out, args.force)
    if args.table and analysis.importance is not None:
        write_table(importance_rows(analysis.importance), args.table, args.force)


def _text(analysis: Analysis) -> str:
    from elvmass.report.as_text import estimate_text, explanation_text

    return f"{estimate_text(analysis)}\n{explanation_text(analysis)}"
