"""What stands on the ECG page beside the traces: names, seconds, beats, caption."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter

from elvmass.beat import BeatGrade
from elvmass_gui.geometry.paper import Placement, Rect, Sheet, Strip
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
#: From one line of the caption to the next and from the last to its lower edge, in text sizes; a
#: screen gives it no more lines than these, since they are taken from the page.
_LINE, _BELOW, _MOST_LINES = 1.4, 0.2, 2
#: In the legend: from a symbol to its word, and to the word before.
_SYMBOL_MM, _APART_MM = 2.2, 4.0
#: Paints a symbol: painter, x and y of its foot.
Symbol = Callable[[QPainter, float, float], None]


def paint_names(
    painter: QPainter, sheet: Sheet, shown: Shown, text_scale: float, window: Rect
) -> None:
    """Lead names under the traces (ink never hides signal) on a patch that fades the grid."""
    name = _NAME.but(size_mm=_NAME.size_mm * text_scale)
    for strip in sheet.strips:
        x = max(strip.rect.x, window.x) + 1.2
        room = strip.rect.right - x - 0.6
        texts = (name_text(strip, shown), strip.title)
        text = next((each for each in texts if text_width_mm(each, name) <= room), "")
        if not text:
            continue  # this strip has scrolled out at the left
        size = (text_width_mm(text, name) + 1.2, 1.2 * name.size_mm)
        # In a low row above the line that a trace without waves would draw.
        y = min(strip.rect.y + 1.2 + name.size_mm, strip.zero_y - 0.8)
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
    free = -math.inf
    for strip in sheet.top_strips():
        name = _NAME.but(size_mm=_NAME.size_mm * stroke.text_scale)
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
    """Shade the analysed beat wherever its time is shown."""
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
    """What the caption explains: grades of the beats found, and whether one is analysed."""

    grades: tuple[BeatGrade, ...] = ()
    analysed: bool = False


def paint_caption(
    painter: QPainter, sheet: Sheet, shown: Shown, legend: Legend, text_scale: float
) -> None:
    """The lines below the paper, with the legend of the marks at its right if it has room there."""
    style, box = _caption_style(text_scale), sheet.caption
    lines, explained = caption_lines(sheet, shown, legend, text_scale)
    y = box.y + _LINE * style.size_mm
    if explained:
        _paint_legend(painter, (box.right, y), legend, style)
    for k, line in enumerate(lines):
        draw_text(painter, box.x, y + _LINE * k * style.size_mm, line, style)


def caption_lines(
    sheet: Sheet, shown: Shown, legend: Legend, text_scale: float
) -> tuple[list[str], bool]:
    """What the caption says, and whether the legend stands beside its first line.

    The legend gives way to the words, cautions above all: the marks explain themselves when the
    mouse rests on them. Words that have no room then are cut at the end of the last line.
    """
    style, width = _caption_style(text_scale), sheet.caption.width
    words, most = caption_words(shown, sheet), _line_count(sheet.caption.height, style)
    first = width - _legend_mm(legend, style)
    lines = _lines(words, (first, width), style)
    explained = len(lines) <= most
    if not explained:
        lines, first = _lines(words, (width, width), style), width
    lines = [*lines[: most - 1], CAPTION_GAP.join(lines[most - 1 :])]
    rooms = [first, *len(lines) * [width]]
    return [elide(line, room, style) for line, room in zip(lines, rooms, strict=False)], explained


def caption_mm(sheet: Sheet, shown: Shown, text_scale: float) -> float:
    """Height that the caption needs where text is so large: never less than in print.

    There is room for the legend of any marks, so that the page stays when they come.
    """
    style, any_marks = _caption_style(text_scale), Legend(tuple(BeatGrade), analysed=True)
    words, width = caption_words(shown, sheet), sheet.caption.width
    beside = _lines(words, (width - _legend_mm(any_marks, style), width), style)
    count = min(len(beside), _MOST_LINES)
    return max(Placement().caption_mm, (_LINE * count + _BELOW) * style.size_mm)


def _caption_style(text_scale: float) -> TextStyle:
    return _CAPTION.but(size_mm=_CAPTION.size_mm * text_scale)


def _line_count(height_mm: float, style: TextStyle) -> int:
    """How many lines there is room for, to a hair: the size of text follows that of the page."""
    return max(1, int((height_mm / style.size_mm - _BELOW) / _LINE + 0.05))


def _lines(words: list[str], widths: tuple[float, float], style: TextStyle) -> list[str]:
    """The words in lines of the first width, and of the second from then on.

    Beside a wide legend the first line may be empty; of every other one, the first word may be
    too long.
    """
    lines = [""]
    for word in words:
        longer = CAPTION_GAP.join(filter(None, (lines[-1], word)))
        fits = text_width_mm(longer, style) <= widths[min(len(lines), 2) - 1]
        if fits or (not lines[-1] and len(lines) > 1):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _legend_words(legend: Legend) -> list[tuple[str, Symbol]]:
    """What the legend says, from the right end on."""
    said: list[tuple[str, Symbol]] = [
        (GRADE_WORDS[grade], partial(paint_mark, grade=grade))
        for grade in reversed(BeatGrade)
        if grade in legend.grades
    ]
    return [*said, *([("beat analysed", _paint_patch)] if legend.analysed else [])]


def _legend_mm(legend: Legend, style: TextStyle) -> float:
    """The width that it takes, with the gap before it."""
    texts = [text for text, _ in _legend_words(legend)]
    symbol = _SYMBOL_MM * style.size_mm / _CAPTION.size_mm
    wide = sum(text_width_mm(text, style) + symbol + _APART_MM for text in texts)
    return wide + 2.0 if texts else 0.0


def _paint_legend(
    painter: QPainter, at: tuple[float, float], legend: Legend, style: TextStyle
) -> None:
    """Symbols and their words, the last ending at ``at``."""
    right, y = at
    larger = style.size_mm / _CAPTION.size_mm
    for text, symbol in _legend_words(legend):
        draw_text(painter, right, y, text, style.but(align=Align.RIGHT))
        x = right - text_width_mm(text, style) - _SYMBOL_MM * larger
        painter.save()
        painter.translate(x, y)
        painter.scale(larger, larger)
        symbol(painter, 0.0, 0.0)
        painter.restore()
        right = x - _APART_MM


def _paint_patch(painter: QPainter, x: float, bottom: float) -> None:
    painter.fillRect(qrect(Rect(x - 1.2, bottom - 2.0, 2.4, 2.0)), tint(MARK_INK, 0.30))
