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
    beat = analysis.beat
    now = intervals_text(intervals_ms(beat.fiducials, beat.rate_hz))
    found = intervals_text(intervals_ms(analysis.automatic, beat.rate_hz))
    return f"This beat, boundaries by hand: {now} (automatic: {found})"


def report_line(analysis: Analysis) -> str:
    """What the report says; "" without a correction."""
    if analysis.automatic is None:
        return ""
    return f"{moved_line(analysis)} {intervals_line(analysis)}. The estimate does not rest on them."
