"""Several processes train one network: each takes a part of every batch.

They are started by torch's launcher, ``torchrun --nproc-per-node 2 -m elvmass.cli train ...``. All
know the answers to the whole batch, so that any loss and the training error are those of one
process, and the weights agree with one process's but for the order of sums. What is random within
a network (dropout, augmentation) has a stream of its own in each process: then a training repeats
itself only with the same number of processes. Batch normalisation sees the process's part only.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel

#: The others wait so long while the first reads a cohort.
_PATIENCE = timedelta(hours=12)


@contextmanager
def joined(device: torch.device) -> Iterator[None]:
    """Join the processes that torchrun started; without it there is one process."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        with warnings.catch_warnings():  # of skips with kernel 1, a fiftieth of the weights
            warnings.filterwarnings("ignore", "Grad strides do not match bucket view strides")
            yield
    finally:
        dist.destroy_process_group()


def rank() -> int:
    """Number of this process, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def size() -> int:
    """Number of processes."""
    return dist.get_world_size() if dist.is_initialized() else 1


@contextmanager
def first_alone() -> Iterator[None]:
    """Let process 0 go through the body before the others."""
    if rank() > 0:
        dist.barrier()
    yield
    if rank() == 0 and size() > 1:
        dist.barrier()


def wrap(net: nn.Module, device: torch.device) -> nn.Module:
    """Return a network whose gradients are averaged over the processes."""
    if size() == 1:
        return net
    return DistributedDataParallel(net, device_ids=[device] if device.type == "cuda" else None)


def part(n: int) -> slice:
    """Rows of a batch of ``n`` that belong to this process; may be none."""
    return slice(rank() * n // size(), (rank() + 1) * n // size())


def complete(answer: Tensor, own: slice, n: int) -> Tensor:
    """[n] answers of all processes, with gradients for ``own``, which this process gave.

    ``answer`` may hold more than ``own``, if that is none: every process must take its step.
    """
    if size() == 1:
        return answer
    mine = answer[: own.stop - own.start]
    whole = answer.new_zeros(n)
    whole[own] = mine.detach()
    dist.all_reduce(whole)
    whole[own] = mine
    return whole


def of_first(value: float) -> float:
    """Return the value of process 0, so that all decide alike."""
    return float(gathered(value)[0]) if size() > 1 else value


def gathered(value: Any) -> list[Any]:
    """Return the values of all processes, in their order."""
    if size() == 1:
        return [value]
    values: list[Any] = [None] * size()
    dist.all_gather_object(values, value)
    return values
