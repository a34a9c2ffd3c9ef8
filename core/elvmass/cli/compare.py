"""``elvmass compare``: two ECGs of one patient, their measurements and their estimates."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from elvmass.cli.options import (
    Subparsers,
    add_analysis,
    add_command,
    add_layout,
    add_patient,
    analysis_options,
    layout_of,
    with_patient,
)


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "compare", "compare two ECGs of one patient", run)
    command.add_argument("files", nargs=2, type=Path, metavar="FILE", help="ECG file")
    command.add_argument("--json", action="store_true", help="print JSON")
    add_layout(command)
    add_patient(command)
    add_analysis(command)


def run(args: argparse.Namespace) -> int:
    """Print the comparison in the order of recording; both files must give an estimate."""
    from elvmass import io, pipeline
    from elvmass.compare import compare
    from elvmass.report.comparison import comparison_json, comparison_text

    options, layout = analysis_options(args, explain=True), layout_of(args)
    records = [with_patient(io.read(path, layout), args) for path in args.files]
    found = compare(*(pipeline.analyse(record, options) for record in records))
    print(json.dumps(comparison_json(found), indent=2) if args.json else comparison_text(found))
    return 0
