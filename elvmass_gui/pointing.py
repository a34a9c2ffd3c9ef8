"""What is pointed at, the same in beat panel, table and ECG page: leads and a segment. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from elvmass.beat import SEGMENTS, Beat
from elvmass.record import LEAD_INDEX, LEADS
from elvmass.result import Analysis


@dataclass(frozen=True, slots=True)
class Spot:
    """Rows of :data:`elvmass.record.LEADS` and an index into :data:`elvmass.beat.SEGMENTS`."""

    lead_rows: tuple[int, ...] = ()
    segment: int = -1

    @property
    def leads(self) -> tuple[str, ...]:
        """The leads by name."""
        return tuple(LEADS[row] for row in self.lead_rows)


NOWHERE = Spot()


def analysed_s(analysis: Analysis) -> tuple[tuple[float, float], ...]:
    """What of the recording is analysed, s: the window of a beat, or each beat of a median.

    Windows of neighbours overlap; of the beats of a median only their waves are told.
    """
    beat = analysis.beat
    found = beat.fiducials
    first, last = 0, beat.signal_mv.shape[1]
    if beat.members:
        first = found.qrs_on if found.p_on is None else found.p_on
        last = found.qrs_off if found.t_off is None else found.t_off
    return tuple(_span(beat, start, first, last) for start in _starts_s(analysis))


def spans_s(analysis: Analysis, spot: Spot) -> tuple[tuple[float, float], ...]:
    """Where the segment lies in the recording, s; TP has two parts."""
    if spot == NOWHERE:
        return ()
    beat = analysis.beat
    parts = beat.segments()[SEGMENTS[spot.segment]]
    return tuple(
        _span(beat, start, part.start, part.stop) for start in _starts_s(analysis) for part in parts
    )


def spot_at(analysis: Analysis, lead: str, time_s: float) -> Spot:
    """The lead and segment of the beat at a time of the recording, s; nowhere outside it."""
    beat = analysis.beat
    labels = beat.labels()
    before_s = beat.r_index / beat.rate_hz
    start_s = min(_starts_s(analysis), key=lambda start: abs(time_s - before_s - start))
    sample = int(np.floor((time_s - start_s) * beat.rate_hz + 1e-6))
    if lead not in LEAD_INDEX or not 0 <= sample < len(labels):
        return NOWHERE
    return Spot((LEAD_INDEX[lead],), int(labels[sample]))


def _starts_s(analysis: Analysis) -> tuple[float, ...]:
    """Where sample 0 of the beat lies in the recording, s; of a median, in each of its beats."""
    beat = analysis.beat
    if not beat.members:
        return (beat.start_s,)
    before_s = beat.r_index / beat.rate_hz
    return tuple(m.time_s - before_s for m in analysis.marks if m.number in beat.members)


def _span(beat: Beat, start_s: float, first: int, last: int) -> tuple[float, float]:
    return start_s + first / beat.rate_hz, start_s + last / beat.rate_hz
