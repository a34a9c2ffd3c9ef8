"""How messages go through the pipes between the window and its child processes. No Qt.

A message is a pickle whose large arrays travel behind it as they lie in memory: copying a recording
of an hour would hold up the window. Ahead stand, with 8 bytes each (little-endian), the number of
arrays and the lengths of pickle and arrays. Both ends are the same program of the same user, so
pickles are trusted here and nowhere else.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, BinaryIO

_NUMBER_BYTES = 8
#: Smaller arrays stay in the pickle.
_LARGE_BYTES = 2**16

Part = bytes | memoryview


def parts(message: object) -> list[Part]:
    """A message as parts to be written one after the other; arrays must not change meanwhile."""
    arrays: list[memoryview] = []

    def stays_inside(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < _LARGE_BYTES:
            return True
        arrays.append(raw)
        return False

    body = pickle.dumps(message, protocol=5, buffer_callback=stays_inside)
    lengths = (len(arrays), len(body), *(array.nbytes for array in arrays))
    return [b"".join(each.to_bytes(_NUMBER_BYTES, "little") for each in lengths), body, *arrays]


class Inbox:
    """Puts messages together from what arrives."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def add(self, data: bytes | bytearray | memoryview) -> None:
        """Take what has arrived."""
        self._buffer += data

    def clear(self) -> None:
        """Forget what has arrived."""
        self._buffer = bytearray()

    def take(self) -> Any:
        """The next complete message; None if there is none yet."""
        lengths = _lengths(self._buffer)
        if lengths is None:
            return None
        start = _NUMBER_BYTES * (1 + len(lengths))
        end = start + sum(lengths)
        if len(self._buffer) < end:
            return None
        whole, self._buffer = self._buffer, self._buffer[end:]  # the message keeps its memory
        view = memoryview(whole).toreadonly()
        pieces = []
        for length in lengths:
            pieces.append(view[start : start + length])
            start += length
        return _message(pieces)


def receive(source: BinaryIO) -> Any:
    """Wait for a message; None at the end of the stream."""
    head = source.read(_NUMBER_BYTES)
    if len(head) < _NUMBER_BYTES:
        return None
    count = 1 + int.from_bytes(head, "little")
    lengths = _lengths(head + source.read(_NUMBER_BYTES * count))
    pieces = [source.read(length) for length in lengths or ()]
    return _message(pieces) if lengths is not None and len(pieces[-1]) == lengths[-1] else None


def _lengths(head: bytes | bytearray) -> list[int] | None:
    """Of the pickle and of each array, once all of them have arrived."""
    if len(head) < _NUMBER_BYTES:
        return None
    end = _NUMBER_BYTES * (2 + int.from_bytes(head[:_NUMBER_BYTES], "little"))
    if len(head) < end:
        return None
    starts = range(_NUMBER_BYTES, end, _NUMBER_BYTES)
    return [int.from_bytes(head[k : k + _NUMBER_BYTES], "little") for k in starts]


def _message(pieces: Sequence[Part]) -> Any:
    body, *arrays = pieces
    return pickle.loads(body, buffers=arrays)  # noqa: S301  bytes of this program itself
