"""What a training leaves behind while it runs: a state to resume from, a log, TensorBoard."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from elvmass.errors import ConfigError
from elvmass.train.runtime.atomic import write_atomically
from elvmass.train.runtime.history import HistoryRow
from elvmass.train.runtime.progress import Progress, ignore


@dataclass(frozen=True, slots=True)
class Journal:
    """How the training of one network is followed and kept.

    Attributes
    ----------
    progress
        Called after each step; may raise to stop.
    state
        File of the state after the last epoch; beside it, with the suffix ``.csv``, the log.
        None keeps neither.
    tensorboard
        Folder of the network's TensorBoard events, or None.
    """

    progress: Progress = ignore
    state: Path | None = None
    tensorboard: Path | None = None

    def load(self) -> dict[str, Any] | None:
        """State of an interrupted training on the CPU; None if there is none, or it is damaged.

        A damaged one, which only a failing disk leaves, is trained again.
        """
        if self.state is None or not self.state.is_file():
            return None
        try:
            found: dict[str, Any] = torch.load(self.state, map_location="cpu", weights_only=True)
        except (RuntimeError, EOFError, UnpicklingError):
            return None
        return found

    def keep(self, state: dict[str, Any], history: Sequence[HistoryRow]) -> None:
        """Write the state and the log of all epochs so far."""
        if self.state is None:
            return
        self.state.parent.mkdir(parents=True, exist_ok=True)
        half = self.state.with_name(f"{self.state.name}.{os.getpid()}.part")
        with half.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())  # a rename may reach the disk before the content does
        log = io.StringIO()
        writer = csv.writer(log, lineterminator="\n")
        writer.writerow(HistoryRow._fields)
        writer.writerows((row.epoch + 1, *row[1:]) for row in history)
        # whole, or a kill in between would leave a training that seems to have no epoch
        write_atomically(self.state.with_suffix(".csv"), log.getvalue().encode())
        half.replace(self.state)

    @contextmanager
    def board(self, first: int) -> Iterator[Callable[[HistoryRow], None]]:
        """Give a function that writes an epoch to TensorBoard; ``first`` is the next epoch."""
        if self.tensorboard is None:
            yield lambda row: None
            return
        with summary_writer()(str(self.tensorboard), purge_step=first + 1) as writer:

            def write(row: HistoryRow) -> None:
                for name, value in zip(HistoryRow._fields[1:], row[1:], strict=True):
                    writer.add_scalar(name, value, row.epoch + 1)
                writer.flush()

            yield write


def summary_writer() -> Any:
    """Return torch's writer of TensorBoard events; ConfigError if TensorBoard is missing."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ConfigError(
            "TensorBoard is not installed: `pip install tensorboard`, or leave --tensorboard out."
        ) from error
    return SummaryWriter
