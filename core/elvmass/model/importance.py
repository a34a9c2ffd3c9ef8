"""From a saliency map to the paper's table: share of each lead and segment.

Only numpy: the viewer sums up anew at each step of a boundary that is dragged.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from elvmass.beat import SEGMENTS, Beat, Fiducials
from elvmass.boundaries import present
from elvmass.errors import SignalError
from elvmass.record import FloatArray
from elvmass.result import Analysis, SaliencyMap, SegmentImportance

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
    smooth = _smoothed(absolute, SEED_LIKE_SMOOTHING_S * beat.rate_hz)
    kept = np.where(smooth >= SEED_LIKE_THRESHOLD * smooth.max(), smooth, 0.0)
    return SegmentImportance(
        share=_shares(absolute, member),
        net_g=saliency.values_g @ member,
        seconds=member.sum(axis=0) / beat.rate_hz,
        seed_like=_shares(kept, member),
    )


def with_boundaries(analysis: Analysis, fiducials: Fiducials) -> Analysis:
    """The analysis with boundaries drawn by hand in its beat, and the importance that follows.

    Estimate, saliency and measurements stay: none of them rests on the boundaries of this one
    beat, but for the map of a method that needs segments
    (:attr:`elvmass.model.explain.MethodInfo.segments`), which must be made anew.
    ``Analysis.automatic`` keeps what was found; it is None again once nothing differs from it.

    Raises
    ------
    ValueError
        If the boundaries leave the beat, or are not those of the same waves.
    """
    beat, found = analysis.beat, analysis.automatic or analysis.beat.fiducials
    if present(fiducials) != present(found):
        raise ValueError(f"boundaries of other waves: {present(fiducials)}, not {present(found)}")
    points = [getattr(fiducials, name) for name in present(fiducials)]
    if not 0 <= points[0] <= points[-1] <= beat.signal_mv.shape[1]:
        raise ValueError(f"boundaries outside the beat: {fiducials}")
    drawn = replace(beat, fiducials=fiducials)
    saliency = analysis.saliency
    return replace(
        analysis,
        beat=drawn,
        automatic=None if fiducials == found else found,
        importance=None if saliency is None else segment_importance(saliency, drawn),
    )


def _smoothed(rows: FloatArray, sd: float) -> FloatArray:
    """[12, m] smoothed along time with a Gaussian of ``sd`` samples, mirrored at the ends."""
    radius = int(4.0 * sd + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sd) ** 2)
    mirrored = np.pad(rows, ((0, 0), (radius, radius)), mode="symmetric")
    windows = sliding_window_view(mirrored, 2 * radius + 1, axis=1)
    smooth: FloatArray = windows @ (kernel / kernel.sum())
    return smooth


def _shares(absolute: FloatArray, member: FloatArray) -> FloatArray:
    """[12, m] and [m, 5] to shares [12, 5] that sum to 1."""
    sums: FloatArray = absolute @ member
    sums /= sums.sum()
    return sums
