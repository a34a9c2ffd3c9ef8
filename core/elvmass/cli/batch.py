"""``elvmass batch``: every ECG file of a folder, one CSV row each, estimate or failure."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from pathlib import Path

from elvmass.cli.options import (
    Subparsers,
    add_analysis,
    add_command,
    add_layout,
    analysis_options,
    layout_of,
    progress_line,
)
from elvmass.errors import ConfigError
from elvmass.result import Failure


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "batch", "analyse a folder into a CSV table", run)
    command.add_argument("folder", type=Path)
    command.add_argument("--out", type=Path, required=True, metavar="FILE.csv")
    command.add_argument("--explain", action="store_true", help="add the importance columns")
    command.add_argument(
        "--force", action="store_true", help="overwrite the table if it exists already"
    )
    add_layout(command)
    add_analysis(command)


def run(args: argparse.Namespace) -> int:
    """Write the table; 1 if no file of the folder gave an estimate."""
    from elvmass import pipeline
    from elvmass.io.folder import find_files
    from elvmass.report.rows import COLUMNS, row

    if not args.folder.is_dir():
        raise ConfigError(f"{args.folder} is not a folder. Give the folder that holds the ECGs.")
    if args.out.exists() and not args.force:
        raise ConfigError(f"{args.out} exists. Choose another name or add --force.")
    paths = find_files(args.folder)
    if not paths:
        raise ConfigError(f"{args.folder} holds no ECG file of a supported format.")
    done = 0
    part = args.out.with_name(args.out.name + ".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        options = analysis_options(args, args.explain)
        results = pipeline.analyse_many(paths, options, layout_of(args))
        for number, result in enumerate(results, 1):
            table.writerow(row(result))
            done += not isinstance(result, Failure)
            progress_line(f"{number} of {len(paths)}", number / len(paths))
    os.replace(part, args.out)
    print(f"{done} estimates, {len(paths) - done} failures: {args.out}", file=sys.stderr)
    return 0 if done else 1
