"""Child processes: one thread each, and never longer than their parent."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
#: Items that a child takes at a time, and such portions per child that wait or are being made.
_PORTION, _AHEAD = 16, 3

Item = TypeVar("Item")
Made = TypeVar("Made")


def in_order(
    make: Callable[[Item], Made], items: Iterable[Item], processes: int
) -> Generator[Made, None, None]:
    """``map(make, items)`` in child processes, or in this one if one is enough.

    Takes items only as it goes, so that there may be millions. Closed early, it ends the children
    without waiting for the rest.

    Raises
    ------
    concurrent.futures.process.BrokenProcessPool
        If a child ends by itself, say for want of memory.
    """
    if processes <= 1:
        yield from map(make, items)
        return
    # spawn: a forked child of a threaded parent (torch, Qt) may hang
    context = multiprocessing.get_context("spawn")
    with (
        one_thread_children(),
        ProcessPoolExecutor(processes, context, initializer=end_with_parent) as pool,
    ):
        rest = iter(items)
        ahead: deque[Future[list[Made]]] = deque()
        try:
            while portion := list(islice(rest, _PORTION)):
                ahead.append(pool.submit(_each, make, portion))
                if len(ahead) > _AHEAD * processes:
                    yield from ahead.popleft().result()
            while ahead:
                yield from ahead.popleft().result()
        except BaseException:  # also when the caller closes it: do not finish the queue first
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _each(make: Callable[[Item], Made], portion: list[Item]) -> list[Made]:
    return [make(item) for item in portion]


@contextmanager
def one_thread_children() -> Iterator[None]:
    """Make processes that start now use one thread each in their numeric libraries."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def end_with_parent() -> None:
    """Initializer of a child: end it when its parent ends, however that happens.

    A pool whose parent was killed would wait for work for ever.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
