"""Optimisers and learning rates by name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
from torch import nn

from elvmass.train.settings.config import TrainConfig

OPTIMISERS: dict[str, type[torch.optim.Adam | torch.optim.RAdam]] = {
    "adam": torch.optim.Adam,
    "radam": torch.optim.RAdam,
}
#: What a rate is multiplied by when the validation error stands still.
FACTORS: dict[str, float] = {"plateau": 0.1, "halving": 0.5}


def make_optimiser(
    config: TrainConfig, parameters: Iterable[nn.Parameter]
) -> torch.optim.Optimizer:
    """Make the optimiser of a configuration (Adam or RAdam)."""
    return OPTIMISERS[config.optimiser](
        parameters, lr=config.learning_rate, weight_decay=config.weight_decay
    )


def learning_rate(config: TrainConfig, done: float, errors: Sequence[float]) -> float:
    """Return the rate of the next step.

    It depends on nothing but its arguments, so that a resumed training goes on as it would have.

    Parameters
    ----------
    done
        Share of all epochs that is done, 0 to 1.
    errors
        Validation error of each epoch so far.
    """
    if config.schedule == "cosine":
        return config.learning_rate * 0.5 * (1.0 + math.cos(math.pi * done))
    if config.schedule in FACTORS:
        times = standstills(errors, config.rate_patience)
        return float(config.learning_rate * FACTORS[config.schedule] ** times)
    return config.learning_rate


def standstills(errors: Sequence[float], patience: int) -> int:
    """How many times ``patience`` epochs in a row brought no better error."""
    best, since, times = math.inf, 0, 0
    for error in errors:
        since = 0 if error < best else since + 1
        best = min(best, error)
        if since == patience:
            since, times = 0, times + 1
    return times
