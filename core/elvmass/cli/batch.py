"""``elvmass batch``: every ECG file of a folder, one CSV row each, estimate or failure."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from elvmass.cli.options import (
    Subparsers,
    add_analysis,
    add_command,
    add_jobs,
    add_layout,
    analysis_options,
    layout_of,
    progress_line,
)


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "batch", "analyse a folder into a CSV table", run)
    command.add_argument("folder", type=Path)
    command.add_argument("--out", type=Path, required=True, metavar="FILE.csv")
    command.add_argument("--explain", action="store_true", help="add the importance columns")
    add_jobs(command)
    command.add_argument(
        "--force", action="store_true",
        help="overwrite the table if it exists already; begin anew after an interruption",
    )  # fmt: skip
    add_layout(command)
    add_analysis(command)


def run(args: argparse.Namespace) -> int:
    """Write the table; 1 if no file of the folder gave an estimate, or an error was unexpected."""
    from elvmass.batch import write_batch

    tally = write_batch(
        args.folder, args.out, analysis_options(args, args.explain), layout_of(args), args.jobs,
        progress_line, force=args.force,
    )  # fmt: skip
    words = f"{tally.estimates} estimates, {tally.failures} failures"
    if tally.unexpected:
        words += f" ({tally.unexpected} of them unexpected: please report these)"
    if tally.found:
        words += f"; {tally.found} rows were there from before the interruption"
    print(f"{words}: {args.out}", file=sys.stderr)
    return 0 if tally.estimates and not tally.unexpected else 1
