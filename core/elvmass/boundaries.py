"""Wave boundaries drawn by hand: where one may stand, where it snaps to, what follows from it.

Pure functions over a :class:`elvmass.beat.Beat`; the automatic boundaries of a corrected beat are
kept in :attr:`elvmass.result.Analysis.automatic`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np

from elvmass.beat import Beat, Fiducials
from elvmass.record import FloatArray

#: Names of the boundaries, in time order.
BOUNDARIES: tuple[str, ...] = tuple(each.name for each in fields(Fiducials))
#: The same in words.
BOUNDARY_WORDS: dict[str, str] = {
    "p_on": "P onset", "p_off": "P end", "qrs_on": "QRS onset", "qrs_off": "QRS end",
    "t_on": "T onset", "t_off": "T end",
}  # fmt: skip
#: A boundary is caught by the greatest change of slope within so much of the hand, s.
SNAP_S = 0.016
#: Slopes of all leads together below this are taken for flat, mV/s.
_FLAT = 2.0
#: A change by less than this factor is none.
_LEAST_CHANGE = 1.35
#: Onset, end, and the least time between them, s: shorter is no wave.
_WAVES: tuple[tuple[str, str, float], ...] = (
    ("p_on", "p_off", 0.030), ("qrs_on", "qrs_off", 0.040), ("t_on", "t_off", 0.060),
)  # fmt: skip
#: Length of the chords whose slopes are compared, s. Chosen on 120 ECGs of LUDB: of a hand that is
#: 8 ms off the cardiologist's boundary on average, 5.5 (QRS end) to 8 ms (T onset) remain.
_CHORD_S = {"qrs_off": 0.028, "t_on": 0.020}
_USUAL_CHORD_S = 0.040


def position(fiducials: Fiducials, name: str) -> int | None:
    """The sample of a boundary; None if the beat has no such wave."""
    sample: int | None = getattr(fiducials, name)
    return sample


def present(fiducials: Fiducials) -> tuple[str, ...]:
    """Names of the boundaries that there are, in time order."""
    return tuple(name for name in BOUNDARIES if position(fiducials, name) is not None)


def limits(beat: Beat, name: str) -> tuple[int, int]:
    """First and last sample that a boundary may stand at.

    It stays between its neighbours, leaves each wave a least width and QRS its R peak, and does
    not enter the stretches where the neighbouring beats would begin. A place that the boundary
    has already is always allowed.

    Raises
    ------
    ValueError
        If the beat has no such wave.
    """
    at = position(beat.fiducials, name)
    if at is None:
        raise ValueError(f"the beat has no {name}")
    names = present(beat.fiducials)
    k = names.index(name)
    low = beat.valid_from if k == 0 else _least(beat, names[k - 1], name, +1)
    high = beat.valid_to if k == len(names) - 1 else _least(beat, names[k + 1], name, -1)
    if name == "qrs_on":
        high = min(high, beat.r_index)
    if name == "qrs_off":
        low = max(low, beat.r_index + 1)
    return min(low, at), max(high, at)


def _least(beat: Beat, neighbour: str, name: str, side: int) -> int:
    """The neighbour's sample, further by a least width if both bound one wave."""
    start = position(beat.fiducials, neighbour)
    assert start is not None
    pair = {neighbour, name}
    width_s = next((s for on, off, s in _WAVES if pair == {on, off}), 0.0)
    return start + side * math.ceil(width_s * beat.rate_hz)


def moved(beat: Beat, name: str, sample: int) -> Fiducials:
    """The boundaries of a beat with one at another sample, kept within its :func:`limits`."""
    low, high = limits(beat, name)
    return replace(beat.fiducials, **{name: min(max(sample, low), high)})


def snapped(beat: Beat, name: str, sample: float) -> int:
    """Where the slope changes most within SNAP_S of ``sample``, else the nearest sample.

    A change counts only if it is greater than those beside it, so that a hand on an even slope
    gets the sample under it. At an onset the traces must begin to move, at an end come to rest.
    """
    change = slope_change(beat, name)
    reach = SNAP_S * beat.rate_hz
    first = max(1, math.ceil(sample - reach))
    near = np.arange(first, min(len(change) - 2, math.floor(sample + reach)) + 1)
    here = change[near]
    great = (here > change[near - 1]) & (here >= change[near + 1])
    turns = near[great & (here >= math.log(_LEAST_CHANGE))]
    return int(turns[np.argmax(change[turns])]) if len(turns) else round(sample)


def slope_change(beat: Beat, name: str) -> FloatArray:
    """[m + 1] how much steeper the traces are on the inner side of a boundary than outside.

    Logarithm of the ratio of two chords' slopes, each the root of the summed squares over leads.
    Entry k lies between samples k - 1 and k; ``name`` gives side and length of the chords.
    """
    width = max(1, round(_CHORD_S.get(name, _USUAL_CHORD_S) * beat.rate_hz))
    padded = np.pad(beat.signal_mv, ((0, 0), (width + 1, width + 1)), mode="edge")
    between = (padded[:, 1:] + padded[:, :-1]) / 2
    rise = (between[:, width:] - between[:, :-width]) * (beat.rate_hz / width)
    steep = np.sqrt((rise**2).sum(axis=0)) + _FLAT
    change: FloatArray = np.log(steep[width:] / steep[:-width])
    return change if name.endswith("_on") else -change


def shifts_ms(before: Fiducials, after: Fiducials, rate_hz: float) -> dict[str, float]:
    """How far each boundary was moved, ms; those that stayed are left out."""
    found = {}
    for name in present(after):
        start, end = position(before, name), position(after, name)
        if start is not None and end is not None and start != end:
            found[name] = 1000.0 * (end - start) / rate_hz
    return found


def intervals_ms(fiducials: Fiducials, rate_hz: float) -> dict[str, float]:
    """PR, QRS and QT between boundaries, ms; an interval whose wave is absent is left out."""
    ends = {
        "PR": (fiducials.p_on, fiducials.qrs_on),
        "QRS": (fiducials.qrs_on, fiducials.qrs_off),
        "QT": (fiducials.qrs_on, fiducials.t_off),
    }
    return {
        name: 1000.0 * (stop - start) / rate_hz
        for name, (start, stop) in ends.items()
        if start is not None and stop is not None
    }


def shifts_text(shifts: Mapping[str, float]) -> str:
    """What :func:`shifts_ms` found in words: "P onset −8 ms, QRS end +12 ms"."""
    told = (f"{BOUNDARY_WORDS[name]} {ms:+.0f} ms" for name, ms in shifts.items())
    return ", ".join(told).replace("-", "−")


def intervals_text(intervals: Mapping[str, float]) -> str:
    """What :func:`intervals_ms` found in words: "PR 168 ms, QRS 102 ms, QT 402 ms"."""
    return ", ".join(f"{name} {ms:.0f} ms" for name, ms in intervals.items())
