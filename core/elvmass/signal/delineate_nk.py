"""The one door to neurokit2: an alternative delineator, lead by lead, for comparison.

neurokit2 answers with parallel lists of sample numbers and drops entries that it holds for
invalid, so that a later wave may belong to another beat. Here the lists are checked against the
number of beats and become one :class:`elvmass.beat.Fiducials` per beat.

It is not used by :func:`elvmass.signal.prepare.prepare`: on LUDB it is ten to over a hundred times
slower and several times less accurate than :mod:`elvmass.signal.delineate`. Importing this module
loads neurokit2 (and matplotlib, pandas, scikit-learn with it).
"""

from __future__ import annotations

import math
import warnings

import neurokit2
import numpy as np
from numpy.typing import NDArray

from elvmass.beat import Fiducials
from elvmass.errors import SignalError
from elvmass.record import FloatArray

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
