"""What stands on the ECG page beside the traces: names, seconds, beats, caption."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter

from elvmass.beat import BeatGrade
from elvmass_gui.geometry.paper import Rect, Sheet, Strip
from elvmass_gui.geometry.shown import CAPTION_GAP, Shown, caption_words, clock, has_signal
from elvmass_gui.painting.beat_marks import GRADE_WORDS, MARK_INK, paint_mark
from elvmass_gui.painting.grid import PINK
from elvmass_gui.painting.ink import (
    BLACK,
    FAINT,
    Align,
    Stroke,
    TextStyle,
    draw_text,
    elide,
    pen,
    qrect,
    text_width_mm,
    tint,
)

_NAME = TextStyle(3.4, BLACK, bold=True)
_CAPTION = TextStyle(2.6, FAINT)
_SECOND = TextStyle(2.0, FAINT)
_TICK_MM = 1.6
_LEAST_SECOND_MM = 8.0  # between two times that are written out


def paint_names(
    painter: QPainter, sheet: Sheet, shown: Shown, text_scale: float, window: Rect
) -> None:
    """Lead names under the traces (ink never hides signal) on a patch that fades the grid."""
    name = _NAME.but(size_mm=_NAME.size_mm * text_scale)
    for strip in sheet.strips:
        text = name_text(strip, shown)
        size = (text_width_mm(text, name) + 1.2, 1.2 * name.size_mm)
        x = max(strip.rect.x, window.x) + 1.2
        if x - 0.6 + size[0] > strip.rect.right:
            continue  # this strip has scrolled out at the left
        y = strip.rect.y + 1.2 + name.size_mm
        patch = Rect(x - 0.6, y - 0.94 * name.size_mm, *size)
        painter.fillRect(qrect(patch), tint(PINK.paper, 0.7))
        draw_text(painter, x, y, text, name)
        _paint_column_edge(painter, strip, sheet)


def name_text(strip: Strip, shown: Shown) -> str:
    """The lead's name; where it begins if that is not where its place says; a lead that is dead."""
    start = "" if strip.aligned else f"  from {strip.start_s:.1f} s"
    return strip.title + start + ("" if has_signal(shown, strip.lead) else "  no signal")


def _paint_column_edge(painter: QPainter, strip: Strip, sheet: Sheet) -> None:
    """Two short ticks where one lead ends and the next begins."""
    if strip.rhythm or strip.rect.right >= sheet.paper.right - 1e-6:
        return
    x, y = strip.rect.right, strip.zero_y
    painter.setPen(pen(FAINT, 0.2))
    painter.drawLines([QLineF(x, y - 6.0, x, y - 4.0), QLineF(x, y + 4.0, x, y + 6.0)])


def paint_seconds(painter: QPainter, sheet: Sheet, shown: Shown, stroke: Stroke) -> None:
    """Ticks at every second along the upper edge, with the time where there is room for it."""
    style = _SECOND.but(size_mm=_SECOND.size_mm * stroke.text_scale)
    top, whole_s = sheet.paper.y, shown.record.duration_s
    painter.setPen(pen(FAINT, 0.2))
    name = _NAME.but(size_mm=_NAME.size_mm * stroke.text_scale)
    above_names = sheet.head_mm >= style.size_mm
    free = -math.inf
    for strip in sheet.top_strips():
        if not above_names:
            free = strip.rect.x + text_width_mm(name_text(strip, shown), name) + 3.0
        for second in range(math.ceil(strip.start_s - 1e-6), math.floor(strip.stop_s - 1e-6) + 1):
            x = strip.x_mm(second)
            painter.setPen(pen(FAINT, 0.2))
            painter.drawLine(QLineF(x, top, x, top + _TICK_MM))
            text = clock(float(second), whole_s).removesuffix(".0")
            text += " s" if whole_s <= 120.0 else ""
            width = text_width_mm(text, style)
            if x > free and x + 0.6 + width < strip.rect.right:
                draw_text(painter, x + 0.6, top + 0.9 * style.size_mm, text, style)
                free = x + max(_LEAST_SECOND_MM, width + 2.0)


def paint_window(painter: QPainter, sheet: Sheet, window_s: tuple[float, float]) -> None:
    """Shade an analysed stretch wherever its time is shown."""
    for strip in sheet.strips:
        box = window_box(sheet, strip, window_s)
        if box is not None:
            painter.fillRect(qrect(box), tint(MARK_INK, 0.16))


def window_box(sheet: Sheet, strip: Strip, window_s: tuple[float, float]) -> Rect | None:
    """The part of a strip's cell between two times, or None if they are elsewhere."""
    left = max(strip.rect.x, strip.x_mm(window_s[0]))
    right = min(strip.rect.right, strip.x_mm(window_s[1]))
    box = sheet.on_paper(strip.rect)
    return Rect(left, box.y, right - left, box.height) if right > left else None


@dataclass(frozen=True, slots=True)
class Legend:
    """What the caption explains: grades of the beats found, and how many are analysed."""

    grades: tuple[BeatGrade, ...] = ()
    analysed: int = 0


def paint_caption(
    painter: QPainter, sheet: Sheet, shown: Shown, legend: Legend, text_scale: float
) -> None:
    """The line below the paper, with the legend of the marks at its right."""
    style = _CAPTION.but(size_mm=_CAPTION.size_mm * text_scale)
    y = sheet.caption.y + 1.4 * style.size_mm
    right = sheet.caption.right
    for grade in reversed(BeatGrade):
        if grade in legend.grades:
            symbol = partial(paint_mark, grade=grade)
            right = _caption_mark(painter, (right, y), GRADE_WORDS[grade], symbol, style)
    if legend.analysed:
        words = "beat analysed" if legend.analysed == 1 else "beats in the median"
        right = _caption_mark(painter, (right, y), words, _paint_patch, style)
    widths = [right - sheet.caption.x - 2.0]
    if sheet.caption.height >= 3.0 * style.size_mm:
        widths.append(sheet.caption.width)
    for k, line in enumerate(_lines(caption_words(shown, sheet), widths, style)):
        draw_text(painter, sheet.caption.x, y + 1.4 * k * style.size_mm, line, style)


def _lines(words: list[str], widths: list[float], style: TextStyle) -> list[str]:
    """As many words as fit into each line; what is left over is cut at the end of the last."""
    lines = []
    for width in widths[:-1]:
        count = len(words)
        while count > 1 and text_width_mm(CAPTION_GAP.join(words[:count]), style) > width:
            count -= 1
        lines.append(CAPTION_GAP.join(words[:count]))
        words = words[count:]
    return [*lines, elide(CAPTION_GAP.join(words), widths[-1], style)]


def _paint_patch(painter: QPainter, x: float, bottom: float) -> None:
    painter.fillRect(qrect(Rect(x - 1.2, bottom - 2.0, 2.4, 2.0)), tint(MARK_INK, 0.30))


def _caption_mark(
    painter: QPainter,
    at: tuple[float, float],
    text: str,
    symbol: Callable[[QPainter, float, float], None],
    style: TextStyle,
) -> float:
    """A symbol and its word, ending at ``at``; returns the x left of them."""
    right, y = at
    draw_text(painter, right, y, text, style.but(align=Align.RIGHT))
    x = right - text_width_mm(text, style) - 2.2
    symbol(painter, x, y)
    return x - 4.0
