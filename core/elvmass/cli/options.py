"""Arguments that several commands share, and how they become values."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elvmass.beat import BeatKind
from elvmass.choices import BANDS, DELINEATORS, NOTCHES, SignalOptions
from elvmass.clinical.body import BSA_FORMULAS
from elvmass.clinical.criteria import PRESETS
from elvmass.clinical.thresholds import DEFAULT_THRESHOLD, THRESHOLDS
from elvmass.record import AGE_YEARS, HEIGHT_CM, WEIGHT_KG, Patient, Record, Sex

if TYPE_CHECKING:
    from elvmass.io.text_table import TextLayout
    from elvmass.pipeline import Options

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = Any


def add_command(subparsers: Subparsers, name: str, help: str, run: Any) -> argparse.ArgumentParser:
    """A sub-command whose ``run`` is called with the parsed arguments."""
    command = subparsers.add_parser(name, help=help, description=help)
    command.set_defaults(run=run)
    return command


def add_files(command: argparse.ArgumentParser) -> None:
    """One or more ECG files and the choice of JSON."""
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="ECG file")
    command.add_argument("--json", action="store_true", help="print JSON (several files: an array)")


def add_patient(command: argparse.ArgumentParser) -> None:
    """Demographics that replace what the file says."""
    group = command.add_argument_group("patient", "replace or add what the file says")
    group.add_argument("--sex", choices=[s.value for s in Sex])
    group.add_argument("--age", type=_person("years", *AGE_YEARS), metavar="YEARS")
    group.add_argument("--height", type=_person("cm", *HEIGHT_CM), metavar="CM")
    group.add_argument("--weight", type=_person("kg", *WEIGHT_KG), metavar="KG")


def add_layout(command: argparse.ArgumentParser) -> None:
    """What separated text may leave unsaid."""
    group = command.add_argument_group(
        "separated text", "for CSV and TXT files that do not state it; other formats ask for none"
    )
    group.add_argument(
        "--leads",
        type=_labels,
        metavar="NAMES",
        help="names of all columns in their order: I,II,... or time_s,I,II,...",
    )
    group.add_argument("--rate-hz", type=_rate, metavar="HZ", help="samples per second")
    group.add_argument("--unit", choices=["nV", "uV", "mV", "V"], help="unit of all leads")


def layout_of(args: argparse.Namespace) -> TextLayout | None:
    """The layout of separated text as given, or None."""
    if not (args.leads or args.rate_hz or args.unit):
        return None
    from elvmass.io.text_table import TextLayout

    return TextLayout(args.leads, args.rate_hz, args.unit)


def add_analysis(command: argparse.ArgumentParser) -> None:
    """How the record is analysed and judged."""
    group = command.add_argument_group("analysis")
    group.add_argument(
        "--beat",
        type=_beat,
        metavar="WHICH",
        default=(None, None),
        help="which beat stands for the recording: middle, median, or a number from 1 among the "
        "complete ones (default: as the model was trained)",
    )
    group.add_argument("--filter", choices=list(BANDS),
                       help="band of the beat (default: the model's own)")  # fmt: skip
    group.add_argument("--notch", choices=list(NOTCHES), default="auto", help="mains, Hz")
    group.add_argument("--delineator", choices=DELINEATORS, default=DELINEATORS[0],
                       help="who draws the boundaries; nk-...: neurokit2, to compare")  # fmt: skip
    group.add_argument("--threshold", choices=list(THRESHOLDS), default=DEFAULT_THRESHOLD)
    group.add_argument("--cutoffs", choices=list(PRESETS), default="standard",
                       help="cut-offs of the rule-based criteria")  # fmt: skip
    group.add_argument("--bsa", choices=list(BSA_FORMULAS), default="du_bois")
    group.add_argument(
        "--models", type=Path, metavar="DIR",
        help="folder of model bundles (default: the bundled and your own)",
    )  # fmt: skip
    group.add_argument(
        "--model", metavar="NAME", help="use this model (default: chosen for the patient)"
    )


def analysis_options(args: argparse.Namespace, explain: bool) -> Options:
    """The options of :func:`elvmass.pipeline.analyse` as given."""
    from elvmass.pipeline import Options

    kind, number = args.beat
    return Options(
        signal=SignalOptions(kind, number, args.filter, args.notch, args.delineator),
        threshold=args.threshold,
        bsa_formula=args.bsa,
        cutoffs=args.cutoffs,
        models=args.models,
        model=args.model,
        explain=explain,
        **({"method": args.method} if "method" in args else {}),
    )


def with_patient(record: Record, args: argparse.Namespace) -> Record:
    """The record with the demographics given on the command line."""
    given: dict[str, Any] = {
        "sex": Sex(args.sex) if args.sex else None,
        "age_years": args.age,
        "height_cm": args.height,
        "weight_kg": args.weight,
    }
    known = {name: value for name, value in given.items() if value is not None}
    patient: Patient = replace(record.patient, **known)
    return replace(record, patient=patient)


def add_jobs(command: argparse.ArgumentParser) -> None:
    """``--jobs``, of commands that share their work between processes."""
    command.add_argument("--jobs", type=_from_one, default=1, help="processes (default 1)")


def progress_line(text: str, fraction: float) -> None:
    """A progress bar on stderr; silent when stderr is not a terminal."""
    if sys.stderr.isatty():
        filled = round(30 * fraction)
        end = "\n" if fraction >= 1 else ""
        bar = "#" * filled + "." * (30 - filled)
        print(f"\r[{bar}] {text:<40.40}", end=end, file=sys.stderr, flush=True)


def _labels(text: str) -> tuple[str, ...]:
    return tuple(label.strip() for label in text.split(","))


def _beat(text: str) -> tuple[BeatKind, int | None]:
    if text in (BeatKind.MIDDLE.value, BeatKind.MEDIAN.value):
        return BeatKind(text), None
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is neither middle, median nor a number from 1")
    return BeatKind.CHOSEN, int(text) - 1


def _from_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not a plausible sampling rate")
    return value


def _person(unit: str, low: float, high: float) -> Callable[[str], float]:
    """A number that a person may have, in the program's unit."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not within {low:g} to {high:g} {unit}")
        return value

    return read
