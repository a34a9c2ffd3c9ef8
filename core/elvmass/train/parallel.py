"""Train folds side by side, one process and one thread each.

On a machine with few cores this is faster than several threads on one fold, and does not depend
on what else runs there.
"""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import Future, ProcessPoolExecutor
from queue import Empty
from typing import Any

import torch

from elvmass.errors import Cancelled
from elvmass.train.config import TrainConfig
from elvmass.train.dataset import Cohort, Progress
from elvmass.train.fold import FoldResult, train_fold
from elvmass.train.folds import Split
from elvmass.train.prepare_cohort import one_thread_children

_given: dict[str, Any] = {}  # what the initializer gave to this worker process


def train_in_processes(
    cohort: Cohort,
    config: TrainConfig,
    splits: tuple[Split, ...],
    progress: Progress,
    workers: int,
) -> list[FoldResult]:
    """Train every split; whatever ``progress`` raises stops the workers at their next step."""
    # spawn: a forked child of a process that has used torch's threads may hang
    context = multiprocessing.get_context("spawn")
    messages, stop = context.Queue(), context.Event()
    given = (cohort, config, messages, stop)
    with one_thread_children(), ProcessPoolExecutor(workers, context, _start, given) as pool:
        futures = [pool.submit(_train, split, k) for k, split in enumerate(splits)]
        try:
            _follow(futures, messages, progress)
            return [pickle.loads(f.result()) for f in futures]  # noqa: S301 - our own child's
        except BaseException:  # the caller cancelled or a fold failed: end the others soon
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _start(cohort: Cohort, config: TrainConfig, messages: Any, stop: Any) -> None:
    torch.set_num_threads(1)
    _given.update(cohort=cohort, config=config, messages=messages, stop=stop)


def _train(split: Split, number: int) -> bytes:
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

    return pickle.dumps(train_fold(_given["cohort"], _given["config"], split, number, tell))


def _follow(futures: list[Future[bytes]], messages: Any, progress: Progress) -> None:
    """Pass the workers' messages on until all folds are done or one has failed."""
    done = [0.0] * len(futures)
    while not all(f.done() for f in futures):
        if any(f.done() and f.exception() for f in futures):
            return
        try:
            number, text, done[number] = messages.get(timeout=0.2)
        except Empty:
            continue
        progress(f"fold {number + 1}, {text}", sum(done) / len(done))
