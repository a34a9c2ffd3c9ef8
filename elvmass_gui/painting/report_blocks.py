"""Parts that the report's pages share: title, text blocks, tables, ruler, notice."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter

from elvmass_gui.geometry.paper import Rect
from elvmass_gui.painting.ink import (
    BLACK,
    FAINT,
    RULE,
    TEXT,
    WHITE,
    Align,
    TextStyle,
    draw_text,
    pen,
    qrect,
    text_width_mm,
    wrap_text,
)

BODY = TextStyle(2.7)
SMALL = TextStyle(2.3, FAINT)
HEAD = TextStyle(2.4, FAINT, bold=True)

RULER_MM = 100.0
#: Below the ruler on A4; other paper has its own words.
RULER_WORDS = "Print at 100 % on A4: this ruler must measure 100 mm."
_LINE = 1.36
_LEAST_MM = 1.8


def paint_title(painter: QPainter, box: Rect, right_text: str) -> None:
    """Title line with a rule below it."""
    y = box.bottom - 1.6
    draw_text(painter, box.x, y, "elvmass report", TextStyle(4.2, bold=True))
    x = box.x + text_width_mm("elvmass report", TextStyle(4.2, bold=True)) + 4.0
    draw_text(painter, x, y, "left ventricular mass from a 12-lead ECG", TextStyle(3.0, FAINT))
    draw_text(painter, box.right, y, right_text, TextStyle(2.7, FAINT, align=Align.RIGHT))
    painter.setPen(pen(TEXT, 0.3))
    painter.drawLine(QLineF(box.x, box.bottom, box.right, box.bottom))


def paint_footer(painter: QPainter, box: Rect, notice: str, ruler: str = RULER_WORDS) -> None:
    """Ruler on the left, the notice on the right, on every page."""
    y = box.y + 2.6
    painter.setPen(pen(BLACK, 0.2))
    ticks = []
    for k in range(11):
        x, length = box.x + k * RULER_MM / 10, 1.8 if k % 5 == 0 else 1.0
        ticks.append(QLineF(x, y, x, y - length))
    painter.drawLines([QLineF(box.x, y, box.x + RULER_MM, y), *ticks])
    draw_text(painter, box.x, y + 3.2, ruler, SMALL)
    left = box.x + RULER_MM + 8.0
    frame = Rect(left, box.y, box.right - left, box.height)
    painter.fillRect(qrect(frame), QColor("#FFF4D6"))
    width = frame.width - 4.0
    style, lines = _fitted(
        Rect(0.0, 0.0, width, frame.height - 0.4), [notice], TextStyle(2.6, TEXT, bold=True)
    )
    spare = (frame.height - len(lines) * style.size_mm * _LINE) / 2
    inner = Rect(frame.x + 2.0, frame.y + spare, width, frame.height - spare)
    paint_paragraphs(painter, inner, lines, style)


def paint_paragraphs(
    painter: QPainter,
    box: Rect,
    paragraphs: Sequence[str],
    style: TextStyle,
    more: str = "…",
) -> float:
    """Wrapped text; smaller type if it is too long, ``more`` as last line if even that is.

    Returns the y below the last line, mm.
    """
    style, lines = _fitted(box, paragraphs, style)
    step = style.size_mm * _LINE
    room = max(1, int(box.height / step + 1e-6))
    if len(lines) > room:
        lines = [*lines[: room - 1], more]
    for k, line in enumerate(lines):
        draw_text(painter, box.x, box.y + style.size_mm + k * step, line, style)
    return box.y + len(lines) * step


def _fitted(box: Rect, paragraphs: Sequence[str], style: TextStyle) -> tuple[TextStyle, list[str]]:
    while True:
        lines = [line for p in paragraphs for line in wrap_text(p, box.width, style)]
        fits = len(lines) * style.size_mm * _LINE <= box.height + 1e-6
        if fits or style.size_mm * 0.95 < _LEAST_MM:
            return style, lines
        style = style.but(size_mm=style.size_mm * 0.95)


def paint_head(painter: QPainter, x: float, y: float, text: str, units: str = "") -> float:
    """A small heading with its baseline at ``y``; returns the y where content may start.

    ``units`` follow in their own letters: MM/MV is no unit.
    """
    draw_text(painter, x, y, text.upper(), HEAD)
    draw_text(painter, x + text_width_mm(f"{text.upper()}   ", HEAD), y, units, HEAD)
    return y + 1.4


def paint_frame(painter: QPainter, box: Rect) -> None:
    """A white box with a thin edge."""
    painter.fillRect(qrect(box), QColor(WHITE))
    painter.setPen(pen(RULE, 0.2))
    painter.setBrush(QColor(0, 0, 0, 0))
    painter.drawRect(qrect(box))


def paint_table_row(
    painter: QPainter, y: float, cells: Sequence[tuple[float, str]], style: TextStyle
) -> None:
    """Right-aligned words at the given x of their right edges, baseline at ``y``."""
    for x, text in cells:
        draw_text(painter, x, y, text, style.but(align=Align.RIGHT))
