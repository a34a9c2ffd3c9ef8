"""Boundaries drawn by hand in words, for panels and report. No Qt."""

from __future__ import annotations

from elvmass.boundaries import intervals_ms, intervals_text, shifts_text
from elvmass.result import Analysis

#: What a correction does not change.
ESTIMATE_STAYS = (
    "The estimate stays: the model reads the beat without its boundaries, and its QRS duration is\n"
    "the global one under Measured. Segments, shares and the intervals of this beat follow."
)


def moved_line(analysis: Analysis) -> str:
    """Which boundaries were moved and how far, one sentence; "" if none."""
    moved = shifts_text(analysis.moved_ms)
    return f"Boundaries corrected by hand: {moved}." if moved else ""


def intervals_line(analysis: Analysis) -> str:
    """The intervals of the beat whose boundaries were drawn by hand; "" if none was."""
    if analysis.automatic is None:
        return ""
    return f"This beat, boundaries by hand: {_intervals(analysis)}"


def report_line(analysis: Analysis) -> str:
    """What the report says; "" without a correction."""
    if analysis.automatic is None:
        return ""
    return (
        f"{moved_line(analysis)} This beat now has {_intervals(analysis)}. The estimate does not"
        " rest on them."
    )


def _intervals(analysis: Analysis) -> str:
    beat = analysis.beat
    both = (beat.fiducials, analysis.automatic or beat.fiducials)
    now, found = (intervals_text(intervals_ms(each, beat.rate_hz)) for each in both)
    return f"{now} (automatic: {found})"
