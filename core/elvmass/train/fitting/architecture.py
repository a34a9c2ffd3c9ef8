"""From a training configuration to the settings of its network."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from elvmass.card import INPUT_SETS
from elvmass.model.inputs import axis_columns
from elvmass.model.net import ARCHITECTURES, NetSettings
from elvmass.train.settings.config import TrainConfig


def net_config(config: TrainConfig) -> NetSettings:
    """Settings of the network; its class belongs to ``config.architecture``."""
    kind = ARCHITECTURES[config.architecture].settings
    scalars = INPUT_SETS[config.inputs]
    derived: dict[str, Any] = {
        "n_samples": config.beat.n_samples,
        "n_scalars": len(scalars),
        "linear_path": config.linear_path != "none",
        "axis_columns": axis_columns(scalars) if config.axis_encoding == "sincos" else (),
    }
    names = [field.name for field in fields(kind)]
    return kind(**{n: derived[n] if n in derived else getattr(config, n) for n in names})
