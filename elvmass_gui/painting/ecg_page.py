"""The 12-lead page on ECG paper, painted in millimetres."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtGui import QPainter

from elvmass.beat import BeatMark
from elvmass_gui.geometry.calipers import Calipers
from elvmass_gui.geometry.paper import Rect, Sheet, around
from elvmass_gui.geometry.shown import Shown, strip_points
from elvmass_gui.painting.beat_marks import paint_beats
from elvmass_gui.painting.calipers import paint_calipers
from elvmass_gui.painting.grid import PINK, draw_grid
from elvmass_gui.painting.ink import PRINT, Stroke, clipped, whole_pixels
from elvmass_gui.painting.page_words import (
    Legend,
    paint_caption,
    paint_names,
    paint_seconds,
    paint_window,
    window_box,
)
from elvmass_gui.painting.trace import draw_trace


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked on a page: all beats, the stretches analysed (s), calipers."""

    beats: tuple[BeatMark, ...] = ()
    analysed_s: tuple[tuple[float, float], ...] = ()
    calipers: Calipers = ()


NO_MARKS = Marks()

#: Height of the row of marks on the lower edge, and of the seconds on the upper one; how far lead
#: names and ticks stand out of their strips.
MARK_MM, _HEAD_MM, _EDGE_MM = 3.0, 4.0, 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What of a sheet is looked at, mm.

    Attributes
    ----------
    window
        What can be seen: lead names of strips that begin left of it stand at its edge.
    part
        What of that is to be painted, if not all; the painter is clipped to no more. What leaves
        no ink there costs no time.
    """

    window: Rect
    part: Rect | None = None


def paint_ecg_page(
    painter: QPainter,
    sheet: Sheet,
    shown: Shown,
    marks: Marks = NO_MARKS,
    stroke: Stroke = PRINT,
    seen: Seen | None = None,
) -> None:
    """Paint paper, marks, traces and words of one sheet.

    Parameters
    ----------
    painter
        Its unit is 1 mm. Its state is restored.
    sheet
        From :func:`elvmass_gui.geometry.shown.sheet_for`, for this ``shown``.
    shown
        The stretch of the recording; see :func:`elvmass_gui.geometry.shown.show`.
    marks
        What to mark.
    stroke
        Line widths: :data:`PRINT` is true mm, see :func:`screen_stroke`.
    seen
        What of the sheet can be seen, if not all of it.
    """
    window, part = (seen.window, seen.part) if seen else (sheet.paper, None)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_grid(painter, sheet.paper, PINK, stroke, part)
    with clipped(painter, sheet.paper):
        with whole_pixels(painter, stroke):
            for span in marks.analysed_s:
                paint_window(painter, sheet, span)
        near = _near(sheet, part)
        if part is None or part.y < sheet.paper.y + _HEAD_MM * stroke.text_scale:
            paint_seconds(painter, sheet, shown, stroke)
        if part is None or part.bottom > sheet.paper.bottom - MARK_MM:
            paint_beats(painter, sheet, marks.beats)
        paint_names(painter, _named(near, part), shown, stroke.text_scale, window)
        for corners in sheet.pulses:
            x, y = np.array(corners).T
            draw_trace(painter, x, y, stroke)
        for strip in near.strips:
            draw_trace(painter, *strip_points(strip, shown), stroke, part=part)
    paint_calipers(painter, sheet, shown, marks.calipers, stroke)
    caption = sheet if seen is None else replace(sheet, caption=_seen(sheet.caption, window))
    if part is None or part.meets(caption.caption):
        legend = Legend(tuple(m.grade for m in marks.beats), len(marks.analysed_s))
        paint_caption(painter, caption, shown, legend, stroke.text_scale)
    painter.restore()


def marked(sheet: Sheet, marks: Marks) -> list[Rect]:
    """Where on the page marks and the words about them leave ink, calipers aside."""
    if not marks.beats and not marks.analysed_s:
        return []
    row = Rect(sheet.paper.x, sheet.paper.bottom - MARK_MM, sheet.paper.width, MARK_MM)
    spans = marks.analysed_s
    boxes = (window_box(sheet, strip, span) for strip in sheet.strips for span in spans)
    shaded = [box for box in boxes if box is not None]
    return [around(row, sheet.caption), *([around(*shaded)] if shaded else [])]


def _near(sheet: Sheet, part: Rect | None) -> Sheet:
    """The sheet with the strips above, below and in a part of it: a wave may leave its row."""
    if part is None:
        return sheet
    across = Rect(part.x, sheet.paper.y, part.width, sheet.paper.height).grown(_EDGE_MM)
    return replace(sheet, strips=tuple(s for s in sheet.strips if across.meets(s.rect)))


def _named(sheet: Sheet, part: Rect | None) -> Sheet:
    """The sheet with the strips whose names and ticks may lie in a part of it."""
    if part is None:
        return sheet
    wide = part.grown(_EDGE_MM)
    return replace(sheet, strips=tuple(s for s in sheet.strips if wide.meets(s.rect)))


def _seen(caption: Rect, window: Rect) -> Rect:
    """The width of the caption that can be seen, so that its words stand there."""
    left, right = max(caption.x, window.x), min(caption.right, window.right)
    return replace(caption, x=left, width=max(0.0, right - left))
