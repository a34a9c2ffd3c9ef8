"""The experiment as a declared list: what is trained, how, and which tables it belongs to."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from elvmass.beat import BeatKind
from elvmass.card import BeatSpec, View
from elvmass.errors import ConfigError
from elvmass.train.settings.config import TrainConfig, load_config
from elvmass.train.settings.presets import PRESETS as RECIPES

#: Tables by key, in the order of the report. Keys of the preprint's tables are its own.
TABLES: dict[str, str] = {
    "1": "Table 1. Characteristics of the cohort",
    "2": "Table 2. Inputs of the model",
    "3": "Table 3. Against other methods",
    "4": "Table 4. Models of one sex",
    "s1": "Table S1. What the model sees of a recording",
    "s2": "Table S2. Lead groups",
    "s3": "Table S3. What models of one sex gain",
    "encoder": "Encoders and recipes (not a table of the preprint)",
    "rivals": "All methods, best first (not a table of the preprint)",
    "lvh": "Left ventricular hypertrophy from the estimated mass (published abstract)",
}
#: Sizes of the experiment: each holds the rows of those before it.
SIZES: tuple[str, ...] = ("quick", "standard", "full")
#: At most so many epochs of every network; a look at the report, not at the networks.
QUICK_EPOCHS = 8
#: What the others are compared with, unless told otherwise.
REFERENCE = "elvmass_model2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way of estimating mass.

    Attributes
    ----------
    key, words
        Its name in options and files, and in tables.
    tables
        Keys of :data:`TABLES`.
    size
        The smallest of :data:`SIZES` that holds it.
    recipe
        Of a network: key of :data:`elvmass.train.settings.presets.PRESETS`.
    rival
        Of a method without a network: key of a rival in :mod:`elvmass.train.rivals.roster`.
    sex
        "pooled", "male" or "female": who trains it. Always the pooled folds, restricted.
    changes, beat
        What differs from the recipe in :class:`TrainConfig`, and in its beat.
    """

    key: str
    words: str
    tables: tuple[str, ...]
    size: str = "standard"
    recipe: str = ""
    rival: str = ""
    sex: str = "pooled"
    changes: Mapping[str, Any] = field(default_factory=dict)
    beat: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What all rows of an experiment share.

    Attributes
    ----------
    seed, folds
        Of the splits and of everything that is drawn.
    ours
        Settings of the recipe "elvmass" that win over those of
        :data:`elvmass.train.settings.presets.PRESETS`.
    epochs
        Largest number of epochs by key of a row; under "" of every other network.
    device
        "auto", "cpu" or "cuda".
    simulated
        Whether the cohort is.
    """

    seed: int = 0
    folds: int = 5
    ours: Mapping[str, Any] = field(default_factory=dict)
    epochs: Mapping[str, int] = field(default_factory=dict)
    device: str = "auto"
    simulated: bool = False


#: As many steps as with single beats: a strip shows some ten of them, and takes ten times as long.
_STRIP = {
    "linear_path": "none",
    "kernel_centres": 0,
    "augmentation": "none",
    "epochs": 20,
    "batch_size": 8,
}
#: Settings of the TCN, which other encoders do not have.
_TCN_ONLY = ("channels", "levels", "kernel", "pool")
_SEXES = (("male", "men"), ("female", "women"))


def _ours(key: str, words: str, tables: Sequence[str], size: str, **rest: Any) -> Row:
    changes = {"inputs": "model2", **rest.pop("changes", {})}
    given = {"recipe": "elvmass", **rest}
    return Row(
        key=key, words=words, tables=(*tables, "rivals"), size=size, changes=changes, **given
    )


def _rival(key: str, words: str, tables: Sequence[str], size: str, **rest: Any) -> Row:
    return Row(key=key, words=words, tables=(*tables, "rivals"), size=size, **rest)


def _by_sex(row: Row) -> tuple[Row, Row]:
    """The same, trained on men and on women."""
    tables = ("4", "s3", "lvh") if row.key == REFERENCE else ("4", "lvh")
    men, women = (
        replace(
            row,
            key=f"{row.key}_{sex}",
            words=f"{row.words}, trained on {plural}",
            sex=sex,
            tables=tables,
        )
        for sex, plural in _SEXES
    )
    return men, women


_MODEL1 = _ours("elvmass_model1", "eLVMass-Net model 1",
                ("2", "3", "4", "lvh"), "quick", changes={"inputs": "model1"})  # fmt: skip
_MODEL2 = _ours("elvmass_model2", "eLVMass-Net model 2",
                ("2", "3", "4", "s1", "s2", "s3", "encoder", "lvh"), "quick")  # fmt: skip
_ECGAI = _rival("ecgai_all", "ecgAI-like, all features", ("3", "4", "lvh"), "quick",
                rival="ecgai_all")  # fmt: skip
_LVM_AI = _rival("lvm_ai_all", "LVM-AI-like, all features", ("3", "4", "lvh"), "full",
                 recipe="lvm_ai_like", changes={"inputs": "model2"})  # fmt: skip

ROWS: tuple[Row, ...] = (
    _rival("mean", "mean of the training patients", ("3",), "quick", rival="mean"),
    _rival("sex_mean", "mean of the sex", ("3",), "quick", rival="sex_mean"),
    _rival("ridge_scalars", "ridge, 8 scalars", ("3",), "quick", rival="ridge_scalars"),
    _rival("ridge_beat", "ridge, raw beat and 8 scalars", ("3", "4", "lvh"), "quick",
           rival="ridge_beat"),
    *_by_sex(_rival("ridge_beat", "ridge, raw beat and 8 scalars", (), "standard",
                    rival="ridge_beat")),
    _rival("ridge_measurements", "ridge of log mass, beat, scalars, measurements", (), "standard",
           rival="ridge_measurements"),
    _rival("kernel_ridge", "kernel ridge of log mass, beat and scalars", (), "standard",
           rival="kernel_ridge"),
    _rival("boosting", "gradient boosting, scalars and measurements", ("3", "lvh"), "quick",
           rival="boosting"),
    _rival("ecgai_signal", "ecgAI-like, signal only", ("3",), "standard", rival="ecgai_signal"),
    _ECGAI,
    *_by_sex(replace(_ECGAI, size="standard")),
    _ours("elvmass_ecg", "eLVMass-Net, ECG only", ("2",), "quick", changes={"inputs": "ecg"}),
    _MODEL1,
    _MODEL2,
    *_by_sex(replace(_MODEL1, size="standard")),
    *_by_sex(_MODEL2),
    _ours("groups_none", "model 2, twelve leads together", ("s2",), "standard",
          changes={"groups": "none"}),
    _ours("groups_coronary", "model 2, four groups by coronary artery", ("s2",), "standard",
          changes={"groups": "coronary"}),
    _ours("median_beat", "model 2, median beat", ("s1",), "standard",
          beat={"kind": BeatKind.MEDIAN}),
    _ours("tcn_alone", "model 2 without the kernel path", ("encoder",), "standard",
          recipe="elvmass_tcn"),
    _ours("efficientnet", "model 2, EfficientNet-1D encoder", ("encoder",), "standard",
          changes={"architecture": "efficientnet1d"}),
    _rival("qmul", "QMUL-like network, our scalars", ("3",), "standard", recipe="qmul_like",
           changes={"inputs": "model2"}),
    _ours("random_crop", "model 2, random crops of the 10 s", ("s1",), "full",
          changes={**_STRIP, "augmentation": "crop"}, beat={"view": View.STRIP}),
    _ours("full_strip", "model 2, all 10 s", ("s1",), "full", changes=_STRIP,
          beat={"view": View.STRIP}),
    _ours("paper_ecg", "the paper's own recipe, ECG only", ("2",), "full", recipe="paper",
          changes={"inputs": "ecg"}),
    _ours("paper_model1", "the paper's own recipe, model 1", ("2", "3"), "full", recipe="paper",
          changes={"inputs": "model1"}),
    _ours("paper_model2", "the paper's own recipe, model 2", ("2", "3", "encoder"), "full",
          recipe="paper"),
    _rival("lvm_ai_ecg", "LVM-AI-like, ECG only", ("3",), "full", recipe="lvm_ai_like",
           changes={"inputs": "ecg"}),
    _LVM_AI,
    *_by_sex(_LVM_AI),
)  # fmt: skip


def choose_rows(
    size: str = "standard", keys: Sequence[str] = (), tables: Sequence[str] = ()
) -> tuple[Row, ...]:
    """Rows in their order: those named, or those of a size, and of some tables if any are named.

    Raises
    ------
    ConfigError
        If a row or a table does not exist.
    """
    _check("row", keys, [row.key for row in ROWS])
    _check("table", tables, list(TABLES))
    if keys:
        return tuple(row for row in ROWS if row.key in keys)
    upto = SIZES.index(size)
    return tuple(
        row
        for row in ROWS
        if SIZES.index(row.size) <= upto and (not tables or set(tables) & set(row.tables))
    )


def _check(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f". Known: {', '.join(known)}."
            raise ConfigError(f"Unknown {what} {name!r}{hint}")


def row_config(row: Row, design: Design) -> TrainConfig:
    """The configuration of a row; in a rival only its folds, seed, sex and beat matter.

    Raises
    ------
    ConfigError
        If the settings do not go together.
    """
    ours = dict(design.ours) if row.recipe in ("elvmass", "") else {}
    recipe = {**RECIPES.get(row.recipe, {}), **ours, **row.changes}
    if not row.recipe:  # nothing but the beat matters to a method without a network
        recipe = {name: value for name, value in recipe.items() if name == "beat"}
    if recipe.get("architecture") == "efficientnet1d":
        recipe = {name: value for name, value in recipe.items() if name not in _TCN_ONLY}
    config = load_config(
        **{
            **recipe,
            "name": row.key,
            "trained_on": "the cohort of an experiment",
            "simulated": design.simulated,
            "sex": row.sex,
            "seed": design.seed,
            "folds": design.folds,
            "device": design.device,
            "beat": replace(recipe.get("beat", BeatSpec()), **row.beat),
        }
    )
    if not row.recipe:
        return config
    most = design.epochs.get(row.key, design.epochs.get("", config.epochs))
    return replace(config, epochs=min(config.epochs, most))
