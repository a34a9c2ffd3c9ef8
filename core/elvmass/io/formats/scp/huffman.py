"""The Huffman codes of SCP-ECG (section 2): tables of the file itself, or the standard's.

A row of a table is a prefix code. It stands for a value, for a value and further bits that are
added to it (two's complement), or for the change to another table. Every lead begins with the
first table.

A table is kept as the interval of 32-bit words that each prefix begins, so that the rows for all
bit positions of a lead are looked up at once; only the walk from code to code is a loop.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_DEFAULT = 19999  # in place of the number of tables: the standard's own table
_WORD_BITS = 32
_MAX_EXTRA_BITS = 24
_MAX_NODES = 1 << 20  # tables x bits of a lead: two tables for the longest lead, twenty for 10 s
_STRIDE_DOUBLINGS = 5
_ROW = np.dtype(
    [("prefix", "u1"), ("bits", "u1"), ("mode", "u1"), ("value", "<i2"), ("code", "<u4")]
)


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Rows of all tables, sorted by ``first``; row 0 stands for words that no prefix begins.

    ``step`` is what is read from the stream: of a change of the table the prefix, else all bits.
    ``table`` is the table of the next code.
    """

    tables: int
    first: Ints
    beyond: Ints
    prefix: Ints
    step: Ints
    table: Ints
    value: Ints
    is_data: NDArray[np.bool_]


def parse(body: bytes) -> Codes | None:
    """Read section 2; None if it holds no table, which means samples without Huffman codes.

    Raises
    ------
    ValueError
        The section is cut off, or its codes are ambiguous or impossible.
    """
    (count,) = struct.unpack_from("<H", body)
    if count == _DEFAULT:
        return _default()
    rows, at = [], 2
    for _ in range(count):
        (size,) = struct.unpack_from("<H", body, at)
        rows.append(np.frombuffer(body, _ROW, size, at + 2))
        at += 2 + size * _ROW.itemsize
    return _codes(rows) if rows else None


@cache
def _default() -> Codes:
    """0, ±1 to ±8 in 1 to 10 bits; anything else as 8 or 16 bits after a prefix of ten."""
    rows = [(1, 1, 1, 0, 0)]
    for size in range(1, 9):
        ones = (1 << size) - 1
        sign = 1 << size + 1
        rows += [(size + 2, size + 2, 1, size, ones), (size + 2, size + 2, 1, -size, ones | sign)]
    rows += [(10, 18, 1, 0, 0x1FF), (10, 26, 1, 0, 0x3FF)]
    return _codes([np.array(rows, _ROW)])


def _codes(tables: list[NDArray[Any]]) -> Codes:
    """Sort the rows by the words that they begin: table number, then 32 bits, first bit highest."""
    rows = np.concatenate(tables)
    number = np.repeat(np.arange(len(tables)), [table.size for table in tables])
    # Some writers exchange the two lengths; a prefix is never longer than its code.
    prefix = np.minimum(rows["prefix"], rows["bits"]).astype(np.int64)
    bits = np.maximum(rows["prefix"], rows["bits"]).astype(np.int64)
    is_data = rows["mode"] != 0
    value = rows["value"].astype(np.int64)
    target = np.where(is_data, number, value - 1)
    if not (
        np.all((prefix > 0) & (prefix <= _WORD_BITS) & (bits - prefix <= _MAX_EXTRA_BITS))
        and np.all((target >= 0) & (target < len(tables)))
    ):
        raise ValueError("a Huffman table has impossible rows")
    # The file stores the first bit of a prefix lowest.
    place = np.arange(_WORD_BITS)
    code = rows["code"].astype(np.int64)[:, None]
    words = ((code >> place & 1) * (place < prefix[:, None]) << _WORD_BITS - 1 - place).sum(axis=1)
    first = (number << _WORD_BITS) + words
    order = np.argsort(first, kind="stable")
    beyond = first + (1 << _WORD_BITS - prefix)
    if np.any(beyond[order][:-1] > first[order][1:]):
        raise ValueError("a Huffman table is ambiguous")
    step = np.where(is_data, bits, prefix)

    def ordered(column: NDArray[Any], before: int) -> NDArray[Any]:
        return np.concatenate([np.array([before], column.dtype), column[order]])

    return Codes(
        len(tables),
        ordered(first, -1),
        ordered(beyond, -1),
        ordered(prefix, 0),
        ordered(step, 0),
        ordered(target, 0),
        ordered(value, 0),
        ordered(is_data, 0),
    )


def decode(data: bytes, codes: Codes) -> Ints:
    """Decode a lead up to its last whole code, padding included."""
    count = 8 * len(data)
    if codes.tables * count > _MAX_NODES:
        raise ValueError("too many Huffman tables for a lead of this length")
    words = _words(data)
    ahead = ((words[:, None] << np.arange(8, dtype=np.uint64)) >> _WORD_BITS).ravel()
    row, follower = _rows(ahead.astype(np.int64), codes)
    visited = _walk(follower)
    visited = visited[codes.is_data[row[visited]]]
    row = row[visited]
    decoded: Ints = codes.value[row]
    extra = codes.step[row] - codes.prefix[row]
    long = np.flatnonzero(extra)
    if long.size:
        at = visited[long] % count + codes.prefix[row[long]]
        decoded[long] += _extra(words, at, extra[long])
    return decoded


def _words(data: bytes) -> NDArray[np.uint64]:
    """Big-endian 64-bit word that begins at each byte; zeros follow the data."""
    return np.ndarray((len(data),), ">u8", data + bytes(8), strides=(1,)).astype(np.uint64)


def _rows(ahead: Ints, codes: Codes) -> tuple[Ints, Ints]:
    """Row of the code that begins at each node, and the node where the next one begins.

    Nodes are the bit positions under the first table, then under the second and so on; a last one
    stands for the end.
    """
    count = ahead.size
    nodes = codes.tables * count
    keys = ((np.arange(codes.tables) << _WORD_BITS)[:, None] + ahead).ravel()
    row = np.searchsorted(codes.first, keys, side="right") - 1
    end = (codes.step[row].reshape(codes.tables, count) + np.arange(count)).ravel()
    row[(keys >= codes.beyond[row]) | (end > count)] = 0
    follower = end + codes.table[row] * count
    follower[(row == 0) | (end >= count)] = nodes
    return row, follower


def _walk(follower: Ints) -> Ints:
    """Nodes from the first one to the end, in strides of 2^k codes whose gaps are filled after."""
    end = follower.size
    stride = np.append(follower, end)  # the end follows itself
    shorter = []
    for _ in range(_STRIDE_DOUBLINGS):
        shorter.append(stride)
        stride = stride[stride]
    path, node = [], 0
    while node < end:
        path.append(node)
        node = stride.item(node)
    nodes = np.array(path, np.int64)
    for stride in reversed(shorter):
        nodes = np.stack([nodes, stride[nodes]], axis=1).ravel()
    return nodes[nodes < end]


def _extra(words: NDArray[np.uint64], at: Ints, bits: Ints) -> Ints:
    """Two's complement numbers of ``bits`` bits at the bit positions ``at``."""
    raw = words[at >> 3] << (at & 7).astype(np.uint64) >> (64 - bits).astype(np.uint64)
    unsigned = raw.astype(np.int64)
    signed: Ints = unsigned - ((unsigned >> bits - 1) << bits)
    return signed
