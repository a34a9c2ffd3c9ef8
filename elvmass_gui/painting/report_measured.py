"""Page 3 of the report: rule-based criteria, waves and quality lead by lead, beats, QTc."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter

from elvmass.beat import BeatGrade
from elvmass.record import FloatArray
from elvmass.result import Analysis
from elvmass_gui.geometry.paper import Rect
from elvmass_gui.painting import criteria_words as words
from elvmass_gui.painting.ink import FAINT, RULE, Align, TextStyle, draw_text, elide, pen
from elvmass_gui.painting.report_blocks import BODY, SMALL, paint_head, paint_paragraphs
from elvmass_gui.painting.report_why import BODY_WIDTH, BODY_X
from elvmass_gui.painting.result_words import beats_line

_TOP = 18.0
_STEP = 5.0
#: Left edge and width of each column of the criteria; their heads.
_CRITERIA = (
    ("criterion", BODY_X, 42.0), ("value", 50.0, 24.0), ("limit", 75.0, 12.0),
    ("verdict", 90.0, 32.0), ("formula (voltages in mV)", 123.0, 88.0), ("source", 213.0, 75.0),
)  # fmt: skip
_RIGHT = ("value", "limit")  # columns of numbers
_LEADS_Y = 112.0
#: Columns of the leads: head, unit, field of the waves.
_WAVES = (
    ("P", "mV", "p_mv"), ("Q", "mV", "q_mv"), ("R", "mV", "r_mv"), ("S", "mV", "s_mv"),
    ("R'", "mV", "r2_mv"), ("ST J", "mV", "st_j_mv"), ("ST J+60", "mV", "st_j60_mv"),
    ("T", "mV", "t_mv"),
)  # fmt: skip
_QUALITY = (("noise", "µV"), ("wander", "µV"), ("off", "s"))
_LEAD_STEP, _COLUMN = 4.7, 15.0
_GRADES = {
    BeatGrade.DOMINANT: "usual and clean", BeatGrade.ECTOPIC: "of another shape",
    BeatGrade.NOISY: "noisy", BeatGrade.INCOMPLETE: "incomplete",
}  # fmt: skip
_HEAD_STYLE = TextStyle(2.3, FAINT, bold=True)


def paint_measured(painter: QPainter, analysis: Analysis) -> None:
    """Paint the page's body (title and footer are the caller's)."""
    _paint_criteria(painter, analysis)
    _paint_leads(painter, analysis)
    _paint_beats(painter, analysis)


def _paint_criteria(painter: QPainter, analysis: Analysis) -> None:
    count = words.count_line(analysis.criteria)
    y = paint_head(painter, BODY_X, _TOP + 2.4, f"Rule-based criteria of hypertrophy: {count}")
    _paint_row(painter, y + 3.6, [head for head, *_ in _CRITERIA], [_HEAD_STYLE] * 6)
    y += 5.0
    for criterion in analysis.criteria:
        row = words.criterion_row(criterion)
        _paint_rule(painter, y, BODY_WIDTH)
        y += _STEP
        told = BODY.but(bold=bool(criterion.positive))
        cells = [row.name, row.value, row.limit, row.verdict, row.formula, row.source]
        _paint_row(painter, y - 1.4, cells, [told] * 4 + [TextStyle(2.4)] * 2)


def _paint_row(
    painter: QPainter, y: float, cells: Sequence[str], styles: Sequence[TextStyle]
) -> None:
    for (head, x, width), text, style in zip(_CRITERIA, cells, styles, strict=True):
        right = head in _RIGHT
        align = Align.RIGHT if right else Align.LEFT
        at = x + width if right else x
        draw_text(painter, at, y, elide(text, width, style), style.but(align=align))


def _paint_rule(painter: QPainter, y: float, width: float) -> None:
    painter.setPen(pen(RULE, 0.12))
    painter.drawLine(QLineF(BODY_X, y, BODY_X + width, y))


def _paint_leads(painter: QPainter, analysis: Analysis) -> None:
    head = "Median beat lead by lead, and how well it was recorded"
    y = paint_head(painter, BODY_X, _LEADS_Y, head, "0.5-150 Hz")
    columns = [(name, unit) for name, unit, _ in _WAVES] + list(_QUALITY)
    edges = [BODY_X + 8.0 + _COLUMN * (k + 1) for k in range(len(columns))]
    for x, (name, unit) in zip(edges, columns, strict=True):
        draw_text(painter, x, y + 3.4, name, _HEAD_STYLE.but(align=Align.RIGHT))
        draw_text(painter, x, y + 6.4, unit, SMALL.but(align=Align.RIGHT))
    y += 7.6
    waves = [getattr(analysis.leads, field) for _, _, field in _WAVES]
    for k, (lead, quality) in enumerate(words.quality_rows(analysis.lead_quality)):
        _paint_rule(painter, y, edges[-1] - BODY_X)
        y += _LEAD_STEP
        draw_text(painter, BODY_X, y - 1.3, lead, BODY.but(bold=True))
        cells = [(_millivolts(field, k), False) for field in waves] + quality
        for x, (text, stands_out) in zip(edges, cells, strict=True):
            style = BODY.but(align=Align.RIGHT, bold=stands_out)
            draw_text(painter, x, y - 1.3, text, style)


def _millivolts(values: FloatArray, row: int) -> str:
    value = float(values[row])
    return "–" if np.isnan(value) else f"{value:z.2f}".replace("-", "−")


def _paint_beats(painter: QPainter, analysis: Analysis) -> None:
    box = Rect(BODY_X + 185.0, _LEADS_Y, BODY_WIDTH - 185.0, 76.0)
    y = paint_head(painter, box.x, box.y, "QT corrected for the heart rate")
    qtc = words.qtc_line(analysis.measured) or "not computed: no T wave or a single beat"
    y = paint_paragraphs(painter, Rect(box.x, y + 1.0, box.width, 8.0), [qtc], BODY)
    y = paint_head(painter, box.x, y + 6.0, "Beats")
    found = Counter(mark.grade for mark in analysis.marks)
    grades = [f"{found[grade]} {text}" for grade, text in _GRADES.items() if found[grade]]
    lines = [f"{len(analysis.marks)} found: {', '.join(grades)}."]
    if repeated := beats_line(analysis.estimate):
        lines.append(f"The estimate {repeated}.")
    y = paint_paragraphs(painter, Rect(box.x, y + 1.0, box.width, 16.0), lines, BODY)
    y = paint_head(painter, box.x, y + 6.0, "Recording")
    quality = words.quality_line(analysis.lead_quality).removeprefix("Leads: ")
    y = paint_paragraphs(painter, Rect(box.x, y + 1.0, box.width, 12.0), [quality], BODY)
    note = (
        "No criterion is endorsed above the others. Their cut-offs were found on other devices"
        " and filters; a bundle branch block invalidates most of them."
    )
    paint_paragraphs(painter, Rect(box.x, y + 6.0, box.width, 14.0), [note], SMALL)
