"""The estimate on a scale in grams: interval, fold models, limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from elvmass.result import Estimate, Interval, SecondEstimate
from elvmass_gui.geometry.paper import Rect
from elvmass_gui.painting.ink import (
    FAINT,
    TEXT,
    WHITE,
    Align,
    TextStyle,
    draw_text,
    pen,
    qrect,
    text_width_mm,
)

#: Radius of the mark of a second estimate.
_SECOND_MM = 0.9
_SMALL = TextStyle(2.3, FAINT, align=Align.CENTRE)


@dataclass(frozen=True, slots=True)
class ScaleInk:
    """Colours: interval, limit, axis with the fold models, estimate, ground."""

    bar: str = "#A9C3DE"
    limit: str = "#8A5A00"
    axis: str = FAINT
    mark: str = TEXT
    ground: str = WHITE


ON_PAPER = ScaleInk()


def limit_g(estimate: Estimate) -> float | None:
    """The LVH limit as a mass of this patient (limit x BSA), g; None if it cannot be known."""
    limit = estimate.lvh.limit_g_per_m2
    return None if limit is None or estimate.bsa_m2 is None else limit * estimate.bsa_m2


def _ends_g(mass_g: float, span: Interval | None) -> tuple[float, float]:
    """Both ends of the interval; the mass itself if there is none, so that no bar appears."""
    return (mass_g, mass_g) if span is None else (span.low_g, span.high_g)


def axis_ticks(low_g: float, high_g: float, most: int = 9) -> tuple[float, ...]:
    """Round numbers from at most ``low_g`` to at least ``high_g``."""
    steps = (10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 500.0)
    for step in steps:
        first, last = np.floor(low_g / step), np.ceil(high_g / step)
        if last - first + 1 <= most:
            break
    return tuple(float(k * step) for k in np.arange(first, last + 1))


def paint_mass_scale(
    painter: QPainter,
    box: Rect,
    estimate: Estimate,
    second: SecondEstimate | None = None,
    ink: ScaleInk = ON_PAPER,
) -> None:
    """Paint into ``box`` (about 18 mm high): words above, bar, axis with numbers below.

    A second estimate is a circle on a thin line, its interval, on the bar of the first.
    """
    limit, span_g = limit_g(estimate), _ends_g(estimate.mass_g, estimate.interval)
    other_g = () if second is None else _ends_g(second.mass_g, second.interval)
    values = [*span_g, *other_g, *estimate.fold_masses_g]
    values += [limit] if limit is not None else []
    ticks = axis_ticks(max(0.0, min(values) - 5.0), max(values) + 5.0)
    span = ticks[-1] - ticks[0]

    def x(mass_g: float) -> float:
        return box.x + (mass_g - ticks[0]) / span * box.width

    left, right = (x(end) for end in span_g)
    bar = Rect(left, box.y + 6.0, right - left, 4.0)
    painter.save()
    painter.fillRect(qrect(bar), QColor(ink.bar))
    _paint_axis(painter, box, bar.bottom + 3.0, [(t, x(t)) for t in ticks], ink.axis)
    _paint_folds(painter, bar, [x(m) for m in estimate.fold_masses_g], ink.axis)
    if limit is not None:
        _paint_limit(painter, box, bar, x(limit), estimate, ink.limit)
    _paint_estimate(painter, bar, x(estimate.mass_g), ink.mark)
    if second is not None:
        _paint_second(painter, bar, x(second.mass_g), [x(end) for end in other_g], ink)
    painter.restore()


def _paint_axis(
    painter: QPainter, box: Rect, y: float, ticks: list[tuple[float, float]], colour: str
) -> None:
    small = _SMALL.but(colour=colour)
    painter.setPen(pen(colour, 0.15))
    painter.drawLine(QLineF(box.x, y, box.right, y))
    for value, x in ticks:
        painter.setPen(pen(colour, 0.15))
        painter.drawLine(QLineF(x, y, x, y + 1.0))
        draw_text(painter, x, y + 3.5, f"{value:.0f}", small)
    draw_text(painter, box.right + 5.0, y + 3.5, "g", small)


def _paint_folds(painter: QPainter, bar: Rect, places: list[float], colour: str) -> None:
    painter.setPen(pen(colour, 0.18))
    painter.drawLines([QLineF(x, bar.bottom + 0.4, x, bar.bottom + 2.2) for x in places])


def _paint_limit(
    painter: QPainter, box: Rect, bar: Rect, x: float, estimate: Estimate, colour: str
) -> None:
    line = pen(colour, 0.35)
    line.setStyle(Qt.PenStyle.DashLine)
    line.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(line)
    painter.drawLine(QLineF(x, bar.y - 2.0, x, bar.bottom + 3.0))
    text = f"LVH limit {estimate.lvh.limit_g_per_m2:g} g/m² × BSA"
    style = _SMALL.but(colour=colour)
    half = text_width_mm(text, style) / 2
    x = min(max(x, box.x + half), box.right - half)
    draw_text(painter, x, bar.y - 2.8, text, style)


def _paint_estimate(painter: QPainter, bar: Rect, x: float, colour: str) -> None:
    painter.setPen(pen(colour, 0.5))
    painter.drawLine(QLineF(x, bar.y - 0.6, x, bar.bottom + 0.6))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    corners = ((x - 1.1, bar.y - 1.8), (x + 1.1, bar.y - 1.8), (x, bar.y - 0.2))
    painter.drawPolygon(QPolygonF([QPointF(a, b) for a, b in corners]))


def _paint_second(painter: QPainter, bar: Rect, x: float, ends: list[float], ink: ScaleInk) -> None:
    y = bar.y + bar.height / 2
    painter.setPen(pen(ink.mark, 0.2))
    left, right = ends
    lines = [QLineF(left, y, right, y)]
    lines += [QLineF(end, y - 0.8, end, y + 0.8) for end in ends]
    painter.drawLines(lines)
    painter.setPen(pen(ink.mark, 0.3))
    painter.setBrush(QColor(ink.ground))
    painter.drawEllipse(QPointF(x, y), _SECOND_MM, _SECOND_MM)
