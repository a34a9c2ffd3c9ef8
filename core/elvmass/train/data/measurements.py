"""What we measure in an ECG, as arrays: what rivals without a network learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import NamedTuple, Self

import numpy as np

from elvmass.boundaries import BOUNDARIES
from elvmass.model.inputs import scalar_row
from elvmass.record import FloatArray, LeadMeasurements, Measurements
from elvmass.signal.prepare import Prepared

#: Columns of the three arrays.
INTERVALS: tuple[str, ...] = tuple(each.name for each in fields(Measurements))
WAVES: tuple[str, ...] = tuple(each.name for each in fields(LeadMeasurements))


class EcgMeasurements(NamedTuple):
    """Our own measurements of one ECG, or of n; NaN where there is no such wave.

    Attributes
    ----------
    intervals
        [..., 8] rate, intervals and axes in the order of :data:`INTERVALS`.
    waves
        [..., 12, 11] per lead, mV and ms, in the order of :data:`WAVES`.
    fiducials
        [..., 6] samples of the cut beat, in the order of :data:`BOUNDARIES`.
    """

    intervals: FloatArray
    waves: FloatArray
    fiducials: FloatArray

    @classmethod
    def of(cls, prepared: Prepared) -> Self:
        """Measurements of one prepared ECG."""
        boundaries = prepared.beat.fiducials
        return cls(
            scalar_row({n: getattr(prepared.measured, n) for n in INTERVALS}, INTERVALS),
            np.stack([getattr(prepared.leads, name) for name in WAVES], axis=1),
            scalar_row({n: getattr(boundaries, n) for n in BOUNDARIES}, BOUNDARIES),
        )

    @classmethod
    def stack(cls, each: Sequence[EcgMeasurements]) -> Self:
        """Measurements of n ECGs from those of each."""
        return cls(*(np.stack(part) for part in zip(*each, strict=True)))

    def take(self, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> EcgMeasurements:
        """Measurements of some of the ECGs."""
        return EcgMeasurements(*(values[rows] for values in self))

    def interval(self, name: str) -> FloatArray:
        """[...] one column of ``intervals``."""
        return np.asarray(self.intervals[..., INTERVALS.index(name)])

    def measured(self, row: int) -> Measurements:
        """Global measurements of one ECG, as the criteria read them."""
        known = [None if np.isnan(v) else float(v) for v in self.intervals[row]]
        return Measurements(*known)

    def leads(self, row: int) -> LeadMeasurements:
        """Waves of one ECG lead by lead, as the criteria read them."""
        return LeadMeasurements(*self.waves[row].T)
