"""Colours, stroke widths and text in millimetres."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from elvmass.beat import Segment
from elvmass_gui.geometry.paper import Rect

BLACK = "#000000"
TEXT = "#1A1A1A"
FAINT = "#4A4F56"
RULE = "#9AA3AD"
WHITE = "#FFFFFF"

#: Segment colours with the largest worst-pair distance over normal, protan, deutan and tritan
#: vision among those tried; TP stays unfilled on the trace and is grey where it needs ink.
SEGMENT_INK: dict[Segment, str] = {
    Segment.PR: "#56B4E9",
    Segment.QRS: "#BB5566",
    Segment.ST: "#332288",
    Segment.T: "#999933",
    Segment.TP: "#8A8F96",
}
#: Darker twins for text on white (contrast at least 7 : 1).
SEGMENT_TEXT: dict[Segment, str] = {
    Segment.PR: "#0F5A86",
    Segment.QRS: "#8A3040",
    Segment.ST: "#332288",
    Segment.T: "#55551A",
    Segment.TP: "#4A4F56",
}

#: Opacity of a segment's band by its share of the whole importance; three steps, since finer
#: ones cannot be told apart from lead to lead.
TINTS: tuple[float, float, float] = (0.14, 0.34, 0.62)
TINT_STEPS: tuple[float, float] = (0.01, 0.03)
TINT_WORDS: tuple[str, str, str] = ("under 1 %", "1–3 %", "over 3 % of the importance")

#: Where the neighbouring beats would begin: colour and opacity.
HELD: tuple[str, float] = (RULE, 0.30)

_FAMILIES = ["DejaVu Sans", "Noto Sans", "Segoe UI", "Helvetica Neue", "Arial", "sans-serif"]
_LEAST_TEXT_PX = 9.0  # what can still be read on a screen
_EM_PX = 100  # fonts are set in this many pixels and scaled: no rounding to whole points


@dataclass(frozen=True, slots=True)
class Stroke:
    """Line widths in mm, and whether grid lines snap to device pixels (screens only).

    ``round_joins`` costs a raster screen four times the time of bevelled ones, which look the
    same at 1.5 px; in print it keeps peaks true. Mitred joins would lengthen every R peak.
    ``spread_mm`` above 0 draws a trace as three thin ones that lie so far from its middle.
    ``text_scale`` enlarges words on a page that is shown small.
    """

    trace_mm: float = 0.28
    minor_mm: float = 0.08
    major_mm: float = 0.18
    snap_grid: bool = False
    show_minor: bool = True
    round_joins: bool = True
    text_scale: float = 1.0
    spread_mm: float = 0.0


PRINT = Stroke()
#: A trace of this width is never made thinner, a thicker one where it would cover more paper.
_USUAL_TRACE_PX, _WIDEST_TRACE_MM = 1.5, 1.0


def screen_stroke(px_per_mm: float, trace_px: float = 1.5, ratio: float = 1.0) -> Stroke:
    """Widths for a screen, where a trace is ``trace_px`` pixels at every zoom but the smallest.

    On a page that is shown very small a thick trace would fill the QRS.

    ``ratio`` is the number of device pixels in a pixel. Qt draws a line of one device pixel ten
    times as fast as a wider one. Up to two, three such lines side by side therefore stand for the
    wide one: at 1.5 the ink of 1.54 px on average, of 1.26 to 1.67 px at single slopes.
    """
    device_px = min(trace_px, max(_USUAL_TRACE_PX, _WIDEST_TRACE_MM * px_per_mm)) * ratio
    tripled = 1.0 < device_px <= 2.0
    return Stroke(
        trace_mm=(1.0 if tripled else device_px) / ratio / px_per_mm,
        spread_mm=0.6 * (device_px - 1.0) / ratio / px_per_mm if tripled else 0.0,
        minor_mm=0.0,
        major_mm=0.0,
        snap_grid=True,
        show_minor=px_per_mm * ratio >= 3.0,
        round_joins=False,
        text_scale=text_scale(px_per_mm),
    )


def text_scale(px_per_mm: float) -> float:
    """How much larger than in print a text must be on a screen to be read."""
    return max(1.0, _LEAST_TEXT_PX / (2.6 * px_per_mm))


class Align(Enum):
    """Which point of a line of text stands at x, as a share of its width."""

    LEFT = 0.0
    CENTRE = 0.5
    RIGHT = 1.0


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Font size (em) in mm, colour, weight and alignment."""

    size_mm: float = 2.8
    colour: str = TEXT
    bold: bool = False
    align: Align = Align.LEFT

    def but(self, **changes: object) -> TextStyle:
        """The same style with some fields replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def _font(bold: bool) -> QFont:
    font = QFont()
    font.setFamilies(_FAMILIES)
    font.setPixelSize(_EM_PX)
    font.setBold(bold)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setFeature(QFont.Tag("liga"), 0)  # "filter" stays searchable in a PDF
    return font


def text_width_mm(text: str, style: TextStyle) -> float:
    """Width of one line of text, mm."""
    return _advance(text, style.bold) * style.size_mm / _EM_PX


@lru_cache(maxsize=4096)
def _advance(text: str, bold: bool) -> float:
    """Width in the units of the font; a page asks for the same few words at each painting."""
    return QFontMetricsF(_font(bold)).horizontalAdvance(text)


def draw_text(painter: QPainter, x: float, y: float, text: str, style: TextStyle) -> None:
    """One line of text with its baseline at ``y`` mm and its anchor at ``x`` mm."""
    x -= style.align.value * text_width_mm(text, style)
    factor = style.size_mm / _EM_PX
    painter.save()
    painter.translate(x, y)
    painter.scale(factor, factor)
    painter.setFont(_font(style.bold))
    painter.setPen(QColor(style.colour))
    painter.drawText(QPointF(0.0, 0.0), text)
    painter.restore()


def wrap_text(text: str, width_mm: float, style: TextStyle) -> list[str]:
    """Break at spaces into lines not wider than ``width_mm``; a longer word is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        trial = f"{line} {word}" if line else word
        if text_width_mm(trial, style) <= width_mm:
            line = trial
            continue
        lines += [line] if line else []
        *full, line = _cut(word, width_mm, style)
        lines += full
    return [*lines, line] if line else lines


def _cut(word: str, width_mm: float, style: TextStyle) -> list[str]:
    parts = [""]
    for letter in word:
        if parts[-1] and text_width_mm(parts[-1] + letter, style) > width_mm:
            parts.append("")
        parts[-1] += letter
    return parts


def elide(text: str, width_mm: float, style: TextStyle) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    if text_width_mm(text, style) <= width_mm:
        return text
    while text and text_width_mm(text + "…", style) > width_mm:
        text = text[:-1]
    return text + "…"


def tint_step(share: float) -> int:
    """Index into :data:`TINTS` of a share of the whole importance (0 to 1)."""
    return sum(share >= step for step in TINT_STEPS)


def pen(colour: str, width_mm: float) -> QPen:
    """A pen with round joins and caps; width 0 is one device pixel."""
    made = QPen(QColor(colour), width_mm)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    made.setCapStyle(Qt.PenCapStyle.RoundCap)
    return made


def trace_pen(stroke: Stroke, colour: str = BLACK) -> QPen:
    """The pen of every ECG trace: black, unless two lie over each other."""
    made = pen(colour, stroke.trace_mm)
    if not stroke.round_joins:
        made.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    return made


def tint(colour: str, alpha: float) -> QColor:
    """The colour at an opacity of 0 to 1."""
    made = QColor(colour)
    made.setAlphaF(alpha)
    return made


def qrect(rect: Rect) -> QRectF:
    """The same rectangle for Qt."""
    return QRectF(rect.x, rect.y, rect.width, rect.height)


@contextmanager
def clipped(painter: QPainter, rect: Rect) -> Iterator[None]:
    """Nothing painted inside the ``with`` leaves ``rect``."""
    painter.save()
    painter.setClipRect(qrect(rect), Qt.ClipOperation.IntersectClip)
    try:
        yield
    finally:
        painter.restore()


@contextmanager
def whole_pixels(painter: QPainter, stroke: Stroke) -> Iterator[None]:
    """On a screen, rectangles end at whole pixels: soft edges take seven times as long to fill."""
    smooth = painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth and not stroke.snap_grid)
    try:
        yield
    finally:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
