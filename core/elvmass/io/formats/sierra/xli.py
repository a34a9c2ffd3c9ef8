"""XLI, the compression of Philips Sierra ECG files.

The payload is one chunk per lead, in lead order:

=======  ==========================================================================
bytes    content of a chunk
=======  ==========================================================================
0-3      size of the compressed bytes, little-endian
4-5      unknown (1 in all known files)
6-7      correction of the first second difference, little-endian int16
8-       LZW with fixed 10-bit codes, most significant bit first, no clear code;
         code 1023 ends the data
=======  ==========================================================================

Decompressed, a chunk is the high bytes of all samples followed by their low bytes. These 16-bit
words are the first two samples and then second differences, delayed by one and offset by 64.

The layout was worked out by the sierra-ecg-tools project; this decoder was written from its
description.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

_HEADER = struct.Struct("<IHh")
_CODE_BITS = 10
_LAST_ENTRY = (1 << _CODE_BITS) - 2  # the table stops growing here; 1023 ends the data
_DIFFERENCE_OFFSET = 64
_MAX_BYTES = 32 * 2**20  # of one lead, expanded: hours of ECG


def decode(payload: bytes, count: int) -> list[NDArray[np.int16]]:
    """Decode the first ``count`` leads of a payload, still with the limb leads as residuals.

    Raises
    ------
    ValueError
        The payload ends inside a chunk or holds impossible codes.
    """
    chunks = islice(_chunks(payload), count)
    return [_samples(_unpack(body), correction) for correction, body in chunks]


def restore_limb_leads(found: dict[str, NDArray[np.int64]]) -> dict[str, NDArray[np.int64]]:
    """Replace the residuals that XLI stores for III, aVR, aVL and aVF by the leads.

    Each is stored as (value predicted from the other leads) - (lead), with halves rounded down.
    """
    i, ii = found["I"], found["II"]
    iii = ii - i - found["III"]
    return {
        **found,
        "III": iii,
        "aVR": -((i + ii) // 2) - found["aVR"],
        "aVL": (i - iii) // 2 - found["aVL"],
        "aVF": (ii + iii) // 2 - found["aVF"],
    }


def _chunks(payload: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(payload):
        size, _, correction = _HEADER.unpack_from(payload, at)
        at += _HEADER.size
        if at + size > len(payload):
            raise ValueError("an XLI chunk is cut off")
        yield correction, payload[at : at + size]
        at += size


def _codes(body: bytes) -> NDArray[np.uint16]:
    """10-bit codes of a chunk up to the one that ends it: four in five bytes."""
    padded = np.zeros(-(-len(body) // 5) * 5, np.uint8)
    padded[: len(body)] = np.frombuffer(body, np.uint8)
    a, b, c, d, e = padded.reshape(-1, 5).T.astype(np.uint16)
    codes = np.stack(
        [a << 2 | b >> 6, (b & 63) << 4 | c >> 4, (c & 15) << 6 | d >> 2, (d & 3) << 8 | e], axis=1
    ).reshape(-1)[: len(body) * 8 // _CODE_BITS]
    ends = np.flatnonzero(codes > _LAST_ENTRY)
    return codes[: ends[0]] if ends.size else codes


def _unpack(body: bytes) -> bytes:
    """Expand the LZW codes.

    Every code but the first adds an entry until the table is full; the rest are look-ups.
    """
    codes = _codes(body)
    if not codes.size:
        return b""
    table, pieces = _table(codes[: _LAST_ENTRY - 254].tolist())
    rest = codes[len(pieces) :]
    if rest.size and rest.max() >= len(table):
        raise ValueError("an XLI code refers to nothing")
    if rest.size * max(map(len, table)) > _MAX_BYTES:
        raise ValueError("an XLI chunk expands without end")
    pieces += map(table.__getitem__, rest.tolist())
    return b"".join(pieces)


def _table(codes: list[int]) -> tuple[list[bytes], list[bytes]]:
    """Build the table from the first codes, and expand them."""
    if codes[0] > 255:
        raise ValueError("an XLI code refers to nothing")
    table = [bytes((value,)) for value in range(256)]
    previous = table[codes[0]]
    pieces = [previous]
    for fresh, code in enumerate(codes[1:], 256):
        if code < fresh:
            piece = table[code]
            table.append(previous + piece[:1])
        elif code == fresh:
            piece = previous + previous[:1]
            table.append(piece)
        else:
            raise ValueError("an XLI code refers to nothing")
        pieces.append(piece)
        previous = piece
    return table, pieces


def _samples(unpacked: bytes, correction: int) -> NDArray[np.int16]:
    """Join the byte planes and integrate the second differences."""
    count = len(unpacked) // 2
    planes = np.frombuffer(unpacked, np.uint8, 2 * count).reshape(2, count)
    words = np.frombuffer(planes.T.tobytes(), ">i2").astype(np.int64)
    if count > 2:
        bend = np.empty(count - 2, np.int64)
        bend[0] = -correction
        bend[1:] = _DIFFERENCE_OFFSET - words[2:-1]
        words[2:] = words[1] + np.cumsum(words[1] - words[0] + np.cumsum(bend))
    return words.astype(np.int16)  # wraps like the device's 16-bit arithmetic
