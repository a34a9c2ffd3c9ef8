"""Landmarks of a wave: where smoothed slopes and curvatures cross a share of their peak.

The boundaries themselves are weighted means of these (:mod:`elvmass.signal.delineate`). All
positions are in samples of the beat, sub-sample; smoothing widths are standard deviations in
seconds, so that nothing depends on the rate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import maximum_filter1d

from elvmass.record import FloatArray

#: Smoothing widths (standard deviations, seconds) that the rules look at. All are made in two
#: transforms, one for slopes and one for curvatures: one by one, calling would take longer.
SLOPES_S = (0.008, 0.010, 0.012, 0.018, 0.024)
HATS_S = (0.006, 0.018, 0.024, 0.044, 0.050)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A [leads, m] beat with its smoothed derivatives of all widths.

    The beat is mirrored at its ends (after its last value was repeated up to a length that
    transforms fast), so that its spectrum is a cosine transform, made once. Single precision is
    enough: a beat has no level worth mentioning.
    """

    beat_mv: FloatArray
    rate_hz: float
    zero: int
    slopes: dict[float, FloatArray] = field(init=False)
    hats: dict[float, FloatArray] = field(init=False)

    def __post_init__(self) -> None:
        size = fft.next_fast_len(self.n, real=True)
        longer = np.empty((self.beat_mv.shape[0], size), np.float32)
        longer[:, : self.n] = self.beat_mv
        longer[:, self.n :] = self.beat_mv[:, -1:]
        spectrum = fft.dct(longer, overwrite_x=True)
        # Of a derivative, cosines become sines; their transform begins at the first harmonic.
        harmonics = spectrum[:, 1:] * _responses(size, self.rate_hz, SLOPES_S, 1)[:, :, 1:]
        slopes = fft.idst(harmonics, n=size)[:, :, : self.n].astype(np.float64)
        curved = spectrum * _responses(size, self.rate_hz, HATS_S, 2)
        hats = fft.idct(curved, overwrite_x=True)[:, :, : self.n].astype(np.float64)
        object.__setattr__(self, "slopes", dict(zip(SLOPES_S, slopes, strict=True)))
        object.__setattr__(self, "hats", dict(zip(HATS_S, hats, strict=True)))

    @property
    def n(self) -> int:
        """Samples of the beat."""
        return int(self.beat_mv.shape[1])

    def samples(self, seconds: float) -> int:
        """Whole samples in a time."""
        return round(seconds * self.rate_hz)

    def slope(self, sd_s: float) -> FloatArray:
        """[leads, m] first derivative of the beat smoothed by one of :data:`SLOPES_S`."""
        return self.slopes[sd_s]

    def hat(self, sd_s: float) -> FloatArray:
        """[leads, m] minus the second derivative, smoothed by one of :data:`HATS_S`.

        High on a positive wave; blind to offset and drift, so that P and T need no baseline.
        """
        return self.hats[sd_s]


@lru_cache(maxsize=8)
def _responses(
    size: int, rate_hz: float, widths_s: tuple[float, ...], order: int
) -> NDArray[np.float32]:
    """[widths, 1, size] what Gaussians and a derivative do to a cosine transform."""
    x = (np.pi / size * rate_hz) * np.outer(widths_s, np.arange(size))
    gaussian = np.where(x < 8.0, np.exp(-0.5 * x * x), 0.0)  # or numbers too small for speed
    responses = (-1.0 if order == 1 else 1.0) * x**order * gaussian
    return np.asarray(responses[:, None, :], dtype=np.float32)


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


def foot(curve: FloatArray, start: int, step: int) -> float:
    """Where a curve would reach zero if it went on as from 50 % to 25 % of its height at start."""
    high, low = (cross(curve, start, step, share * float(curve[start])) for share in (0.5, 0.25))
    return 2.0 * low - high


def cross_each(
    curves: FloatArray, start: NDArray[np.intp], step: int, level: FloatArray, run: int = 1
) -> FloatArray:
    """[k] where each of [k, m] curves falls below its own level: :func:`cross`, all at once."""
    last = curves.shape[1] - 1
    if step < 0:
        return np.asarray(last - cross_each(curves[:, ::-1], last - start, +1, level, run))
    below = curves < level[:, None]
    first = below[:, : last + 2 - run].copy()
    for k in range(1, run):
        first &= below[:, k : last + 2 - run + k]
    first &= np.arange(first.shape[1]) >= start[:, None]
    at = first.argmax(axis=1)
    rows = np.arange(at.size)
    high, low = curves[rows, at - 1], curves[rows, at]
    between = (high > level) & (at > start)
    back = np.where(between, (level - low) / np.where(between, high - low, 1.0), 0.0)
    return np.asarray(np.where(first[rows, at], at - back, last))


def qrs_edges(shape: Shape, share_on: float, share_off: float) -> tuple[float, float]:
    """Median over leads of where each lead's slope leaves the given shares of its peak."""
    slope = np.abs(shape.slope(0.008))
    slope = maximum_filter1d(slope, 5, axis=1)  # bridges the zero of the slope on every peak
    half, run = shape.samples(0.08), shape.samples(0.008)
    window = slope[:, shape.zero - half : shape.zero + half + 1]
    peak = window.max(axis=1)
    steep = window >= 0.4 * peak[:, None]
    first = shape.zero - half + steep.argmax(axis=1)
    last = shape.zero + half - steep[:, ::-1].argmax(axis=1)
    skip = shape.zero - half
    on = cross_each(slope[:, : shape.zero + half + 1], first, -1, share_on * peak, run)
    off = skip + cross_each(slope[:, skip:], last - skip, +1, share_off * peak, run)
    return median(on.tolist()), median(off.tolist())


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
