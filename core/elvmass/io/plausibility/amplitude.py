"""The size of an ECG: doubts about unit and gain, and the unit of files that give none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from elvmass.errors import UnsupportedFileError
from elvmass.io.plausibility.seen import Seen, span
from elvmass.record import LEADS, FloatArray, Notice, median

AMPLITUDE_MV = (0.05, 10.0)  # of the median lead; healthy adults have about 1
# Median lead's QRS. Of 222 true recordings (120 of LUDB, 102 of CinC 2021) none is outside; five
# times too large or small 90-95 % are, ten or a thousand times all.
GAIN_MV = (0.35, 3.3)
QRS_S = 0.08


def factor_without_unit(
    leads: Iterable[FloatArray], path: Path | None
) -> tuple[float, tuple[Notice, ...]]:
    """Find the factor to millivolts of leads [n] whose unit the file does not give.

    mV and µV are a thousand apart, so an ECG has a plausible size in at most one of them.

    Raises
    ------
    UnsupportedFileError
        It has none in either.
    """
    low, high = AMPLITUDE_MV
    size = float(median(np.array([span(lead) for lead in leads])))
    for unit, factor in (("mV", 1.0), ("µV", 1e-3)):
        if low <= size * factor <= high:
            return factor, (
                Notice(
                    "unit_assumed",
                    f"The file does not give the unit of the amplitudes; {unit} is assumed, in "
                    f"which they have the size of an ECG. Compare them with the original.",
                ),
            )
    raise UnsupportedFileError(
        path, "gives amplitudes without a unit", "Export the ECG in microvolts or millivolts."
    )


def qrs_size(seen: Seen) -> tuple[Notice, ...]:
    """Judge the median lead by its QRS."""
    spans = _qrs_span(seen)
    size = float(median(spans[seen.lively] if seen.lively.any() else spans))
    if GAIN_MV[0] <= size <= GAIN_MV[1]:
        return ()
    low, high = AMPLITUDE_MV
    word = "small" if size < GAIN_MV[0] else "large"
    if low <= size <= high:
        disease = "low voltage" if word == "small" else "pronounced hypertrophy"
        return (
            Notice(
                "gain_suspected",
                f"QRS spans {size:.2g} mV in the median lead, unusually {word}: either {disease}, "
                f"or the gain in the file is wrong, often by five or ten times. Compare with the "
                f"original print.",
            ),
        )
    return (
        Notice(
            "amplitude_low" if word == "small" else "amplitude_high",
            f"Leads span {size:.3g} mV, which is too {word} for an ECG: the unit or the gain in "
            f"the file is probably wrong.",
        ),
    )


def _qrs_span(seen: Seen) -> FloatArray:
    """[12] peak to peak of the highest 80 ms of each 2 s, in the median, mV: blind to wander."""
    signal = seen.thin
    half = max(1, round(QRS_S / 2 * seen.record.rate_hz / seen.step))
    count = signal.shape[1] // half
    if count < 4:
        return seen.high - seen.low
    pieces = signal[:, : count * half].reshape(len(LEADS), count, half)
    high, low = seen.top(pieces), -seen.top(-pieces)
    spans = np.maximum(high[:, 1:], high[:, :-1]) - np.minimum(low[:, 1:], low[:, :-1])
    per = min(round(4.0 / QRS_S), count - 1)
    whole = (count - 1) // per * per
    return median(spans[:, :whole].reshape(len(LEADS), -1, per).max(axis=2))
