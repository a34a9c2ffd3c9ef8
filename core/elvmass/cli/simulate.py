"""``elvmass simulate``: a cohort of simulated ECG files whose left ventricular mass is known."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from elvmass.cli.options import Subparsers, add_command, progress_line
from elvmass.io.write import TARGETS


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "simulate", "write a simulated cohort with known truth", run)
    command.add_argument("--n", type=int, default=1459, help="subjects (default: as in the paper)")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    command.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    command.add_argument("--format", choices=list(TARGETS), default="muse", help="default muse")


def run(args: argparse.Namespace) -> int:
    """Write ECG files and cohort.csv."""
    from elvmass.simulate.cohort import simulate_cohort

    table = simulate_cohort(
        args.out, args.n, args.seed, progress=progress_line, jobs=args.jobs, target=args.format
    )
    print(f"{args.n} simulated subjects: {table}", file=sys.stderr)
    return 0
