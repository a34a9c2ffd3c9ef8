"""Ruled paper: 1 mm and 5 mm lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from elvmass.record import FloatArray
from elvmass_gui.geometry.paper import Rect
from elvmass_gui.painting.ink import Stroke, pen, qrect


@dataclass(frozen=True, slots=True)
class PaperInk:
    """Colours of a ruled paper."""

    paper: str
    minor: str
    major: str


PINK = PaperInk("#FFFBFA", "#F8D3D0", "#EBA09B")
BLUE_GREY = PaperInk("#FAFBFD", "#E6EBF2", "#C6D0DE")


def draw_grid(
    painter: QPainter, rect: Rect, ink: PaperInk, stroke: Stroke, part: Rect | None = None
) -> None:
    """Fill ``rect``, or a part of it, and rule it from its upper left corner.

    See :func:`draw_lines`.
    """
    if part is not None and not part.meets(rect):
        return
    seen = rect if part is None else part.common(rect)
    painter.fillRect(qrect(seen), QColor(ink.paper))
    draw_lines(painter, seen, (rect.x, rect.y), ink, stroke)


def draw_lines(
    painter: QPainter, rect: Rect, origin: tuple[float, float], ink: PaperInk, stroke: Stroke
) -> None:
    """Lines every 1 mm and 5 mm inside ``rect``, counted from ``origin``."""
    painter.save()
    if stroke.snap_grid:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if stroke.show_minor:
        _rule(painter, rect, origin, 1.0, pen(ink.minor, stroke.minor_mm), stroke)
    _rule(painter, rect, origin, 5.0, pen(ink.major, stroke.major_mm), stroke)
    painter.restore()


def _rule(
    painter: QPainter, rect: Rect, origin: tuple[float, float], step: float, ink: QPen,
    stroke: Stroke,
) -> None:  # fmt: skip
    across = _ticks(rect.x, rect.right, origin[0], step)
    down = _ticks(rect.y, rect.bottom, origin[1], step)
    painter.setPen(ink)
    painter.drawLines([QLineF(x, rect.y, x, rect.bottom) for x in across])
    if not stroke.snap_grid:
        painter.drawLines([QLineF(rect.x, y, rect.right, y) for y in down])
        return
    # A row of pixels is filled ten times as fast as it is drawn, and is the same.
    pixel = 1.0 / painter.deviceTransform().m22()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.color())
    painter.drawRects([QRectF(rect.x, y - pixel / 2, rect.width, pixel) for y in down])


def _ticks(low: float, high: float, origin: float, step: float) -> FloatArray:
    """Multiples of ``step`` from ``origin`` in [low, high], kept despite rounding errors."""
    slack = 1e-6
    first = np.ceil((low - origin) / step - slack)
    last = np.floor((high - origin) / step + slack)
    ticks: FloatArray = origin + step * np.arange(first, last + 1)
    return ticks
