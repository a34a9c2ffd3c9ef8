"""The 12-lead page on ECG paper, painted in millimetres."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtGui import QPainter

from elvmass.beat import BeatMark
from elvmass_gui.geometry.calipers import Calipers
from elvmass_gui.geometry.paper import Rect, Sheet
from elvmass_gui.geometry.shown import Shown, strip_points
from elvmass_gui.painting.beat_marks import paint_beats
from elvmass_gui.painting.calipers import paint_calipers
from elvmass_gui.painting.grid import PINK, draw_grid
from elvmass_gui.painting.ink import PRINT, Stroke, clipped
from elvmass_gui.painting.page_words import (
    Legend,
    paint_caption,
    paint_names,
    paint_seconds,
    paint_window,
)
from elvmass_gui.painting.trace import draw_trace


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked on a page: all beats, the window of the one analysed (s), calipers."""

    beats: tuple[BeatMark, ...] = ()
    beat_window_s: tuple[float, float] | None = None
    calipers: Calipers = ()


NO_MARKS = Marks()


def paint_ecg_page(
    painter: QPainter,
    sheet: Sheet,
    shown: Shown,
    marks: Marks = NO_MARKS,
    stroke: Stroke = PRINT,
    window: Rect | None = None,
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
    window
        The part of the sheet that can be seen, if not all of it: lead names of strips that begin
        left of it stand at its edge.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_grid(painter, sheet.paper, PINK, stroke)
    with clipped(painter, sheet.paper):
        if marks.beat_window_s is not None:
            paint_window(painter, sheet, marks.beat_window_s)
        paint_seconds(painter, sheet, shown, stroke)
        paint_beats(painter, sheet, marks.beats)
        paint_names(painter, sheet, shown, stroke.text_scale, window or sheet.paper)
        for corners in sheet.pulses:
            x, y = np.array(corners).T
            draw_trace(painter, x, y, stroke)
        for strip in sheet.strips:
            draw_trace(painter, *strip_points(strip, shown), stroke)
    paint_calipers(painter, sheet, shown, marks.calipers, stroke)
    legend = Legend(tuple(m.grade for m in marks.beats), marks.beat_window_s is not None)
    caption = sheet if window is None else replace(sheet, caption=_seen(sheet.caption, window))
    paint_caption(painter, caption, shown, legend, stroke.text_scale)
    painter.restore()


def _seen(caption: Rect, window: Rect) -> Rect:
    """The width of the caption that can be seen, so that its words stand there."""
    left, right = max(caption.x, window.x), min(caption.right, window.right)
    return replace(caption, x=left, width=max(0.0, right - left))
