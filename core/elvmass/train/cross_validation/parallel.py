"""Train folds side by side, one process and one thread each.

On a machine with few cores this is faster than several threads on one fold, and does not depend
on what else runs there.
"""

from __future__ import annotations

import io
import multiprocessing
import pickle
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from queue import Empty
from typing import Any

import torch

from elvmass.errors import Cancelled
from elvmass.model.net import MassNet, NetSettings, build_net
from elvmass.processes import end_with_parent, one_thread_children
from elvmass.train.cross_validation.fold import FoldResult, train_fold
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Split
from elvmass.train.runtime.journal import Journal
from elvmass.train.runtime.progress import ignore
from elvmass.train.settings.config import TrainConfig

_given: dict[str, Any] = {}  # what the initializer gave to this worker process


def train_in_processes(
    cohort: Cohort,
    config: TrainConfig,
    splits: Sequence[Split],
    journals: Sequence[Journal],
    workers: int,
) -> list[FoldResult]:
    """Train every split with its journal.

    Whatever the ``progress`` of a journal raises stops all workers at their next step.
    """
    # spawn: a forked child of a process that has used torch's threads may hang
    context = multiprocessing.get_context("spawn")
    messages, stop = context.Queue(), context.Event()
    given = (cohort, config, messages, stop)
    with one_thread_children(), ProcessPoolExecutor(workers, context, _start, given) as pool:
        silent = [replace(journal, progress=ignore) for journal in journals]
        futures = [
            pool.submit(_train, split, k, journal)
            for k, (split, journal) in enumerate(zip(splits, silent, strict=True))
        ]
        try:
            _follow(futures, messages, journals)
            results = [pickle.loads(f.result()) for f in futures]  # noqa: S301 - our own child's
        except BaseException:  # the caller cancelled or a fold failed: end the others soon
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    for journal in journals:
        journal.progress("trained", 1.0)
    return results


def _start(cohort: Cohort, config: TrainConfig, messages: Any, stop: Any) -> None:
    end_with_parent()
    torch.set_num_threads(1)
    _given.update(cohort=cohort, config=config, messages=messages, stop=stop)


def _train(split: Split, number: int, journal: Journal) -> bytes:
    """Train one fold in a worker.

    The result is pickled here: left to the pool, torch would pass tensors through shared memory,
    which sandboxes often forbid.
    """
    last = ""

    def tell(text: str, done: float) -> None:
        nonlocal last
        if _given["stop"].is_set():
            raise Cancelled("training was stopped")
        if text != last:  # once per epoch is enough for a queue between processes
            last = text
            _given["messages"].put((number, text, done))

    told = replace(journal, progress=tell)
    return _pickled(train_fold(_given["cohort"], _given["config"], split, number, told))


class _Pickler(pickle.Pickler):
    """Networks go as settings and weights: torch does not pickle those with weight norm whole."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, MassNet):
            return _rebuilt, (value.config, value.state_dict())
        return NotImplemented


def _pickled(result: FoldResult) -> bytes:
    stream = io.BytesIO()
    _Pickler(stream).dump(result)
    return stream.getvalue()


def _rebuilt(config: NetSettings, weights: dict[str, torch.Tensor]) -> MassNet:
    net = build_net(config)
    net.load_state_dict(weights)
    return net.eval()


def _follow(futures: Sequence[Future[bytes]], messages: Any, journals: Sequence[Journal]) -> None:
    """Pass the workers' messages on until all folds are done or one has failed."""
    while not all(f.done() for f in futures):
        if any(f.done() and f.exception() for f in futures):
            return
        try:
            number, text, done = messages.get(timeout=0.2)
        except Empty:
            continue
        journals[number].progress(text, done)
