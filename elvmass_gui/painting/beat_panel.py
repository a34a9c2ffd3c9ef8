"""The beat that the network saw: twelve small multiples, segments tinted, one lane per lead.

The trace stays black and of one width; the importance of a segment is a tint behind it, the
contribution of each sample an area in its own lane, on one scale for all leads.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from elvmass.beat import SEGMENTS, Beat, Segment
from elvmass.record import LEADS, FloatArray
from elvmass.result import SegmentImportance
from elvmass_gui.geometry.paper import Rect
from elvmass_gui.painting.beat_boundaries import paint_automatic
from elvmass_gui.painting.beat_content import BeatContent
from elvmass_gui.painting.beat_layout import BeatCell, BeatSheet, lane_limit
from elvmass_gui.painting.beat_legend import paint_legend
from elvmass_gui.painting.grid import BLUE_GREY, draw_lines
from elvmass_gui.painting.ink import (
    BLACK,
    FAINT,
    HELD,
    PRINT,
    RULE,
    SEGMENT_INK,
    SEGMENT_TEXT,
    TINTS,
    WHITE,
    Align,
    Stroke,
    TextStyle,
    clipped,
    draw_text,
    pen,
    qrect,
    text_width_mm,
    tint,
    tint_step,
    whole_pixels,
)
from elvmass_gui.painting.trace import draw_trace, polygon, step_outline
from elvmass_gui.painting.wording import percent, signed_grams

_OTHERS_INK = ("#6F757C", 0.55)
_OTHERS_MM = 0.1
_NAME_LEFT_MM = 0.6


def paint_beat_panel(
    painter: QPainter, sheet: BeatSheet, content: BeatContent, stroke: Stroke = PRINT
) -> None:
    """Paint the panel.

    Parameters
    ----------
    painter
        Its unit is 1 mm, origin at the panel's upper left corner. Its state is restored.
    sheet
        From :func:`elvmass_gui.painting.beat_layout.lay_out_beat` for this beat.
    content
        Beat and, once computed, saliency and importance. Without them bands carry the faintest
        tint and lanes stay empty, and the legend says so.
    stroke
        Line widths.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    density = content.grams_per_ms()
    limit = None if density is None else lane_limit(density)
    above = names_above(sheet, content.beat)
    for cell in sheet.cells:
        with whole_pixels(painter, stroke):
            _paint_paper(painter, cell, content, stroke)
            painter.fillRect(qrect(cell.lane), QColor(WHITE))
        _paint_names(painter, cell, content.beat, sheet, above=above)
        _paint_lane(painter, cell, content.beat, density, limit)
        _paint_others(painter, cell, content.others, stroke)
        if content.automatic is not None:
            screen = stroke.snap_grid
            paint_automatic(painter, cell, content.beat, content.automatic, screen)
        _paint_trace(painter, cell, content.beat, stroke)
    for cell in sheet.row_starts():
        _paint_scale_marks(painter, cell, sheet, limit)
    for caption in sheet.captions:
        _paint_caption(painter, *caption, sheet.options.text_mm)
    paint_legend(painter, sheet, content, limit)
    painter.restore()


def paint_highlight(
    painter: QPainter, cell: BeatCell, beat: Beat, segment: Segment, px_per_mm: float
) -> None:
    """Outline one segment of one lead, trace and lane together."""
    painter.setPen(pen(SEGMENT_TEXT[segment], 2.0 / px_per_mm))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    box = Rect(cell.trace.x, cell.trace.y, cell.trace.width, cell.lane.bottom - cell.trace.y)
    for part in beat.segments()[segment]:
        painter.drawRect(qrect(_span(cell, part, box)))


def cell_text(content: BeatContent, lead_row: int, segment: int) -> str:
    """One line about a segment of a lead: length, share, net grams."""
    name = SEGMENTS[segment]
    samples = sum(p.stop - p.start for p in content.beat.segments()[name])
    words = [f"{LEADS[lead_row]} {name.value}: {1000 * samples / content.beat.rate_hz:.0f} ms"]
    if content.importance is not None:
        words.append(f"{percent(content.importance.share[lead_row, segment])} of the importance")
        if content.saliency is None or content.saliency.unit == "g":
            words.append(f"{signed_grams(content.importance.net_g[lead_row, segment], 1)} net")
    return ", ".join(words)


def _paint_paper(painter: QPainter, cell: BeatCell, content: BeatContent, stroke: Stroke) -> None:
    painter.fillRect(qrect(cell.trace), QColor(BLUE_GREY.paper))
    # The tint lies over the ruling: light lines over a strong tint would read as a chequer.
    draw_lines(painter, cell.trace, (cell.trace.x, cell.zero_y), BLUE_GREY, stroke)
    for segment, parts in content.beat.segments().items():
        if segment is Segment.TP:
            continue
        share = _share(content.importance, cell.lead_row, segment)
        for part in parts:
            band = _span(cell, part, cell.trace)
            painter.fillRect(qrect(band), tint(SEGMENT_INK[segment], TINTS[tint_step(share)]))
    for held in _held(content.beat):
        painter.fillRect(qrect(_span(cell, held, cell.trace)), tint(*HELD))


def _held(beat: Beat) -> list[slice]:
    """Where the neighbouring beats would begin and the signal is held."""
    ends = (slice(0, beat.valid_from), slice(beat.valid_to, beat.signal_mv.shape[1]))
    return [part for part in ends if part.stop > part.start]


def _share(importance: SegmentImportance | None, lead_row: int, segment: Segment) -> float:
    if importance is None:
        return 0.0
    return float(importance.share[lead_row, SEGMENTS.index(segment)])


def _span(cell: BeatCell, part: slice, box: Rect) -> Rect:
    left = cell.x_mm(part.start)
    return Rect(left, box.y, cell.x_mm(part.stop) - left, box.height)


def _paint_trace(painter: QPainter, cell: BeatCell, beat: Beat, stroke: Stroke) -> None:
    draw_trace(painter, *_trace_points(cell, beat), stroke)


def _paint_others(
    painter: QPainter, cell: BeatCell, others: tuple[Beat, ...], stroke: Stroke
) -> None:
    if not others:
        return
    # On a screen one pixel: never as strong as the trace.
    painter.setPen(QPen(tint(*_OTHERS_INK), 0.0 if stroke.snap_grid else _OTHERS_MM))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    with clipped(painter, cell.trace):
        for beat in others:
            x, y = _trace_points(cell, beat)
            painter.drawPolyline(polygon(np.column_stack([x, y])))


def _trace_points(cell: BeatCell, beat: Beat) -> tuple[FloatArray, FloatArray]:
    lead = beat.signal_mv[cell.lead_row]
    # A sample stands for its whole interval: its point lies in the middle of its bar in the lane.
    x = cell.trace.x + (np.arange(lead.size) + 0.5) / beat.rate_hz * cell.scale.mm_per_s
    return x, cell.zero_y - lead * cell.scale.mm_per_mv


def names_above(sheet: BeatSheet, beat: Beat) -> bool:
    """Whether the names of the leads stand above the traces: in their corner one would be hidden.

    All of them or none, so that they are found in one place.
    """
    return any(_name_hits(cell, beat, sheet.options.text_mm) for cell in sheet.cells)


def _name_hits(cell: BeatCell, beat: Beat, text_mm: float) -> bool:
    x, y = _trace_points(cell, beat)
    width = text_width_mm(LEADS[cell.lead_row], _name_style(text_mm))
    under = y[x <= cell.trace.x + _NAME_LEFT_MM + width]
    return bool(under.size) and float(under.min()) < cell.trace.y + 1.5 * text_mm


def _name_style(text_mm: float, *, above: bool = False) -> TextStyle:
    """Above the trace the names of the segments need their room too."""
    return TextStyle(text_mm * (1.0 if above else 1.25), BLACK, bold=True)


def _paint_names(
    painter: QPainter, cell: BeatCell, beat: Beat, sheet: BeatSheet, *, above: bool
) -> None:
    text_mm = sheet.options.text_mm
    y = cell.names.bottom - 0.25 * text_mm
    name, name_style = LEADS[cell.lead_row], _name_style(text_mm, above=above)
    free = cell.names.x + (text_width_mm(name, name_style) + 0.4 * text_mm if above else 0.0)
    for segment, x in segment_label_places(cell, beat, text_mm, (free, _right_edge(sheet, cell))):
        style = TextStyle(text_mm * 0.9, SEGMENT_TEXT[segment], align=Align.CENTRE)
        draw_text(painter, x, y, segment.value, style)
    at = (
        (cell.names.x, y) if above else (cell.trace.x + _NAME_LEFT_MM, cell.trace.y + text_mm * 1.3)
    )
    draw_text(painter, *at, name, name_style)


def _right_edge(sheet: BeatSheet, cell: BeatCell) -> float:
    """How far to the right names may reach: to the next lead, or into the margin of the panel."""
    further = [other.names.x for other in sheet.cells if other.names.x > cell.names.x]
    gap = 0.4 * sheet.options.text_mm
    return min(further) - gap if further else sheet.bounds.right + gap


def segment_label_places(
    cell: BeatCell, beat: Beat, text_mm: float, room: tuple[float, float]
) -> list[tuple[Segment, float]]:
    """Centre x of each present segment's name (not TP), moved right where two would touch.

    ``room`` is from where to where there is any; one that would reach beyond it is left out.
    """
    free, edge = room
    style = TextStyle(text_mm * 0.9)
    gap = 0.25 * text_mm
    places: list[tuple[Segment, float]] = []
    for segment, parts in beat.segments().items():
        if segment is Segment.TP or not parts:
            continue
        half = text_width_mm(segment.value, style) / 2
        centre = (cell.x_mm(parts[0].start) + cell.x_mm(parts[-1].stop)) / 2
        centre = max(centre, free + half)
        if centre + half > edge:
            break
        places.append((segment, centre))
        free = centre + half + gap
    return places


def _paint_lane(
    painter: QPainter,
    cell: BeatCell,
    beat: Beat,
    density: FloatArray | None,
    limit: float | None,
) -> None:
    lane = cell.lane
    middle = lane.y + lane.height / 2
    if density is not None and limit is not None:
        height = density[cell.lead_row] / limit * lane.height / 2
        for segment, parts in beat.segments().items():
            for part in parts:
                _paint_area(painter, cell, part, middle - height, SEGMENT_INK[segment])
    painter.setPen(pen(RULE, 0.12))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(qrect(lane))
    painter.drawLine(QLineF(lane.x, middle, lane.right, middle))


def _paint_area(
    painter: QPainter, cell: BeatCell, part: slice, tops: FloatArray, colour: str
) -> None:
    """Bars of the samples in ``part`` between the lane's middle and their [m] ``tops``."""
    middle = cell.lane.y + cell.lane.height / 2
    samples = np.arange(part.start, part.stop + 1)
    edges = cell.trace.x + samples / cell.rate_hz * cell.scale.mm_per_s
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawPolygon(polygon(step_outline(edges, tops[part], middle)))


def _paint_scale_marks(
    painter: QPainter, cell: BeatCell, sheet: BeatSheet, limit: float | None
) -> None:
    """Left of a row: a 1 mV bar at the trace, the lane's range at the lane."""
    text_mm = sheet.options.text_mm
    small = TextStyle(text_mm * 0.85, FAINT, align=Align.RIGHT)
    x = cell.trace.x - 1.4
    length = cell.scale.mm_per_mv
    bottom = max(cell.zero_y, cell.trace.y + length)  # a low row: not into the row above
    top = bottom - length
    ends = [QLineF(x - 0.7, y, x + 0.7, y) for y in (top, bottom)]
    painter.setPen(pen(BLACK, 0.22))
    painter.drawLines([QLineF(x, top, x, bottom), *ends])
    draw_text(painter, x - 1.2, (top + bottom) / 2 + 0.3 * text_mm, "1 mV", small)
    for label, y in lane_labels(cell.lane, limit, small.size_mm):
        draw_text(painter, cell.lane.x - 0.8, y, label, small)


def lane_labels(lane: Rect, limit: float | None, size_mm: float) -> list[tuple[str, float]]:
    """The lane's range and the baselines of its words, all beside the lane; fewer in a low one."""
    if limit is None:
        return []
    middle, rise = lane.y + lane.height / 2, 0.36 * size_mm  # half the height of a digit
    if lane.height < 2.2 * size_mm:
        return [(f"±{limit:g}", middle + rise)]
    ends = [(f"+{limit:g}", lane.y + 2 * rise), (f"−{limit:g}", lane.bottom)]
    return ends if lane.height < 3.4 * size_mm else [*ends, ("0", middle + rise)]


def _paint_caption(painter: QPainter, text: str, box: Rect, upward: bool, text_mm: float) -> None:
    style = TextStyle(text_mm, FAINT, bold=True, align=Align.CENTRE)
    words = caption_words(text, box.height if upward else box.width, style)
    painter.save()
    if upward:
        painter.translate(box.x + text_mm, box.y + box.height / 2)
        painter.rotate(-90.0)
        draw_text(painter, 0.0, 0.0, words, style)
    else:
        y = box.y + text_mm
        draw_text(painter, box.x + box.width / 2, y, words, style)
        half = text_width_mm(words, style) / 2 + 2.0
        centre = box.x + box.width / 2
        painter.setPen(pen(RULE, 0.15))
        y -= 0.35 * text_mm
        painter.drawLines(
            [QLineF(box.x, y, centre - half, y), QLineF(centre + half, y, box.right, y)]
        )
    painter.restore()


def caption_words(group: str, room_mm: float, style: TextStyle) -> str:
    """The caption of a group; in a low panel shorter, or none: it would run into the other."""
    choices = (f"{group.upper()} LEADS", group.upper())
    return next((words for words in choices if text_width_mm(words, style) <= room_mm), "")
