"""The command line: data on stdout, words on stderr, one sentence per error.

Exit status: 0 everything done; 1 at least one file or step failed; 2 wrong usage.
Each sub-command is a module with ``add(subparsers)`` and ``run(args) -> int``; a module imports
its heavy stages inside ``run``, so that ``elvmass --help`` stays quick.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from elvmass import __version__
from elvmass.cli import (
    batch,
    compare,
    convert,
    estimate,
    evaluate,
    experiment,
    explain,
    models,
    show,
    simulate,
    train,
)
from elvmass.errors import ElvmassError

_COMMANDS = (
    show, estimate, explain, compare, batch, convert, simulate, train, evaluate, experiment, models,
)  # fmt: skip

_EPILOG = (
    "The bundled models are trained on simulated ECGs. Research software, not a medical device."
)


def parser() -> argparse.ArgumentParser:
    """The complete argument parser."""
    top = argparse.ArgumentParser(
        prog="elvmass",
        description="Left ventricular mass from a 12-lead ECG, and why.",
        epilog=_EPILOG,
    )
    top.add_argument("--version", action="version", version=f"elvmass {__version__}")
    subparsers = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(subparsers)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    args = parser().parse_args(argv)
    try:
        status = int(args.run(args))
        sys.stdout.flush()
    except ElvmassError as error:
        print(f"elvmass: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("elvmass: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone (`elvmass ... | head`)
        sys.stderr.close()
        return 1
    except OSError as error:  # reading has errors of its own: something could not be written
        from elvmass.io.write.faults import write_error

        if error.filename is None:  # perhaps stdout itself, which would be tried again at the exit
            with suppress(OSError):
                sys.stdout.close()
        path = Path(error.filename or "output")
        print(f"elvmass: {write_error(path, error, whole=False)}", file=sys.stderr)
        return 1
    return status
