"""The magnifier: one lead, three times as large as the page, on the same paper."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter

from elvmass_gui.geometry.calipers import Calipers
from elvmass_gui.geometry.paper import Rect, Strip
from elvmass_gui.geometry.shown import Shown, readout, strip_points
from elvmass_gui.painting.calipers import paint_caliper, paint_crosshair
from elvmass_gui.painting.grid import PINK, draw_lines
from elvmass_gui.painting.ink import FAINT, TextStyle, draw_text, pen, qrect, screen_stroke
from elvmass_gui.painting.trace import draw_trace

FACTOR = 3.0
#: Share of the widget's width and height that the lens takes.
_WIDTH, _HEIGHT = 0.36, 0.46
#: How far from the middle of the lens, as a share of its height, the trace may lie.
_REACH = 0.3
_NAME = TextStyle(14.0, bold=True)
_WORDS = TextStyle(12.0)


@dataclass(frozen=True, slots=True)
class Lens:
    """A point of a trace (mm), the height (mm) that is pointed at, the page's scale."""

    strip: Strip
    at: tuple[float, float]
    eye_y: float
    px_per_mm: float
    calipers: Calipers = ()


def lens_box(at_px: tuple[float, float], width_px: float, height_px: float) -> Rect:
    """Where the lens stands in a widget: in the half that the point is not in, px."""
    width, height = _WIDTH * width_px, _HEIGHT * height_px
    x = width_px - width - 8.0 if at_px[0] < width_px / 2 else 8.0
    y = height_px - height - 8.0 if at_px[1] < height_px / 2 else 8.0
    return Rect(x, y, width, height)


def magnified(box: Rect, lens: Lens) -> Rect:
    """The paper that the lens shows, mm: around what is pointed at, but never without the trace."""
    scale = FACTOR * lens.px_per_mm
    width, height = box.width / scale, box.height / scale
    reach = _REACH * height
    y = min(max(lens.eye_y, lens.at[1] - reach), lens.at[1] + reach)
    return Rect(lens.at[0] - width / 2, y - height / 2, width, height)


def paint_lens(painter: QPainter, box: Rect, shown: Shown, lens: Lens) -> None:
    """Paint the lens into ``box``; the painter's unit is 1 px."""
    scale = FACTOR * lens.px_per_mm
    paper = magnified(box, lens)
    painter.save()
    painter.setClipRect(qrect(box))
    painter.fillRect(qrect(box), QColor(PINK.paper))
    painter.translate(QPointF(box.x, box.y))
    painter.scale(scale, scale)
    painter.translate(-paper.x, -paper.y)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    stroke = screen_stroke(scale, 2.0, painter.device().devicePixelRatioF())
    draw_lines(painter, paper, (lens.strip.rect.x, lens.strip.zero_y), PINK, stroke)
    draw_trace(painter, *strip_points(lens.strip, shown), stroke)
    for caliper in lens.calipers:
        if caliper.lead == lens.strip.lead:
            paint_caliper(painter, (paper, lens.strip), shown, caliper, stroke)
    paint_crosshair(painter, paper, lens.at, scale)
    painter.restore()
    _paint_frame(painter, box, readout(shown, lens.strip, *lens.at, cursor=False))


def _paint_frame(painter: QPainter, box: Rect, words: str) -> None:
    head = Rect(box.x, box.y, box.width, 22.0)
    painter.fillRect(qrect(head), QColor("#FFFFFF"))
    painter.setPen(pen(FAINT, 1.0))
    painter.drawRect(qrect(box))
    name, rest = words.split("   ", 1)
    draw_text(painter, box.x + 6.0, box.y + 15.5, name, _NAME)
    draw_text(painter, box.x + 54.0, box.y + 15.5, f"{rest}   ×{FACTOR:g} of the page", _WORDS)
