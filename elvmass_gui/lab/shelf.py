"""Installed models one by one, so that a damaged one hides no other. No Qt, no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elvmass.card import ModelCard
from elvmass.errors import BundleError
from elvmass.model.cards import read_card
from elvmass.model.explain import METHODS
from elvmass.model.explain.trust import Trust, read_trust
from elvmass.model.library.install import BUNDLE_FILES
from elvmass_gui import trust
from elvmass_gui.lab.card_view import card_lines

NOT_VERIFIED = "not verified yet"


@dataclass(frozen=True, slots=True)
class Shelved:
    """A folder that is a model or the remains of one.

    Attributes
    ----------
    own
        It lies in the user's folder and may be removed.
    card
        None if it cannot be read.
    damaged
        Why it is damaged, or "" (its weights are only looked at by a verification).
    facts
        What a verification found; None before it.
    """

    path: Path
    own: bool
    card: ModelCard | None
    damaged: str = ""
    facts: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """Of the card, or of the folder if there is none."""
        return self.card.name if self.card is not None else self.path.name

    @property
    def status(self) -> str:
        """Whether it is sound, in a word or two."""
        if self.damaged:
            return "damaged"
        return "sound" if self.facts is not None else NOT_VERIFIED


def shelf(bundled: Path, own: Path) -> list[Shelved]:
    """All models of both folders, the user's last, each by name."""
    return [
        _shelved(path, own=mine)
        for folder, mine in ((bundled, False), (own, True))
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".") and any((path / name).is_file() for name in BUNDLE_FILES)
    ]


def _shelved(path: Path, *, own: bool) -> Shelved:
    try:
        return Shelved(path, own, read_card(path))
    except BundleError as error:
        return Shelved(path, own, None, str(error))


def fact_lines(model: Shelved) -> list[tuple[str, str]]:
    """Everything that is known of a model, in words."""
    lines: list[tuple[str, str]] = []
    if model.damaged:
        lines += [("Damaged", model.damaged), ("Then", _remedy(model))]
    if model.card is not None:
        lines += card_lines(model.card)
    if model.facts is not None and not model.damaged:
        facts = model.facts
        coverage = (
            f"cross-conformal (CV+), 90 %, from {facts['residuals']:,} out-of-fold errors"
            if facts["intervals"]
            else "none: the model holds no errors of unseen patients"
        )
        lines += [
            ("Folds", str(facts["folds"])), ("Network", facts["network"]),
            ("Sees", facts["sees"]), ("Intervals", coverage),
        ]  # fmt: skip
    lines.append(("Folder", str(model.path)))
    if model.card is not None:
        lines += trust_lines(model)
    return lines


def _remedy(model: Shelved) -> str:
    if not model.own:
        return "Install elvmass again: the model ships with the program."
    effect = "Until then it is left out" if model.card is None else "What would use it fails"
    return f"Remove it here and install it again. {effect}."


def trust_lines(model: Shelved) -> list[tuple[str, str]]:
    """Whether each saliency method passed its checks on this model."""
    assert model.card is not None
    try:
        found: Trust | None = read_trust(model.path, model.card.sha256)
    except BundleError as error:
        return [("Saliency", str(error))]
    if found is None:
        return [("Saliency", trust.in_words(None, next(iter(METHODS))).text)]
    each = [
        f"{METHODS[method].words}: {trust.in_words(found, method).text}"
        for method in METHODS
        if method in found.methods
    ]
    return [("Saliency", "\n".join(each))]
