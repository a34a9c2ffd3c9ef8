"""Whole numbers for the formats that store 16 bits.

Each lead gets its own step, between 0.5 and 1 µV as long as the lead stays within 16 mV. A lead
whose samples all are multiples of one step (what the converter of a device stored) gets that step
or a half, a quarter, ... of it, so it loses nothing; any other lead gets 0.5 µV. Larger amplitudes
double the step up to 5 µV (164 mV), the coarsest that IEC 60601-2-25 allows; beyond, a lead is
refused. The largest rounding error is half a step: 0.25 µV, never more than 2.5 µV.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from elvmass.errors import WriteError
from elvmass.record import LEADS, FloatArray, Record

#: The count that stands for a gap; no sample has it.
GAP = -32768
LARGEST = 32767

_FINEST_UV, _FINE_UV, _COARSEST_UV = 0.5, 1.0, 5.0
# What floating point may add to a stored sample.
_NOISE_UV = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Little-endian samples [leads, n] and the microvolts of one count of each lead [leads]."""

    samples: NDArray[np.int16]
    step_uv: FloatArray


def quantise(
    record: Record, path: Path, *, leads: tuple[str, ...] = LEADS, gaps: bool = False
) -> Counts:
    """Round the leads to whole numbers.

    Parameters
    ----------
    record, path
        What is written, and where (for the error).
    leads
        Which leads, in which order.
    gaps
        Whether the format has a code for gaps; :data:`GAP` marks them.

    Raises
    ------
    WriteError
        The signal has gaps that the format cannot hold, or a lead exceeds the range.
    """
    signal_uv = np.stack([record.lead(name) for name in leads]) * 1000.0
    missing = np.isnan(signal_uv)
    if missing.any() and not gaps:
        raise WriteError(
            path,
            "cannot be written: the signal has gaps, which this format has no code for",
            "Write csv, npz, wfdb or dicom.",
        )
    signal_uv[missing] = 0.0
    step_uv = np.array([_step_uv(row[~gap]) for row, gap in zip(signal_uv, missing, strict=True)])
    for name, step in zip(leads, step_uv, strict=True):
        if step > _COARSEST_UV:
            raise WriteError(
                path,
                f"cannot be written: lead {name} exceeds what 16 bits hold in steps of 5 µV",
                "Write csv or npz, or remove the offset of the lead.",
            )
    samples = np.rint(signal_uv / step_uv[:, np.newaxis]).astype("<i2")
    samples[missing] = GAP
    return Counts(samples, step_uv)


def _step_uv(lead_uv: FloatArray) -> float:
    """Choose the step of one lead [n] without gaps."""
    step = _stored_step_uv(lead_uv) or _FINEST_UV
    while step > _FINE_UV:
        step /= 2
    peak = float(np.abs(lead_uv).max(initial=0.0))
    while step <= _COARSEST_UV and peak > LARGEST * step:
        step *= 2
    return step


def _stored_step_uv(lead_uv: FloatArray) -> float | None:
    """Find the step of which every sample is a multiple, or None: then it was computed."""
    between = np.diff(np.unique(lead_uv))
    between = between[between > _NOISE_UV]
    step = round(float(between.min(initial=np.inf)), 9) if between.size else 0.0
    if step < _FINEST_UV:
        return None
    off = np.abs(lead_uv - np.rint(lead_uv / step) * step)
    return step if off.max() < _NOISE_UV else None
