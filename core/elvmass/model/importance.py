"""From a saliency map to the paper's table: share of each lead and segment."""

from __future__ import annotations

import numpy as np

from elvmass.beat import SEGMENTS, Beat
from elvmass.errors import SignalError
from elvmass.record import FloatArray
from elvmass.result import SaliencyMap, SegmentImportance


def segment_importance(saliency: SaliencyMap, beat: Beat) -> SegmentImportance:
    """Sum a map over leads and segments.

    ``share`` sums absolute grams and divides by their total. The paper's own tables hold exact
    zeros, which an unthresholded map cannot give; what they thresholded is not stated, so nothing
    is cut off here.

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
    total = absolute.sum()
    if total == 0:
        raise SignalError("The saliency map is zero everywhere; no segment can be named.")
    member = beat.labels()[:, None] == np.arange(len(SEGMENTS))  # [m, 5]
    share: FloatArray = absolute @ member / total  # [12, m] @ [m, 5]
    return SegmentImportance(
        share=share / share.sum(),
        net_g=saliency.values_g @ member,
        seconds=member.sum(axis=0) / beat.rate_hz,
    )
