"""``elvmass show``: what an ECG file holds, without any estimate."""

from __future__ import annotations

import argparse
import json
import sys

from elvmass.cli.options import Subparsers, add_command, add_files, add_layout, layout_of
from elvmass.errors import ElvmassError


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "show", "show what an ECG file holds", run)
    add_files(command)
    add_layout(command)


def run(args: argparse.Namespace) -> int:
    """Print each file's content; 1 if any could not be read."""
    from elvmass import io
    from elvmass.record import Measurements
    from elvmass.report.as_json import measurements_json, notices_json, record_json
    from elvmass.report.as_text import record_text

    shown, status = [], 0
    layout = layout_of(args)
    for path in args.files:
        try:
            record = io.read(path, layout)
        except ElvmassError as error:
            print(f"elvmass: {error}", file=sys.stderr)
            status = 1
            continue
        if args.json:
            measured = measurements_json(record.reported, Measurements())
            reported = {name: both["reported"] for name, both in measured.items()}
            shown.append(
                record_json(record)
                | {"reported": reported, "warnings": notices_json(record.notices)}
            )
        else:
            print(f"{path}\n{record_text(record)}\n")
    if args.json and shown:
        print(json.dumps(shown[0] if len(args.files) == 1 else shown, indent=2))
    return status
