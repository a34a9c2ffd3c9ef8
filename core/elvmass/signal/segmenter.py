"""A small U-Net in plain numpy: the share of P, QRS and T in each sample of a heartbeat.

The network sees the eight independent leads of one beat on a fixed grid, where the neighbouring
beats lie, and where the rules (:mod:`elvmass.signal.delineate`) suspect T. It answers with
42 curves between 0 and 1: each wave by the median over the leads, each wave by its outermost
edges, and each wave lead by lead. Trained on the development records of LUDB by
``packaging/train_delineator.py``; see the card beside the weights.

What cannot matter is taken out before the network sees it, so that it cannot matter: gain (one
scale for all leads), polarity of a lead (each is turned so that its QRS is skewed upwards), level.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from statistics import median

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

import elvmass_resources
from elvmass.errors import BundleError
from elvmass.record import FloatArray

Float32Array = NDArray[np.float32]
Span = tuple[float, float]  # onset and end of a wave, seconds from R

#: The network's grid: times from R in seconds, 4 ms apart.
RATE_HZ = 250.0
GRID_S: FloatArray = -0.5 + np.arange(288) / RATE_HZ

_QRS = slice(100, 151)  # ±100 ms around R, where scale and polarity are taken
_SCALE = 12.0  # of the median lead's QRS, before the logarithmic compression
_NEIGHBOUR_SD_S = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """Weights [out, taps * in] (tap by tap) and bias [out, 1]; batch normalisation is folded in."""

    weight: Float32Array
    bias: Float32Array

    def __call__(self, x: Float32Array) -> Float32Array:
        """[in, n] to [out, n], with zeros beyond the ends; not yet rectified."""
        channels, n = x.shape
        taps = self.weight.shape[1] // channels
        if taps == 1:
            return self._sums(x)
        padded = np.zeros((channels, n + taps - 1), np.float32)
        padded[:, taps // 2 : taps // 2 + n] = x
        columns = np.concatenate([padded[:, k : k + n] for k in range(taps)])
        return self._sums(columns)

    def _sums(self, columns: Float32Array) -> Float32Array:
        sums = self.weight @ columns
        sums += self.bias
        return np.asarray(sums)


Block = tuple[Convolution, Convolution]


@dataclass(frozen=True, slots=True, eq=False)
class UNet:
    """Blocks of two convolutions on the way down and up again, and a head of single samples."""

    down: tuple[Block, ...]
    up: tuple[Block, ...]
    head: Convolution

    def __call__(self, x: Float32Array) -> Float32Array:
        """[11, n] features to [42, n] shares; n is a multiple of 2 to the depth."""
        skips = []
        for level, block in enumerate(self.down):
            if level:
                x = np.maximum(x[:, ::2], x[:, 1::2])
            x = _run(block, x)
            skips.append(x)
        skips.pop()
        for block in self.up:
            x = _run(block, np.concatenate([np.repeat(x, 2, axis=1), skips.pop()]))
        return np.asarray(1.0 / (1.0 + np.exp(-self.head(x))))


def _run(block: Block, x: Float32Array) -> Float32Array:
    for convolution in block:
        x = convolution(x)
        np.maximum(x, 0.0, out=x)
    return x


def features(beat_mv: FloatArray, rr_s: tuple[float, float], t_s: Span | None) -> Float32Array:
    """[11, n] what the network sees of a beat [8, n] on :data:`GRID_S`.

    Leads without level, gain and polarity, compressed; the time from R; the places of the
    neighbouring beats, ``rr_s`` before and after; the samples of T by the rules.
    """
    half = GRID_S.size // 2
    leads = beat_mv - np.sort(beat_mv, axis=1)[:, half - 1 : half + 1].mean(axis=1, keepdims=True)
    qrs = leads[:, _QRS]
    scale = _SCALE / max(median(np.ptp(qrs, axis=1).tolist()), 1e-6)
    sign = np.where(np.einsum("lm,lm,lm->l", qrs, qrs, qrs) < 0, -scale, scale)
    # Not beyond eight standard deviations: numbers that small are slow to reckon with.
    far = [np.minimum(np.abs(GRID_S - at) / _NEIGHBOUR_SD_S, 8.0) for at in (-rr_s[0], rr_s[1])]
    near = [np.exp(-0.5 * x * x) for x in far]
    t = np.zeros(GRID_S.size) if t_s is None else inside(*t_s)
    place = [2.0 * GRID_S, near[0] + near[1], t]
    return np.concatenate([np.arcsinh(leads * sign[:, None]), place], dtype=np.float32)


def inside(on_s: float, off_s: float) -> FloatArray:
    """[n] how much of each sample of the grid lies between two times."""
    after, before = (GRID_S - on_s) * RATE_HZ + 0.5, (off_s - GRID_S) * RATE_HZ + 0.5
    return np.asarray(np.clip(after, 0, 1) * np.clip(before, 0, 1))


def from_bytes(weights: bytes) -> UNet:
    """Read a network from safetensors.

    Raises
    ------
    BundleError
        If tensors are missing, unknown or of a wrong form.
    """
    try:
        tensors = load(weights)
        depth = sum(name.startswith("down") for name in tensors) // 4
        down = tuple(_block(tensors, f"down{k}") for k in range(depth))
        up = tuple(_block(tensors, f"up{k}") for k in range(depth - 1))
        head = _convolution(tensors, "head")
    except (SafetensorError, KeyError) as error:
        raise BundleError(
            f"The weights of the delineation cannot be read ({error}). Install elvmass again."
        ) from error
    return UNet(down, up, head)


def _block(tensors: dict[str, Float32Array], name: str) -> Block:
    return _convolution(tensors, f"{name}.0"), _convolution(tensors, f"{name}.1")


def _convolution(tensors: dict[str, Float32Array], name: str) -> Convolution:
    return Convolution(tensors[f"{name}.weight"], tensors[f"{name}.bias"])


@cache
def bundled() -> UNet:
    """The network that ships with the program, checked against its card.

    Raises
    ------
    BundleError
        If the weights are missing or are not those of the card.
    """
    folder = elvmass_resources.path("delineation")
    try:
        weights = (folder / "weights.safetensors").read_bytes()
        stated = json.loads((folder / "card.json").read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError) as error:
        raise BundleError(
            f"The delineation of the program is incomplete ({error}). Install elvmass again."
        ) from error
    if hashlib.sha256(weights).hexdigest() != stated:
        raise BundleError(
            "The weights of the delineation do not match their card: the file was altered or "
            "damaged. Install elvmass again."
        )
    return from_bytes(weights)
