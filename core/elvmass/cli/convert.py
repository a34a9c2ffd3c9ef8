"""``elvmass convert``: the same ECG in another format, on request without the patient."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from elvmass.cli.options import Subparsers, add_command, add_layout, layout_of
from elvmass.errors import ConfigError, ElvmassError, WriteError
from elvmass.io.write import TARGETS, encode
from elvmass.io.write.store import Encoded, store
from elvmass.record import Record


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "convert", "write ECG files in another format", run)
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="ECG file")
    command.add_argument("--to", required=True, choices=list(TARGETS), help="format to write")
    command.add_argument(
        "--out",
        metavar="PATH",
        help="file or folder (of several ECGs: a folder); default: beside each ECG, under its name",
    )
    command.add_argument(
        "--anonymise",
        action="store_true",
        help="leave out name, id, dates and device, in the file's name too; ages end at 90",
    )
    command.add_argument("--force", action="store_true", help="overwrite files that exist")
    add_layout(command)


def run(args: argparse.Namespace) -> int:
    """Convert each file and print the path of what was written; 1 if any failed."""
    if args.out and len(args.files) > 1:
        _make_folder(Path(args.out))
    status, written = 0, set[Path]()
    for path in args.files:
        try:
            made = _convert(path, args, written)
        except ElvmassError as error:
            print(f"elvmass: {error}", file=sys.stderr)
            status = 1
            continue
        written |= made.files.keys()
        print(next(iter(made.files)))
    return status


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise ConfigError(
            f"{folder.name} is no folder and cannot be made one. Several ECGs need a folder."
        ) from None


def _convert(path: Path, args: argparse.Namespace, written: set[Path]) -> Encoded:
    """Read one file and write it; what the user must know goes to stderr."""
    from elvmass import io
    from elvmass.io.write.anonymous import anonymous

    record = io.read(path, layout_of(args))
    source = record.source.path or path
    if args.anonymise:
        record = anonymous(record)
    encoded = encode(record, _destination(record, source, args), args.to)
    for notice in (*record.notices, *encoded.notices):
        print(f"elvmass: {path.name}: {notice.message}", file=sys.stderr)
    for each in encoded.files:
        if each.exists() and each.samefile(source):
            raise WriteError(
                each, "is the ECG to convert and is not overwritten", "Choose another --out."
            )
    # Two ECGs of one name: the second must not replace the first, not even with --force.
    store(encoded.files, overwrite=args.force and written.isdisjoint(encoded.files))
    return encoded


def _destination(record: Record, source: Path, args: argparse.Namespace) -> Path:
    """The file that --out names, or the default name in its folder or beside the ECG."""
    out = Path(args.out) if args.out else source.parent
    if args.out and not out.is_dir() and not args.out.endswith(("/", os.sep)):
        return out
    if not out.is_dir():
        _make_folder(out)
    return out / f"{_stem(record, source, args)}{TARGETS[args.to]}"


def _stem(record: Record, source: Path, args: argparse.Namespace) -> str:
    from elvmass.io.write.anonymous import anonymous_stem

    if args.anonymise:
        return anonymous_stem(record)
    # WFDB takes no other characters in the name of a record.
    return re.sub(r"[^A-Za-z0-9_-]", "_", source.stem) if args.to == "wfdb" else source.stem
