"""Settings of a training run: the paper's where it states them, ours where it does not."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from elvmass.beat import BeatKind
from elvmass.card import INPUT_SETS, LEAD_GROUPS, BeatSpec, View
from elvmass.errors import ConfigError

_CHOICES: dict[str, tuple[str, ...]] = {
    "sex": ("pooled", "male", "female"),
    "inputs": tuple(INPUT_SETS),
    "architecture": ("tcn", "tcn_published", "efficientnet1d", "lvm_ai", "fcn"),
    "groups": tuple(LEAD_GROUPS),
    "linear_path": ("none", "learned", "ridge"),
    "axis_encoding": ("degrees", "sincos"),
    "ecg_scale": ("counts5uv", "microvolt"),
    "loss": (
        "mae",
        "smooth_mae",
        "log_cosh",
        "huber",
        "asymmetric",
        "asymmetric_keras",
        "cdf_weighted",
    ),
    "optimiser": ("adam", "radam"),
    "schedule": ("constant", "cosine", "plateau", "halving"),
    "augmentation": ("none", "crop", "rerecord"),
    "selection": ("best", "last"),
    "device": ("auto", "cpu", "cuda"),
    "precision": ("auto", "fp32", "bf16"),
}
#: What models are made for, unless a configuration says more.
INTENDED_USE = (
    "Research on resting 12-lead ECGs of adults without bundle branch block, pacing or atrial "
    "fibrillation."
)
_POSITIVE = (
    "folds", "epochs", "batch_size", "learning_rate", "rate_patience", "crop_s", "threads",
    "channels", "levels", "kernel", "pool", "width", "projection", "scalar_width", "head_width",
    "kernel_components",
)  # fmt: skip

_TCN = ("tcn", "tcn_published")
_GROUPED = (*_TCN, "efficientnet1d")
#: Architectures that a setting of the network has an effect in; elsewhere it is refused.
_EFFECT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("channels", "levels", "kernel"), _TCN),
    "pool": ("tcn",),
    "width": ("efficientnet1d",),
    "ecg_scale": ("lvm_ai",),
    "dropout": (*_GROUPED, "lvm_ai"),
    **dict.fromkeys(
        ("groups", "linear_path", "kernel_centres", "kernel_components", "kernel_share",
         "log_mass", "projection", "scalar_width", "head_width", "axis_encoding", "lead_zscore"),
        _GROUPED,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Everything that determines a bundle, apart from the cohort.

    Stated by the paper: absolute error as loss, Adam with 1e-3, at most 100 epochs, the epoch of
    the best validation error, five folds stratified on mass, 10 % of the rest for validation.
    Batch size, network widths and dropout are choices of ours. ``schedule``, ``average``,
    ``weight_decay``, ``patience``, ``augmentation``, ``lead_zscore``, ``linear_path``,
    ``kernel_centres``, ``log_mass`` and ``pool`` are off by default, and ``selection`` is "best":
    what else they offer is not in the paper.

    Attributes
    ----------
    name
        Of the model: of its folder, in its card and in every report.
    trained_on
        One sentence for the model card: which patients, how many, how their mass was measured.
    simulated
        Whether no real patient is among them. Said with every estimate of the model.
    version, licence
        Of the model, for its card.
    intended_use, limitations
        For whom the model is meant and where it is not to be trusted, for its card.
    sex
        "pooled" trains on both sexes; "male" or "female" on one, in the same folds.
    inputs
        What the model is told beside the ECG: "ecg" nothing; "model1" age, sex, height and weight;
        "model2" axes and QRS duration as well (the paper's names).
    architecture
        The network: "tcn" (our form of the paper's), "tcn_published" (as its authors wrote it),
        "efficientnet1d" (the paper's other encoder), "lvm_ai" and "fcn" (rivals).
    groups
        Which leads share an encoder: limb and precordial leads apart, or in finer groups.
    linear_path
        A straight sum over beat and scalars added to the answer: "none" (the paper), "learned"
        (starts at zero), "ridge" (starts at a ridge regression).
    kernel_centres
        Typical patients that a beat is compared with in the kernel path; 0 is no kernel path.
    kernel_components
        Principal components of the beat in which the kernel path compares.
    kernel_share
        Weight of the kernel path in the mean of both; the rest is the network's.
    log_mass
        Learn the logarithm of the mass, in which body size and voltage add up.
    channels
        Width of each TCN: traces that it works on side by side.
    levels
        Depth of each TCN: each level looks twice as far in time as the one before.
    kernel
        Samples that each step of the TCN looks at.
    pool
        Samples that are averaged into one before the TCN; 2 halves the work, 1 is none.
    width
        Of EfficientNet, as a share of its published size B0.
    dropout
        Share of values left out at random while it learns, against learning by heart.
    projection, scalar_width, head_width
        Units of the layer behind the encoders, of those for demographics and measurements, and of
        the last one before the answer.
    axis_encoding
        Electrical axes as "degrees", or as "sincos", for which -180° and 180° are the same.
    lead_zscore
        Divide each lead by its spread in the training patients; loses voltage, a sign of mass.
    ecg_scale
        Unit in which the ECG enters "lvm_ai": counts of 5 µV, or microvolts.
    folds
        Parts of the cross-validation: each patient is in the test part of one of them. As many
        networks make up the model.
    validation_share
        Share of the other patients of a fold that is set aside to watch the error.
    seed
        Number that fixes the split, the first weights and the order of patients: the same seed
        gives the same model.
    epochs
        How often, at most, each fold goes through its patients.
    batch_size
        Patients after which the weights are corrected once.
    loss
        What is made small: absolute error ("mae"), or one that weighs large or rare errors
        otherwise.
    selection
        "best" keeps the epoch of the best validation error (the paper). "last" keeps the last and
        trains on the validation patients as well: a hundred patients choose an epoch mostly by
        chance, but then their error is of patients it has seen.
    optimiser
        How the weights are corrected: "adam" (the paper) or "radam", which starts more gently.
    learning_rate
        Size of each correction of the weights.
    weight_decay
        Pull of the weights towards zero; 0 is off.
    schedule
        How the learning rate falls: "constant", "cosine" to zero, "plateau" to a tenth or "halving"
        to a half when the validation error stands still.
    rate_patience
        Epochs without a better validation error before the learning rate falls.
    augmentation, crop_s
        Make training ECGs vary: "crop" shortens strips to so many seconds or more, "rerecord"
        mimics another recording of the same patient; "none" (the paper).
    average
        Decay per step of a moving average of the weights, which is what is kept; 0 is off.
    patience
        Stop a fold after so many epochs without a better validation error; 0 is off.
    device
        What computes: "auto" is the GPU if there is one, else the CPU.
    precision
        "auto" computes in 16 bits where the device is made for it, else in 32.
    threads
        Processor threads of each process; more than one seldom helps networks of this size.
    beat
        Which beat or strip the models see, at which rate and filtered how.
    """

    name: str
    trained_on: str
    simulated: bool
    version: str = "1"
    licence: str = "Apache-2.0"
    intended_use: str = INTENDED_USE
    limitations: str = "Research use only; not a medical device."
    sex: str = "pooled"
    inputs: str = "model2"
    architecture: str = "tcn"
    groups: str = "limb_precordial"
    linear_path: str = "none"
    kernel_centres: int = 0
    kernel_components: int = 64
    kernel_share: float = 0.65
    log_mass: bool = False
    channels: int = 32
    levels: int = 6
    kernel: int = 7
    pool: int = 1
    width: float = 0.25
    dropout: float = 0.2
    projection: int = 64
    scalar_width: int = 32
    head_width: int = 64
    axis_encoding: str = "degrees"
    lead_zscore: bool = False
    ecg_scale: str = "counts5uv"
    folds: int = 5
    validation_share: float = 0.1
    seed: int = 0
    epochs: int = 100
    batch_size: int = 32
    loss: str = "mae"
    selection: str = "best"
    optimiser: str = "adam"
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    schedule: str = "constant"
    rate_patience: int = 10
    augmentation: str = "none"
    crop_s: float = 2.0
    average: float = 0.0
    patience: int = 0
    device: str = "auto"
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
        for name in ("dropout", "average", "validation_share", "kernel_share"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ConfigError(f"{name} must lie in [0, 1), not {getattr(self, name)}.")
        if self.folds < 2 or self.validation_share == 0:
            raise ConfigError("folds must be 2 or more, validation_share above 0.")
        self._check_recipe()
        self._check_network()

    def _check_recipe(self) -> None:
        if self.kernel_centres < 0:
            raise ConfigError(f"kernel_centres must be 0 or more, not {self.kernel_centres}.")
        follows = self.patience > 0 or self.schedule not in ("constant", "cosine")
        if self.selection == "last" and follows:
            raise ConfigError(
                'selection "last" goes with a schedule "constant" or "cosine" and no patience: it '
                "has seen the validation rows."
            )

    def _check_network(self) -> None:
        """Refuse what does not go together; a setting without effect is a misunderstanding."""
        for item in fields(self):
            effective = _EFFECT.get(item.name, (self.architecture,))
            if self.architecture not in effective and getattr(self, item.name) != item.default:
                raise ConfigError(
                    f"{item.name} has no effect in the network {self.architecture!r}; "
                    f"leave it out or use {', '.join(effective)}."
                )
        if self.architecture == "tcn" and self.kernel % 2 == 0:
            raise ConfigError(f"kernel must be odd for 'same' padding, not {self.kernel}.")
        if self.kernel % 2 == 0 and self.precision != "fp32":
            raise ConfigError(
                "An even kernel needs precision 'fp32': in bf16 some CPUs compute it wrongly."
            )
        strip = self.beat.view is View.STRIP
        for name, used in (
            ("linear_path", self.linear_path != "none"), ("kernel_centres", self.kernel_centres)
        ):  # fmt: skip
            if used and strip:
                raise ConfigError(f"{name} needs beats: in a strip no sample has a meaning.")
        if self.augmentation == "crop" and (not strip or self.architecture == "lvm_ai"):
            raise ConfigError(
                "augmentation 'crop' needs strips ([beat] view = \"strip\") and a network for any "
                "length, which 'lvm_ai' is not."
            )


def load_config(path: Path | None = None, **overrides: Any) -> TrainConfig:
    """Read a TOML file and overrides (which win) into a TrainConfig.

    Raises
    ------
    ConfigError
        If the file cannot be read, a key is unknown or missing, or a value has the wrong type.
    """
    values = {**read_settings(path), **overrides}
    if isinstance(values.get("beat"), Mapping):
        values["beat"] = _beat(values["beat"])
    checked = _checked(TrainConfig, values)
    missing = [n for n in ("name", "trained_on", "simulated") if n not in checked]
    if missing:
        raise ConfigError(f"The training configuration must state {', '.join(missing)}.")
    return TrainConfig(**checked)


def read_settings(path: Path | None) -> dict[str, Any]:
    """Settings of a TOML file by name, ``beat`` as a value; none of no file.

    Raises
    ------
    ConfigError
        If the file cannot be read or its beat is not understood.
    """
    if path is None:
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}.") from error
    if isinstance(values.get("beat"), Mapping):
        values["beat"] = _beat(values["beat"])
    return values


def _beat(values: Mapping[str, Any]) -> BeatSpec:
    given = dict(values)
    try:
        if "kind" in given:
            given["kind"] = _kind(given["kind"])
        if "view" in given:
            given["view"] = View(given["view"])
        if "band_hz" in given:
            low, high = given["band_hz"]
            given["band_hz"] = (float(low), float(high))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"[beat] is not understood: {error}.") from error
    return BeatSpec(**_checked(BeatSpec, given))


def _kind(value: str) -> BeatKind:
    kind = BeatKind(value)
    if kind is BeatKind.CHOSEN:
        raise ValueError("a model cannot be trained on beats chosen by hand")
    return kind


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
