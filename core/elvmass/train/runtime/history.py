"""What is written down of each epoch; no torch, so that a window can read it."""

from __future__ import annotations

from typing import NamedTuple


class HistoryRow(NamedTuple):
    """One epoch; errors are mean absolute errors in SD of the target, ``seconds`` wall time."""

    epoch: int
    learning_rate: float
    train_mae_sd: float
    validation_mae_sd: float
    seconds: float
