"""Train one network on one split; keeps the epoch of the best validation error, or the last."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from elvmass.model.inputs import Float32Array
from elvmass.model.net import MassNet, NetSettings, build_net
from elvmass.model.nets.grouped import GroupedNet
from elvmass.record import FloatArray
from elvmass.train.fitting.augment import make_augment
from elvmass.train.fitting.kernel import fit_kernel
from elvmass.train.fitting.linear import fit_ridge
from elvmass.train.fitting.losses import make_loss
from elvmass.train.fitting.optimise import learning_rate, make_optimiser
from elvmass.train.runtime import distributed
from elvmass.train.runtime.device import (
    random_state,
    resolve_device,
    resolve_precision,
    seeded,
    set_random_state,
)
from elvmass.train.runtime.history import HistoryRow
from elvmass.train.runtime.journal import Journal
from elvmass.train.settings.config import TrainConfig


class Arrays(NamedTuple):
    """Inputs and target of one part: [n, 12, m] mV, [n, k] z-scores, [n] z-scores of mass."""

    waveform: Float32Array
    features: Float32Array
    target: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """Network of the epoch that is kept, in evaluation mode, and how it came about."""

    net: MassNet
    history: tuple[HistoryRow, ...]
    best_epoch: int
    precision: str


def train_net(  # noqa: PLR0913 - two describe the training rows
    net_config: NetSettings,
    config: TrainConfig,
    train: Arrays,
    validation: Arrays,
    *,
    seed: int,
    journal: Journal = Journal(),  # noqa: B008 - frozen
    variation: float = 0.3,
    owners: Sequence[str] | None = None,
) -> Trained:
    """Train a network; the same seed gives the same weights on the same machine.

    A state in ``journal`` is taken up where it ends, and ends in the same weights as without the
    interruption. Torch's global random state and number of threads are left as they were.

    Parameters
    ----------
    variation
        SD over mean of the training masses, for networks that answer in logarithms.
    owners
        Patient of each training row, for the kernel path; None: every row is another patient.
    """
    device = resolve_device(config.device)
    with seeded(seed, device, config.threads):
        net = build_net(net_config)
        net.fit_inputs(torch.as_tensor(train.waveform))
        net.fit_target(variation)
        if isinstance(net, GroupedNet) and config.linear_path == "ridge":
            start_from_ridge(net, train, validation)
        if isinstance(net, GroupedNet) and net.kernel is not None:
            named = owners or [str(i) for i in range(len(train.target))]
            answer = net.unlinked(torch.as_tensor(train.target)).numpy()
            fit_kernel(net.kernel, train.waveform, train.features, answer, named, seed)
        if distributed.rank() > 0:  # masks of its own, after the same weights
            torch.manual_seed(seed + distributed.rank())
        order = torch.Generator().manual_seed(seed)
        return _Run(net.to(device), config, order, journal).fit(train, validation)


def start_from_ridge(net: GroupedNet, train: Arrays, validation: Arrays) -> None:
    """Set the linear path to a ridge regression and silence the rest, which learns what is left."""
    assert net.linear is not None
    ends = [part._replace(target=net.unlinked(torch.as_tensor(part.target)).numpy())
            for part in (train, validation)]  # fmt: skip
    weight, bias = fit_ridge(*ends)
    with torch.no_grad():
        net.linear.weight.copy_(torch.tensor(weight[None], dtype=torch.float32))
        net.linear.bias.fill_(bias)
        net.out.weight.zero_()
        net.out.bias.zero_()


def validation_mae(net: MassNet, arrays: Arrays, batch: int = 128) -> float:
    """Mean absolute error in SD of the target, in float32, evaluation mode."""
    net.eval()
    device = next(net.parameters()).device
    with torch.inference_mode():
        parts = [
            net(torch.tensor(waveform).to(device), torch.tensor(features).to(device)).cpu().numpy()
            for waveform, features in _batches(arrays, batch)
        ]
    return float(np.abs(np.concatenate(parts) - arrays.target).mean())


def _batches(arrays: Arrays, size: int) -> Iterator[tuple[Float32Array, Float32Array]]:
    for i in range(0, len(arrays.target), size):
        yield arrays.waveform[i : i + size], arrays.features[i : i + size]


class _Run:
    """The state of one training run."""

    def __init__(
        self, net: MassNet, config: TrainConfig, order: torch.Generator, journal: Journal
    ) -> None:
        self.net = net
        self.config = config
        self.order = order  # of the rows; the same in all processes
        self.journal = journal
        self.device = next(net.parameters()).device
        self.precision = resolve_precision(config.precision, self.device)
        self.optimiser = make_optimiser(config, net.parameters())
        self.loss = make_loss(config.loss)
        self.augment = make_augment(config)
        # what is validated and kept: the averaged weights, or the very network
        self.kept = copy.deepcopy(net) if config.average else net
        self.wrapped = distributed.wrap(net, self.device)
        self.steps = 0
        self.history: list[HistoryRow] = []
        self.best: dict[str, Tensor] = {}

    def fit(self, train: Arrays, validation: Arrays) -> Trained:
        # not copied: a cohort of strips has hundreds of megabytes
        tensors = tuple(torch.as_tensor(a, dtype=torch.float32).to(self.device) for a in train)
        self._resume(self.journal.load())
        with self.journal.board(len(self.history)) as show:
            while not self._over():
                row = self._epoch(tensors, validation)
                self.history.append(row)
                if self._best_epoch() == row.epoch:
                    self.best = {k: v.clone() for k, v in self.kept.state_dict().items()}
                self._write()
                show(row)
        self.kept.load_state_dict(self.best)
        self.kept.refresh()  # free the masks
        self.journal.progress("trained", 1.0)
        net = self.kept.cpu().eval()
        return Trained(net, tuple(self.history), self._best_epoch(), self.precision)

    def _over(self) -> bool:
        done, patience = len(self.history), self.config.patience
        stopped = patience and done and done - 1 - self._best_epoch() >= patience
        return bool(stopped) or done >= self.config.epochs

    def _best_epoch(self) -> int:
        if self.config.selection == "last":
            return len(self.history) - 1
        return min(self.history, key=lambda row: row.validation_mae_sd).epoch

    def _epoch(self, train: tuple[Tensor, ...], validation: Arrays) -> HistoryRow:
        epoch, started = len(self.history), time.perf_counter()
        error = self._steps(epoch, *train)
        mae = distributed.of_first(validation_mae(self.kept, validation))
        if not (math.isfinite(error) and math.isfinite(mae)):
            raise FloatingPointError(f"training diverged in epoch {epoch + 1}")
        rate = float(self.optimiser.param_groups[0]["lr"])
        return HistoryRow(epoch, rate, error, mae, time.perf_counter() - started)

    def _steps(self, epoch: int, waveform: Tensor, features: Tensor, target: Tensor) -> float:
        """One pass over the training rows; returns the mean absolute error."""
        self.net.train()
        self.net.refresh()
        shuffled = torch.randperm(len(target), generator=self.order).to(self.device)
        batches = torch.split(shuffled, self.config.batch_size)
        text = self._text(epoch)
        total = torch.zeros((), device=self.device)
        for i, rows in enumerate(batches):
            done = (epoch + i / len(batches)) / self.config.epochs
            self._set_rate(done)
            own = distributed.part(len(rows))
            mine = rows[own] if own.start < own.stop else rows[:1]
            answer = self._answer(waveform[mine], features[mine])
            answer = distributed.complete(answer, own, len(rows))
            self._step(answer, target[rows])
            total += (answer.detach() - target[rows]).abs().sum()
            self.journal.progress(text, done)
        return float(total) / len(target)

    def _text(self, epoch: int) -> str:
        text = f"epoch {epoch + 1} of {self.config.epochs}"
        if self.history:
            text += f", validation {self.history[-1].validation_mae_sd:.3f} SD"
        return text

    def _answer(self, waveform: Tensor, features: Tensor) -> Tensor:
        bf16 = self.precision == "bf16"
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=bf16):
            answer: Tensor = self.wrapped(self.augment(waveform), features)
        return answer.float()

    def _step(self, answer: Tensor, target: Tensor) -> None:
        self.optimiser.zero_grad()
        # the gradients of the processes' parts are averaged, but must add up
        torch.autograd.backward(self.loss(answer, target) * distributed.size())
        self.optimiser.step()
        self.steps += 1
        if self.config.average:
            self._average()

    def _average(self) -> None:
        """Exponential moving average, shorter at first so that the start is forgotten soon."""
        decay = min(self.config.average, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            pairs = zip(self.kept.parameters(), self.net.parameters(), strict=True)
            for mean, now in pairs:
                mean.lerp_(now, 1.0 - decay)
            for held, buffer in zip(self.kept.buffers(), self.net.buffers(), strict=True):
                held.copy_(buffer)  # batch normalisation averages by itself

    def _set_rate(self, done: float) -> None:
        errors = [row.validation_mae_sd for row in self.history]
        self.optimiser.param_groups[0]["lr"] = learning_rate(self.config, done, errors)

    def _write(self) -> None:
        """Keep everything that the next epoch depends on."""
        randoms = distributed.gathered(random_state(self.device))
        if distributed.rank() > 0:
            return
        state = {
            "net": self.net.state_dict(),
            "kept": self.kept.state_dict(),
            "best": self.best,
            "optimiser": self.optimiser.state_dict(),
            "steps": self.steps,
            "order": self.order.get_state(),
            "randoms": randoms,
            "history": [tuple(row) for row in self.history],
        }
        self.journal.keep(state, self.history)

    def _resume(self, state: dict[str, Any] | None) -> None:
        if state is None:
            return
        self.net.load_state_dict(state["net"])
        self.kept.load_state_dict(state["kept"])
        self.best = state["best"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.steps = state["steps"]
        self.order.set_state(state["order"])
        set_random_state(state["randoms"][distributed.rank()], self.device)
        self.history = [HistoryRow(*row) for row in state["history"]]
