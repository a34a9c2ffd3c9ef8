"""Train one network on one split: absolute error, Adam, best validation epoch."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from elvmass.model.inputs import Float32Array
from elvmass.model.net import ELVMassNet, NetConfig
from elvmass.record import FloatArray
from elvmass.train.config import TrainConfig
from elvmass.train.dataset import Progress, ignore
from elvmass.train.linear import fit_ridge


class Arrays(NamedTuple):
    """Inputs and target of one part: [n, 12, m] mV, [n, k] z-scores, [n] z-scores of mass."""

    waveform: Float32Array
    features: Float32Array
    target: FloatArray


class HistoryRow(NamedTuple):
    """One epoch; errors are mean absolute errors in SD of the target."""

    epoch: int
    learning_rate: float
    train_mae_sd: float
    validation_mae_sd: float


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """Network of the best validation epoch, in evaluation mode, and how it came about."""

    net: ELVMassNet
    history: tuple[HistoryRow, ...]
    best_epoch: int
    precision: str


def resolve_precision(wanted: str) -> str:
    """Return "bf16" or "fp32"; "auto" asks whether the CPU multiplies bf16 natively."""
    if wanted != "auto":
        return wanted
    return "bf16" if cpu_multiplies_bf16() else "fp32"


def cpu_multiplies_bf16() -> bool:
    """Whether this CPU has AVX512-BF16 or AMX; elsewhere bf16 may be slower than fp32."""
    known: list[Callable[[], bool]] = [
        getattr(torch.cpu, name)
        for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        if hasattr(torch.cpu, name)
    ]
    if any(ask() for ask in known):
        return True
    flags = Path("/proc/cpuinfo")
    text = flags.read_text(encoding="ascii", errors="replace") if flags.is_file() else ""
    return "avx512_bf16" in text or "amx_bf16" in text


def train_net(
    net_config: NetConfig,
    config: TrainConfig,
    train: Arrays,
    validation: Arrays,
    *,
    seed: int,
    progress: Progress = ignore,
) -> Trained:
    """Train a network; the same seed gives the same weights on the same machine.

    ``progress`` is called after each step and may raise to stop. Torch's global random state and
    number of threads are left as they were.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(config.threads)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            net = ELVMassNet(net_config)
            if config.linear_path == "ridge":
                start_from_ridge(net, train, validation)
            return _Run(net, config, progress).fit(train, validation)
    finally:
        torch.set_num_threads(threads)


def start_from_ridge(net: ELVMassNet, train: Arrays, validation: Arrays) -> None:
    """Set the linear path to a ridge regression and silence the rest, which learns what is left."""
    assert net.linear is not None
    weight, bias = fit_ridge(train, validation)
    with torch.no_grad():
        net.linear.weight.copy_(torch.tensor(weight[None], dtype=torch.float32))
        net.linear.bias.fill_(bias)
        net.out.weight.zero_()
        net.out.bias.zero_()


def validation_mae(net: ELVMassNet, arrays: Arrays, batch: int = 128) -> float:
    """Mean absolute error in SD of the target, in float32, evaluation mode."""
    net.eval()
    with torch.inference_mode():
        parts = [
            net(torch.tensor(waveform), torch.tensor(features)).numpy()
            for waveform, features in _batches(arrays, batch)
        ]
    return float(np.abs(np.concatenate(parts) - arrays.target).mean())


def _batches(arrays: Arrays, size: int) -> Iterator[tuple[Float32Array, Float32Array]]:
    for i in range(0, len(arrays.target), size):
        yield arrays.waveform[i : i + size], arrays.features[i : i + size]


class _Run:
    """The state of one training run."""

    def __init__(self, net: ELVMassNet, config: TrainConfig, progress: Progress) -> None:
        self.net = net
        self.config = config
        self.progress = progress
        self.precision = resolve_precision(config.precision)
        self.optimiser = torch.optim.Adam(
            net.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        # what is validated and kept: the averaged weights, or the very network
        self.kept = copy.deepcopy(net) if config.average else net
        self.steps = 0
        self.history: list[HistoryRow] = []

    def fit(self, train: Arrays, validation: Arrays) -> Trained:
        tensors = tuple(torch.tensor(a, dtype=torch.float32) for a in train)
        best, best_epoch = math.inf, -1
        state: dict[str, Any] = {}
        for epoch in range(self.config.epochs):
            error = self._epoch(epoch, *tensors)
            mae = validation_mae(self.kept, validation)
            rate = float(self.optimiser.param_groups[0]["lr"])
            if not (math.isfinite(error) and math.isfinite(mae)):
                raise FloatingPointError(f"training diverged in epoch {epoch + 1}")
            self.history.append(HistoryRow(epoch, rate, error, mae))
            if mae < best:
                best, best_epoch = mae, epoch
                state = {k: v.clone() for k, v in self.kept.state_dict().items()}
            if self.config.patience and epoch - best_epoch >= self.config.patience:
                break
        self.kept.load_state_dict(state)
        self.kept.masks.refresh()  # free the masks
        return Trained(self.kept.eval(), tuple(self.history), best_epoch, self.precision)

    def _epoch(self, epoch: int, waveform: Tensor, features: Tensor, target: Tensor) -> float:
        self.net.train()
        self.net.masks.refresh()
        batches = torch.split(torch.randperm(len(target)), self.config.batch_size)
        total = 0.0
        for i, rows in enumerate(batches):
            done = (epoch + i / len(batches)) / self.config.epochs
            self._set_rate(done)
            total += self._step(waveform[rows], features[rows], target[rows]) * len(rows)
            self.progress(f"epoch {epoch + 1} of {self.config.epochs}", done)
        return total / len(target)

    def _step(self, waveform: Tensor, features: Tensor, target: Tensor) -> float:
        bf16 = self.precision == "bf16"
        self.optimiser.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            answer = self.net(waveform, features)
        loss = (answer.float() - target).abs().mean()
        loss.backward()
        self.optimiser.step()
        self.steps += 1
        if self.config.average:
            self._average()
        return float(loss.detach())

    def _average(self) -> None:
        """Exponential moving average, shorter at first so that the start is forgotten soon."""
        decay = min(self.config.average, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            pairs = zip(self.kept.parameters(), self.net.parameters(), strict=True)
            for mean, now in pairs:
                mean.lerp_(now, 1.0 - decay)

    def _set_rate(self, done: float) -> None:
        if self.config.schedule == "cosine":
            rate = self.config.learning_rate * 0.5 * (1.0 + math.cos(math.pi * done))
            self.optimiser.param_groups[0]["lr"] = rate
