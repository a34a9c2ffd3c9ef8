"""The ECG profile of 725 numbers, after ecgAI (Tison 2019): a substitute, not the original.

Known of the original: 725 elements from the segmented average beat of twelve leads and from
intervals, and gradient boosting. How the 725 divide is unknown; ours are 12 leads x 6 segments x
10 points + 5 intervals. The segmentation is our delineation instead of their network, and the beat
is the one that the cohort was cut into.
"""

from __future__ import annotations

import numpy as np

from elvmass.boundaries import BOUNDARIES
from elvmass.record import FloatArray
from elvmass.train.data.dataset import Cohort

#: Segments in time order, and points that each becomes.
PROFILE_SEGMENTS: tuple[str, ...] = ("P", "PR", "QRS", "ST", "T", "TP")
POINTS = 10


def ecg_profile(cohort: Cohort) -> FloatArray:
    """[n, 725] mV by lead, segment and point, then P, PR, QRS, QT and RR in ms.

    NaN where a segment is absent (no P wave; no TP between fast beats).
    """
    beats = cohort.beats_mv.astype(np.float64)
    start, stop = _segments(cohort)
    share = (np.arange(POINTS) + 0.5) / POINTS
    at = start[:, :, None] + (stop - start)[:, :, None] * share  # [n, 6, points] samples
    points = _at(beats, at.reshape(len(cohort), -1))
    return np.concatenate([points.reshape(len(cohort), -1), _intervals(cohort)], axis=1)


def _segments(cohort: Cohort) -> tuple[FloatArray, FloatArray]:
    """First and last sample [n, 6] of each segment; NaN where it is absent or empty."""
    p_on, p_off, qrs_on, qrs_off, t_on, t_off = cohort.ecg.fiducials.T
    window = float(cohort.beats_mv.shape[2] - 1)
    # without a P wave the next beat begins with its QRS; without a rate, beyond the window
    begin = np.where(np.isnan(p_on), qrs_on, p_on)
    next_begin = np.fmin(begin + _rr_ms(cohort) * cohort.spec.rate_hz / 1000.0, window)
    start = np.stack([p_on, p_off, qrs_on, qrs_off, t_on, t_off], axis=1)
    stop = np.stack([p_off, qrs_on, qrs_off, t_on, t_off, next_begin], axis=1)
    absent = ~(stop > start)
    return np.where(absent, np.nan, start), np.where(absent, np.nan, np.fmin(stop, window))


def _at(beats: FloatArray, samples: FloatArray) -> FloatArray:
    """[n, 12, k] beats [n, 12, m] at fractional samples [n, k], linearly between; NaN stays."""
    absent = np.isnan(samples)
    place = np.where(absent, 0.0, samples)[:, None, :]
    low = np.minimum(place.astype(np.int64), beats.shape[2] - 2)
    left = np.take_along_axis(beats, low, axis=2)
    right = np.take_along_axis(beats, low + 1, axis=2)
    between = left + (place - low) * (right - left)
    return np.asarray(np.where(absent[:, None, :], np.nan, between))


def _intervals(cohort: Cohort) -> FloatArray:
    """[n, 5] P, PR, QRS, QT and RR in ms."""
    of = dict(zip(BOUNDARIES, cohort.ecg.fiducials.T, strict=True))
    p_ms = 1000.0 * (of["p_off"] - of["p_on"]) / cohort.spec.rate_hz
    rest = [cohort.ecg.interval(name) for name in ("pr_ms", "qrs_ms", "qt_ms")]
    return np.column_stack([p_ms, *rest, _rr_ms(cohort)])


def _rr_ms(cohort: Cohort) -> FloatArray:
    return np.asarray(60_000.0 / cohort.ecg.interval("rate_bpm"))
