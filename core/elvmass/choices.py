"""What a reader may choose about the way from the recording to the beat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from elvmass.beat import BeatKind
from elvmass.errors import ConfigError

#: Band-pass presets, Hz.
BANDS: dict[str, tuple[float, float]] = {
    "diagnostic": (0.05, 150.0),
    "paper": (0.5, 100.0),
    "monitor": (0.5, 40.0),
}
#: Who draws the wave boundaries: our own delineation, or a method of neurokit2 for comparison.
DELINEATORS: tuple[str, ...] = ("elvmass", "nk-prominence", "nk-dwt", "nk-cwt")
#: Mains notch: chosen from the spectrum, none, or a frequency in Hz.
NOTCHES: dict[str, float | Literal["auto"] | None] = {
    "auto": "auto",
    "off": None,
    "50": 50.0,
    "60": 60.0,
}


@dataclass(frozen=True, slots=True)
class SignalOptions:
    """What a reader may change about the way from the recording to the beat.

    Attributes
    ----------
    kind
        Which beat stands for the recording; None: as the model was trained.
    number
        With :attr:`BeatKind.CHOSEN`: which of the complete beats, from 0.
    band
        Key of :data:`BANDS`; None: the model's own band.
    notch
        Key of :data:`NOTCHES`.
    delineator
        One of :data:`DELINEATORS`.
    """

    kind: BeatKind | None = None
    number: int | None = None
    band: str | None = None
    notch: str = "auto"
    delineator: str = "elvmass"

    def __post_init__(self) -> None:
        _require("filter", self.band, (None, *BANDS))
        _require("notch", self.notch, NOTCHES)
        _require("delineator", self.delineator, DELINEATORS)
        if (self.number is not None) != (self.kind is BeatKind.CHOSEN):
            raise ConfigError("A chosen beat needs its number, and a number a chosen beat.")
        if self.number is not None and self.number < 0:
            raise ConfigError("Beats are numbered from 1.")


def _require(what: str, value: str | None, known: Iterable[str | None]) -> None:
    if value not in known:
        names = ", ".join(name for name in known if name is not None)
        raise ConfigError(f"unknown {what} '{value}'. Choose: {names}.")


#: Nothing otherwise than the model was trained.
AS_TRAINED = SignalOptions()
