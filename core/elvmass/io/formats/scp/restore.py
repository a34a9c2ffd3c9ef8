"""Undo what SCP-ECG does to samples before it codes them.

Differences
    First or second differences stand for the samples, in 16-bit arithmetic.

Decimation ("bimodal compression")
    Outside the protected zones, which hold the QRS complexes, only the mean of every few samples
    is stored. Straight lines join them, smoothed by the mean of three, as the standard asks,
    except where the residual jumps: at the ends of the zones of subtraction.

Reference beat
    It was subtracted around every QRS complex of type 0; what is stored is the residual.

Zones count samples of the restored recording, from 1; positions in arrays count from 0.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elvmass.io.formats.scp.huffman import Ints
from elvmass.record import FloatArray

_QRS = np.dtype([("type", "<u2"), ("start", "<u4"), ("peak", "<u4"), ("end", "<u4")])
_ZONE = np.dtype([("start", "<u4"), ("end", "<u4")])
_LAST_WITHOUT_PROTECTED = 11  # protocol 1.1
_MIN_BEAT_SAMPLES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """Section 4, with the zones as positions in the recording: first and last sample [k, 2].

    ``peaks`` are those of the subtracted beats, ``beat_peak`` that of the reference beat in it.
    """

    beat_ms: int
    beat_peak: int
    peaks: Ints
    subtracted: Ints
    protected: Ints


def parse(body: bytes, protocol: int, first: int, count: int) -> Beats:
    """Read section 4 of a recording of ``count`` samples, the first of which has number ``first``.

    Raises
    ------
    ValueError, struct.error
        The section is cut off, or holds no beats or more than the recording can have.
    """
    beat_ms, beat_peak, number = struct.unpack_from("<3H", body)
    if not 0 < number * _MIN_BEAT_SAMPLES <= count:
        raise ValueError("an impossible number of beats")
    rows = np.frombuffer(body, _QRS, number, 6)
    zones = rows[["start", "end"]]
    if protocol > _LAST_WITHOUT_PROTECTED:
        rest = body[6 + rows.nbytes :]
        # Without decimation they may be left out.
        is_there = len(rest) >= number * _ZONE.itemsize
        zones = np.frombuffer(rest, _ZONE, number if is_there else 0)
    dominant = rows[rows["type"] == 0]
    return Beats(
        beat_ms,
        beat_peak - 1,
        dominant["peak"].astype(np.int64) - first,
        _positions(dominant, first),
        _positions(zones[(zones["start"] > 0) & (zones["end"] >= zones["start"])], first),
    )


def _positions(zones: NDArray[np.void], first: int) -> Ints:
    return np.stack([zones["start"], zones["end"]], axis=1).astype(np.int64) - first


def undo_differences(stored: Ints, order: int) -> Ints:
    """Sum up first or second differences along the last axis of [leads, n]."""
    if order == 0:
        return stored
    summed = stored.copy()
    if order == 2:  # the first two samples are stored as they are
        summed[:, 1:2] -= summed[:, :1]
        summed[:, 1:] = np.cumsum(summed[:, 1:], axis=1)
    return np.cumsum(summed, axis=1).astype(np.int16).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Decimation:
    """Where each sample of the recording comes from: ``index`` [n] of the stored samples.

    ``weight`` [n] is the share of the stored sample after it.
    """

    stored: int
    index: Ints
    weight: FloatArray
    protected: NDArray[np.bool_]


def decimation(count: int, zones: Ints, factor: int) -> Decimation:
    """Lay out a recording of ``count`` samples of which every ``factor``-th is stored."""
    if factor > 1 and not zones.size:
        raise ValueError("decimation without protected zones")
    protected = np.full(count, factor == 1) | _inside(zones, count)
    begins = np.flatnonzero(np.append(True, protected[1:] != protected[:-1]))
    sizes = np.diff(begins, append=count)
    # What is left over by the division is stored as it is, like a protected zone.
    means = np.where(protected[begins], 0, sizes // factor)
    stored = means + sizes - means * factor
    offset = np.repeat(np.cumsum(stored) - stored, sizes)
    place = np.arange(count) - np.repeat(begins, sizes)
    means = np.repeat(means, sizes)
    line = np.clip(place - factor // 2, 0, np.maximum(means - 1, 0) * factor)
    between = place < means * factor
    index = offset + np.where(between, line // factor, place - means * (factor - 1))
    weight = np.where(between, line % factor / factor, 0.0)
    return Decimation(int(stored.sum()), index, weight, protected)


def _inside(zones: Ints, count: int) -> NDArray[np.bool_]:
    begins, ends = np.clip(zones[:, 0], 0, count), np.clip(zones[:, 1] + 1, 0, count)
    open_zones = np.bincount(begins, minlength=count + 1) - np.bincount(ends, minlength=count + 1)
    return np.cumsum(open_zones)[:count] > 0


def interpolate(stored: Ints, plan: Decimation, subtracted: Ints) -> FloatArray:
    """Restore all samples [leads, n] from the stored ones."""
    after = np.minimum(plan.index + 1, stored.shape[1] - 1)
    here = stored[:, plan.index]
    line: FloatArray = np.asarray(here + plan.weight * (stored[:, after] - here), np.float64)
    count = plan.index.size
    edges = np.concatenate([subtracted[:, 0] - 1, subtracted[:, 0], subtracted[:, 1]])
    edges = np.concatenate([edges, subtracted[:, 1] + 1, [0, count - 1]])
    kept = plan.protected.copy()
    kept[edges[(edges >= 0) & (edges < count)]] = True
    smooth = line.copy()
    smooth[:, 1:-1] = (line[:, :-2] + line[:, 1:-1] + line[:, 2:]) / 3
    return np.where(kept, line, smooth)


def add_beat(residual: FloatArray, beat: Ints, beats: Beats) -> FloatArray:
    """Add the reference beat [leads, m] to the residual [leads, n] where it was subtracted."""
    restored = residual.copy()
    # Position in the recording of the first sample of the reference beat, for every beat.
    origins = beats.peaks - beats.beat_peak
    begins = np.maximum(np.maximum(beats.subtracted[:, 0], origins), 0)
    ends = np.minimum(beats.subtracted[:, 1] + 1, origins + beat.shape[1])
    ends = np.minimum(ends, residual.shape[1])
    if np.maximum(ends - begins, 0).sum() > 2 * residual.shape[1]:
        raise ValueError("the zones of subtraction overlap")
    for begin, end, origin in zip(begins, ends, origins, strict=True):
        if begin < end:
            restored[:, begin:end] += beat[:, begin - origin : end - origin]
    return restored
