"""Boundaries on the beat panel: where the automatic ones were, and the one that is in hand."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from elvmass.beat import Beat, Fiducials
from elvmass.boundaries import (
    BOUNDARY_WORDS,
    intervals_ms,
    intervals_text,
    position,
    present,
    shifts_ms,
)
from elvmass_gui.geometry.paper import Rect
from elvmass_gui.painting.beat_layout import BeatCell, BeatSheet
from elvmass_gui.painting.ink import Align, TextStyle, draw_text, pen, qrect, text_width_mm, tint

INK = "#2B4A6B"
_PAPER = "#FFFFFF"
_GRIP_MM = 0.55  # of the text's size
_PRINT_MM = 0.2


@dataclass(frozen=True, slots=True)
class Hand:
    """What the hand is at: a boundary ("" for none), held or only near, and the pointed cell."""

    name: str = ""
    held: bool = False
    lead_row: int = -1


def paint_automatic(
    painter: QPainter, cell: BeatCell, beat: Beat, automatic: Fiducials, screen: bool
) -> None:
    """A dashed line in the trace where each boundary that was moved by hand had been found."""
    dashed = pen(INK, 0.0 if screen else _PRINT_MM)
    dashed.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(dashed)
    for name in shifts_ms(automatic, beat.fiducials, beat.rate_hz):
        x = cell.x_mm(position(automatic, name) or 0)
        painter.drawLine(QLineF(x, cell.trace.y, x, cell.trace.bottom))


def paint_hand(
    painter: QPainter,
    sheet: BeatSheet,
    beat: Beat,
    automatic: Fiducials | None,
    hand: Hand,
    px_per_mm: float,
) -> None:
    """Grips of all boundaries in the pointed cell; the chosen one as a line through all leads."""
    size = sheet.options.text_mm * _GRIP_MM
    for cell in sheet.cells:
        if cell.lead_row == hand.lead_row or hand.held:
            for name in present(beat.fiducials):
                _paint_grip(painter, cell, beat, name, size, full=name == hand.name)
        if hand.name:
            _paint_line(painter, cell, beat, hand, px_per_mm)
    at = position(beat.fiducials, hand.name) if hand.name else None
    if at is not None:
        rows = [c for c in sheet.cells if c.lead_row == hand.lead_row] or [sheet.cells[0]]
        _paint_tag(painter, sheet, rows[0], rows[0].x_mm(at), told(beat, automatic, hand.name))


def told(beat: Beat, automatic: Fiducials | None, name: str) -> str:
    """A boundary in words: name, how far it was moved, the intervals that hang on it."""
    words = [BOUNDARY_WORDS[name]]
    shift = shifts_ms(automatic or beat.fiducials, beat.fiducials, beat.rate_hz).get(name)
    if shift is not None:
        words[0] += f" {shift:+.0f} ms".replace("-", "−")
    words.append(intervals_text(_hanging(beat, name)))
    return "   ".join(filter(None, words))


def _hanging(beat: Beat, name: str) -> dict[str, float]:
    fiducials, at = beat.fiducials, position(beat.fiducials, name)
    found = intervals_ms(fiducials, beat.rate_hz)
    if name == "p_off" and fiducials.p_on is not None and at is not None:
        return {"P": 1000.0 * (at - fiducials.p_on) / beat.rate_hz}
    if name == "t_on" and at is not None:
        return {"ST": 1000.0 * (at - fiducials.qrs_off) / beat.rate_hz}
    own = {
        "p_on": ("PR",), "qrs_on": ("PR", "QRS", "QT"), "qrs_off": ("QRS",), "t_off": ("QT",),
    }[name]  # fmt: skip
    return {key: found[key] for key in own if key in found}


def _paint_grip(
    painter: QPainter, cell: BeatCell, beat: Beat, name: str, size: float, *, full: bool
) -> None:
    """A small triangle on the upper edge of the trace."""
    x, y = cell.x_mm(position(beat.fiducials, name) or 0), cell.trace.y
    size *= 1.6 if full else 1.0
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint(INK, 1.0 if full else 0.55))
    corners = ((x - size / 2, y), (x + size / 2, y), (x, y + size))
    painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_line(
    painter: QPainter, cell: BeatCell, beat: Beat, hand: Hand, px_per_mm: float
) -> None:
    x = cell.x_mm(position(beat.fiducials, hand.name) or 0)
    painter.setPen(pen(INK, (2.0 if hand.held else 1.0) / px_per_mm))
    painter.drawLine(QLineF(x, cell.trace.y, x, cell.lane.bottom))


def _paint_tag(painter: QPainter, sheet: BeatSheet, cell: BeatCell, x_mm: float, text: str) -> None:
    """The words on white at the lower edge of the trace, inside the panel."""
    style = TextStyle(sheet.options.text_mm, INK, bold=True, align=Align.LEFT)
    width, height = text_width_mm(text, style) + style.size_mm, 1.5 * style.size_mm
    first = min(c.trace.x for c in sheet.cells)  # not over the captions and scale marks
    left = max(first, min(x_mm - width / 2, sheet.bounds.right - width))
    box = Rect(left, cell.lane.y - height / 2, width, height)
    painter.setPen(pen(INK, 0.0))
    painter.setBrush(QColor(_PAPER))
    painter.drawRoundedRect(qrect(box), 0.3 * height, 0.3 * height)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    draw_text(painter, box.x + 0.5 * style.size_mm, box.y + 1.1 * style.size_mm, text, style)
