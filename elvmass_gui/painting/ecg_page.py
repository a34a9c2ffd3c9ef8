"""The 12-lead page on ECG paper, painted in millimetres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from elvmass.record import FloatArray, Record, median
from elvmass_gui.painting.grid import PINK, draw_grid
from elvmass_gui.painting.ink import (
    BLACK,
    FAINT,
    PRINT,
    Align,
    Stroke,
    TextStyle,
    clipped,
    draw_text,
    elide,
    pen,
    qrect,
    text_width_mm,
    tint,
)
from elvmass_gui.painting.trace import draw_trace
from elvmass_gui.paper import (
    SHEET_S,
    Layout,
    Placement,
    Rect,
    Scale,
    Sheet,
    Strip,
    lay_out,
)

#: The analysed beat: a calm blue that neither alarms nor drowns on pink.
MARK_INK = "#4C78A8"
_NAME = TextStyle(3.4, BLACK, bold=True)
_CAPTION = TextStyle(2.6, FAINT)


@dataclass(frozen=True, slots=True)
class Marks:
    """What was found in the recording: all beats, and the window of the one analysed, s."""

    beat_times_s: tuple[float, ...] = ()
    beat_window_s: tuple[float, float] | None = None


NO_MARKS = Marks()


def baseline_mv(record: Record, sheet: Sheet, lead: str) -> float:
    """Median of a lead over the seconds that the sheet shows, mV; 0 if all of it is a gap.

    Amplifiers may leave a constant offset on a lead, and long recordings wander. As on a chart
    recorder, traces are centred on their row: the offset moves a trace, it does not change it.
    """
    first = round(sheet.start_s * record.rate_hz)
    shown = record.lead(lead)[first : first + round(SHEET_S * record.rate_hz)]
    shown = shown[np.isfinite(shown)]
    return float(median(shown)) if shown.size else 0.0


def lead_points(record: Record, sheet: Sheet, strip: Strip) -> tuple[FloatArray, FloatArray]:
    """Place the samples that the strip shows: x and y in mm, y is NaN in gaps."""
    centred = record.lead(strip.lead) - baseline_mv(record, sheet, strip.lead)
    return strip_points(strip, centred, record.rate_hz)


def sheet_for(
    record: Record,
    layout: Layout,
    scale: Scale,
    start_s: float = 0.0,
    at: Placement | None = None,
) -> Sheet:
    """A sheet for this record whose head and foot have room for its tallest waves.

    At most 15 mm are added at either end (pacing spikes would ask for more), in whole 5 mm.
    """
    at = at or Placement(row_mm=layout.row_mm)
    sheet = lay_out(layout, scale, record.duration_s, start_s, at)
    head, foot = overshoot_mm(record, sheet)
    room = replace(at, head_mm=_squares(head), foot_mm=_squares(foot))
    return lay_out(layout, scale, record.duration_s, start_s, room)


def _squares(length_mm: float, most_mm: float = 15.0) -> float:
    return float(min(5.0 * np.ceil(length_mm / 5.0), most_mm))


def overshoot_mm(record: Record, sheet: Sheet) -> tuple[float, float]:
    """How far traces reach above the first and below the last row, mm (0 if they do not)."""
    head = foot = 0.0
    bottom = max(s.rect.bottom for s in sheet.strips)
    top = min(s.rect.y for s in sheet.strips)
    for strip in sheet.strips:
        _, y = lead_points(record, sheet, strip)
        y = y[np.isfinite(y)]
        if y.size:
            head = max(head, top - float(y.min()) + 1.0)
            foot = max(foot, float(y.max()) - bottom + 1.0)
    return head, foot


def is_cut(record: Record, sheet: Sheet) -> bool:
    """Whether a wave ends at the upper or lower edge of the paper."""
    head, foot = overshoot_mm(record, sheet)
    tops = [s.rect.y for s in sheet.strips]
    room = min(tops) - sheet.paper.y, sheet.paper.bottom - max(s.rect.bottom for s in sheet.strips)
    # overshoot_mm asks for 1 mm of air, which is no loss
    return head - 1.0 > room[0] or foot - 1.0 > room[1]


def caption_text(record: Record, sheet: Sheet) -> str:
    """Speed, gain, filter of the device, and the stretch shown if the recording is longer."""
    words = [sheet.scale.text, f"device filter: {record.device_filter or 'not stated'}"]
    if record.duration_s > SHEET_S + 0.05:
        stop = sheet.start_s + SHEET_S
        words.append(f"{sheet.start_s:.1f}–{stop:.1f} s of {record.duration_s:.1f} s")
    elif record.duration_s < SHEET_S - 0.05:
        words.append(f"recording of {record.duration_s:.1f} s")
    if is_cut(record, sheet):
        words.append("WAVES CUT AT THE EDGE")
    if record.derived_leads:
        words.append(f"derived: {', '.join(record.derived_leads)}")
    return "     ".join(words)


def readout(record: Record, sheet: Sheet, x_mm: float, y_mm: float) -> str:
    """Lead, time, signal at that time and level of the point, or "" outside the leads."""
    strip = sheet.strip_at(x_mm, y_mm)
    if strip is None:
        return ""
    time_s = strip.time_s(x_mm)
    sample = round(time_s * record.rate_hz)
    words = [strip.lead, f"{time_s:.3f} s", f"cursor {strip.voltage_mv(y_mm):+.2f} mV"]
    if 0 <= sample < record.signal_mv.shape[1]:
        value = record.lead(strip.lead)[sample] - baseline_mv(record, sheet, strip.lead)
        words.append("no signal" if np.isnan(value) else f"signal {value:+.2f} mV")
    return "   ".join(words).replace("-", "−")


def paint_ecg_page(
    painter: QPainter,
    sheet: Sheet,
    record: Record,
    marks: Marks = NO_MARKS,
    stroke: Stroke = PRINT,
) -> None:
    """Paint paper, marks, traces and words of one sheet.

    Parameters
    ----------
    painter
        Its unit is 1 mm. Its state is restored.
    sheet
        From :func:`elvmass_gui.paper.lay_out`, for this record's duration.
    record
        The signal is painted as it is given: pass a record with another signal and
        ``device_filter`` text to show a filtered one.
    marks
        Beats to mark.
    stroke
        Line widths: :data:`PRINT` is true mm, see :func:`screen_stroke`.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_grid(painter, sheet.paper, PINK, stroke)
    with clipped(painter, sheet.paper):
        _paint_marks(painter, sheet, marks)
        _paint_names(painter, sheet, stroke.text_scale)
        _paint_pulses(painter, sheet, stroke)
        _paint_traces(painter, sheet, record, stroke)
    _paint_caption(painter, sheet, record, marks, stroke.text_scale)
    painter.restore()


def _paint_traces(painter: QPainter, sheet: Sheet, record: Record, stroke: Stroke) -> None:
    for strip in sheet.strips:
        draw_trace(painter, *lead_points(record, sheet, strip), stroke)


def strip_points(
    strip: Strip, lead_mv: FloatArray, rate_hz: float
) -> tuple[FloatArray, FloatArray]:
    """Place the samples of [n] ``lead_mv`` that the strip shows: x and y in mm."""
    first = max(0, int(np.ceil(strip.start_s * rate_hz - 1e-6)))
    stop = min(len(lead_mv), int(np.floor(strip.stop_s * rate_hz + 1e-6)) + 1)
    time_s = np.arange(first, max(first, stop)) / rate_hz
    x = strip.rect.x + (time_s - strip.start_s) * strip.scale.mm_per_s
    y = strip.zero_y - lead_mv[first:stop] * strip.scale.mm_per_mv
    return x, y


def _paint_pulses(painter: QPainter, sheet: Sheet, stroke: Stroke) -> None:
    painter.setPen(pen(BLACK, stroke.trace_mm))
    for corners in sheet.pulses:
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in corners]))


def _paint_names(painter: QPainter, sheet: Sheet, text_scale: float) -> None:
    """Lead names under the traces (ink never hides signal) on a patch that fades the grid."""
    name = _NAME.but(size_mm=_NAME.size_mm * text_scale)
    for strip in sheet.strips:
        x, y = strip.rect.x + 1.2, strip.rect.y + 1.2 + name.size_mm
        text = strip.lead if strip.aligned else f"{strip.lead}  from {strip.start_s:.1f} s"
        size = (text_width_mm(text, name) + 1.2, 1.2 * name.size_mm)
        patch = Rect(x - 0.6, y - 0.94 * name.size_mm, *size)
        painter.fillRect(qrect(patch), tint(PINK.paper, 0.7))
        draw_text(painter, x, y, text, name)
        _paint_column_edge(painter, strip, sheet)


def _paint_column_edge(painter: QPainter, strip: Strip, sheet: Sheet) -> None:
    """Two short ticks where one lead ends and the next begins."""
    if strip.rhythm or strip.rect.right >= sheet.paper.right - 1e-6:
        return
    x, y = strip.rect.right, strip.zero_y
    painter.setPen(pen(FAINT, 0.2))
    painter.drawLines([QLineF(x, y - 6.0, x, y - 4.0), QLineF(x, y + 4.0, x, y + 6.0)])


def _paint_marks(painter: QPainter, sheet: Sheet, marks: Marks) -> None:
    if marks.beat_window_s is not None:
        for strip in sheet.strips:
            _paint_window(painter, strip, sheet.on_paper(strip.rect), marks.beat_window_s)
    for strip in sheet.bottom_strips():
        for time_s in marks.beat_times_s:
            if strip.start_s <= time_s <= strip.stop_s:
                _paint_tick(painter, strip.x_mm(time_s), sheet.paper.bottom)


def _paint_window(
    painter: QPainter, strip: Strip, box: Rect, window_s: tuple[float, float]
) -> None:
    left = max(strip.rect.x, strip.x_mm(window_s[0]))
    right = min(strip.rect.right, strip.x_mm(window_s[1]))
    if right > left:
        band = qrect(box)
        band.setLeft(left)
        band.setRight(right)
        painter.fillRect(band, tint(MARK_INK, 0.16))


def _paint_tick(painter: QPainter, x: float, bottom: float) -> None:
    """A small triangle that stands on the lower edge of the paper."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint(MARK_INK, 1.0))
    corners = ((x - 0.8, bottom), (x + 0.8, bottom), (x, bottom - 1.8))
    painter.drawPolygon(QPolygonF([QPointF(a, b) for a, b in corners]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_caption(
    painter: QPainter, sheet: Sheet, record: Record, marks: Marks, text_scale: float
) -> None:
    style = _CAPTION.but(size_mm=_CAPTION.size_mm * text_scale)
    y = sheet.caption.y + 1.4 * style.size_mm
    right = sheet.caption.right
    if marks.beat_times_s:
        right = _caption_mark(painter, (right, y), "beats found", _paint_tick, style)
    if marks.beat_window_s is not None:
        right = _caption_mark(painter, (right, y), "beat analysed", _paint_patch, style)
    text = elide(caption_text(record, sheet), right - sheet.caption.x - 2.0, style)
    draw_text(painter, sheet.caption.x, y, text, style)


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
