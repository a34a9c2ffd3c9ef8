"""Lay the saliency map of a strip onto the beat that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from elvmass.beat import Beat, Strip
from elvmass.record import FloatArray
from elvmass.result import SaliencyMap


def onto_beat(
    saliency: SaliencyMap, strip: Strip, beat: Beat, beat_times_s: Sequence[float]
) -> SaliencyMap:
    """Add up a map [12, m] of a strip over all heartbeats, aligned at R; on the grid of ``beat``.

    Each sample of the strip goes to one sample of the beat, so the grams still add up to the
    estimate. Signs are kept, unlike in the published practice of averaging absolute values:
    what one beat adds and the next takes away cancels. Samples outside the cycle of the shown
    beat (a longer diastole) go to its nearest end.

    Parameters
    ----------
    beat_times_s
        R peaks in seconds from the start of the recording (at least one).
    """
    place = _places(strip, beat, np.asarray(beat_times_s, dtype=np.float64))
    m = beat.signal_mv.shape[1]
    rows = [np.bincount(place, row, minlength=m) for row in saliency.values_g]
    values = np.array(rows, dtype=np.float64)
    n = len(beat_times_s)
    return replace(
        saliency,
        values_g=values,
        spread_g=None,  # the spread of a sum over beats is not the sum of the spreads
        method=f"{saliency.method}; summed over {n} beats at R",
    )


def _places(strip: Strip, beat: Beat, r_s: FloatArray) -> NDArray[np.intp]:
    """[m] sample of the beat for each sample of the strip."""
    rr_s = float(np.median(np.diff(r_s))) if r_s.size > 1 else beat.duration_s
    times_s = strip.start_s + np.arange(strip.signal_mv.shape[1]) / strip.rate_hz
    # beats beyond the first and last R peak, so that every sample has a beat
    before = r_s[0] - rr_s * np.arange(np.ceil(max(r_s[0] - times_s[0], 0.0) / rr_s) + 1, 0, -1)
    r_s = np.concatenate([before, r_s])
    cycle_start_s = (beat.r_index - beat.valid_from) / beat.rate_hz
    number = np.searchsorted(r_s - cycle_start_s, times_s, side="right") - 1
    offset = np.rint((times_s - r_s[number]) * beat.rate_hz).astype(np.intp)
    return np.clip(offset + beat.r_index, beat.valid_from, beat.valid_to - 1)
