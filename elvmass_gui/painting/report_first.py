"""The first page of a report: patient, recording, the twelve leads at true scale, the estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter

from elvmass.result import Analysis
from elvmass_gui.geometry.paper import DEFAULT_LAYOUT, Placement, Rect, Scale, Sheet, lay_out
from elvmass_gui.geometry.shown import Shown, is_cut, overshoot_mm, show
from elvmass_gui.painting import wording
from elvmass_gui.painting.ecg_page import paint_ecg_page
from elvmass_gui.painting.ink import FAINT, RULE, TextStyle, draw_text, elide, pen
from elvmass_gui.painting.mass_scale import paint_mass_scale
from elvmass_gui.painting.report_blocks import (
    BODY,
    SMALL,
    paint_frame,
    paint_paragraphs,
    paint_table_row,
)
from elvmass_gui.painting.report_content import ReportContent, first_second, marks_of
from elvmass_gui.painting.result_words import beats_line, folds_line, outside_line, second_mark

LEFT, WIDTH = 18.5, 260.0  # 10 mm of pulse and 250 mm of leads, centred on the page
_HEADER_Y = 17.2
_RESULT = Rect(LEFT, 163.0, WIDTH, 33.0)
OUTSIDE = "#8A4B08"
_HALF = Scale(25.0, 5.0)


@dataclass(frozen=True, slots=True)
class EcgPlace:
    """Where the ECG stands on a page, mm: upper edge and height of the paper, heights of a row.

    Rows stand ``tight_mm`` apart only if that saves a tall wave from the edge.
    """

    y: float = 37.0
    height: float = 120.0
    row_mm: float = 27.5
    tight_mm: float = 22.5


def paint_first(painter: QPainter, content: ReportContent) -> None:
    """Paint the page's body (title and footer are the caller's)."""
    paint_header(painter, content)
    paint_ecg(painter, content, EcgPlace())
    _paint_result(painter, content)


def paint_header(painter: QPainter, content: ReportContent) -> None:
    """Patient, recording and measurements: the same on every first page."""
    y = _HEADER_Y
    name, *body = wording.patient_lines(content.record.patient, content.anonymous)
    draw_text(
        painter, LEFT, y, elide(name, 78.0, TextStyle(3.6, bold=True)), TextStyle(3.6, bold=True)
    )
    for k, line in enumerate(filter(None, body)):
        draw_text(painter, LEFT, y + 4.4 + 3.9 * k, elide(line, 78.0, BODY), BODY)
    for k, line in enumerate(wording.recording_lines(content.record, content.anonymous)):
        draw_text(painter, LEFT + 82.0, y + 3.9 * k, elide(line, 62.0, BODY), BODY)
    measured = content.analysis.measured if content.analysis else None
    table = wording.measurement_table(content.record.reported, measured)
    _paint_measurements(painter, y, table, measured is not None)


def _paint_measurements(
    painter: QPainter, y: float, table: tuple[tuple[str, str, str, str], ...], measured: bool
) -> None:
    """Columns of quantities; one row per origin, so that the two are never mixed."""
    step, right = 11.8, LEFT + WIDTH
    edges = [right - (len(table) - 1 - k) * step for k in range(len(table))]
    label = edges[0] - step - 8.5
    style = TextStyle(2.2, FAINT, bold=True)
    heads = [head.removesuffix(" axis") for head, *_ in table]
    paint_table_row(painter, y, list(zip(edges, heads, strict=True)), style)
    units = ["axis °" if unit == "°" else unit for _, unit, *_ in table]
    paint_table_row(painter, y + 3.2, list(zip(edges, units, strict=True)), SMALL)
    painter.setPen(pen(RULE, 0.15))
    painter.drawLine(QLineF(label, y + 4.4, right, y + 4.4))
    rows = [("reported", 2)] + ([("measured", 3)] if measured else [])
    for k, (origin, column) in enumerate(rows):
        base = y + 8.2 + 4.2 * k
        draw_text(painter, label, base, origin, BODY)
        values = [row[column] for row in table]
        paint_table_row(painter, base, list(zip(edges, values, strict=True)), BODY)


def paint_ecg(painter: QPainter, content: ReportContent, place: EcgPlace) -> None:
    """Twelve leads at true scale; at half the gain, and so named, if waves would be cut else."""
    shown = show(content.record, first_second(content))
    for row_mm, scale in (
        (place.row_mm, Scale()), (place.tight_mm, Scale()), (place.row_mm, _HALF),
        (place.tight_mm, _HALF),
    ):  # fmt: skip
        sheet = _sheet(shown, place, row_mm, scale)
        if not is_cut(shown, sheet):
            break
    marks = replace(marks_of(content.analysis), calipers=content.calipers)
    paint_ecg_page(painter, sheet, shown, marks)


def _sheet(shown: Shown, place: EcgPlace, row_mm: float, scale: Scale) -> Sheet:
    """A sheet of the place's height; what its rows leave goes to the head first."""
    extra = place.height - row_mm * DEFAULT_LAYOUT.n_rows
    plain = Placement(LEFT, place.y, row_mm, 4.5)
    time = (shown.record.duration_s, shown.start_s)
    sheet = lay_out(DEFAULT_LAYOUT, scale, *time, plain)
    head = min(extra, 5.0 * math.ceil(overshoot_mm(shown, sheet)[0] / 5.0))
    at = replace(plain, head_mm=head, foot_mm=extra - head)
    return lay_out(DEFAULT_LAYOUT, scale, *time, at)


def _paint_result(painter: QPainter, content: ReportContent) -> None:
    paint_frame(painter, _RESULT)
    if content.analysis is None:
        paint_no_result(painter, _RESULT, content)
        return
    _paint_number(painter, content.analysis)
    scale = Rect(_RESULT.x + 78.0, _RESULT.y + 4.5, 84.0, 18.0)
    estimate, second = content.analysis.estimate, content.analysis.second
    paint_mass_scale(painter, scale, estimate, second)
    bar = "no bar: the model gives no interval" if estimate.interval is None else "bar: interval"
    lines = [f"{bar}; marks below it: {folds_line(estimate) or 'the model'}", beats_line(estimate)]
    lines += [] if second is None else [second_mark(second)]
    box = Rect(scale.x, _RESULT.bottom - 10.2, scale.width + 8.0, 9.4)
    paint_paragraphs(painter, box, [line for line in lines if line], SMALL)
    _paint_words(painter, content.analysis)


def paint_no_result(painter: QPainter, frame: Rect, content: ReportContent) -> None:
    """Why there is no number, where it would stand; and what this ECG was."""
    x, width = frame.x + 4.0, frame.width - 8.0
    draw_text(painter, x, frame.y + 8.0, "LV mass: not estimated", TextStyle(4.6, bold=True))
    reason = content.failure or "This ECG has not been analysed."
    box = Rect(x, frame.y + 11.0, width, frame.height - 20.0)
    paint_paragraphs(painter, box, [reason], TextStyle(3.2))
    below = Rect(x, frame.bottom - 8.0, width, 7.0)
    paint_paragraphs(painter, below, wording.record_provenance(content.record), SMALL)


def _paint_number(painter: QPainter, analysis: Analysis) -> None:
    estimate = analysis.estimate
    x = _RESULT.x + 4.0
    draw_text(painter, x, _RESULT.y + 4.6, "ESTIMATED LV MASS", TextStyle(2.4, FAINT, bold=True))
    draw_text(
        painter, x, _RESULT.y + 14.2, wording.grams(estimate.mass_g), TextStyle(9.5, bold=True)
    )
    draw_text(painter, x, _RESULT.y + 19.6, wording.interval_text(estimate), TextStyle(3.2))
    box = Rect(x, _RESULT.y + 21.6, 66.0, 10.6)
    y = paint_paragraphs(painter, box, [f"Index {wording.index_text(estimate)}"], TextStyle(3.0))
    lower = Rect(x, y + 0.4, 66.0, max(0.0, box.bottom - y))
    paint_paragraphs(painter, lower, [wording.height_index_text(estimate)], SMALL)


def _paint_words(painter: QPainter, analysis: Analysis) -> None:
    """Judgement, threshold, model and warnings on the right."""
    estimate = analysis.estimate
    box = Rect(_RESULT.x + 174.0, _RESULT.y + 1.8, _RESULT.width - 177.0, _RESULT.height - 3.0)
    lvh = wording.lvh_text(estimate.lvh)
    y = paint_paragraphs(
        painter, Rect(box.x, box.y, box.width, 8.0), [lvh], TextStyle(2.8, bold=True)
    )
    outside = outside_line(estimate)
    if outside:
        room = Rect(box.x, y + 0.4, box.width, 8.0)
        y = paint_paragraphs(painter, room, [outside], TextStyle(2.6, OUTSIDE, bold=True))
    rest = [f"Threshold: {estimate.lvh.threshold.source}", wording.model_text(estimate)]
    rest += [f"! {text}" for text in wording.warnings(analysis)]
    below = Rect(box.x, y + 0.6, box.width, box.bottom - y - 0.6)
    paint_paragraphs(painter, below, rest, TextStyle(2.4), more="! More notices on page 2.")
