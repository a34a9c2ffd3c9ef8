"""Strips: the stretch of the recording that a model of strips sees."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from elvmass.beat import Strip
from elvmass.card import BeatSpec, View
from elvmass.record import FloatArray, Notice, Record
from elvmass.signal import filters

#: A recording shorter than this share of the strip is noticed.
_ENOUGH = 0.95


def resampled(record: Record, rate_hz: float) -> FloatArray:
    """[12, n] mV as recorded, gaps bridged, at ``rate_hz``; untouched if that is its own rate."""
    signal, _ = filters.fill_gaps(record.signal_mv)
    return (
        signal if record.rate_hz == rate_hz else filters.resample(signal, record.rate_hz, rate_hz)
    )


def middle(signal_mv: FloatArray, spec: BeatSpec) -> Strip:
    """Take the middle of a [12, n] recording on the model's grid, exactly ``spec.n_samples`` long.

    Of a longer recording the ends are left out; a shorter one keeps its place in the middle, and
    its end values continue on both sides. It is never stretched.
    """
    n = signal_mv.shape[1]
    first = int((n - spec.n_samples) / 2)  # towards zero: one sample too few is missing at the end
    index = np.clip(np.arange(first, first + spec.n_samples), 0, n - 1)
    return Strip(signal_mv[:, index], spec.rate_hz, first / spec.rate_hz)


def text(spec: BeatSpec) -> str:
    """Say what the model sees, to follow the filter of the beat; empty for a model of beats."""
    if spec.view is View.BEAT:
        return ""
    how = "unfiltered" if spec.raw else "filtered in the same way"
    return f"; the model sees {spec.strip_s:g} s of the recording, {how}"


def notices(record: Record, spec: BeatSpec) -> Iterator[Notice]:
    """Notice a recording that is too short for the strip."""
    if spec.view is View.STRIP and record.duration_s < _ENOUGH * spec.strip_s:
        yield Notice(
            "strip_padded",
            f"The model sees {spec.strip_s:g} s, but this recording lasts "
            f"{record.duration_s:.1f} s; the rest was filled with its end values.",
        )
