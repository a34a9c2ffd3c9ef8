"""Mutations that damaged media, careless converters and attackers make; blind to the format."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

#: A number or a word written as text: the places where XML, JSON and CSV can lie.
_TOKEN = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|[A-Za-z_]{3,}")
_LIES = (
    b"", b"0", b"-1", b"1", b"9", b"255", b"256", b"65535", b"65536", b"2147483648", b"-2147483649",
    b"99999999999999999999", b"1e308", b"-1e308", b"1e-320", b"nan", b"inf", b"-inf", b"0x10",
    b"1,5", b"1.5.5", b" ", b"\0", b"\xff", b"&#0;", b"&amp;", b"<a>", b"]]>", b'"', b"{", b"[[",
    "µ".encode(), b"None", b"true", b"mV", b"nV", b"V3", b"aVR", b"4", b"1000", b"1e9", b"-0.5",
)  # fmt: skip
_EDGES = (0, 1, -1, 2, 127, 128, 255, 256, 32767, -32768, 65535, 2**31 - 1, -(2**31), 2**32 - 1)

Mutation = Callable[[bytearray, np.random.Generator], None]


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """Apply one to four random mutations; half of the time only lies, which keep XML whole."""
    altered = bytearray(data)
    kinds = _MUTATIONS if rng.random() < 0.5 else (_lie,)
    for _ in range(int(rng.integers(1, 5))):
        if not altered:
            break
        kinds[rng.integers(len(kinds))](altered, rng)
    return bytes(altered)


def _place(data: bytearray, rng: np.random.Generator) -> int:
    """Half of the time near the head, where lengths and counts stand."""
    reach = min(len(data), 4096) if rng.random() < 0.5 else len(data)
    return int(rng.integers(reach))


def _flip(data: bytearray, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 9))):
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))


def _overwrite(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    size = int(rng.choice((1, 2, 4)))
    value = _EDGES[rng.integers(len(_EDGES))] % 256**size
    data[at : at + size] = value.to_bytes(size, "little" if rng.random() < 0.7 else "big")


def _cut(data: bytearray, rng: np.random.Generator) -> None:
    del data[_place(data, rng) :]


def _delete(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    del data[at : at + int(rng.integers(1, 65))]


def _repeat(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    block = bytes(data[at : at + int(rng.integers(1, 513))])
    data[at:at] = block * int(rng.integers(1, 4))


def _insert(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    data[at:at] = rng.bytes(int(rng.integers(1, 33)))


def _move(data: bytearray, rng: np.random.Generator) -> None:
    at, to = _place(data, rng), _place(data, rng)
    size = int(rng.integers(1, 129))
    data[to : to + size] = bytes(data[at : at + size])


def _lie(data: bytearray, rng: np.random.Generator) -> None:
    """Replace a number or word by something that a parser may choke on."""
    at = _place(data, rng)
    token = _TOKEN.search(data, at, at + 4096)
    if token:
        data[token.start() : token.end()] = _LIES[rng.integers(len(_LIES))]


_MUTATIONS: tuple[Mutation, ...] = (
    _flip, _overwrite, _cut, _delete, _repeat, _insert, _move, _lie, _lie,
)  # fmt: skip
