"""``elvmass explain``: the estimate with saliency and the segment x lead importance table."""

from __future__ import annotations

import argparse
from functools import partial

from elvmass.cli.each_file import run_each
from elvmass.cli.options import (
    Subparsers,
    add_analysis,
    add_command,
    add_files,
    add_layout,
    add_patient,
)
from elvmass.result import Analysis


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "explain", "estimate, and show why", run)
    add_files(command)
    command.add_argument(
        "--samples", action="store_true", help="with --json: the saliency of every sample too"
    )
    add_layout(command)
    add_patient(command)
    add_analysis(command)


def run(args: argparse.Namespace) -> int:
    """Print each explanation; 1 if any file gave none."""
    from elvmass.report.as_json import explain_json

    return run_each(args, True, partial(explain_json, samples=args.samples), _text)


def _text(analysis: Analysis) -> str:
    from elvmass.report.as_text import estimate_text, explanation_text

    return f"{estimate_text(analysis)}\n{explanation_text(analysis)}"
