"""Calipers as they are painted: thin dark lines with their reading, never over the trace's ink."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from elvmass_gui.geometry.calipers import Caliper, CaliperKind, Calipers, handles, to_mm
from elvmass_gui.geometry.paper import Rect, Sheet, Strip
from elvmass_gui.geometry.shown import Shown
from elvmass_gui.painting.ink import Stroke, TextStyle, clipped, draw_text, pen, qrect, tint
from elvmass_gui.painting.ink import text_width_mm as width_of

#: Violet: neither a segment's colour, nor the grid's, nor the mark of the analysed beat.
CALIPER_INK = "#5B2A86"
_LABEL = TextStyle(2.6, CALIPER_INK, bold=True)
_JAW_MM = 5.0
_HANDLE_PX = 3.5


def paint_calipers(
    painter: QPainter, sheet: Sheet, shown: Shown, calipers: Calipers, stroke: Stroke
) -> None:
    """Paint calipers on every strip of their lead in which an end (or a march mark) lies."""
    for caliper in calipers:
        for strip in sheet.strips_of(caliper.lead):
            paint_caliper(painter, (sheet.column_of(strip), strip), shown, caliper, stroke)


def paint_caliper(
    painter: QPainter, place: tuple[Rect, Strip], shown: Shown, caliper: Caliper, stroke: Stroke
) -> None:
    """Paint one caliper of a strip (``place``: the box that it may not leave, and the strip)."""
    box, strip = place
    last_s = strip.time_s(strip.rect.right)
    if not caliper.times_s(strip.start_s, last_s):
        return
    with clipped(painter, box):
        painter.setPen(pen(CALIPER_INK, max(0.25, stroke.trace_mm)))
        if caliper.kind is CaliperKind.VOLTAGE:
            painter.drawLines(_voltage_lines(strip, shown, caliper))
        else:
            painter.drawLines(_time_lines(strip, shown, caliper))
    _paint_label(painter, place, shown, caliper, stroke.text_scale)


def reach_of(place: tuple[Rect, Strip], shown: Shown, caliper: Caliper, text_scale: float) -> Rect:
    """What of its column a caliper may be painted on: its row, and where it leaves it."""
    column, strip = place
    heights = [to_mm(strip, shown, caliper.end(k))[1] for k in (0, 1)]
    margin = _JAW_MM + 1.25 * _LABEL.size_mm * text_scale
    top = max(column.y, min(strip.rect.y, min(heights) - margin))
    bottom = min(column.bottom, max(strip.rect.bottom, max(heights) + margin))
    return Rect(column.x, top, column.width, bottom - top)


def _time_lines(strip: Strip, shown: Shown, caliper: Caliper) -> list[QLineF]:
    """Jaws at every time, and the span between the two ends."""
    (ax, ay), (bx, _) = (to_mm(strip, shown, caliper.end(k)) for k in (0, 1))
    times = caliper.times_s(strip.start_s, strip.time_s(strip.rect.right))
    jaws = [QLineF(x, ay - _JAW_MM, x, ay + _JAW_MM) for x in map(strip.x_mm, times)]
    return [*jaws, QLineF(ax, ay, bx, ay)]


def _voltage_lines(strip: Strip, shown: Shown, caliper: Caliper) -> list[QLineF]:
    (ax, ay), (bx, by) = (to_mm(strip, shown, caliper.end(k)) for k in (0, 1))
    left, right = min(ax, bx) - _JAW_MM, max(ax, bx) + _JAW_MM
    return [
        QLineF(left, ay, right, ay),
        QLineF(left, by, right, by),
        QLineF(bx, ay, bx, by),
    ]


def _paint_label(
    painter: QPainter, place: tuple[Rect, Strip], shown: Shown, caliper: Caliper, text_scale: float
) -> None:
    """The reading above the span (beside a voltage), kept inside the box."""
    box, strip = place
    style = _LABEL.but(size_mm=_LABEL.size_mm * text_scale)
    (ax, ay), (bx, by) = (to_mm(strip, shown, caliper.end(k)) for k in (0, 1))
    width, height = width_of(caliper.text, style) + 1.0, 1.25 * style.size_mm
    if caliper.kind is CaliperKind.VOLTAGE:
        x, y = max(ax, bx) + 1.5, (ay + by) / 2 - height / 2
    else:
        x, y = (ax + bx) / 2 - width / 2, ay - _JAW_MM - height
    x = min(max(x, box.x), box.right - width)
    y = min(max(y, box.y), box.bottom - height)
    painter.fillRect(qrect(Rect(x, y, width, height)), tint("#FFFFFF", 0.6))
    draw_text(painter, x + 0.5, y + 0.95 * style.size_mm, caliper.text, style)


def paint_handles(
    painter: QPainter, sheet: Sheet, shown: Shown, active: tuple[Caliper, int], px_per_mm: float
) -> None:
    """Squares on both ends of the caliper in hand; the end that the keys move is filled."""
    caliper, held = active
    size = 2 * _HANDLE_PX / px_per_mm
    painter.setPen(pen(CALIPER_INK, 1.2 / px_per_mm))
    for strip in sheet.strips_of(caliper.lead):
        for k, (x, y) in handles(strip, shown, caliper):
            filled = tint(CALIPER_INK, 0.9) if k == held else tint("#FFFFFF", 0.9)
            painter.setBrush(filled)
            painter.drawRect(QRectF(x - size / 2, y - size / 2, size, size))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_crosshair(
    painter: QPainter, box: Rect, at: tuple[float, float], px_per_mm: float
) -> None:
    """The reading cursor: a line through the cell and a ring on the point."""
    x, y = at
    painter.setPen(pen(CALIPER_INK, 1.0 / px_per_mm))
    painter.drawLine(QLineF(x, box.y, x, box.bottom))
    radius = _HANDLE_PX / px_per_mm
    painter.drawEllipse(QPointF(x, y), radius, radius)
