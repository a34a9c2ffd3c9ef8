"""Installing and removing model bundles in a folder of the user's own; no torch until needed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from elvmass.errors import BundleError, ConfigError
from elvmass.model.cards import CARD_FILE, CONFIG_FILE, WEIGHTS_FILE, CardAt, read_card

#: Files that make a folder a bundle, or the remains of one.
BUNDLE_FILES = (CARD_FILE, CONFIG_FILE, WEIGHTS_FILE)


def place_of(name: str, folder: Path, bundled: Path, *, replace: bool = False) -> Path:
    """Where a new bundle of this name goes.

    Parameters
    ----------
    folder
        Of the user's models.
    bundled
        Of the models that ship with the program, whose names are taken.
    replace
        Whether a model of that name may be replaced.

    Raises
    ------
    ConfigError
        If the name is no name, or that of another model.
    """
    check_name(name)
    if name in {read_card(at.parent).name for at in bundled.glob(f"*/{CARD_FILE}")}:
        raise ConfigError(f"{name!r} is the name of a bundled model. Choose another name.")
    place = folder / name
    if place.exists() and not replace:
        raise ConfigError(f"{place} exists. Choose another name, remove it, or add --force.")
    return place


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a model and of its folder.

    Raises
    ------
    ConfigError
        If it cannot.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise ConfigError(
            f"{name!r} cannot be the name of a model: use letters, digits, dots, dashes and "
            "underscores, 64 at most."
        )


def install(source: Path, folder: Path, bundled: Path, *, replace: bool = False) -> CardAt:
    """Verify a bundle as a whole and copy it into the user's folder, under the name of its card.

    It appears by a rename: whoever lists models meanwhile sees the former state or the new one.

    Raises
    ------
    BundleError
        If the bundle is damaged, or the folder cannot be written.
    ConfigError
        As :func:`place_of`.
    """
    from elvmass.model.bundle import load_bundle

    card = load_bundle(source).card
    place = place_of(card.name, folder, bundled, replace=replace)
    half = folder / f".{card.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(source, half, ignore=shutil.ignore_patterns(".*"))
        if place.exists():
            remove(place, folder)
        half.replace(place)
    except OSError as error:
        raise BundleError(f"{card.name!r} cannot be installed in {folder}: {error}.") from error
    return CardAt(card, place)


def remove(place: Path, folder: Path) -> None:
    """Remove a bundle, damaged or not, from the user's folder.

    Raises
    ------
    BundleError
        If it is not one of that folder, or cannot be removed.
    """
    inside = place.resolve().parent == folder.resolve() and not place.is_symlink()
    if not inside or not any((place / name).is_file() for name in BUNDLE_FILES):
        raise BundleError(f"{place} is not a model in {folder}; it is left alone.")
    gone = folder / f".{place.name}.removed"
    try:
        shutil.rmtree(gone, ignore_errors=True)
        place.replace(gone)
        shutil.rmtree(gone)
    except OSError as error:
        raise BundleError(f"{place.name!r} cannot be removed: {error}.") from error
