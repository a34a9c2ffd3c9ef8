"""From QRS complexes to beats: sub-sample alignment, dominant morphology, windows, median.

Convention for the R peak, the same for every kind of beat: all beats are aligned to the median
QRS by cross-correlation of all independent leads; the R peak is the maximum of the multi-lead
QRS energy (7-25 Hz, smoothed by 12 ms) of that median, carried back to each beat. It is therefore
one instant for all leads, to a fraction of a sample, and does not hop between an R and an S
peak from beat to beat.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import median as middle_of

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from elvmass.record import FloatArray
from elvmass.signal import filters

#: Beats at least this much alike (correlation with the median QRS) have the dominant morphology.
DOMINANT = 0.8

_HALF_S = 0.070  # half of the QRS window that is correlated
_SEARCH_S = 0.030  # how far a beat may be shifted
_ENERGY_SD_S = 0.012
_ALIKE = 0.7  # before alignment
_MEDIAN_OF = 40  # beats in the QRS template: more do not make it better
_CENTRE_OF = 15  # beats in the QRS whose energy's maximum is the R peak
_LARGE = 2000  # values per beat from which exchanges are quicker than sorting


@dataclass(frozen=True, slots=True, eq=False)
class Train:
    """The beats of a recording.

    Attributes
    ----------
    r
        [n] R peaks, in samples of the working grid, sub-sample.
    likeness
        [n] correlation of each QRS with the median QRS.
    rate_hz
        Of the working grid.
    """

    r: FloatArray
    likeness: FloatArray
    rate_hz: float

    @property
    def times_s(self) -> FloatArray:
        """[n] R peaks in seconds from the start of the recording."""
        return self.r / self.rate_hz

    @property
    def dominant(self) -> NDArray[np.bool_]:
        """[n] True for beats of the dominant morphology."""
        return self.likeness > DOMINANT

    @property
    def irregularity(self) -> float:
        """Median change between successive RR intervals of dominant beats, as a share of RR."""
        rr = np.diff(self.times_s[self.dominant])
        return float(np.median(np.abs(np.diff(rr))) / np.median(rr)) if rr.size > 2 else 0.0


def align(
    wide_mv: FloatArray, qrs_band_mv: FloatArray, coarse: NDArray[np.intp], rate_hz: float
) -> Train:
    """Refine QRS positions to sub-sample R peaks.

    Parameters
    ----------
    wide_mv, qrs_band_mv
        [leads, n] independent leads, in the delineation band and in the QRS band.
    coarse
        Samples of the QRS complexes; those nearer than 100 ms to an end are left out.
    """
    half, search = round(_HALF_S * rate_hz), round(_SEARCH_S * rate_hz)
    margin = half + search + 1
    inside = (coarse >= margin) & (coarse < wide_mv.shape[1] - margin)
    r = coarse[inside]
    if r.size == 0:
        return Train(np.zeros(0), np.zeros(0), rate_hz)
    size = 2 * half + 1
    lagged = _lagged(wide_mv, r, half, search)
    medoid = _medoid(filters.cuts(qrs_band_mv, r - half, size))
    template = lagged.cut[medoid, :, search : search + size]
    lag, alike = lagged.correlate(template)
    shifted = r + np.rint(lag).astype(np.intp)
    template = middle(filters.cuts(wide_mv, shifted[_good(alike)][:_MEDIAN_OF] - half, size))
    lag, alike = lagged.correlate(template)
    r_at = r + lag
    shift = _energy_peak(qrs_band_mv, r_at[_good(alike)], half, rate_hz)
    return Train(r_at + shift, alike, rate_hz)


def _good(alike: FloatArray) -> NDArray[np.bool_]:
    """[n] True for dominant beats, or for the best one if none is."""
    dominant = alike > DOMINANT
    return dominant if dominant.any() else alike >= alike.max()


def _medoid(windows: FloatArray) -> int:
    """Find the beat that most others resemble."""
    flat = windows.reshape(windows.shape[0], -1)
    flat = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    alike = flat @ flat.T
    return int(np.argmax((alike > _ALIKE).sum(axis=1) + alike.mean(axis=1)))


@dataclass(frozen=True, slots=True, eq=False)
class _Lagged:
    """Every beat at every lag, ready to be correlated with a template.

    ``cut`` [n, leads, width + 2 search] the surroundings of each beat, ``norm`` [n, lags] of the
    windows in them without their means, ``search`` the largest lag.
    """

    cut: FloatArray
    norm: FloatArray
    search: int

    def correlate(self, template: FloatArray) -> tuple[FloatArray, FloatArray]:
        """[n] sub-sample lag of each beat against [leads, width], and the correlation there."""
        template = template - template.mean(axis=1, keepdims=True)
        score = self._products(template)
        score /= self.norm * max(float(np.linalg.norm(template)), 1e-12)
        best = np.argmax(score, axis=1)
        peak = np.clip(best, 1, score.shape[1] - 2)
        rows = np.arange(score.shape[0])
        top = _vertex(score[rows, peak - 1], score[rows, peak], score[rows, peak + 1])
        return peak - self.search + top, score[rows, best]

    def _products(self, template: FloatArray) -> FloatArray:
        """[n, lags] sums of products: one matrix product with the template at every lag."""
        (leads, width), lags = template.shape, 2 * self.search + 1
        padded = np.zeros((leads, width + 2 * (lags - 1)))
        padded[:, lags - 1 : lags - 1 + width] = template
        shifted = sliding_window_view(padded, self.cut.shape[2], axis=1)[:, ::-1]
        matrix = shifted.transpose(1, 0, 2).reshape(lags, -1)
        return np.asarray(self.cut.reshape(len(self.cut), -1) @ matrix.T)


def _lagged(signal: FloatArray, r: NDArray[np.intp], half: int, search: int) -> _Lagged:
    cut = filters.cuts(signal, r - half - search, 2 * (half + search) + 1)
    width = 2 * half + 1
    cut -= cut.mean(axis=2, keepdims=True)  # so that sums of squares lose no digits
    sums = np.zeros((2, *cut.shape[:2], cut.shape[2] + 1))
    np.cumsum(cut, axis=2, out=sums[0, :, :, 1:])
    np.cumsum(cut**2, axis=2, out=sums[1, :, :, 1:])
    total, squares = sums[..., width:] - sums[..., :-width]
    energy = (squares - total**2 / width).sum(axis=1)
    return _Lagged(cut, np.sqrt(np.maximum(energy, 1e-12)), search)


def _vertex(left: FloatArray, mid: FloatArray, right: FloatArray) -> FloatArray:
    """Offset of the top of the parabola through three points, within half a sample."""
    bend = left - 2 * mid + right
    safe = np.where(bend < -1e-12, bend, -1.0)
    return np.where(bend < -1e-12, np.clip(0.5 * (left - right) / safe, -0.5, 0.5), 0.0)


def _energy_peak(qrs_band_mv: FloatArray, r: FloatArray, half: int, rate_hz: float) -> float:
    """Offset of the energy maximum of the median QRS from the aligned positions, in samples."""
    median = middle(filters.windows_at(qrs_band_mv, r[:_CENTRE_OF] - half, 2 * half + 1))
    energy = gaussian_filter1d((median**2).sum(axis=0), _ENERGY_SD_S * rate_hz)
    top = int(np.clip(np.argmax(energy), 1, energy.size - 2))
    fraction = _vertex(energy[top - 1 : top], energy[top : top + 1], energy[top + 1 : top + 2])
    return float(top - half + fraction[0])


def complete(
    train: Train, gap: NDArray[np.bool_], before_s: float, after_s: float
) -> NDArray[np.intp]:
    """Numbers of the beats whose window lies inside the recording and touches no gap.

    ``gap`` [n] covers the recording on the working grid.
    """
    start = np.floor(train.r - before_s * train.rate_hz).astype(np.intp)
    stop = np.ceil(train.r + after_s * train.rate_hz).astype(np.intp) + 1
    holes = np.concatenate([[0], np.cumsum(gap)])
    inside = (start >= 0) & (stop <= gap.size)
    clean = holes[np.clip(stop, 0, gap.size)] == holes[np.clip(start, 0, gap.size)]
    return np.flatnonzero(inside & clean)


def neighbours(train: Train, numbers: NDArray[np.intp]) -> tuple[float, float]:
    """Median RR interval before and after the given beats, seconds; 1 s where unknown."""
    rr = np.diff(train.times_s)
    before = rr[numbers[numbers > 0] - 1]
    after = rr[numbers[numbers < train.r.size - 1]]
    return (
        middle_of(before.tolist()) if before.size else 1.0,
        middle_of(after.tolist()) if after.size else 1.0,
    )


def cut(signal_mv: FloatArray, train: Train, number: int, offsets_s: FloatArray) -> FloatArray:
    """[leads, m] the signal at ``offsets_s`` from the R peak of one beat."""
    return filters.sample_at(signal_mv, train.r[number] + offsets_s * train.rate_hz)


def median_beat(
    signal_mv: FloatArray, train: Train, numbers: NDArray[np.intp], offsets_s: FloatArray
) -> FloatArray:
    """[leads, m] sample-wise median of the given beats, aligned at their R peaks."""
    return middle(np.stack([cut(signal_mv, train, k, offsets_s) for k in numbers]))


def middle(stack: FloatArray) -> FloatArray:
    """Median over the first axis; several times faster than :func:`numpy.median` for few beats."""
    n = stack.shape[0]
    if stack[0].size < _LARGE:
        ordered = np.sort(stack, axis=0)
        return np.asarray(0.5 * (ordered[(n - 1) // 2] + ordered[n // 2]))
    # A sorting network: every exchange treats whole beats at once, without a branch.
    rows = list(np.array(stack))
    spare = np.empty_like(rows[0])
    for low, high in _exchanges(n):
        np.minimum(rows[low], rows[high], out=spare)
        np.maximum(rows[low], rows[high], out=rows[high])
        rows[low], spare = spare, rows[low]
    return np.asarray(0.5 * (rows[(n - 1) // 2] + rows[n // 2]))


@cache
def _exchanges(n: int) -> tuple[tuple[int, int], ...]:
    """Batcher's odd-even merge sort of n rows, without what the middle does not depend on."""
    pairs: list[tuple[int, int]] = []
    run = 1
    while run < n:
        step = run
        while step:
            lows = (
                low
                for first in range(step % run, n - step, 2 * step)
                for low in range(first, min(first + step, n - step))
            )
            pairs += [
                (low, low + step) for low in lows if low // (2 * run) == (low + step) // (2 * run)
            ]
            step //= 2
        run *= 2
    needed, kept = {(n - 1) // 2, n // 2}, []
    for low, high in reversed(pairs):
        if low in needed or high in needed:
            needed |= {low, high}
            kept.append((low, high))
    return tuple(reversed(kept))
