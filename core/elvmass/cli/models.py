"""``elvmass models``: the installed models and what they are good for."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from elvmass.cli.options import Subparsers, add_command


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    command = add_command(subparsers, "models", "list the installed models", run)
    command.add_argument("folder", type=Path, nargs="?", help="default: the bundled models")
    command.add_argument("--json", action="store_true", help="print whole cards as JSON")


def run(args: argparse.Namespace) -> int:
    """Print one line, or one whole card, for each model."""
    from elvmass.errors import ConfigError
    from elvmass.model.cards import list_bundles
    from elvmass.pipeline import bundled_models

    folder = args.folder or bundled_models()
    found = list_bundles(folder)
    if not found:
        raise ConfigError(f"{folder} holds no model. `elvmass train` makes one.")
    if args.json:
        print(json.dumps([asdict(at.card) for at in found], indent=2, default=str))
        return 0
    for at in found:
        card = at.card
        print(f"{card.name:<28}{card.sex.value if card.sex else 'pooled':<8}{card.inputs:<8}"
              f"out-of-fold MAE {card.metrics['mae_g']:.1f} g; {card.trained_on}")  # fmt: skip
    return 0
