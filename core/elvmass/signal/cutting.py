"""From a filtered recording to one beat on the grid of a model, with its boundaries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elvmass.beat import Beat, BeatKind, Fiducials
from elvmass.card import BeatSpec
from elvmass.errors import SignalError
from elvmass.record import FloatArray
from elvmass.signal import beats
from elvmass.signal.measure import Waves


def whole(train: beats.Train, gap: NDArray[np.bool_], spec: BeatSpec) -> NDArray[np.intp]:
    """Numbers of the beats whose window is whole: the complete beats.

    Raises
    ------
    SignalError
        If there is none.
    """
    numbers = beats.complete(train, gap, spec.before_s, spec.after_s)
    if numbers.size == 0:
        raise SignalError(
            f"No complete heartbeat ({spec.before_s:g} s before to {spec.after_s:g} s after R) "
            "was found in this recording. Use a recording of 10 s."
        )
    return numbers


def place(n_complete: int, asked: int | None) -> int:
    """Which complete beat is cut, from 0: the one asked for, or the paper's middle one.

    Raises
    ------
    SignalError
        If there are not so many.
    """
    if asked is None:
        return n_complete // 2
    if asked >= n_complete:
        raise SignalError(
            f"The recording has no complete heartbeat number {asked + 1}; "
            f"choose one from 1 to {n_complete}."
        )
    return asked


def cut(
    signal_mv: FloatArray,
    train: beats.Train,
    complete: NDArray[np.intp],
    at: int,
    waves: Waves,
    spec: BeatSpec,
) -> Beat:
    """Cut one beat, or with ``spec.kind`` median the median of the dominant ones.

    Parameters
    ----------
    signal_mv
        [12, n] in the model's band on the working grid.
    complete, at
        Numbers of the complete beats, and which of them.
    waves
        Boundaries of this beat, or of the beat that stands for all.
    """
    middle = int(complete[at])
    offsets_s = (np.arange(spec.n_samples) - spec.r_index) / spec.rate_hz
    members = np.flatnonzero(train.dominant[complete]) if spec.kind is BeatKind.MEDIAN else ()
    chosen = complete[members] if len(members) else complete[[at]]
    values = beats.median_beat(signal_mv, train, chosen, offsets_s)
    first, last = 0, spec.n_samples
    if spec.hold_outside_cycle:
        first, last = _cycle(waves, spec, *beats.neighbours(train, chosen))
        values[:, :first] = values[:, first : first + 1]
        values[:, last:] = values[:, last - 1 : last]
    return Beat(
        signal_mv=values,
        rate_hz=spec.rate_hz,
        r_index=spec.r_index,
        fiducials=fiducials(waves, spec),
        kind=spec.kind,
        start_s=float(train.times_s[middle] + offsets_s[0]),
        number=at,
        count=int(complete.size),
        likeness=1.0 if spec.kind is BeatKind.MEDIAN else float(train.likeness[middle]),
        valid_from=first,
        valid_to=last,
        members=tuple(map(int, members)),
    )


def _cycle(waves: Waves, spec: BeatSpec, before_s: float, after_s: float) -> tuple[int, int]:
    """Find the samples between the previous beat's T end and the next beat's P onset.

    Where waves of two beats overlap (fast rates), this beat's own wave is kept.
    """
    t_end = waves.qrs_off if waves.t_off is None else waves.t_off
    p_onset = waves.qrs_on if waves.p_on is None else waves.p_on
    start_s = min(t_end - before_s, p_onset)
    stop_s = max(p_onset + after_s, t_end)
    start_s = max(start_s, waves.qrs_off - before_s)
    stop_s = min(stop_s, waves.qrs_on + after_s)
    first = int(np.ceil(start_s * spec.rate_hz)) + spec.r_index
    last = int(np.floor(stop_s * spec.rate_hz)) + spec.r_index
    own = fiducials(waves, spec)  # rounding may not cut a sample off this beat's own waves
    first = min(first, own.qrs_on if own.p_on is None else own.p_on)
    last = max(last, own.qrs_off if own.t_off is None else own.t_off)
    return (
        min(max(first, 0), spec.r_index),
        max(min(last, spec.n_samples), spec.r_index + 1),
    )


def fiducials(waves: Waves, spec: BeatSpec) -> Fiducials:
    """Boundaries as samples of the model's grid; what falls outside the window is cut off."""

    def at(seconds: float) -> int:
        return min(max(round(seconds * spec.rate_hz) + spec.r_index, 0), spec.n_samples)

    def wave(on: float | None, off: float | None) -> tuple[int | None, int | None]:
        if on is None or off is None or at(off) <= at(on):
            return None, None
        return at(on), at(off)

    p_on, p_off = wave(waves.p_on, waves.p_off)
    t_on, t_off = wave(waves.t_on, waves.t_off)
    return Fiducials(p_on, p_off, at(waves.qrs_on), at(waves.qrs_off), t_on, t_off)
