"""Sample formats of WFDB signal files, by their numbers in the WFDB Applications Guide.

=======  =========================================  ==========================================
format   sample                                     packing
=======  =========================================  ==========================================
8        8-bit first difference                     one byte
16, 61   16-bit, little-endian; 61 big-endian       two bytes
24, 32   24- and 32-bit, little-endian              three and four bytes
80, 160  8- and 16-bit, zero at the middle          one and two bytes, unsigned
212      12-bit                                     two in three bytes
310      10-bit                                     three in two 16-bit words
311      10-bit                                     three in one 32-bit word
508      8-bit, FLAC                                one channel per signal
516      16-bit, FLAC                               one channel per signal
524      24-bit, FLAC                               one channel per signal
=======  =========================================  ==========================================

The most negative value of a format (except 8) means "no sample here". FLAC is decoded by the
library ``soundfile``, imported only then.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.integer]
Bytes = NDArray[np.uint8]

FLAC = {"508": 8, "516": 16, "524": 24}
_FLAC_BITS = {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}
#: Of all signals together, an hour and a half of twelve leads at 500 Hz. More are no resting ECG,
#: and a small FLAC file may announce any number of them.
MAX_SAMPLES = 2**25
_FLAC_PIECE = 2**20  # libsndfile fails on more than 2**24 samples at once


def decode(code: str, data: bytes, count: int) -> Samples:
    """Decode the first ``count`` samples of a file without FLAC.

    Raises
    ------
    ValueError
        The file is shorter.
    """
    packing = PACKINGS[code]
    size = packing.size(count)
    if size > len(data):
        raise ValueError("fewer samples than announced")
    padded = np.zeros(-(-size // packing.bytes[-1]) * packing.bytes[-1], np.uint8)
    padded[:size] = np.frombuffer(data, np.uint8, size)
    return packing.unpack(padded)[:count]


@dataclass(frozen=True, slots=True)
class Packing:
    """How samples share bytes: ``bytes[k]`` hold the first k samples of a group."""

    bytes: tuple[int, ...]
    unpack: Callable[[Bytes], Samples]
    missing: int | None

    def size(self, count: int) -> int:
        """Bytes of ``count`` samples."""
        groups, rest = divmod(count, len(self.bytes) - 1)
        return groups * self.bytes[-1] + self.bytes[rest]

    def capacity(self, size: int) -> int:
        """Samples in ``size`` bytes."""
        groups, rest = divmod(size, self.bytes[-1])
        return groups * (len(self.bytes) - 1) + sum(need <= rest for need in self.bytes[1:])


def _bits_12(data: Bytes) -> Samples:
    groups = data.reshape(-1, 3).astype(np.int16)
    pairs = np.empty((len(groups), 2), np.int16)
    pairs[:, 0] = groups[:, 0] | (groups[:, 1] & 0x0F) << 8
    pairs[:, 1] = groups[:, 2] | (groups[:, 1] & 0xF0) << 4
    return _signed(pairs.reshape(-1), 12)


def _bits_10_in_words(data: Bytes) -> Samples:
    """Two samples in bits 1 to 10 of two words; the third in their upper five bits."""
    words = data.view("<u2").reshape(-1, 2)
    triples = np.empty((len(words), 3), np.int16)
    triples[:, :2] = (words >> 1) & 0x3FF
    triples[:, 2] = words[:, 0] >> 11 | (words[:, 1] >> 11) << 5
    return _signed(triples.reshape(-1), 10)


def _bits_10(data: Bytes) -> Samples:
    whole = data.view("<u4")
    triples = np.stack([whole & 0x3FF, whole >> 10 & 0x3FF, whole >> 20 & 0x3FF], axis=1)
    return _signed(triples.reshape(-1).astype(np.int16), 10)


def _bits_24(data: Bytes) -> Samples:
    whole = np.zeros((data.size // 3, 4), np.uint8)
    whole[:, 1:] = data.reshape(-1, 3)
    return whole.view("<i4").reshape(-1) >> 8


def _signed(values: NDArray[np.int16], bits: int) -> Samples:
    """Two's complement of so many bits."""
    half = np.int16(1 << bits - 1)
    return (values ^ half) - half


PACKINGS = {
    "8": Packing((0, 1), lambda data: data.view(np.int8), None),
    "16": Packing((0, 2), lambda data: data.view("<i2"), -(2**15)),
    "24": Packing((0, 3), _bits_24, -(2**23)),
    "32": Packing((0, 4), lambda data: data.view("<i4"), -(2**31)),
    "61": Packing((0, 2), lambda data: data.view(">i2"), -(2**15)),
    "80": Packing((0, 1), lambda data: data.astype(np.int16) - 128, -(2**7)),
    "160": Packing((0, 2), lambda data: data.view("<u2").astype(np.int32) - 2**15, -(2**15)),
    "212": Packing((0, 2, 3), _bits_12, -(2**11)),
    "310": Packing((0, 2, 4, 4), _bits_10_in_words, -(2**9)),
    "311": Packing((0, 2, 3, 4), _bits_10, -(2**9)),
}


def missing(code: str) -> int | None:
    """Sample value that stands for a gap."""
    return -(1 << FLAC[code] - 1) if code in FLAC else PACKINGS[code].missing


def decode_flac(code: str, data: bytes, count: int | None, channels: int) -> Samples:
    """Decode [count, channels] of a FLAC file; all of it if ``count`` is None.

    Raises
    ------
    ValueError
        No FLAC, other channels or more bits than announced, or fewer samples.
    """
    if data[:4] != b"fLaC":
        raise ValueError("not a FLAC file")
    import soundfile  # type: ignore[import-untyped]  # only FLAC records need it

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            bits = _FLAC_BITS.get(file.subtype, 99)
            count = file.frames if count is None else count
            if file.channels != channels or bits > FLAC[code] or count > file.frames:
                raise ValueError("the FLAC file is not what the header announces")
            if count * channels > MAX_SAMPLES:
                raise ValueError("the FLAC file is longer than any resting ECG")
            samples = np.empty((count, channels), np.int32)
            for at in range(0, count, _FLAC_PIECE):
                piece = samples[at : at + _FLAC_PIECE]
                if len(file.read(out=piece)) < len(piece):
                    raise ValueError("the FLAC file is cut off")
    except soundfile.SoundFileError as error:
        raise ValueError("the FLAC file is damaged") from error
    return samples >> 32 - bits  # soundfile fills 32 bits from the top
