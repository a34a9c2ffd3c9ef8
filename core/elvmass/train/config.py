"""Settings of a training run: the paper's where it states them, ours where it does not."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from elvmass.beat import BeatKind
from elvmass.card import INPUT_SETS, LEAD_GROUPS, BeatSpec
from elvmass.errors import ConfigError

_CHOICES: dict[str, tuple[str, ...]] = {
    "sex": ("pooled", "male", "female"),
    "inputs": tuple(INPUT_SETS),
    "groups": tuple(LEAD_GROUPS),
    "linear_path": ("none", "learned", "ridge"),
    "schedule": ("constant", "cosine"),
    "precision": ("auto", "fp32", "bf16"),
}
_POSITIVE = ("folds", "epochs", "batch_size", "learning_rate", "channels", "levels", "threads")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Everything that determines a bundle, apart from the cohort.

    Stated by the paper: absolute error as loss, Adam with 1e-3, at most 100 epochs, the epoch of
    the best validation error, five folds stratified on mass, 10 % of the rest for validation.
    Batch size, network widths and dropout are choices of ours. ``schedule``, ``average``,
    ``weight_decay``, ``patience`` and ``linear_path`` are off by default: not in the paper.

    Attributes
    ----------
    name, version, licence, limitations
        For the model card.
    trained_on
        One sentence that says what the training data are.
    simulated
        True if no real patient is among them. Both must be given: nothing is assumed.
    sex
        "pooled", "male" or "female" (the pooled folds, restricted to one sex).
    linear_path
        "none" (the paper), "learned" (starts at zero), "ridge" (starts at a ridge regression).
    average
        Decay per step of an exponential moving average of the weights; 0 is off.
    patience
        Stop after so many epochs without a better validation error; 0 is off.
    precision
        "auto" is bf16 where the CPU multiplies it natively, else fp32.
    beat
        Which beat the models see.
    """

    name: str
    trained_on: str
    simulated: bool
    version: str = "1"
    licence: str = "Apache-2.0"
    limitations: str = "Research use only; not a medical device."
    sex: str = "pooled"
    inputs: str = "model2"
    groups: str = "limb_precordial"
    linear_path: str = "none"
    channels: int = 32
    levels: int = 6
    kernel: int = 7
    dropout: float = 0.2
    folds: int = 5
    validation_share: float = 0.1
    seed: int = 0
    epochs: int = 100
    batch_size: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    schedule: str = "constant"
    average: float = 0.0
    patience: int = 0
    precision: str = "auto"
    threads: int = 1
    beat: BeatSpec = field(default_factory=BeatSpec)

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ConfigError(f"{name} must be one of {', '.join(allowed)}.")
        for name in _POSITIVE:
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} must be positive, not {getattr(self, name)}.")
        for name in ("dropout", "average", "validation_share"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ConfigError(f"{name} must lie in [0, 1), not {getattr(self, name)}.")
        if self.folds < 2 or self.validation_share == 0 or self.kernel % 2 == 0:
            raise ConfigError("folds must be 2 or more, validation_share above 0, kernel odd.")


def load_config(path: Path | None = None, **overrides: Any) -> TrainConfig:
    """Read a TOML file and overrides (which win) into a TrainConfig.

    Raises
    ------
    ConfigError
        If the file cannot be read, a key is unknown or missing, or a value has the wrong type.
    """
    values = {**_read_toml(path), **overrides}
    if isinstance(values.get("beat"), Mapping):
        values["beat"] = _beat(values["beat"])
    checked = _checked(TrainConfig, values)
    missing = [n for n in ("name", "trained_on", "simulated") if n not in checked]
    if missing:
        raise ConfigError(f"The training configuration must state {', '.join(missing)}.")
    return TrainConfig(**checked)


def _read_toml(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}.") from error


def _beat(values: Mapping[str, Any]) -> BeatSpec:
    given = dict(values)
    try:
        if "kind" in given:
            given["kind"] = BeatKind(given["kind"])
        if "band_hz" in given:
            low, high = given["band_hz"]
            given["band_hz"] = (float(low), float(high))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"[beat] is not understood: {error}.") from error
    return BeatSpec(**_checked(BeatSpec, given))


def _checked(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse unknown keys and wrong types; whole numbers may stand for floats."""
    hints = get_type_hints(kind)
    known = [f.name for f in fields(kind)]
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}."
            raise ConfigError(f"Unknown setting {name!r}{hint}")
        checked[name] = _typed(name, value, hints[name])
    return checked


def _typed(name: str, value: Any, wanted: Any) -> Any:
    if wanted is float and type(value) is int:
        return float(value)
    if isinstance(wanted, type) and (
        not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))
    ):
        raise ConfigError(f"{name} must be {wanted.__name__}, not {value!r}.")
    return value
