"""Waves of the representative beat, lead by lead: what the voltage criteria of LVH are made of.

The signal is the median beat in the band of diagnostic electrocardiographs (up to 150 Hz; a
narrower band would shave R and S), whatever band the model sees. A wave inside QRS is a run of
one sign that leaves the isoelectric level by more than 20 µV for at least 6 ms (the definition
of IEC 60601-2-25).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from elvmass.record import LEADS, FloatArray, LeadMeasurements
from elvmass.signal.measure import Waves

#: Band of the amplitudes, Hz.
BAND_HZ = (0.5, 150.0)
_WAVE_MV = 0.020
_WAVE_S = 0.006
_BEFORE_QRS_S = 0.016
_ST_S = 0.060

_NONE = float("nan")


class _Deflection(NamedTuple):
    """One run of a sign inside QRS: signed peak in mV and its time from R in seconds."""

    peak_mv: float
    at_s: float


def lead_measurements(beat_mv: FloatArray, offsets_s: FloatArray, waves: Waves) -> LeadMeasurements:
    """Measure every lead of a beat.

    Parameters
    ----------
    beat_mv
        [12, m] representative beat, mV.
    offsets_s
        [m] evenly spaced times from R, seconds.
    waves
        Its global boundaries.
    """
    level = beat_mv - _isoelectric(beat_mv, offsets_s, waves.qrs_on)
    inside = (offsets_s >= waves.qrs_on) & (offsets_s <= waves.qrs_off)
    qrs = [_qrs_waves(row[inside], offsets_s[inside], waves.qrs_on) for row in level]
    columns = dict(zip(_QRS_FIELDS, np.array(qrs).T, strict=True))
    return LeadMeasurements(
        **_p_waves(beat_mv, offsets_s, waves),
        **columns,
        st_j_mv=_at(level, offsets_s, waves.qrs_off),
        st_j60_mv=_at(level, offsets_s, waves.qrs_off + _ST_S),
        t_mv=_extreme(level, offsets_s, waves.t_on, waves.t_off),
    )


def _isoelectric(beat_mv: FloatArray, offsets_s: FloatArray, qrs_on: float) -> FloatArray:
    """[12, 1] mean level of the 16 ms before QRS."""
    before = (offsets_s >= qrs_on - _BEFORE_QRS_S) & (offsets_s <= qrs_on)
    return np.asarray(beat_mv[:, before].mean(axis=1, keepdims=True))


_QRS_FIELDS = ("q_mv", "r_mv", "s_mv", "r2_mv", "intrinsicoid_ms")


def _qrs_waves(lead_mv: FloatArray, times_s: FloatArray, qrs_on: float) -> tuple[float, ...]:
    """Q, R, S, R' and the intrinsicoid time of one lead, in the order of :data:`_QRS_FIELDS`."""
    runs = _deflections(lead_mv, times_s)
    rises = [k for k, run in enumerate(runs) if run.peak_mv > 0]
    if not rises:
        depth = max((-run.peak_mv for run in runs), default=_NONE)
        return _NONE, _NONE, depth, _NONE, _NONE
    first = rises[0]
    tallest = max(rises, key=lambda k: runs[k].peak_mv)
    before = [-run.peak_mv for run in runs[:first]]
    after = [-run.peak_mv for run in runs[first + 1 :] if run.peak_mv < 0]
    second = [runs[k].peak_mv for k in rises[1:]]
    return (
        max(before, default=_NONE),
        runs[first].peak_mv,
        max(after, default=_NONE),
        max(second, default=_NONE),
        1000.0 * (runs[tallest].at_s - qrs_on),
    )


def _deflections(lead_mv: FloatArray, times_s: FloatArray) -> list[_Deflection]:
    """Runs of one sign beyond the threshold in height and length, in time order.

    A run that still grows where QRS ends is the ST segment's slope, not a wave.
    """
    sign = np.sign(lead_mv)
    starts = np.flatnonzero(np.diff(sign, prepend=np.nan) != 0)
    stops = np.append(starts[1:], lead_mv.size)
    step_s = float(times_s[1] - times_s[0])
    found = []
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        peak = start + int(np.argmax(np.abs(lead_mv[start:stop])))
        wave = peak < lead_mv.size - 1 and (stop - start) * step_s >= _WAVE_S
        if wave and abs(lead_mv[peak]) >= _WAVE_MV:
            found.append(_Deflection(float(lead_mv[peak]), float(times_s[peak])))
    return _merged(found)


def _merged(runs: list[_Deflection]) -> list[_Deflection]:
    """Join neighbours of one sign, which only a ripple too small to count had parted."""
    joined: list[_Deflection] = []
    for run in runs:
        if joined and joined[-1].peak_mv * run.peak_mv > 0:
            joined[-1] = max(joined[-1], run, key=lambda each: abs(each.peak_mv))
        else:
            joined.append(run)
    return joined


def _p_waves(beat_mv: FloatArray, offsets_s: FloatArray, waves: Waves) -> dict[str, FloatArray]:
    """P amplitude and its negative end, against the line between the ends of P."""
    absent = np.full(len(LEADS), np.nan)
    names = ("p_mv", "p_terminal_mv", "p_terminal_ms")
    if waves.p_on is None or waves.p_off is None:
        return dict.fromkeys(names, absent)
    inside = (offsets_s >= waves.p_on) & (offsets_s <= waves.p_off)
    if inside.sum() < 3:
        return dict.fromkeys(names, absent)
    wave = beat_mv[:, inside]
    wave = wave - np.linspace(wave[:, 0], wave[:, -1], wave.shape[1], axis=1)
    late = wave[:, wave.shape[1] // 2 :]
    step_ms = 1000.0 * float(offsets_s[1] - offsets_s[0])
    depth = np.maximum(-late.min(axis=1), 0.0)
    depth[depth < _WAVE_MV] = 0.0
    duration = np.where(depth > 0, (late < 0).sum(axis=1) * step_ms, 0.0)
    return dict(zip(names, (_largest(wave), depth, duration), strict=True))


def _extreme(
    level_mv: FloatArray, offsets_s: FloatArray, start: float | None, stop: float | None
) -> FloatArray:
    """[12] largest deflection between two times, with its sign; NaN without the wave."""
    if start is None or stop is None:
        return np.full(len(LEADS), np.nan)
    inside = (offsets_s >= start) & (offsets_s <= stop)
    return _largest(level_mv[:, inside]) if inside.any() else np.full(len(LEADS), np.nan)


def _largest(wave_mv: FloatArray) -> FloatArray:
    peak = np.argmax(np.abs(wave_mv), axis=1)
    return np.asarray(wave_mv[np.arange(wave_mv.shape[0]), peak])


def _at(level_mv: FloatArray, offsets_s: FloatArray, time_s: float) -> FloatArray:
    """[12] level at a time (the nearest sample); NaN outside the beat."""
    if not offsets_s[0] <= time_s <= offsets_s[-1]:
        return np.full(len(LEADS), np.nan)
    return np.asarray(level_mv[:, int(np.argmin(np.abs(offsets_s - time_s)))])
