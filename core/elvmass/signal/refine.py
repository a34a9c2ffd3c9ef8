"""Boundaries that two witnesses agree on: the rules, and a network trained on manual marks.

The rules (:mod:`elvmass.signal.delineate`) propose waves; the network
(:mod:`elvmass.signal.segmenter`) looks there again. A boundary is the weighted mean of both: they
err independently, and on records that neither was fitted to, the mean is better than either. A P
wave must be seen by both in the same place (up to 120 beats per minute), for before QRS there is
always a bump of some kind, and fibrillation makes good ones.

Two conventions, never mixed: *median of leads*, what a reader sees in most leads, for drawing,
segments, measurements and models; *outer*, from the earliest onset to the latest end in any lead
but one, the interval of standards such as IEC 60601-2-25. They lie 8 to 28 ms apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elvmass.record import FloatArray
from elvmass.signal import segmenter
from elvmass.signal.measure import Waves

Curves = NDArray[np.floating[Any]]

#: Weight of the network in the mean with the rules, by wave.
NETWORK_SHARE = {"p": 0.5, "qrs": 0.5, "t": 0.6}
#: How far the network may be from the rules and still count in full, seconds. Where they are
#: further apart on P it is the network that errs: it learnt from few long PR intervals.
_TRUSTED_S = {"p": 0.020, "qrs": inf, "t": inf}

_P_SEEN = 0.5  # least share somewhere in the P of the rules
_P_JUDGED_RR_S = 0.5  # no faster rate with P waves was among the records of the training
_QRS_S = (-0.17, 0.22)  # where QRS may lie
_P_NEAR_S, _T_NEAR_S = 0.06, 0.12  # how far the network may look beyond the rules' boundaries

_MEDIAN, _OUTER, _LEADS = 0, 1, 2  # rows of each wave's curves


@dataclass(frozen=True, slots=True)
class Delineation:
    """All boundaries of the representative beat, seconds from R.

    Attributes
    ----------
    waves
        Median of leads.
    outer
        Earliest onset to latest end of the leads, but for one (2nd of 12).
    leads
        Lead by lead in the order of :data:`elvmass.record.LEADS`; None where a lead shows no QRS.
    """

    waves: Waves
    outer: Waves
    leads: tuple[Waves | None, ...]


def refine(
    proposed: Waves, beat_mv: FloatArray, offsets_s: FloatArray, rr_s: tuple[float, float]
) -> Delineation:
    """Refine the boundaries that the rules propose.

    Parameters
    ----------
    proposed
        What the rules found.
    beat_mv
        [8, m] independent leads of the representative beat, mV; at least from 0.5 s before to
        0.65 s after R.
    offsets_s
        [m] evenly spaced times from R.
    rr_s
        Distances to the beats before and after.
    """
    step_s = float(offsets_s[1] - offsets_s[0])
    grid = np.rint((segmenter.GRID_S - offsets_s[0]) / step_s).astype(np.intp)
    t = None
    if proposed.t_on is not None and proposed.t_off is not None:
        t = proposed.t_on, proposed.t_off
    curves = segmenter.bundled()(segmenter.features(beat_mv[:, grid], rr_s, t))
    if rr_s[0] > _P_JUDGED_RR_S and not _p_seen(curves[0], proposed):
        proposed = replace(proposed, p_on=None, p_off=None)
    seen = _look(curves, proposed)
    waves = _parted(_mean(proposed, _waves(seen[_MEDIAN], proposed)))
    outer = _around(waves, _waves(seen[_OUTER], waves))
    return Delineation(waves, outer, tuple(map(_lead_waves, seen[_LEADS:].tolist())))


def _p_seen(curve: Curves, proposed: Waves) -> bool:
    """Whether the network sees a P where the rules do: a P elsewhere is no witness for theirs."""
    if proposed.p_on is None or proposed.p_off is None:
        return False
    first, stop = np.searchsorted(segmenter.GRID_S, [proposed.p_on, proposed.p_off])
    return bool((curve[first:stop] >= _P_SEEN).any())


def _look(curves: Curves, proposed: Waves) -> FloatArray:
    """[14, 6] boundaries of the curves [42, n]: P, QRS and T, onset and end; NaN without."""
    seen = np.full((curves.shape[0] // 3, 6), np.nan)
    seen[:, 2:4] = edges(curves[1::3], *_QRS_S)
    qrs_on, qrs_off = seen[_MEDIAN, 2:4]
    if proposed.p_on is not None and proposed.p_off is not None:
        last = min(proposed.p_off + _P_NEAR_S, np.fmin(qrs_on, proposed.qrs_on))
        seen[:, :2] = edges(curves[0::3], proposed.p_on - _P_NEAR_S, last)
    if proposed.t_on is not None and proposed.t_off is not None:
        first = max(proposed.t_on - _T_NEAR_S, np.fmax(qrs_off, proposed.qrs_off))
        seen[:, 4:] = edges(curves[2::3], first, proposed.t_off + _T_NEAR_S)
    return seen


def edges(curves: Curves, start_s: float, stop_s: float) -> FloatArray:
    """[k, 2] first and last crossing of one half by curves [k, n] between two times; NaN without.

    Sub-sample, by straight lines. A dip inside a wave (a notched P) does not split it.
    """
    n = curves.shape[1]
    start, stop = (
        int(np.clip(np.rint((s - segmenter.GRID_S[0]) * segmenter.RATE_HZ), 1, n - 1))
        for s in (start_s, stop_s)
    )
    above = curves[:, start:stop] >= 0.5
    if stop <= start or not above.any():
        return np.full((curves.shape[0], 2), np.nan)
    first = start + above.argmax(axis=1)
    last = stop - 1 - above[:, ::-1].argmax(axis=1)
    # Where each curve falls below one half, from the outermost samples outwards.
    inside, step = np.column_stack([first, last]), np.array([-1, 1])
    rows = np.arange(curves.shape[0])[:, None]
    high, low = curves[rows, inside], curves[rows, inside + step]
    share = np.where(low < 0.5, (high - 0.5) / np.maximum(high - low, 1e-9), 0.0)
    found = segmenter.GRID_S[inside] + step * np.clip(share, 0, 1) / segmenter.RATE_HZ
    found[~above.any(axis=1)] = np.nan
    return np.asarray(found)


_FIELDS = ("p_on", "p_off", "qrs_on", "qrs_off", "t_on", "t_off")


def _waves(row: FloatArray, otherwise: Waves) -> Waves:
    """Boundaries [6]; where there is none, those of ``otherwise``."""
    pairs = zip(_FIELDS, row.tolist(), strict=True)
    return Waves(**{k: getattr(otherwise, k) if isnan(v) else v for k, v in pairs})


def _lead_waves(row: list[float]) -> Waves | None:
    p_on, p_off, qrs_on, qrs_off, t_on, t_off = (None if isnan(v) else v for v in row)
    if qrs_on is None or qrs_off is None:
        return None
    return Waves(p_on, p_off, qrs_on, qrs_off, t_on, t_off)


def _mean(rules: Waves, network: Waves) -> Waves:
    """Weighted mean; a wave is there if the rules say so."""

    def mean(name: str) -> float | None:
        one, other = getattr(rules, name), getattr(network, name)
        if one is None:
            return None
        wave = name.split("_")[0]
        limit = _TRUSTED_S[wave]
        return float(one + NETWORK_SHARE[wave] * min(max(other - one, -limit), limit))

    return Waves(**{name: mean(name) for name in _FIELDS})  # type: ignore[arg-type]


def _parted(waves: Waves) -> Waves:
    """End P before QRS and begin T after it: each is a mean with weights of its own."""
    if waves.p_off is not None:
        waves = replace(waves, p_off=min(waves.p_off, waves.qrs_on))
    if waves.t_on is not None:
        waves = replace(waves, t_on=max(waves.t_on, waves.qrs_off))
    return waves


def _around(inner: Waves, outer: Waves) -> Waves:
    """Widen ``outer`` where it does not contain ``inner``."""

    def widest(name: str) -> float | None:
        one, other = getattr(inner, name), getattr(outer, name)
        if one is None:
            return None
        return float(min(one, other) if name.endswith("_on") else max(one, other))

    return Waves(**{name: widest(name) for name in _FIELDS})  # type: ignore[arg-type]
