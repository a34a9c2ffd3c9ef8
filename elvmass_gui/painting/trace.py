"""Curves: numpy points to Qt polylines, gaps left open."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPolygonF
from shiboken6 import VoidPtr

from elvmass.record import FloatArray
from elvmass_gui.geometry.paper import Rect
from elvmass_gui.painting.ink import BLACK, Stroke, trace_pen

#: Qt strokes one long antialiased polyline in super-linear time; pieces of about this many
#: points look the same and cost a quarter.
PIECE = 96

#: Where three thin lines lie around the middle of the wide one that they stand for.
_TRIANGLE = ((0.0, -1.0), (-0.866, 0.5), (0.866, 0.5))


def polygon(points: FloatArray) -> QPolygonF:
    """[n, 2] float64 as a Qt polygon, copied in one go (n Python points would cost 50 times)."""
    made = QPolygonF()
    made.resize(len(points))
    if len(points):
        # The stubs know neither VoidPtr's size argument nor that it is a writable buffer.
        memory: Any = VoidPtr(made.data(), points.nbytes, True)  # type: ignore[call-arg, arg-type]
        np.frombuffer(memory, dtype=np.float64)[:] = points.ravel()
    return made


def finite_runs(values: FloatArray) -> list[slice]:
    """Slices of the stretches of [n] ``values`` without NaN."""
    good = np.isfinite(values).astype(np.int8)
    edges = np.flatnonzero(np.diff(good, prepend=0, append=0))
    return [slice(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def pieces(points: FloatArray) -> list[FloatArray]:
    """Cut [n, 2] into overlapping stretches of :data:`PIECE` points: no gap between them."""
    starts = range(0, max(1, len(points) - 1), PIECE)
    return [points[a : a + PIECE + 1] for a in starts]


def pieces_near(points: FloatArray, part: Rect) -> list[FloatArray]:
    """Those :func:`pieces` that may leave ink in a part of the page."""
    starts = np.arange(0, max(1, len(points) - 1), PIECE)
    ends = points[np.minimum(starts + PIECE, len(points) - 1)]
    low = np.minimum(np.minimum.reduceat(points, starts), ends)
    high = np.maximum(np.maximum.reduceat(points, starts), ends)
    near = (low <= (part.right, part.bottom)).all(axis=1)
    near &= (high >= (part.x, part.y)).all(axis=1)
    return [points[a : a + PIECE + 1] for a in starts[near]]


def draw_trace(
    painter: QPainter,
    x_mm: FloatArray,
    y_mm: FloatArray,
    stroke: Stroke,
    colour: str = BLACK,
    part: Rect | None = None,
) -> None:
    """An antialiased curve through [n] points in mm; NaN in ``y_mm`` interrupts it.

    With a ``part`` of the page, what leaves no ink there is left out.
    """
    painter.setPen(trace_pen(stroke, colour))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for run in finite_runs(y_mm):
        points = np.column_stack([x_mm[run], y_mm[run]])
        if len(points) == 1:  # a lone sample between gaps is still a measurement
            painter.drawPoint(QPointF(*points[0]))
            continue
        seen = pieces(points) if part is None else pieces_near(points, part)
        _draw_pieces(painter, [polygon(piece) for piece in seen], stroke.spread_mm)


def _draw_pieces(painter: QPainter, polygons: list[QPolygonF], spread_mm: float) -> None:
    if not spread_mm:
        for each in polygons:
            painter.drawPolyline(each)
        return
    for x, y in _TRIANGLE:
        painter.translate(x * spread_mm, y * spread_mm)
        for each in polygons:
            painter.drawPolyline(each)
        painter.translate(-x * spread_mm, -y * spread_mm)


def step_outline(edges_mm: FloatArray, tops_mm: FloatArray, base_mm: float) -> NDArray[np.float64]:
    """Corners [2n + 2, 2] of a step area: n bars between n + 1 edges, closed along the base."""
    x = np.concatenate([edges_mm[:1], np.repeat(edges_mm, 2)[1:-1], edges_mm[-1:]])
    y = np.concatenate([[base_mm], np.repeat(tops_mm, 2), [base_mm]])
    return np.column_stack([x, y])
