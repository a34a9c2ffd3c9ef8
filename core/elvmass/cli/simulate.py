"""``elvmass simulate``: a cohort of simulated ECG files whose left ventricular mass is known."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from elvmass.cli.options import Subparsers, add_command, add_jobs, progress_line
from elvmass.errors import ConfigError
from elvmass.io.write import TARGETS

if TYPE_CHECKING:
    from elvmass.simulate.best import BestReachable
    from elvmass.simulate.options import SimulationOptions

T = TypeVar("T")


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "simulate", "write a simulated cohort with known truth", run)
    command.add_argument("--n", type=int, default=1459, help="subjects (default: as in the paper)")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    add_jobs(command)
    command.add_argument("--format", choices=list(TARGETS), default="muse", help="default muse")
    command.add_argument("--fiducials", action="store_true", help="true wave boundaries as JSON")
    group = command.add_argument_group("what the hearts are like")
    group.add_argument("--plant", action="append", default=[], metavar="GROUP:WAVE[:STRENGTH]",
                       help="an effect of hypertrophy at a known place: limb or precordial; P, "
                       "QRS, ST, T or ST-T; default strength 0.35 (repeatable)")  # fmt: skip
    group.add_argument("--channels", metavar="NAMES",
                       help="roads by which hypertrophy reaches the ECG, with commas, or none; "
                       "default: all, and none where something is planted")  # fmt: skip
    group.add_argument("--with", action="append", default=[], dest="conditions",
                       metavar="KIND[:SHARE]",
                       help="af, lbbb, rbbb, paced; wander, muscle, mains, motion; exchanged "
                       "electrodes as RA-LA, V1-V2 (repeatable; default share 1)")  # fmt: skip
    group.add_argument("--label-noise", type=float, default=0.0, metavar="G",
                       help="SD of the reading error of the mass")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write ECG files and cohort.csv."""
    from elvmass.simulate.best import best_reachable
    from elvmass.simulate.cohort import read_truth, simulate_cohort

    options = _options(args)
    table = simulate_cohort(
        args.out, args.n, args.seed, options, progress_line, args.jobs, args.format, args.fiducials
    )
    print(f"{args.n} simulated subjects: {table}", file=sys.stderr)
    _say_best(best_reachable(read_truth(table), options))
    return 0


def _options(args: argparse.Namespace) -> SimulationOptions:
    """Options of the simulator as given.

    Raises
    ------
    ConfigError
        One of them does not exist or is out of range.
    """
    from elvmass.simulate.options import Condition, Loadings, Plant, SimulationOptions

    names = args.channels
    if names is None and args.plant:
        names = "none"
    try:
        loadings = Loadings()
        if names is not None:
            loadings = loadings.only(*([] if names == "none" else names.split(",")))
        return SimulationOptions(
            loadings=loadings,
            plants=_each(args.plant, Plant, 2),
            conditions=_each(args.conditions, Condition, 1),
            label_noise_g=args.label_noise,
        )
    except ValueError as error:
        raise ConfigError(f"The cohort cannot be made so: {error}.") from error


def _each(texts: Iterable[str], make: Callable[..., T], words: int) -> tuple[T, ...]:
    """Values of texts of some words and perhaps a number, with colons between."""
    made = []
    for text in texts:
        parts = text.split(":")
        if not words <= len(parts) <= words + 1:
            raise ValueError(f"{text!r} needs {words} words and perhaps a number, with colons")
        made.append(make(*parts[:words], *(float(part) for part in parts[words:])))
    return tuple(made)


def _say_best(best: BestReachable) -> None:
    for knows, errors in (("body", best.body_g), ("body and channels", best.channels_g)):
        everyone, men, women = (f"{error:.1f} g" for error in errors)
        print(
            f"least mean absolute error, {knows} known exactly: "
            f"{everyone} (men {men}, women {women})",
            file=sys.stderr,
        )
