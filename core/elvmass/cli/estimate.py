"""``elvmass estimate``: left ventricular mass of one or more ECG files."""

from __future__ import annotations

import argparse

from elvmass.cli.each_file import run_each
from elvmass.cli.options import (
    Subparsers,
    add_analysis,
    add_command,
    add_files,
    add_layout,
    add_patient,
)


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "estimate", "estimate left ventricular mass", run)
    add_files(command)
    add_layout(command)
    add_patient(command)
    add_analysis(command)


def run(args: argparse.Namespace) -> int:
    """Print each estimate; 1 if any file gave none."""
    from elvmass.report.as_json import estimate_json
    from elvmass.report.as_text import estimate_text

    return run_each(args, False, estimate_json, estimate_text)
