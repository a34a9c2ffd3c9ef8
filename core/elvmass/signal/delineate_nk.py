"""The one door to neurokit2: an alternative delineator, lead by lead, for comparison.

neurokit2 answers with parallel lists of sample numbers and drops entries that it holds for
invalid, so that a later wave may belong to another beat. Here the lists are checked against the
number of beats and become one :class:`elvmass.beat.Fiducials` per beat.

It draws nothing unless it is asked to (:data:`elvmass.choices.DELINEATORS`): on LUDB it is ten to
a hundred times slower and several times less accurate than :mod:`elvmass.signal.delineate`.
Importing this module loads neurokit2 (and matplotlib, pandas, scikit-learn with it).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import astuple

import neurokit2
import numpy as np
from numpy.typing import NDArray

from elvmass.beat import Fiducials
from elvmass.errors import SignalError
from elvmass.record import FloatArray
from elvmass.signal.measure import Waves
from elvmass.signal.refine import Delineation

#: The methods that give boundaries of all waves.
METHODS: tuple[str, ...] = ("prominence", "dwt", "cwt")

_KEYS = ("P_Onsets", "P_Offsets", "R_Onsets", "R_Offsets", "T_Onsets", "T_Offsets")


def delineate_lead(
    lead_mv: FloatArray, rate_hz: float, r: NDArray[np.intp], method: str = "prominence"
) -> tuple[Fiducials | None, ...]:
    """Boundaries of every beat of one filtered lead.

    Parameters
    ----------
    lead_mv
        [n] mV.
    r
        [beats] samples of the R peaks.
    method
        One of :data:`METHODS`.

    Returns
    -------
    tuple
        One entry per R peak, in samples of the lead; None where neurokit2 gives no QRS edges, or
        edges that contradict each other.

    Raises
    ------
    SignalError
        If neurokit2 fails, or answers for another number of beats.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {METHODS}, not {method!r}")
    columns = _columns(_waves(lead_mv, rate_hz, r, method), r.size, method)
    return tuple(_fiducials(row, int(peak)) for row, peak in zip(columns, r, strict=True))


def delineation(
    signal_mv: FloatArray, rate_hz: float, r: NDArray[np.intp], method: str
) -> Delineation:
    """Boundaries of the usual beat: the median over beats in each lead, then over leads.

    Parameters
    ----------
    signal_mv
        [12, n] filtered, mV.
    r
        [beats] samples of the R peaks of beats of the usual shape.

    Raises
    ------
    SignalError
        If neurokit2 fails in a lead, or finds no QRS edges in any.
    """
    leads = [_usual(delineate_lead(lead, rate_hz, r, method), r, rate_hz) for lead in signal_mv]
    seen = np.array([row for row in leads if np.isfinite(row[2:4]).all()])
    if seen.size == 0:
        raise SignalError(
            f"neurokit2 ({method}) found no QRS edges in this recording. "
            "Use the program's own delineation."
        )
    seen[:, :2] = _if_in_most(seen[:, :2])
    seen[:, 4:] = _if_in_most(seen[:, 4:])
    # the second of the ordered leads, as our own outer boundaries
    outer = [_nth(column, 1 if k % 2 == 0 else -2) for k, column in enumerate(seen.T)]
    each = tuple(_named(row) if np.isfinite(row[2:4]).all() else None for row in leads)
    return Delineation(_named(np.array([_nth(c, None) for c in seen.T])), _named(outer), each)


def _usual(found: Sequence[Fiducials | None], r: NDArray[np.intp], rate_hz: float) -> FloatArray:
    """[6] median over the beats of one lead, seconds from R; NaN where most beats have none."""
    rows = [
        [np.nan if v is None else (v - peak) / rate_hz for v in astuple(points)]
        for points, peak in zip(found, r.tolist(), strict=True)
        if points is not None
    ]
    if 2 * len(rows) <= len(found):
        return np.full(len(_KEYS), np.nan)
    return np.array([_nth(column, None) for column in _if_in_most(np.array(rows)).T])


def _if_in_most(columns: FloatArray) -> FloatArray:
    """[n, k] with those columns NaN that are NaN in half of the rows or more."""
    rare = 2 * np.isfinite(columns).sum(axis=0) <= len(columns)
    return np.where(rare, np.nan, columns)


def _nth(column: FloatArray, place: int | None) -> float:
    """The median of the finite values, or the one at a place in their order; NaN of none."""
    known = np.sort(column[np.isfinite(column)])
    if known.size == 0:
        return math.nan
    if place is None:
        return float(np.median(known))
    return float(known[place if known.size > 1 else 0])


def _named(row: Sequence[float] | FloatArray) -> Waves:
    p_on, p_off, qrs_on, qrs_off, t_on, t_off = (None if math.isnan(v) else float(v) for v in row)
    assert qrs_on is not None
    assert qrs_off is not None
    return Waves(p_on, p_off, qrs_on, qrs_off, t_on, t_off)


def _waves(
    lead_mv: FloatArray, rate_hz: float, r: NDArray[np.intp], method: str
) -> dict[str, list[float]]:
    try:
        with warnings.catch_warnings():
            # neurokit2 warns of empty slices and of its own dependencies; neither helps a user.
            warnings.simplefilter("ignore")
            _, waves = neurokit2.ecg_delineate(
                np.array(lead_mv), r, sampling_rate=round(rate_hz), method=method
            )
    except (ValueError, IndexError, KeyError, TypeError, ZeroDivisionError) as error:
        raise SignalError(
            f"neurokit2 ({method}) could not delineate this lead: {error}. "
            "Use the program's own delineation."
        ) from error
    return dict(waves)


def _columns(waves: dict[str, list[float]], n_beats: int, method: str) -> list[tuple[float, ...]]:
    """One row of six boundaries per beat (NaN: not found), after checking every count."""
    columns = []
    for key in _KEYS:
        values = [math.nan if v is None else float(v) for v in waves.get(f"ECG_{key}", [])]
        if len(values) != n_beats:
            raise SignalError(
                f"neurokit2 ({method}) gave {len(values)} {key} for {n_beats} heartbeats. "
                "Use the program's own delineation."
            )
        columns.append(values)
    return list(zip(*columns, strict=True))


def _fiducials(row: tuple[float, ...], r: int) -> Fiducials | None:
    p_on, p_off, qrs_on, qrs_off, t_on, t_off = (
        None if math.isnan(value) else round(value) for value in row
    )
    if qrs_on is None or qrs_off is None or not qrs_on <= r <= qrs_off:
        return None
    if p_on is None or p_off is None or not p_on < p_off <= qrs_on:
        p_on = p_off = None
    if t_on is None or t_off is None or not qrs_off <= t_on < t_off:
        t_on = t_off = None
    return Fiducials(p_on, p_off, qrs_on, qrs_off, t_on, t_off)
