"""The report: A4 landscape pages in true millimetres.

Page 1 shows patient, recording, measurements, the twelve leads at 25 mm/s and 10 mm/mV, and the
estimate. Once there is an analysis, page 2 shows why: the beat with its saliency, importance,
contributions, notices and provenance; page 3 what was measured: criteria, leads, beats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter

from elvmass.record import Record
from elvmass.result import Analysis
from elvmass_gui.calipers import Calipers
from elvmass_gui.painting import wording
from elvmass_gui.painting.ecg_page import NO_MARKS, Marks, paint_ecg_page
from elvmass_gui.painting.ink import FAINT, RULE, TextStyle, draw_text, elide, pen
from elvmass_gui.painting.mass_scale import paint_mass_scale
from elvmass_gui.painting.report_blocks import (
    BODY,
    SMALL,
    paint_footer,
    paint_frame,
    paint_paragraphs,
    paint_table_row,
    paint_title,
)
from elvmass_gui.painting.report_measured import paint_measured
from elvmass_gui.painting.report_why import BODY_WIDTH, BODY_X, paint_why
from elvmass_gui.painting.result_words import (
    beats_line,
    folds_line,
    outside_line,
    second_mark,
)
from elvmass_gui.paper import DEFAULT_LAYOUT, SHEET_S, Placement, Rect, Scale, Sheet, lay_out
from elvmass_gui.shown import Shown, is_cut, overshoot_mm, show

#: A4 landscape.
PAGE_MM = (297.0, 210.0)

_LEFT, _WIDTH = 18.5, 260.0  # 10 mm of pulse and 250 mm of leads, centred on the page
_TITLE = Rect(_LEFT, 7.0, _WIDTH, 6.0)
_PAPER_Y = 37.0
_PAPER_MM, _ROW_MM, _TIGHT_ROW_MM = 120.0, 27.5, 22.5
_RESULT = Rect(_LEFT, 163.0, _WIDTH, 33.0)
_OUTSIDE = "#8A4B08"
_FOOTER = Rect(_LEFT, 198.5, _WIDTH, 7.0)


@dataclass(frozen=True, slots=True, eq=False)
class ReportContent:
    """What to report.

    Attributes
    ----------
    record
        The recording.
    analysis
        Its analysis, or None when there is none.
    failure
        Why there is no estimate, one sentence; stands where the number would be.
    start_s
        First second of the ECG page; None shows the analysed beat.
    anonymous
        Leave out name, id and date.
    calipers
        Measurements of the reader, painted on the ECG.
    """

    record: Record
    analysis: Analysis | None = None
    failure: str | None = None
    start_s: float | None = None
    anonymous: bool = False
    calipers: Calipers = ()


def page_count(content: ReportContent) -> int:
    """3 with an analysis, else 1."""
    return 1 if content.analysis is None else 3


def marks_of(analysis: Analysis | None) -> Marks:
    """Beats found and the window of the analysed one."""
    if analysis is None:
        return NO_MARKS
    beat = analysis.beat
    return Marks(analysis.marks, (beat.start_s, beat.start_s + beat.duration_s))


def first_second(content: ReportContent) -> float:
    """Start of the ECG page, s: as asked, else 0, else so late that the beat is in its middle."""
    if content.start_s is not None:
        return content.start_s
    if content.analysis is None:
        return 0.0
    beat = content.analysis.beat
    if beat.start_s + beat.duration_s <= SHEET_S:
        return 0.0
    return float(round(beat.start_s + beat.duration_s / 2 - SHEET_S / 2))


def paint_page(painter: QPainter, content: ReportContent, page: int) -> None:
    """Paint page 0, 1 or 2; the painter's unit is 1 mm, its origin the corner of the sheet."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    total = page_count(content)
    x, width = (_LEFT, _WIDTH) if page == 0 else (BODY_X, BODY_WIDTH)
    title = replace(_TITLE, x=x, width=width)
    # A sheet that was separated from the others must still say whose it is.
    whose = f"{wording.identity_text(content.record, content.anonymous)}   " if page else ""
    paint_title(painter, title, f"{whose}page {page + 1} of {total}")
    if page == 0:
        _paint_header(painter, content)
        _paint_ecg(painter, content)
        _paint_result(painter, content)
    else:
        assert content.analysis is not None
        paint_body = paint_why if page == 1 else paint_measured
        paint_body(painter, content.analysis)
    footer = replace(_FOOTER, x=x, width=width)
    paint_footer(painter, footer, wording.notice_text(content.analysis))
    painter.restore()


def _paint_header(painter: QPainter, content: ReportContent) -> None:
    y = _TITLE.bottom + 4.2
    name, *body = wording.patient_lines(content.record.patient, content.anonymous)
    draw_text(
        painter, _LEFT, y, elide(name, 78.0, TextStyle(3.6, bold=True)), TextStyle(3.6, bold=True)
    )
    for k, line in enumerate(filter(None, body)):
        draw_text(painter, _LEFT, y + 4.4 + 3.9 * k, elide(line, 78.0, BODY), BODY)
    for k, line in enumerate(wording.recording_lines(content.record, content.anonymous)):
        draw_text(painter, _LEFT + 82.0, y + 3.9 * k, elide(line, 62.0, BODY), BODY)
    measured = content.analysis.measured if content.analysis else None
    table = wording.measurement_table(content.record.reported, measured)
    _paint_measurements(painter, y, table, measured is not None)


def _paint_measurements(
    painter: QPainter, y: float, table: tuple[tuple[str, str, str, str], ...], measured: bool
) -> None:
    """Columns of quantities; one row per origin, so that the two are never mixed."""
    step, right = 11.8, _LEFT + _WIDTH
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


def _paint_ecg(painter: QPainter, content: ReportContent) -> None:
    """Twelve leads at true scale; rows stand closer if that saves a tall wave from the edge."""
    shown = show(content.record, first_second(content))
    sheet = _report_sheet(shown, _ROW_MM)
    if is_cut(shown, sheet):
        sheet = _report_sheet(shown, _TIGHT_ROW_MM)
    marks = replace(marks_of(content.analysis), calipers=content.calipers)
    paint_ecg_page(painter, sheet, shown, marks)


def _report_sheet(shown: Shown, row_mm: float) -> Sheet:
    """A sheet of the page's fixed height; what its rows leave goes to the head first."""
    extra = _PAPER_MM - row_mm * DEFAULT_LAYOUT.n_rows
    plain = Placement(_LEFT, _PAPER_Y, row_mm, 4.5)
    time = (shown.record.duration_s, shown.start_s)
    sheet = lay_out(DEFAULT_LAYOUT, Scale(), *time, plain)
    head = min(extra, 5.0 * math.ceil(overshoot_mm(shown, sheet)[0] / 5.0))
    at = replace(plain, head_mm=head, foot_mm=extra - head)
    return lay_out(DEFAULT_LAYOUT, Scale(), *time, at)


def _paint_result(painter: QPainter, content: ReportContent) -> None:
    paint_frame(painter, _RESULT)
    if content.analysis is None:
        _paint_no_result(painter, content.failure)
        return
    _paint_number(painter, content.analysis)
    scale = Rect(_RESULT.x + 78.0, _RESULT.y + 4.5, 84.0, 18.0)
    estimate, second = content.analysis.estimate, content.analysis.second
    paint_mass_scale(painter, scale, estimate, second)
    bar = "no bar: the model gives no interval" if estimate.interval is None else "bar: interval"
    lines = [f"{bar}; marks below it: {folds_line(estimate) or 'the model'}", beats_line(estimate)]
    if second is not None:
        lines.append(second_mark(second))
    box = Rect(scale.x, _RESULT.bottom - 10.2, scale.width + 8.0, 9.4)
    paint_paragraphs(painter, box, [line for line in lines if line], SMALL)
    _paint_words(painter, content.analysis)


def _paint_no_result(painter: QPainter, failure: str | None) -> None:
    x, y = _RESULT.x + 4.0, _RESULT.y + 8.0
    draw_text(painter, x, y, "LV mass: not estimated", TextStyle(4.6, bold=True))
    reason = failure or "This ECG has not been analysed."
    box = Rect(x, y + 3.0, _RESULT.width - 8.0, _RESULT.bottom - y - 5.0)
    paint_paragraphs(painter, box, [reason], TextStyle(3.2))


def _paint_number(painter: QPainter, analysis: Analysis) -> None:
    estimate = analysis.estimate
    x = _RESULT.x + 4.0
    draw_text(painter, x, _RESULT.y + 4.6, "ESTIMATED LV MASS", TextStyle(2.4, FAINT, bold=True))
    draw_text(
        painter, x, _RESULT.y + 14.2, wording.grams(estimate.mass_g), TextStyle(9.5, bold=True)
    )
    draw_text(painter, x, _RESULT.y + 19.6, wording.interval_text(estimate), TextStyle(3.2))
    box = Rect(x, _RESULT.y + 21.6, 66.0, 10.6)
    paint_paragraphs(painter, box, [f"Index {wording.index_text(estimate)}"], TextStyle(3.0))


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
        y = paint_paragraphs(painter, room, [outside], TextStyle(2.6, _OUTSIDE, bold=True))
    rest = [f"Threshold: {estimate.lvh.threshold.source}", wording.model_text(estimate)]
    rest += [f"! {text}" for text in wording.warnings(analysis)]
    below = Rect(box.x, y + 0.6, box.width, box.bottom - y - 0.6)
    paint_paragraphs(painter, below, rest, TextStyle(2.4), more="! More notices on page 2.")
