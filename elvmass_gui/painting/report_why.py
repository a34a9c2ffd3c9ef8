"""Page 2 of the report: the beat with its saliency, and everything that explains the number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter

from elvmass.beat import Beat
from elvmass.result import Analysis
from elvmass_gui.geometry.paper import Rect, Scale
from elvmass_gui.painting import wording
from elvmass_gui.painting.beat_content import BeatContent
from elvmass_gui.painting.beat_layout import BeatOptions, BeatSheet, lay_out_beat
from elvmass_gui.painting.beat_panel import paint_beat_panel
from elvmass_gui.painting.ink import (
    FAINT,
    RULE,
    Align,
    TextStyle,
    draw_text,
    pen,
    qrect,
)
from elvmass_gui.painting.report_blocks import (
    BODY,
    HEAD,
    SMALL,
    paint_head,
    paint_paragraphs,
    paint_table_row,
)
from elvmass_gui.painting.report_content import ReportContent
from elvmass_gui.themes import LIGHT

#: Wider than page 1: four beats of 1 s at 50 mm/s need 220 mm beside the tables.
BODY_X, BODY_WIDTH = 9.0, 279.0
_PANEL = Rect(BODY_X, 15.5, 222.0, 136.0)
_SIDE = Rect(238.0, 15.5, BODY_X + BODY_WIDTH - 238.0, 136.0)
_BELOW = Rect(BODY_X, 154.5, BODY_WIDTH, 42.0)
_OPTIONS = BeatOptions("4x3", Scale(50.0, 10.0), lane_mm=8.0, text_mm=2.3)
_SCALES = ((50.0, 10.0), (50.0, 5.0), (50.0, 2.5), (25.0, 10.0), (25.0, 5.0), (25.0, 2.5))


def paint_why(painter: QPainter, content: ReportContent) -> None:
    """Paint the page's body (title and footer are the caller's)."""
    assert content.analysis is not None
    analysis = content.analysis
    paint_panel(painter, analysis, _PANEL)
    y = _paint_importance(painter, analysis)
    y = _paint_contributions(painter, analysis, y + 5.0)
    _paint_how_to_read(painter, y + 5.0)
    _paint_below(painter, content, analysis)


def panel_sheet(beat: Beat, box: Rect = _PANEL, options: BeatOptions = _OPTIONS) -> BeatSheet:
    """50 mm/s and 10 mm/mV if the beat fits the box so, else the next smaller usual scale."""
    for speed, gain in _SCALES:
        sheet = lay_out_beat(beat, replace(options, scale=Scale(speed, gain)))
        if sheet.bounds.width <= box.width and sheet.bounds.height <= box.height:
            break
    return lay_out_beat(beat, replace(sheet.options, height_mm=box.height))


def paint_panel(
    painter: QPainter, analysis: Analysis, box: Rect, options: BeatOptions = _OPTIONS
) -> None:
    """Paint the beat with its saliency into a box."""
    sheet = panel_sheet(analysis.beat, box, options)
    painter.save()
    painter.translate(box.x, box.y)
    paint_beat_panel(painter, sheet, BeatContent.of(analysis))
    painter.restore()


def _paint_importance(painter: QPainter, analysis: Analysis) -> float:
    y = paint_head(painter, _SIDE.x, _SIDE.y + 2.4, "Share of the importance")
    if analysis.importance is None:
        draw_text(painter, _SIDE.x, y + 4.0, "not computed", BODY)
        return y + 6.0
    edges = [_SIDE.x + 19.0, _SIDE.x + 35.0, _SIDE.right]
    heads = ("limb", "precordial", "per 100 ms")
    paint_table_row(painter, y + 3.2, list(zip(edges, heads, strict=True)), SMALL)
    y += 4.4
    for segment, *values in wording.importance_table(analysis.importance):
        painter.setPen(pen(RULE, 0.12))
        painter.drawLine(QLineF(_SIDE.x, y, _SIDE.right, y))
        y += 4.0
        draw_text(painter, _SIDE.x, y - 1.0, segment, HEAD.but(size_mm=2.6))
        paint_table_row(painter, y - 1.0, list(zip(edges, values, strict=True)), BODY)
    return y


def _paint_contributions(painter: QPainter, analysis: Analysis, y: float) -> float:
    """A waterfall from the reference to the mass; returns the y below it."""
    y = paint_head(painter, _SIDE.x, y + 2.4, "From the reference to the mass")
    terms = wording.contributions(analysis)
    if not terms:
        draw_text(painter, _SIDE.x, y + 4.0, "not computed", BODY)
        return y + 6.0
    levels = np.cumsum([value for _, value in terms])
    span = max(float(np.ptp(levels)), 1e-9)
    places = _SIDE.x + 23.0 + (levels - levels.min()) / span * 15.0
    y += 4.1
    _paint_term(painter, y, terms[0][0], wording.grams(terms[0][1]))
    for k, (label, value) in enumerate(terms[1:], start=1):
        y += 4.1
        _paint_term(painter, y, label, wording.signed_grams(value))
        _paint_bar(painter, y, float(places[k - 1]), float(places[k]))
    return _paint_sum(painter, y + 4.6, analysis)


def _paint_sum(painter: QPainter, y: float, analysis: Analysis) -> float:
    painter.setPen(pen(RULE, 0.15))
    painter.drawLine(QLineF(_SIDE.x, y - 3.4, _SIDE.right, y - 3.4))
    draw_text(painter, _SIDE.x, y, "mass", BODY.but(bold=True))
    right = BODY.but(bold=True, align=Align.RIGHT)
    draw_text(painter, _SIDE.right, y, wording.grams(analysis.estimate.mass_g), right)
    draw_text(painter, _SIDE.x, y + 4.0, "terms are rounded one by one", SMALL)
    return y + 4.0


def _paint_how_to_read(painter: QPainter, y: float) -> None:
    y = paint_head(painter, _SIDE.x, y + 2.4, "How to read this page")
    box = Rect(_SIDE.x, y, _SIDE.width, _SIDE.bottom - y)
    if box.height > 8.0:
        paint_paragraphs(painter, box, wording.HOW_TO_READ, TextStyle(2.4, FAINT))


def _paint_term(painter: QPainter, y: float, label: str, value: str) -> None:
    draw_text(painter, _SIDE.x, y, label, TextStyle(2.4))
    draw_text(painter, _SIDE.right, y, value, BODY.but(align=Align.RIGHT))


def _paint_bar(painter: QPainter, y: float, start: float, stop: float) -> None:
    left, width = min(start, stop), max(abs(stop - start), 0.15)
    colour = LIGHT.plus if stop >= start else LIGHT.minus  # as in the window
    painter.fillRect(qrect(Rect(left, y - 2.1, width, 2.3)), QColor(colour))


def _paint_below(painter: QPainter, content: ReportContent, analysis: Analysis) -> None:
    half = (_BELOW.width - 8.0) / 2
    painter.setPen(pen(FAINT, 0.15))
    painter.drawLine(QLineF(_BELOW.x, _BELOW.y, _BELOW.right, _BELOW.y))
    left = Rect(_BELOW.x, _BELOW.y + 3.6, half, _BELOW.height - 4.0)
    y = paint_head(painter, left.x, left.y, "Notices")
    card = analysis.estimate.card
    texts = [wording.model_text(analysis.estimate), *wording.warnings(analysis)]
    texts += [f"Limitations: {card.limitations}"] if card.limitations else []
    paint_paragraphs(painter, Rect(left.x, y, half, left.bottom - y), texts, TextStyle(2.4))
    x = left.right + 8.0
    y = paint_head(painter, x, left.y, "Provenance")
    lines = wording.provenance_lines(analysis, content.options, content.corrected)
    paint_paragraphs(painter, Rect(x, y, half, left.bottom - y), lines, TextStyle(2.4))
