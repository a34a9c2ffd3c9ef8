"""What the user must know about a model's number on one ECG; no torch here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from elvmass.card import SCALAR_WORDS, InputSpec, ModelCard
from elvmass.choices import BANDS, SignalOptions
from elvmass.record import Notice
from elvmass.result import LvhThreshold

if TYPE_CHECKING:
    from elvmass.model.bundle import Bundle
    from elvmass.model.cards import DamagedModel

#: A low-pass at or below this edge takes so much of QRS that it hides hypertrophy, Hz.
LOWEST_EDGE_HZ = 40.0
#: A scalar further than this from its training mean is outside what the model has seen.
FAR_SD = 3.5
#: Units that are not written as they end the names of scalars.
_SIGNS = {"deg": "°", "male": ""}


def of_training(card: ModelCard) -> Iterator[Notice]:
    """That no patient was in the training data."""
    if card.simulated:
        yield Notice(
            "simulated_training",
            "The model was trained on simulated ECGs; its grams and its interval hold for "
            "simulated hearts, not for real patients. Research use only.",
        )


def of_import(bundle: Bundle) -> Iterator[Notice]:
    """That nobody knows how far an imported model is off."""
    if not all(fold.residuals for fold in bundle.folds):
        yield Notice(
            "no_interval",
            "No interval: the model's file holds no errors of patients whom it had not seen, so "
            "how far this number may be off is not known.",
        )
        yield Notice("imported_model", bundle.card.limitations)


def of_damage(damaged: Iterable[DamagedModel]) -> Iterator[Notice]:
    """That a model which might have been chosen could not be."""
    for each in damaged:
        yield Notice("damaged_model", each.sentence)


def of_modality(card: ModelCard, limit: LvhThreshold) -> Iterator[Notice]:
    """That mass and limit are of two kinds of imaging."""
    if card.modality and not limit.modality.startswith(card.modality):
        yield Notice(
            "other_modality",
            f"The model estimates the mass of {card.modality}, but the limit is that of "
            f"{limit.modality}; the two differ by 10 to 25 %. Choose a limit of {card.modality}.",
        )


def of_filter(spec: InputSpec, signal: SignalOptions) -> Iterator[Notice]:
    """That the model was trained on another band."""
    if signal.band is None or BANDS[signal.band] == spec.beat.band_hz:
        return
    (low, high), (own_low, own_high) = BANDS[signal.band], spec.beat.band_hz
    lowers = " A limit of 40 Hz lowers QRS and hides hypertrophy." if high <= LOWEST_EDGE_HZ else ""
    yield Notice(
        "other_filter",
        f"The ECG was filtered to {low:g}-{high:g} Hz, but the model was trained on "
        f"{own_low:g}-{own_high:g} Hz.{lowers}",
    )


def of_imputation(imputed: tuple[str, ...], bundle: Bundle) -> Iterator[Notice]:
    """What had to be filled in."""
    if imputed:
        names = ", ".join(SCALAR_WORDS[name] for name in imputed)
        text = f"Unknown {names}: the training cohort's median (for sex: half-way) was used"
        if bundle.folds[0].residuals:
            text += ", and the interval is that of patients for whom it was unknown too"
        yield Notice("imputed", f"{text}.")


def of_range(scalars: Mapping[str, float | None], spec: InputSpec) -> Iterator[Notice]:
    """Scalars of which the model has seen nothing alike."""
    for name, mean, sd in zip(spec.scalars, spec.mean, spec.sd, strict=True):
        value = scalars.get(name)
        if value is not None and sd > 0 and not np.isnan(value) and abs(value - mean) > FAR_SD * sd:
            unit = name.rsplit("_", 1)[1]
            unit = _SIGNS.get(unit, f" {unit}")
            found = f"{value:z.0f}{unit}".replace("-", "−")
            usual = f"{mean:z.0f} ± {sd:.0f}{unit}".replace("-", "−")
            what = f"The {SCALAR_WORDS[name]} ({found})"
            yield Notice(
                "outside_training", f"{what} lies far outside the training cohort ({usual})."
            )
