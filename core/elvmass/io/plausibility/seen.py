"""A record as the checks of its signal see it: what several of them need, computed once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elvmass.record import LEAD_INDEX, LEADS, FloatArray, Record, median

FLAT_MV = 0.005  # one count of a coarse device
THIN_HZ = 250.0  # rate that is enough for the size of QRS
BEYOND_MV = 10.0
BEYOND_SHARE = 0.005  # pacemaker spikes may pass 10 mV, but not for 50 ms in ten seconds


@dataclass(frozen=True)
class Seen:
    """A record and what several checks need of its signal, computed once.

    Sizes of waves do not need every sample: ``thin`` keeps at least 250 Hz.
    """

    record: Record

    @cached_property
    def signal(self) -> FloatArray:
        """[12, n] mV."""
        return self.record.signal_mv

    @cached_property
    def low(self) -> FloatArray:
        """[12] smallest sample."""
        return self.signal.min(axis=1) if self.whole else _quietly(np.nanmin, self.signal)

    @cached_property
    def high(self) -> FloatArray:
        """[12] largest sample."""
        return self.signal.max(axis=1) if self.whole else _quietly(np.nanmax, self.signal)

    @cached_property
    def whole(self) -> bool:
        """Whether there are no gaps."""
        return not np.isnan(self.signal).any()

    @cached_property
    def lively(self) -> NDArray[np.bool_]:
        """[12] leads that hold a signal."""
        return self.high - self.low >= FLAT_MV

    @cached_property
    def beyond(self) -> NDArray[np.bool_]:
        """[12] leads that leave the range of any ECG for longer than a pacemaker's spike."""
        if max(self.high.max(), -self.low.min()) <= BEYOND_MV:
            return np.zeros(len(LEADS), dtype=np.bool_)
        return np.asarray((np.abs(self.signal) > BEYOND_MV).mean(axis=1) > BEYOND_SHARE)

    @cached_property
    def step(self) -> int:
        """Samples of the recording for one of ``thin``."""
        return max(1, int(self.record.rate_hz / THIN_HZ))

    @cached_property
    def thin(self) -> FloatArray:
        """[12, m] every so many samples."""
        return np.ascontiguousarray(self.signal[:, :: self.step])

    @cached_property
    def middle(self) -> FloatArray:
        """[12] median."""
        return median(self.thin)

    def top(self, pieces: FloatArray) -> FloatArray:
        """Highest of parts of the signal along the last axis."""
        return np.asarray(pieces.max(axis=-1)) if self.whole else _quietly(np.nanmax, pieces)


def names(rows: Any) -> str:
    """Name the leads whose row [12] is true."""
    return ", ".join(name for name in LEADS if rows[LEAD_INDEX[name]])


def span(signal: FloatArray) -> FloatArray:
    """Peak to peak along the last axis, gaps left out."""
    return _quietly(np.nanmax, signal) - _quietly(np.nanmin, signal)


def _quietly(reduce: Callable[..., FloatArray], signal: FloatArray) -> FloatArray:
    """Reduce along time; a lead that is one gap gives 0 instead of a warning."""
    empty = np.all(np.isnan(signal), axis=-1)
    filled = np.where(empty[..., None], 0.0, signal) if empty.any() else signal
    return reduce(filled, axis=-1)
