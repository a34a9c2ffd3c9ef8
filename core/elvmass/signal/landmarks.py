"""Landmarks of a wave: where smoothed slopes and curvatures cross a share of their peak.

The boundaries themselves are weighted means of these (:mod:`elvmass.signal.delineate`). All
positions are in samples of the beat, sub-sample; smoothing widths are standard deviations in
seconds, so that nothing depends on the rate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import maximum_filter1d

from elvmass.record import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A [leads, m] beat whose smoothed derivatives are asked for at many widths.

    The beat is mirrored at its ends (after its last value was repeated up to a length that
    transforms fast) and transformed once; a Gaussian derivative of any width is then one
    multiplication and one inverse transform.
    """

    beat_mv: FloatArray
    rate_hz: float
    zero: int
    spectrum: NDArray[np.complex128] = field(init=False)
    period: int = field(init=False)
    known: dict[tuple[float, int], FloatArray] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        period = 2 * fft.next_fast_len(self.n, real=True)
        longer = np.pad(self.beat_mv, ((0, 0), (0, period // 2 - self.n)), mode="edge")
        mirrored = np.concatenate([longer, longer[:, ::-1]], axis=1)
        object.__setattr__(self, "spectrum", fft.rfft(mirrored))
        object.__setattr__(self, "period", period)

    @property
    def n(self) -> int:
        """Samples of the beat."""
        return int(self.beat_mv.shape[1])

    def samples(self, seconds: float) -> int:
        """Whole samples in a time."""
        return round(seconds * self.rate_hz)

    def slope(self, sd_s: float) -> FloatArray:
        """[leads, m] first derivative of the smoothed beat."""
        return self._derivative(sd_s, 1)

    def hat(self, sd_s: float) -> FloatArray:
        """[leads, m] minus the second derivative of the smoothed beat: high on a positive wave.

        Blind to offset and drift, so that P and T need no baseline.
        """
        return self._derivative(sd_s, 2)

    def _derivative(self, sd_s: float, order: int) -> FloatArray:
        if (sd_s, order) in self.known:
            return self.known[sd_s, order]
        sd = sd_s * self.rate_hz
        # Beyond six standard deviations of the Gaussian's transform nothing is left.
        size = min(self.spectrum.shape[1], int(6.0 / sd * self.period / (2 * np.pi)) + 2)
        x = (2.0 * np.pi * sd / self.period) * np.arange(size)
        response = (1j if order == 1 else 1.0) * x**order * np.exp(-0.5 * x * x)
        found = fft.irfft(self.spectrum[:, :size] * response, self.period)[:, : self.n]
        self.known[sd_s, order] = found
        return found


def rms(values: FloatArray) -> FloatArray:
    """[m] root mean square over the leads."""
    return np.asarray(np.sqrt(np.einsum("lm,lm->m", values, values) / values.shape[0]))


def even_rms(slope: FloatArray) -> FloatArray:
    """[m] like a mean over leads in which small leads count more: (mean of sqrt|x|) squared."""
    return np.asarray(np.sqrt(np.abs(slope)).mean(axis=0) ** 2)


def cross(curve: FloatArray, start: int, step: int, level: float, run: int = 1) -> float:
    """Find where a curve falls below ``level``, from ``start`` in direction ``step`` (±1).

    The first of ``run`` samples in a row below it counts; sub-sample by a straight line; the end
    of the curve if there is none.
    """
    ahead = curve[start:] if step > 0 else curve[start::-1]
    below: NDArray[np.bool_] = np.asarray(ahead < level)
    if run > 1 and below.size >= run:
        size = below.size - run + 1
        whole = below[:size].copy()
        for k in range(1, run):
            whole &= below[k : k + size]
        below = whole
    if not below.any():
        return float(curve.size - 1 if step > 0 else 0)
    k = int(np.argmax(below))
    if k == 0:
        return float(start)
    high, low = ahead[k - 1], ahead[k]
    # After a bump shorter than `run` the previous sample may lie below the level as well.
    back = (level - low) / (high - low) if high > level else 0.0
    return start + step * (k - float(back))


def qrs_edges(shape: Shape, share_on: float, share_off: float) -> tuple[float, float]:
    """Median over leads of where each lead's slope leaves the given shares of its peak."""
    slope = np.abs(shape.slope(0.008))
    slope = maximum_filter1d(slope, 5, axis=1)  # bridges the zero of the slope on every peak
    half, run = shape.samples(0.08), shape.samples(0.008)
    window = slice(shape.zero - half, shape.zero + half + 1)
    on, off = [], []
    for curve in slope:
        peak = float(curve[window].max())
        steep = shape.zero - half + np.flatnonzero(curve[window] >= 0.4 * peak)
        on.append(cross(curve, int(steep[0]), -1, share_on * peak, run))
        off.append(cross(curve, int(steep[-1]), +1, share_off * peak, run))
    return median(on), median(off)


def qrs_end(shape: Shape, share: float) -> float:
    """Where the slope of all leads, scaled to equal height, falls below a share of its peak."""
    slope = shape.slope(0.008)
    half, core, run = shape.samples(0.08), shape.samples(0.07), shape.samples(0.01)
    height = np.abs(slope[:, shape.zero - half : shape.zero + half + 1]).max(axis=1)
    curve = rms(slope / np.maximum(height, 1e-9)[:, None])
    window = curve[shape.zero - core : shape.zero + core + 1]
    steep = shape.zero - core + np.flatnonzero(window > 0.3 * window.max())
    return cross(curve, int(steep[-1]), +1, share * float(window.max()), run)


def flank(curve: FloatArray, centre: int, reach: int, limit: int, share: float) -> float:
    """Where the outer side of a slope falls to ``share`` between its peak and its lowest value.

    ``curve`` is a rectified slope; its peak is sought from ``centre`` for ``reach`` samples
    towards ``limit``, the lowest value from there to ``limit``.
    """
    step = 1 if limit > centre else -1
    far = min(centre + reach, limit) if step > 0 else max(centre - reach, limit)
    span = curve[centre : far + 1] if step > 0 else curve[far : centre + 1][::-1]
    peak = centre + step * int(np.argmax(span))
    rest = curve[peak : limit + 1] if step > 0 else curve[limit : peak + 1]
    low = float(rest.min()) if rest.size else 0.0
    level = low + share * (float(curve[peak]) - low)
    found = cross(curve, peak, step, max(level, low + 1e-12))
    return min(found, limit) if step > 0 else max(found, limit)


def principal(beat_mv: FloatArray, start: int, stop: int) -> FloatArray:
    """[leads] weights of the direction in which the leads bulge most between two samples.

    The line through the ends is taken away first, or a drift would be taken for the wave.
    """
    part = beat_mv[:, start:stop]
    part = part - part[:, :1] - (part[:, -1:] - part[:, :1]) * np.linspace(0, 1, part.shape[1])
    _, vectors = np.linalg.eigh(part @ part.T)
    return np.asarray(vectors[:, -1])


def highest(curve: FloatArray, start: int, stop: int) -> int | None:
    """Sample of the highest local maximum inside [start, stop), or None."""
    part = curve[start:stop]
    if part.size < 3:
        return None
    top = 1 + np.flatnonzero((part[1:-1] >= part[:-2]) & (part[1:-1] > part[2:]))
    return start + int(top[np.argmax(part[top])]) if top.size else None
