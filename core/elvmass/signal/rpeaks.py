"""One train of QRS complexes from all leads.

Root mean square over the eight independent leads of the 7-25 Hz band, smoothed by a 100 ms box;
local maxima against an adaptive threshold, a guard against tall T waves, and a search back in
long pauses. One train for all leads: that is what makes the twelve beats synchronous.
"""

from __future__ import annotations

import itertools
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks

from elvmass.record import FloatArray

#: The band in which QRS stands out from P and T, Hz.
QRS_BAND_HZ: tuple[float, float] = (7.0, 25.0)

_BOX_S = 0.100
_STRIDE_S = 0.010
_OUTLYING_LEADS = 2
_REFRACTORY_S = 0.200
_BLOCK_S = 2.0
_THRESHOLD = 0.38  # of the local reference height; chosen on LUDB (development records)
_T_GUARD_S = 0.360
_T_GUARD = 0.55  # a peak this soon after a QRS must reach this share of it
_PAUSE = 1.6  # search back in intervals longer than this many median intervals
_BACK = 0.22  # threshold of the search back


def envelope(qrs_band_mv: FloatArray, rate_hz: float) -> tuple[FloatArray, int]:
    """[m] height of the QRS activity on all leads, about 1 at a QRS, and its stride in samples.

    Each lead's rms over 100 ms is scaled by its own usual QRS height, and the two highest leads
    of each instant are left out of the mean: a loose electrode shows in one or two leads, a QRS
    in all.
    """
    stride = max(1, round(_STRIDE_S * rate_hz))
    leads, n = qrs_band_mv.shape
    square = np.square(qrs_band_mv[:, : n - n % stride])
    power = sum(square[:, k::stride] for k in range(stride)) / stride
    box = max(1, round(_BOX_S * rate_hz / stride))
    rms = np.sqrt(np.maximum(uniform_filter1d(power, box, axis=1), 0.0))
    block = round(_BLOCK_S * rate_hz / stride)
    tops = [rms[:, k : k + block].max(axis=1) for k in _starts(rms.shape[1], block)]
    usual = np.array([median(of_lead) for of_lead in np.column_stack(tops).tolist()])
    # A lead with hardly any QRS may not be blown up to the size of the others.
    scaled = rms / np.maximum(usual, 0.15 * median(usual.tolist()) + 1e-9)[:, None]
    kept = np.partition(scaled, leads - _OUTLYING_LEADS - 1, axis=0)[: leads - _OUTLYING_LEADS]
    return kept.mean(axis=0), stride


def _starts(n: int, block: int) -> range:
    """First samples of the whole blocks of a signal (one block if it is shorter)."""
    return range(0, max(n - block, 0) + 1, block)


def detect(qrs_band_mv: FloatArray, rate_hz: float) -> NDArray[np.intp]:
    """Sample of every QRS complex (centre of its energy) in a [leads, n] band-passed signal.

    Amplitude and polarity of the leads do not matter, only heights relative to each other.
    Returns an empty array if there is nothing but a flat line.
    """
    env, stride = envelope(qrs_band_mv, rate_hz)
    rate_hz /= stride
    peaks, _ = find_peaks(env, distance=max(1, round(_REFRACTORY_S * rate_hz)))
    if peaks.size == 0 or env.max() <= 0:
        return np.zeros(0, dtype=np.intp)
    height = env[peaks]
    reference = _reference(peaks, height, round(_BLOCK_S * rate_hz), env.size)
    chosen = _accept(peaks, height, reference, rate_hz)
    found = _search_back(peaks, height / reference, chosen, rate_hz)
    return found * stride + stride // 2


def _reference(peaks: NDArray[np.intp], height: FloatArray, block: int, n: int) -> FloatArray:
    """[peaks] the QRS height expected near each peak: the median of the highest per block."""
    tops = [
        (start + block / 2, height[inside].max())
        for start in range(0, n, block)
        if (inside := (peaks >= start) & (peaks < start + block)).any()
    ]
    centre, top = (np.array(v) for v in zip(*tops, strict=True))
    overall = median(top.tolist())
    # A single artefact or a run of extrasystoles may not move the reference far.
    around = np.array([median(top[max(0, k - 2) : k + 3].tolist()) for k in range(top.size)])
    return np.asarray(np.interp(peaks, centre, np.clip(around, 0.4 * overall, 1.5 * overall)))


def _accept(
    peaks: NDArray[np.intp], height: FloatArray, reference: FloatArray, rate_hz: float
) -> list[int]:
    """Numbers of the peaks that pass the threshold and the T-wave guard, in time order."""
    chosen: list[int] = []
    for k in np.flatnonzero(height >= _THRESHOLD * reference):
        if chosen and peaks[k] - peaks[chosen[-1]] < _T_GUARD_S * rate_hz:
            last = chosen[-1]
            if height[k] < _T_GUARD * height[last]:
                continue
            if height[last] < _T_GUARD * height[k]:
                chosen.pop()
        chosen.append(int(k))
    return chosen


def _search_back(
    peaks: NDArray[np.intp], relative: FloatArray, chosen: list[int], rate_hz: float
) -> NDArray[np.intp]:
    """Add the highest lower peak in every pause that is long for this rhythm."""
    found = [int(peaks[k]) for k in chosen]
    if len(found) < 3:
        return np.array(found, dtype=np.intp)
    usual = median(right - left for left, right in itertools.pairwise(found))
    guard = _T_GUARD_S * rate_hz
    extra: list[int] = []
    for left, right in itertools.pairwise(found):
        if right - left < _PAUSE * usual:
            continue
        inside = (peaks > left + guard) & (peaks < right - guard) & (relative >= _BACK)
        if inside.any():
            extra.append(int(peaks[inside][np.argmax(relative[inside])]))
    return np.array(sorted(found + extra), dtype=np.intp)
