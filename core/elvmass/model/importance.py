"""From a saliency map to the paper's table: share of each lead and segment."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from elvmass.beat import SEGMENTS, Beat
from elvmass.errors import SignalError
from elvmass.record import FloatArray
from elvmass.result import SaliencyMap, SegmentImportance

#: Our reading of the paper's Tables 5 and 6: SD of the smoothing along time, and what is kept.
SEED_LIKE_SMOOTHING_S, SEED_LIKE_THRESHOLD = 0.010, 0.5


def segment_importance(saliency: SaliencyMap, beat: Beat) -> SegmentImportance:
    """Sum a map over leads and segments.

    ``share`` sums absolute grams and divides by their total; nothing is cut off. The paper's own
    tables hold exact zeros, also in TP, which such a map cannot give, and it does not state what
    was left out. ``seed_like`` is our reading: the absolute map is smoothed along time (SD 10 ms),
    scaled to its largest value, and samples under half of it are dropped before summing.

    Raises
    ------
    ValueError
        If the map does not lie on the grid of the beat.
    SignalError
        If the map is zero everywhere, so that there is nothing to share out.
    """
    if saliency.values_g.shape != beat.signal_mv.shape:
        raise ValueError(f"map {saliency.values_g.shape} and beat {beat.signal_mv.shape} differ")
    absolute = np.abs(saliency.values_g)
    if not absolute.any():
        raise SignalError("The saliency map is zero everywhere; no segment can be named.")
    member = beat.labels()[:, None] == np.arange(len(SEGMENTS))  # [m, 5]
    smooth = gaussian_filter1d(absolute, SEED_LIKE_SMOOTHING_S * beat.rate_hz, axis=1)
    kept = np.where(smooth >= SEED_LIKE_THRESHOLD * smooth.max(), smooth, 0.0)
    return SegmentImportance(
        share=_shares(absolute, member),
        net_g=saliency.values_g @ member,
        seconds=member.sum(axis=0) / beat.rate_hz,
        seed_like=_shares(kept, member),
    )


def _shares(absolute: FloatArray, member: FloatArray) -> FloatArray:
    """[12, m] and [m, 5] to shares [12, 5] that sum to 1."""
    sums: FloatArray = absolute @ member
    sums /= sums.sum()
    return sums
