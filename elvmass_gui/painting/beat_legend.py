"""The legend below the beat panel: segment colours, tints, lane scale, paper scale."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPainter

from elvmass.beat import Segment
from elvmass.boundaries import shifts_text
from elvmass_gui.geometry.paper import Rect
from elvmass_gui.painting.beat_boundaries import INK as BY_HAND
from elvmass_gui.painting.beat_content import BeatContent
from elvmass_gui.painting.beat_layout import BeatSheet
from elvmass_gui.painting.ink import (
    FAINT,
    HELD,
    RULE,
    SEGMENT_INK,
    SEGMENT_TEXT,
    TINT_WORDS,
    TINTS,
    TextStyle,
    draw_text,
    pen,
    qrect,
    text_width_mm,
    tint,
)


@dataclass(frozen=True, slots=True)
class LegendItem:
    """A swatch (or none) and its words. ``fill`` is (colour, opacity).

    ``spare`` says what the panel says elsewhere too; it goes first where room is short.
    """

    text: str
    fill: tuple[str, float] | None = None
    colour: str = FAINT
    spare: bool = False

    def style(self, size: float) -> TextStyle:
        """Coloured words are bold: they name what has that colour."""
        return TextStyle(size, self.colour, bold=self.colour != FAINT)


def legend_items(sheet: BeatSheet, content: BeatContent, limit: float | None) -> list[LegendItem]:
    """Everything a reader needs to decode the panel, in reading order."""
    beat, saliency = content.beat, content.saliency
    has_p = beat.fiducials.p_on is not None
    items = [_name(s) for s in Segment if has_p or s is not Segment.PR]
    if not has_p:
        items.append(LegendItem("no P wave found"))
    if limit is None or saliency is None:
        items.append(LegendItem("saliency not computed"))
    else:
        items += [
            LegendItem(words, (SEGMENT_INK[Segment.QRS], alpha))
            for words, alpha in zip(TINT_WORDS, TINTS, strict=True)
        ]
        span = f"±{limit:g} {saliency.unit} per ms in all leads"
        items.append(LegendItem(f"lanes: up raises, down lowers the estimate; {span}"))
        items.append(LegendItem(saliency.method))
    if beat.valid_from > 0 or beat.valid_to < beat.signal_mv.shape[1]:
        items.append(LegendItem("outside this heartbeat", HELD))
    if content.automatic is not None:
        moved = shifts_text(content.moved_ms)
        items.append(LegendItem(f"boundaries by hand: {moved}; dashed: automatic", colour=BY_HAND))
    if content.others:
        items.append(LegendItem(f"grey: {len(content.others)} clean beats behind it"))
    scale = sheet.options.scale
    items.append(LegendItem(f"{scale.mm_per_s:g} mm/s  {scale.mm_per_mv:g} mm/mV"))
    return items


def _name(segment: Segment) -> LegendItem:
    """The colour of a segment; its name stands above each trace too."""
    alpha = 0.0 if segment is Segment.TP else 0.75
    fill = (SEGMENT_INK[segment], alpha)
    return LegendItem(segment.value, fill, SEGMENT_TEXT[segment], spare=True)


def paint_legend(
    painter: QPainter,
    sheet: BeatSheet,
    content: BeatContent,
    limit: float | None,
) -> None:
    """Lay the items out in lines, without what is spare if they need more lines than there are."""
    size = sheet.options.text_mm * 0.9
    items, size = fitted(legend_items(sheet, content, limit), sheet.legend, size)
    for k, line in enumerate(balanced(items, sheet.legend.width, size)):
        y = sheet.legend.y + size * (1.1 + 1.5 * k)
        for x, item in line:
            _paint_item(painter, x, y, item, size)


def fitted(items: list[LegendItem], box: Rect, size: float) -> tuple[list[LegendItem], float]:
    """The items and the size of text that fit: what is spare goes before anything shrinks."""
    if not _fits(items, box, size):
        items = [item for item in items if not item.spare]
    while not _fits(items, box, size):
        size *= 0.96
    return items, size


def _fits(items: list[LegendItem], box: Rect, size: float) -> bool:
    return len(_flow(items, box.width, size)) * size * 1.5 <= box.height


def _width(item: LegendItem, size: float) -> float:
    swatch = 1.9 * size if item.fill else 0.0
    return swatch + text_width_mm(item.text, item.style(size))


def _flow(
    items: list[LegendItem], width: float, size: float
) -> list[list[tuple[float, LegendItem]]]:
    lines: list[list[tuple[float, LegendItem]]] = [[]]
    x = 0.0
    for item in items:
        if x > 0 and x + _width(item, size) > width:
            lines.append([])
            x = 0.0
        lines[-1].append((x, item))
        x += _width(item, size) + 1.5 * size
    return lines


def balanced(
    items: list[LegendItem], width: float, size: float
) -> list[list[tuple[float, LegendItem]]]:
    """No more lines than needed, and of about one length: no last words on a line of their own."""
    lines = _flow(items, width, size)
    while len(lines) > 1:
        width *= 0.97
        narrower = _flow(items, width, size)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def _paint_item(painter: QPainter, x: float, y: float, item: LegendItem, size: float) -> None:
    if item.fill is not None:
        box = qrect(Rect(x, y - 0.8 * size, 1.4 * size, 0.95 * size))
        painter.fillRect(box, tint(*item.fill))
        painter.setPen(pen(RULE, 0.12))
        painter.setBrush(QColor(0, 0, 0, 0))
        painter.drawRect(box)
        x += 1.9 * size
    draw_text(painter, x, y, item.text, item.style(size))
