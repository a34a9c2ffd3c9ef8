"""``elvmass models``: the installed models, and the import of published ones."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from elvmass.cli.options import Subparsers, add_command
from elvmass.errors import ElvmassError

if TYPE_CHECKING:
    from elvmass.beat import Strip
    from elvmass.card import ModelCard
    from elvmass.model.bundle import Bundle

#: Keys of :data:`elvmass.model.nets.lvm_ai.ECG_SCALES`, which would load torch.
_SCALES = ("counts5uv", "microvolt")


def add(subparsers: Subparsers) -> None:
    """Register the command and its own sub-commands."""
    command = add_command(subparsers, "models", "list, import and check models", run)
    _add_folder(command)
    command.add_argument("--json", action="store_true", help="print whole cards as JSON")
    actions = command.add_subparsers(title="instead of the list", metavar="ACTION")
    _add_import(actions)
    _add_check_units(actions)


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--models", type=Path, metavar="DIR", default=argparse.SUPPRESS,
        help="folder of model bundles (default: the bundled and your own)",
    )  # fmt: skip


def _add_import(actions: Subparsers) -> None:
    command = add_command(
        actions, "import", "install a published Keras .h5 file (LVM-AI) as a model", run_import
    )
    command.add_argument("file", type=Path, metavar="FILE.h5", help="it is read, never run")
    command.add_argument("--name", required=True, help="of the new model")
    command.add_argument(
        "--ecg-scale", choices=_SCALES, default=_SCALES[0],
        help="what the ECG enters as, divided by 2000 (default: %(default)s, the likelier; "
        "see `elvmass models check-units`)",
    )  # fmt: skip
    command.add_argument("--force", action="store_true", help="replace your model of that name")
    command.add_argument("--models", type=Path, metavar="DIR", default=argparse.SUPPRESS,
                         help="folder to install into (default: your own models)")  # fmt: skip


def _add_check_units(actions: Subparsers) -> None:
    command = add_command(
        actions, "check-units", "find the unit of an imported model on ordinary adults", run_check
    )
    command.add_argument("model", metavar="MODEL", help="name of the imported model")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="ECG file")
    _add_folder(command)


def run(args: argparse.Namespace) -> int:
    """Print one line, or one whole card, for each model; damaged ones are named."""
    from elvmass.model.library.installed import damaged_models, installed_models

    _say(*(each.sentence for each in damaged_models(_folder(args))))
    cards = [at.card for at in installed_models(_folder(args))]
    if args.json:
        print(json.dumps([asdict(card) for card in cards], indent=2, default=str))
        return 0
    for card in cards:
        print(f"{card.name:<28}{card.sex.value if card.sex else 'pooled':<8}{card.inputs:<8}"
              f"{_error(card)}; {card.trained_on}")  # fmt: skip
    return 0


def run_import(args: argparse.Namespace) -> int:
    """Import a Keras file and say where the model is and what is not certain about it."""
    from elvmass.model.bundle import save_bundle
    from elvmass.model.keras.importing import import_keras
    from elvmass.model.library.install import place_of
    from elvmass.model.library.installed import bundled_models, user_models

    folder = _folder(args) or user_models()
    place = place_of(args.name, folder, bundled_models(), replace=args.force)
    card = save_bundle(place, import_keras(args.file, args.name, args.ecg_scale))
    print(place)
    _say(f"trained on {card.trained_on}; licence: {card.licence}", card.limitations)
    _say(f"use it with `elvmass estimate --model {args.name}` or choose it in the viewer")
    return 0


def run_check(args: argparse.Namespace) -> int:
    """Print the masses under each preset and what they mean; 1 if a file could not be used."""
    from elvmass.model.bundle import load_bundle
    from elvmass.model.cards import named
    from elvmass.model.keras.units import check_units, conclusion
    from elvmass.model.library.installed import damaged_models, installed_models

    folder = _folder(args)
    at, _ = named(installed_models(folder), args.model, None, damaged_models(folder))
    bundle = load_bundle(at.path)
    patients = list(patients_of(bundle, args.files, _say))
    checks = check_units(bundle, patients)
    print(f"{'preset':<12}{'n':>5}{'mean g':>9}{'SD g':>8}{'least g':>9}{'most g':>9}  plausible")
    for c in checks:
        figures = f"{c.n:>5}{c.mean_g:>9.1f}{c.sd_g:>8.1f}{c.low_g:>9.1f}{c.high_g:>9.1f}"
        print(f"{c.ecg_scale:<12}{figures}  {'yes' if c.plausible else 'no'}")
    print(conclusion(checks))
    return 0 if len(patients) == len(args.files) else 1


def _folder(args: argparse.Namespace) -> Path | None:
    return getattr(args, "models", None)


def _error(card: ModelCard) -> str:
    mae = card.metrics.get("mae_g")
    return "error unknown" if mae is None else f"out-of-fold MAE {mae:.1f} g"


def patients_of(
    bundle: Bundle, files: Iterable[Path], say: Callable[[str], None]
) -> Iterator[tuple[Strip, Mapping[str, float | None]]]:
    """Strip and scalars of each file that can be used; of the others it is said why not."""
    from elvmass import io
    from elvmass.model.inputs import collect_scalars
    from elvmass.signal.prepare import prepare

    for path in files:
        try:
            record = io.read(path)
            prepared = prepare(record, bundle.spec.beat)
        except ElvmassError as error:
            say(f"{path.name} is left out: {error}")
            continue
        if prepared.strip is not None:
            yield prepared.strip, collect_scalars(record, prepared.measured)


def _say(*sentences: str) -> None:
    for sentence in sentences:
        print(f"elvmass: {sentence}", file=sys.stderr)
