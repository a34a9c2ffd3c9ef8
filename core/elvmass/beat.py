"""The heartbeat that the models see, its fiducial points and its five segments."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from elvmass.record import LEADS, FloatArray, freeze


class Segment(str, Enum):
    """The paper's five segments of a heartbeat, in time order."""

    PR = "PR"
    QRS = "QRS"
    ST = "ST"
    T = "T"
    TP = "TP"


SEGMENTS: tuple[Segment, ...] = tuple(Segment)


@dataclass(frozen=True, slots=True)
class Fiducials:
    """Sample indices of the wave boundaries in one beat, one set for all leads.

    A wave that is absent (P in atrial fibrillation) or not found has None for all its points.
    Points that are present are in time order. Convention: the median over the leads.
    """

    p_on: int | None
    p_off: int | None
    qrs_on: int
    qrs_off: int
    t_on: int | None
    t_off: int | None

    def __post_init__(self) -> None:
        present = [v for f in fields(self) if (v := getattr(self, f.name)) is not None]
        if present != sorted(present):
            raise ValueError(f"fiducial points are out of order: {self}")
        for on, off in ((self.p_on, self.p_off), (self.t_on, self.t_off)):
            if (on is None) != (off is None):
                raise ValueError(f"a wave needs both its onset and its end: {self}")

    def segments(self, n_samples: int) -> dict[Segment, tuple[slice, ...]]:
        """Slices of each segment in a beat of ``n_samples``; together they cover every sample.

        P onset → QRS onset is PR; QRS onset → J is QRS; J → T onset is ST; T onset → T end is T;
        everything else (before P, after T) is TP. Without a P wave PR is empty; without a T wave
        ST and T are empty and all that follows J counts as TP.
        """
        before = self.qrs_on if self.p_on is None else self.p_on
        after = self.qrs_off if self.t_off is None else self.t_off
        st_end = self.qrs_off if self.t_on is None else self.t_on
        cut = {
            Segment.PR: (slice(before, self.qrs_on),),
            Segment.QRS: (slice(self.qrs_on, self.qrs_off),),
            Segment.ST: (slice(self.qrs_off, st_end),),
            Segment.T: (slice(st_end, after),),
            Segment.TP: (slice(0, before), slice(after, n_samples)),
        }
        return {s: tuple(p for p in parts if p.stop > p.start) for s, parts in cut.items()}

    def labels(self, n_samples: int) -> NDArray[np.int8]:
        """[n_samples] index into :data:`SEGMENTS` of each sample."""
        labels = np.full(n_samples, SEGMENTS.index(Segment.TP), dtype=np.int8)
        for segment, parts in self.segments(n_samples).items():
            for part in parts:
                labels[part] = SEGMENTS.index(segment)
        return labels


class BeatKind(str, Enum):
    """Which beat stands for the recording."""

    MIDDLE = "middle"  # beat n // 2 of the n complete ones: the paper's choice
    MEDIAN = "median"  # sample-wise median of the aligned dominant beats
    CHOSEN = "chosen"  # a complete beat that the reader picked by its number; no model asks for it


class BeatGrade(str, Enum):
    """What a heartbeat of the recording is good for."""

    DOMINANT = "dominant"  # of the usual shape, whole and clean
    ECTOPIC = "ectopic"  # another shape of QRS: extrasystole, aberrant conduction
    NOISY = "noisy"  # of any shape, but covered by noise
    INCOMPLETE = "incomplete"  # its window leaves the recording or touches a gap


@dataclass(frozen=True, slots=True)
class BeatMark:
    """One heartbeat of the recording.

    Attributes
    ----------
    time_s
        R peak, seconds from the start of the recording.
    grade
        What it is good for.
    likeness
        Correlation of its QRS with the median QRS, -1 to 1.
    number
        From 0 among the complete beats; None for an incomplete one.
    """

    time_s: float
    grade: BeatGrade
    likeness: float
    number: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Beat:
    """One synchronised heartbeat, all twelve leads cut at the same instants.

    Attributes
    ----------
    signal_mv
        [12, m] float64, mV, filtered, read-only. Outside ``[valid_from, valid_to)`` the
        neighbouring beats would begin: there the signal is held at its last valid value.
    rate_hz
        Samples per second of this beat (the model's grid, not the file's).
    r_index
        Sample of the R peak (peak of the multi-lead QRS energy).
    start_s
        Time of sample 0 in the recording; for a median beat, of the middle beat's window.
    number, count
        This beat's number (from 0) among the ``count`` complete beats of the recording.
    likeness
        Correlation of this beat with the recording's median beat, -1 to 1.
    """

    signal_mv: FloatArray
    rate_hz: float
    r_index: int
    fiducials: Fiducials
    kind: BeatKind
    start_s: float
    number: int
    count: int
    likeness: float
    valid_from: int
    valid_to: int

    def __post_init__(self) -> None:
        signal = _seen(self.signal_mv)
        if not 0 <= self.valid_from <= self.r_index < self.valid_to <= signal.shape[1]:
            raise ValueError(f"r_index {self.r_index} outside the beat")
        object.__setattr__(self, "signal_mv", signal)

    @property
    def duration_s(self) -> float:
        """Length of the window in seconds."""
        return float(self.signal_mv.shape[1] / self.rate_hz)

    def labels(self) -> NDArray[np.int8]:
        """[m] index into :data:`SEGMENTS` of each sample."""
        return self.fiducials.labels(self.signal_mv.shape[1])

    def segments(self) -> dict[Segment, tuple[slice, ...]]:
        """Slices of each segment; see :meth:`Fiducials.segments`."""
        return self.fiducials.segments(self.signal_mv.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A stretch of the recording, all twelve leads: what a model of strips sees.

    Attributes
    ----------
    signal_mv
        [12, m] float64, mV, read-only. Beyond the ends of a shorter recording the end values
        continue.
    rate_hz
        Samples per second (the model's grid, not the file's).
    start_s
        Time of sample 0 in the recording; negative if the recording is shorter.
    """

    signal_mv: FloatArray
    rate_hz: float
    start_s: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "signal_mv", _seen(self.signal_mv))


def _seen(signal_mv: FloatArray) -> FloatArray:
    """[12, m] read-only, as a model can see it: without gaps."""
    signal = freeze(signal_mv)
    if signal.ndim != 2 or signal.shape[0] != len(LEADS):
        raise ValueError(f"signal_mv must be [12, m], not {signal.shape}")
    if not np.isfinite(signal).all():
        raise ValueError("signal_mv must be finite")
    return signal
