"""The models of this machine: where they lie, which are sound, and each loaded once. No torch."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import elvmass_resources
from elvmass.card import ModelCard
from elvmass.errors import BundleError
from elvmass.model.cards import CardAt, DamagedModel, sound_and_damaged

if TYPE_CHECKING:
    from elvmass.model.bundle import Bundle


def bundled_models() -> Path:
    """Folder of the models that ship with the program."""
    return elvmass_resources.path("models")


def user_models() -> Path:
    """Folder of the models that this user has installed; it need not exist.

    The platform's place for data of programs, or ``ELVMASS_MODELS`` if that is set.
    """
    if given := os.environ.get("ELVMASS_MODELS"):
        return Path(given)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    elif sys.platform == "darwin":
        base = "~/Library/Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "elvmass" / "models"


def installed_models(folder: Path | None = None) -> list[CardAt]:
    """Cards of the models in a folder; without one, of the bundled and the user's own.

    Damaged ones are left out; :func:`damaged_models` names them.

    Raises
    ------
    BundleError
        If there is none.
    """
    return installed_and_damaged(folder)[0]


def damaged_models(folder: Path | None = None) -> list[DamagedModel]:
    """The models that are left out, because their cards cannot be read, and why."""
    return sound_and_damaged(*_folders(folder))[1]


def installed_and_damaged(folder: Path | None) -> tuple[list[CardAt], list[DamagedModel]]:
    """Both in one look at the disk; BundleError if none is sound."""
    folders = _folders(folder)
    cards, damaged = sound_and_damaged(*folders)
    if not cards:
        because = "".join(f" {each.sentence}" for each in damaged)
        raise BundleError(f"{folders[0]} holds no model. `elvmass train` makes one.{because}")
    return cards, damaged


def _folders(folder: Path | None) -> tuple[Path, ...]:
    return (bundled_models(), user_models()) if folder is None else (folder,)


def open_bundle(card: ModelCard, models: Path | None = None) -> Bundle:
    """The installed model with this card.

    Raises
    ------
    BundleError
        If it is no longer installed.
    """
    for at in installed_models(models):
        if at.card == card:
            return load(at)
    raise BundleError(f"The model {card.name!r} is no longer installed. Analyse the ECG again.")


def load(at: CardAt) -> Bundle:
    """The model behind a card: loaded and verified once for each process."""
    return _load(at.path, at.card.sha256)


@lru_cache(maxsize=16)
def _load(path: Path, sha256: str) -> Bundle:
    """``sha256`` tells a new model in an old place."""
    from elvmass.model.bundle import load_bundle

    return load_bundle(path)
