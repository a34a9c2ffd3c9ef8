"""A model bundle: a folder that holds everything an estimate needs, and nothing executable.

::

    weights.safetensors   fold networks, mean beats, residual quantiles; its header binds config
    config.json           format, architecture and its settings, and for each fold InputSpec and
                          target scale
    card.json             ModelCard with the SHA-256 of the weights file

Loading verifies both hashes and refuses whatever it does not understand. Format 1, which knew one
architecture and no strips, is read too.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from elvmass.card import InputSpec, ModelCard
from elvmass.errors import BundleError
from elvmass.model.cards import (
    CARD_FILE,
    CONFIG_FILE,
    WEIGHTS_FILE,
    build,
    input_spec_from,
    read_card,
    read_json,
    to_json,
)
from elvmass.model.conformal import BY_SEX, PATTERNS, FoldResiduals
from elvmass.model.inputs import Float32Array
from elvmass.model.net import ARCHITECTURES, MassNet, NetSettings, architecture_of, build_net

FORMAT = 3
#: Of older programs; their bundles hold no residuals of one sex.
_OLDER = (1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One fold model with the numbers of its own training part.

    ``mean_beat_mv`` [12, m] is the mean training beat (or strip), the reference of the saliency
    map; ``residuals`` maps each pattern of missing scalars, of a pooled model also each sex under
    it, to the out-of-fold residuals, and is empty if there are none (an imported network).
    """

    net: MassNet
    spec: InputSpec
    target_mean_g: float
    target_sd_g: float
    mean_beat_mv: Float32Array
    residuals: dict[str, FoldResiduals]


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A loaded model: networks in evaluation mode, parameters without gradients."""

    card: ModelCard
    folds: tuple[Fold, ...]

    def __post_init__(self) -> None:
        if not self.folds:
            raise BundleError("A bundle needs at least one fold model.")
        shapes = {(f.spec.beat, f.spec.scalars) for f in self.folds}
        if len(shapes) != 1:
            raise BundleError("The fold models of a bundle must take the same inputs.")
        for fold in self.folds:
            fold.net.eval().requires_grad_(False)

    @property
    def spec(self) -> InputSpec:
        """Inputs of the first fold; beat and scalar names are those of all folds."""
        return self.folds[0].spec


def save_bundle(folder: Path, bundle: Bundle) -> ModelCard:
    """Write a bundle; returns its card with the hash filled in.

    The card is written last, so that a folder with a card is a complete bundle.
    """
    config = to_json(_config(bundle)).encode()
    tensors = {k: t.detach().clone().contiguous() for k, t in _tensors(bundle).items()}
    weights = save(tensors, metadata={"config_sha256": hashlib.sha256(config).hexdigest()})
    card = replace(bundle.card, sha256=hashlib.sha256(weights).hexdigest())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD_FILE).unlink(missing_ok=True)
    (folder / WEIGHTS_FILE).write_bytes(weights)
    (folder / CONFIG_FILE).write_bytes(config)
    (folder / CARD_FILE).write_text(to_json(card), encoding="utf-8")
    return card


def load_bundle(folder: Path) -> Bundle:
    """Load a bundle and verify it.

    Raises
    ------
    BundleError
        If a file or field is missing, unknown or altered.
    """
    folder = Path(folder)
    card = read_card(folder)
    config_bytes, config = _read_config(folder)
    tensors = _read_weights(folder, card.sha256, hashlib.sha256(config_bytes).hexdigest())
    where = f"{CONFIG_FILE} of model {folder.name!r}"
    net_config = _settings(config, where)
    folds = tuple(
        _fold(net_config, values, tensors, f"fold{k}.", f"{where}, fold {k}")
        for k, values in enumerate(config["folds"])
    )
    if tensors:
        raise BundleError(f"Model {folder.name!r} holds unknown weights: {min(tensors)}.")
    return Bundle(card, folds)


def _config(bundle: Bundle) -> dict[str, Any]:
    folds = [
        {
            "spec": asdict(f.spec),
            "target_mean_g": f.target_mean_g,
            "target_sd_g": f.target_sd_g,
            "n_residuals": {name: r.n for name, r in f.residuals.items()},
        }
        for f in bundle.folds
    ]
    net = bundle.folds[0].net.config
    return {
        "format": FORMAT,
        "architecture": architecture_of(net),
        "net": asdict(net),
        "folds": folds,
    }


def _tensors(bundle: Bundle) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for k, fold in enumerate(bundle.folds):
        tensors |= {f"fold{k}.net.{n}": t for n, t in fold.net.state_dict().items()}
        tensors[f"fold{k}.mean_beat_mv"] = torch.tensor(fold.mean_beat_mv)
        for name, residuals in fold.residuals.items():
            tensors[f"fold{k}.residuals.{name}"] = torch.tensor(residuals.grid)
    return tensors


def _read_config(folder: Path) -> tuple[bytes, dict[str, Any]]:
    config = read_json(folder / CONFIG_FILE)
    if config.get("format") not in (*_OLDER, FORMAT):
        raise BundleError(
            f"Model {folder.name!r} has format {config.get('format')!r}; this program reads "
            f"formats 1 to {FORMAT}. Use the version of elvmass that made it."
        )
    keys = {"format", "net", "folds"} | ({"architecture"} if config["format"] > 1 else set())
    if set(config) != keys or not isinstance(config["folds"], list):
        raise BundleError(f"{CONFIG_FILE} of model {folder.name!r} is incomplete.")
    data = (folder / CONFIG_FILE).read_bytes()
    try:
        return data, _from_format_1(config) if config["format"] == 1 else config
    except (KeyError, TypeError) as error:
        raise BundleError(f"{CONFIG_FILE} of model {folder.name!r} is incomplete.") from error


def _from_format_1(config: dict[str, Any]) -> dict[str, Any]:
    """Add what format 1 could not say: one architecture, beats, plain leads and axes."""
    folds = []
    for fold in config["folds"]:
        beat = fold["spec"]["beat"] | {"view": "beat", "strip_s": 10.0, "raw": False}
        folds.append({**fold, "spec": {**fold["spec"], "beat": beat}})
    net = {**config["net"], "lead_zscore": False, "axis_columns": []}
    return {"architecture": "tcn", "net": net, "folds": folds}


#: Settings that came after the first bundles of format 2, with the values that they had unsaid.
_FRAME_LATER = {
    "kernel_centres": 0,
    "kernel_components": 64,
    "kernel_share": 0.65,
    "log_mass": False,
}
_LATER: dict[str, dict[str, Any]] = {
    "tcn": {**_FRAME_LATER, "pool": 1},
    "tcn_published": _FRAME_LATER,
    "efficientnet1d": _FRAME_LATER,
}


def _settings(config: dict[str, Any], where: str) -> NetSettings:
    architecture, net = config["architecture"], config["net"]
    if not isinstance(architecture, str) or architecture not in ARCHITECTURES:
        raise BundleError(f"{where}: the network {architecture!r} is not known to this version.")
    if isinstance(net, dict):
        given = {name: tuple(v) if isinstance(v, list) else v for name, v in net.items()}
        net = _LATER.get(architecture, {}) | given
    return build(ARCHITECTURES[architecture].settings, net, f"{where}, net")


def _read_weights(folder: Path, sha256: str, config_sha256: str) -> dict[str, Tensor]:
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise BundleError(f"The model {folder.name!r} lacks its file {path.name}.")
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise BundleError(
            f"The weights of model {folder.name!r} do not match its card: the file was altered "
            "or damaged. Install the model again."
        )
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise BundleError(f"{path.name} of model {folder.name!r} is damaged: {error}.") from error
    if metadata.get("config_sha256") != config_sha256:
        raise BundleError(
            f"{CONFIG_FILE} of model {folder.name!r} does not belong to its weights: it was "
            "altered. Install the model again."
        )
    return tensors


def _fold(
    config: NetSettings, values: dict[str, Any], tensors: dict[str, Tensor], prefix: str, where: str
) -> Fold:
    """Build one fold and take its tensors out of ``tensors``."""
    if set(values) != {"spec", "target_mean_g", "target_sd_g", "n_residuals"}:
        raise BundleError(f"{where} is incomplete.")
    spec = input_spec_from(values["spec"], where)
    if (spec.beat.n_samples, len(spec.scalars)) != (config.n_samples, config.n_scalars):
        raise BundleError(f"{where}: inputs do not fit the network.")
    return Fold(
        net=_net(config, tensors, f"{prefix}net.", where),
        spec=spec,
        target_mean_g=float(values["target_mean_g"]),
        target_sd_g=float(values["target_sd_g"]),
        mean_beat_mv=_take(tensors, f"{prefix}mean_beat_mv", (12, config.n_samples), where),
        residuals=_residuals(values["n_residuals"], tensors, prefix, where),
    )


def _net(config: NetSettings, tensors: dict[str, Tensor], prefix: str, where: str) -> MassNet:
    net = build_net(config)
    names = [name for name in tensors if name.startswith(prefix)]
    state = {name.removeprefix(prefix): tensors.pop(name) for name in names}
    try:
        net.load_state_dict(state)
    except RuntimeError as error:
        raise BundleError(f"{where}: weights do not fit the network: {error}") from error
    return net


def _residuals(
    counts: dict[str, int], tensors: dict[str, Tensor], prefix: str, where: str
) -> dict[str, FoldResiduals]:
    if counts and not set(PATTERNS) <= set(counts) <= {*PATTERNS, *BY_SEX}:
        raise BundleError(f"{where}: residuals are not those of {', '.join(PATTERNS)}.")
    found: dict[str, FoldResiduals] = {}
    for name, n in counts.items():
        grid = _take(tensors, f"{prefix}residuals.{name}", None, where)
        found[name] = FoldResiduals(np.asarray(grid, dtype=np.float64), int(n))
    return found


def _take(tensors: dict[str, Tensor], name: str, shape: tuple[int, ...] | None, where: str) -> Any:
    """Pop one tensor as a numpy array; BundleError unless it is there with this shape."""
    tensor = tensors.pop(name, None)
    if tensor is None or (shape is not None and tuple(tensor.shape) != shape):
        raise BundleError(f"{where}: {name} is missing or has the wrong shape.")
    return tensor.numpy()
