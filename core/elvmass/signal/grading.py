"""What each heartbeat and each lead of a recording is good for.

A beat is graded by its likeness to the others: by QRS (another shape is ectopic), by fine ripple
away from QRS (muscle, contact noise), and by slow excursions that its usual QRS does not explain.
The second highest lead decides, for one bad lead is a matter of that lead.

The limits were set on 217 recordings (LUDB's 120 development records, 97 of CinC 2021): 2 % of
their beats are ectopic, the noisiest 5 % of recordings and the 5 % with most wander have a lead
that is named.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from elvmass.beat import BeatGrade, BeatMark
from elvmass.record import LIMB_WEIGHTS, FloatArray, LeadQuality
from elvmass.signal import filters
from elvmass.signal.beats import DOMINANT, Train

_CORE_S = (-0.15, 0.30)  # where noise is measured: inside the cycle at any usual rate
_RIPPLE_S = ((-0.30, -0.10), (0.16, 0.40))  # where there is no QRS, not even a wide one
_RIPPLE_TIMES, _RIPPLE_MV = 2.5, 0.008  # of the usual beat, and at least (second difference, 4 ms)
_SLOW_TIMES, _SLOW_MV = 4.0, 0.3
_OFF_STEP_MV = 0.0005  # a lead that moves less between samples has no electrode
_AT_ONCE = 64  # beats
_BLOCK_S = 1.0  # the baseline is the median of each block


class Rest(NamedTuple):
    """What is left of each beat without the representative one, mV.

    ``ripple`` [beats] fine and ``slow`` [beats] all activity away from QRS, of the second highest
    lead; ``noise`` [beats, 12] rms inside the cycle.
    """

    ripple: FloatArray
    slow: FloatArray
    noise: FloatArray


def rest(wide_mv: FloatArray, train: Train, median_mv: FloatArray, offsets_s: FloatArray) -> Rest:
    """Take the representative beat from every beat.

    Parameters
    ----------
    wide_mv
        [8, n] independent leads on the working grid.
    median_mv, offsets_s
        [8, m] representative beat and [m] its times from R.
    """
    first = round(float(offsets_s[0]) * train.rate_hz)
    parts = []
    for start in range(0, train.r.size, _AT_ONCE):  # a recording of an hour holds thousands
        starts = train.r[start : start + _AT_ONCE] + first
        cut = filters.windows_at(wide_mv, starts, offsets_s.size)
        parts.append(_figures(cut - median_mv, offsets_s))
    return Rest(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _figures(rest_mv: FloatArray, offsets_s: FloatArray) -> Rest:
    quiet = np.zeros(offsets_s.size, dtype=np.bool_)
    for start, stop in _RIPPLE_S:
        quiet |= (offsets_s > start) & (offsets_s < stop)
    core = (offsets_s > _CORE_S[0]) & (offsets_s < _CORE_S[1])
    inside = rest_mv[:, :, core]
    limb = np.einsum("wl,blm->bwm", np.array(LIMB_WEIGHTS), inside[:, :2])
    twelve = np.concatenate([inside[:, :2], limb, inside[:, 2:]], axis=1)
    return Rest(
        _second_highest(np.diff(rest_mv, n=2, axis=2)[:, :, quiet[1:-1]]),
        _second_highest(rest_mv[:, :, quiet]),
        np.sqrt((twelve**2).mean(axis=2)),
    )


def grade_beats(train: Train, left: Rest, complete: NDArray[np.intp]) -> tuple[BeatMark, ...]:
    """Grade every beat of a recording.

    Parameters
    ----------
    left
        From :func:`rest`.
    complete
        Numbers of the beats whose window is whole.
    """
    noisy = _noisy(train, left)
    number = {int(k): i for i, k in enumerate(complete)}
    return tuple(
        BeatMark(float(t), _grade(k in number, bool(noisy[k]), alike > DOMINANT), alike,
                 number.get(k))
        for k, (t, alike) in enumerate(
            zip(train.times_s.tolist(), train.likeness.tolist(), strict=True)
        )
    )  # fmt: skip


def _grade(complete: bool, noisy: bool, dominant: bool) -> BeatGrade:
    if not complete:
        return BeatGrade.INCOMPLETE
    if noisy:
        return BeatGrade.NOISY
    return BeatGrade.DOMINANT if dominant else BeatGrade.ECTOPIC


def _noisy(train: Train, left: Rest) -> NDArray[np.bool_]:
    """[beats] True where ripple, or slow excursions under a usual QRS, stand out."""
    ripple, slow = left.ripple, left.slow
    return np.asarray(
        (ripple > np.maximum(_RIPPLE_TIMES * np.median(ripple), _RIPPLE_MV))
        | (train.dominant & (slow > np.maximum(_SLOW_TIMES * np.median(slow), _SLOW_MV)))
    )


def _second_highest(values: FloatArray) -> FloatArray:
    """[beats] rms of [beats, leads, m] over time, of the second highest lead."""
    rms = np.sqrt((values**2).mean(axis=2))
    return np.asarray(np.partition(rms, -2, axis=1)[:, -2])


def grade_leads(signal_mv: FloatArray, rate_hz: float, noise_mv: FloatArray) -> LeadQuality:
    """Noise, wander and dead time of each lead.

    Parameters
    ----------
    signal_mv
        [12, n] as recorded, NaN in gaps.
    noise_mv
        [beats, 12] of the beats of the representative one, from :func:`rest`.
    """
    return LeadQuality(
        noise_mv=np.median(noise_mv, axis=0),
        wander_mv=_wander_mv(signal_mv, rate_hz),
        off_s=_off_s(signal_mv, rate_hz),
    )


def _wander_mv(signal_mv: FloatArray, rate_hz: float) -> FloatArray:
    """[12] span of the medians of blocks of a second; 0 in recordings of less than two."""
    block = round(_BLOCK_S * rate_hz)
    n = signal_mv.shape[1] // block
    if n < 2:
        return np.zeros(len(signal_mv))
    ordered = np.sort(signal_mv[:, : n * block].reshape(len(signal_mv), n, block), axis=2)
    levels = ordered[:, :, block // 2]  # NaN sorts last: a block that is half missing has none
    spans = np.nanmax(levels, axis=1, initial=-np.inf) - np.nanmin(levels, axis=1, initial=np.inf)
    return np.asarray(np.maximum(spans, 0.0))


def _off_s(signal_mv: FloatArray, rate_hz: float) -> FloatArray:
    """[12] longest time during which a lead does not move at all."""
    moves = np.abs(np.diff(signal_mv, axis=1)) >= _OFF_STEP_MV
    edge = np.ones((len(moves), 1), dtype=np.bool_)
    framed = np.concatenate([edge, moves, edge], axis=1)
    longest = [np.diff(np.flatnonzero(row)).max() - 1 for row in framed]
    return np.array(longest, dtype=np.float64) / rate_hz
