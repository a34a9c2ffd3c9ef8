"""What is pointed at, the same in beat panel, table and ECG page: leads and a segment. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from elvmass.beat import SEGMENTS, Beat
from elvmass.record import LEAD_INDEX, LEADS


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


def spans_s(beat: Beat, spot: Spot) -> tuple[tuple[float, float], ...]:
    """Where the segment lies in the recording, s; TP has two parts."""
    if spot == NOWHERE:
        return ()
    parts = beat.segments()[SEGMENTS[spot.segment]]
    edge = [(part.start, part.stop) for part in parts]
    return tuple(
        (beat.start_s + start / beat.rate_hz, beat.start_s + stop / beat.rate_hz)
        for start, stop in edge
    )


def spot_at(beat: Beat, lead: str, time_s: float) -> Spot:
    """The lead and segment of the beat at a time of the recording, s; nowhere outside it."""
    labels = beat.labels()
    sample = int(np.floor((time_s - beat.start_s) * beat.rate_hz + 1e-6))
    if lead not in LEAD_INDEX or not 0 <= sample < len(labels):
        return NOWHERE
    return Spot((LEAD_INDEX[lead],), int(labels[sample]))
