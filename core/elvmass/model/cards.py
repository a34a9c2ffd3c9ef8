"""Model cards and settings as JSON, and the choice of a model; no torch here.

Listing and choosing models must be quick: the window shows its list before torch is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from elvmass.beat import BeatKind
from elvmass.card import ECG_SCALARS, INPUT_SETS, BeatSpec, InputSpec, ModelCard, View
from elvmass.errors import BundleError
from elvmass.record import LEADS, Sex

CARD_FILE = "card.json"
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "weights.safetensors"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CardAt:
    """A model card and the folder of its bundle."""

    card: ModelCard
    path: Path


@dataclass(frozen=True, slots=True)
class DamagedModel:
    """The folder of a bundle whose card cannot be read, and why."""

    path: Path
    why: str

    @property
    def sentence(self) -> str:
        """Which model, why it is of no use, and what helps."""
        return (
            f"The model {self.path.name!r} is left out, because it is damaged: {self.why} "
            "Install it again, or remove it with Research › Models in the viewer."
        )


def to_json(value: object) -> str:
    """Write a dataclass (or plain JSON values) as indented JSON with a final newline."""
    plain = asdict(value) if hasattr(value, "__dataclass_fields__") else value  # type: ignore[call-overload]
    return json.dumps(plain, indent=2, default=_plain, allow_nan=False) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no JSON form")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of a bundle; BundleError when it is missing or damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleError(f"The model {path.parent.name!r} lacks its file {path.name}.") from error
    except (OSError, ValueError) as error:
        because = error.strerror if isinstance(error, OSError) else error  # no path in a report
        raise BundleError(
            f"{path.name} of model {path.parent.name!r} cannot be read: {because}."
        ) from error
    if not isinstance(found, dict):
        raise BundleError(f"{path.name} of model {path.parent.name!r} is not a JSON object.")
    return found


def build(kind: type[T], values: Mapping[str, Any], where: str) -> T:
    """Make a dataclass from a JSON object that names each of its fields and nothing else."""
    if not isinstance(values, Mapping):
        raise BundleError(f"{where}: expected an object.")
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    missing, unknown = sorted(known - set(values)), sorted(set(values) - known)
    if missing or unknown:
        parts = [f"lacks {', '.join(missing)}"] * bool(missing)
        parts += [f"has unknown {', '.join(unknown)}"] * bool(unknown)
        raise BundleError(f"{where} {' and '.join(parts)}; it was made by another version.")
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise BundleError(f"{where}: {error}.") from error


def read_card(folder: Path) -> ModelCard:
    """Read and check ``card.json`` of a bundle."""
    where = f"{CARD_FILE} of model {folder.name!r}"
    values = read_json(folder / CARD_FILE)
    if values.get("inputs") not in INPUT_SETS:
        raise BundleError(f"{where}: inputs must be one of {', '.join(INPUT_SETS)}.")
    try:
        sex = None if values.get("sex") is None else Sex(values["sex"])
    except ValueError as error:
        raise BundleError(f"{where}: {error}.") from error
    later = {"modality": "", "folds": 0, "intended_use": ""}  # not in the cards of older programs
    card = build(ModelCard, {**later, **values, "sex": sex}, where)
    if (card.target, card.unit) != ("left ventricular mass", "g"):
        raise BundleError(f"{where}: estimates {card.target} in {card.unit}; this is not read.")
    return card


def input_spec_from(values: Mapping[str, Any], where: str) -> InputSpec:
    """Make an InputSpec from JSON; refuses other leads, units and scalars than ours."""
    beat = dict(values.get("beat", {}))
    try:
        beat |= {
            "kind": BeatKind(beat["kind"]),
            "view": View(beat["view"]),
            "band_hz": tuple(beat["band_hz"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{where}: beat is not understood ({error}).") from error
    lists = ("scalars", "impute", "mean", "sd", "leads")
    tuples = {name: tuple(values[name]) for name in lists if name in values}
    rest = {**values, **tuples, "beat": build(BeatSpec, beat, f"{where}, beat")}
    spec = build(InputSpec, rest, where)
    if spec.leads != LEADS or spec.unit != "mV":
        raise BundleError(f"{where}: leads {spec.leads} in {spec.unit} are not understood.")
    return spec


def list_bundles(*folders: Path) -> list[CardAt]:
    """Every bundle directly inside ``folders``, by name; BundleError names a damaged card.

    Hidden folders are none: a bundle that is being installed is one.
    """
    found = [CardAt(read_card(path), path) for path in _bundle_folders(folders)]
    return sorted(found, key=lambda c: c.card.name)


def sound_and_damaged(*folders: Path) -> tuple[list[CardAt], list[DamagedModel]]:
    """As :func:`list_bundles`, with damaged cards beside the sound ones: one hides no other."""
    sound: list[CardAt] = []
    damaged: list[DamagedModel] = []
    for path in _bundle_folders(folders):
        try:
            sound.append(CardAt(read_card(path), path))
        except BundleError as error:
            damaged.append(DamagedModel(path, str(error)))
    return sorted(sound, key=lambda c: c.card.name), damaged


def _bundle_folders(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if (path / CARD_FILE).is_file() and not path.name.startswith("."):
                yield path


def choose(
    cards: Sequence[CardAt], sex: Sex | None, scalars: Mapping[str, float | None]
) -> tuple[CardAt, str]:
    """Pick the model for a patient and say why in one sentence.

    The sex chooses the model (pooled when unknown), the availability of axes and QRS duration
    chooses its inputs. What is preferred but not installed is named in the reason. Of several that
    fit alike, those trained on patients come before those trained on simulated ones, and then that
    of the most patients. A model whose error is unknown is never picked.

    Raises
    ------
    BundleError
        If no installed model fits this patient at all.
    """
    missing = [name for name in ECG_SCALARS if scalars.get(name) is None]
    sexes = [sex, None] if sex else [None]
    inputs = ["model1", "ecg"] if missing else ["model2", "model1", "ecg"]
    for wanted in [(s, i) for s in sexes for i in inputs]:
        for at in sorted(cards, key=lambda at: (at.card.simulated, -at.card.n_train)):
            if (at.card.sex, at.card.inputs) == wanted and at.card.metrics:
                return at, _reason(at.card, sex, missing)
    raise BundleError(
        "No installed model fits this patient; install the pooled model, or name the model to use."
    )


def counterpart(cards: Sequence[CardAt], card: ModelCard, sex: Sex | None) -> CardAt | None:
    """The pooled model beside one for this sex, or the reverse; None if there is none.

    Only a model with the same inputs, trained on the same cohort, can be compared: otherwise a
    difference would say nothing about sex.
    """
    if sex is None or card.sex not in (sex, None):
        return None
    wanted = (sex if card.sex is None else None, card.inputs, card.trained_on)
    for at in cards:
        if (at.card.sex, at.card.inputs, at.card.trained_on) == wanted and at.card.metrics:
            return at
    return None


def named(
    cards: Sequence[CardAt], name: str, sex: Sex | None, damaged: Sequence[DamagedModel] = ()
) -> tuple[CardAt, str]:
    """The model of that name, whoever the patient is, and a sentence that says so.

    Raises
    ------
    BundleError
        If it is damaged, or not installed; the message lists those that are.
    """
    for at in cards:
        if at.card.name == name:
            of_sex = at.card.sex
            other = f", though it was trained on one sex only ({of_sex.value})" if of_sex else ""
            return at, "it was asked for by name" + (other if of_sex is not sex else "")
    for each in damaged:
        if each.path.name == name:
            raise BundleError(each.sentence)
    raise BundleError(
        f"No model is called {name!r}. Installed are: {', '.join(at.card.name for at in cards)}."
    )


def _reason(card: ModelCard, sex: Sex | None, missing: Sequence[str]) -> str:
    known = f"sex is {sex.value}" if sex else "sex is unknown, so the pooled model"
    if sex and card.sex is None:
        known += ", but only the pooled model is installed"
    names = " and ".join(filter(None, [_axes(missing), _qrs(missing)]))
    ecg = f"{names} missing" if missing else "axes and QRS duration are known"
    wanted = "model1" if missing else "model2"
    if card.inputs != wanted:
        ecg += f", but {wanted} is not installed"
    return f"{known}; {ecg}"


def _axes(missing: Sequence[str]) -> str:
    waves = [n.split("_")[0] for n in missing if n.endswith("_axis_deg")]
    labels = {"p": "P", "qrs": "QRS", "t": "T"}
    return f"{', '.join(labels[w] for w in waves)} axis" if waves else ""


def _qrs(missing: Sequence[str]) -> str:
    return "QRS duration" if "qrs_ms" in missing else ""
