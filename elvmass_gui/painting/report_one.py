"""The report on one page: ECG at true scale, the beat with its saliency, estimate, provenance."""

from __future__ import annotations

from PySide6.QtGui import QPainter

from elvmass.result import Analysis
from elvmass_gui.geometry.paper import Rect, Scale
from elvmass_gui.painting import wording
from elvmass_gui.painting.beat_layout import BeatOptions
from elvmass_gui.painting.ink import FAINT, TextStyle, draw_text
from elvmass_gui.painting.mass_scale import paint_mass_scale
from elvmass_gui.painting.report_blocks import SMALL, paint_frame, paint_paragraphs
from elvmass_gui.painting.report_content import ReportContent
from elvmass_gui.painting.report_first import (
    LEFT,
    OUTSIDE,
    WIDTH,
    EcgPlace,
    paint_ecg,
    paint_header,
)
from elvmass_gui.painting.report_why import paint_panel
from elvmass_gui.painting.result_words import beats_line, folds_line, outside_line, second_mark

_ECG = EcgPlace(y=31.5, height=80.0, row_mm=20.0, tight_mm=17.5)
_PANEL = Rect(LEFT, 117.5, 178.0, 69.5)
_OPTIONS = BeatOptions("6x2", Scale(25.0, 10.0), lane_mm=6.5, text_mm=2.1, legend_lines=2)
_RESULT = Rect(LEFT + 182.0, 117.5, WIDTH - 182.0, 69.5)
_PROVENANCE = Rect(LEFT, 187.8, WIDTH, 10.2)
_WORDS = TextStyle(2.4)


def paint_one(painter: QPainter, content: ReportContent, analysis: Analysis) -> None:
    """Paint the page's body (title and footer are the caller's)."""
    paint_header(painter, content)
    paint_ecg(painter, content, _ECG)
    paint_panel(painter, analysis, _PANEL, _OPTIONS)
    paint_frame(painter, _RESULT)
    _paint_number(painter, analysis)
    _paint_words(painter, analysis)
    lines = wording.provenance_lines(analysis, content.options, content.corrected)
    paint_paragraphs(painter, _PROVENANCE, ["   ·   ".join(lines)], SMALL)


def _paint_number(painter: QPainter, analysis: Analysis) -> None:
    estimate = analysis.estimate
    x, y, width = _RESULT.x + 3.0, _RESULT.y, _RESULT.width - 6.0
    draw_text(painter, x, y + 4.2, "ESTIMATED LV MASS", TextStyle(2.4, FAINT, bold=True))
    draw_text(painter, x, y + 12.2, wording.grams(estimate.mass_g), TextStyle(8.0, bold=True))
    draw_text(painter, x + 28.0, y + 8.2, wording.interval_text(estimate), TextStyle(2.8))
    index = Rect(x + 28.0, y + 9.2, width - 28.0, 7.0)
    paint_paragraphs(painter, index, [f"Index {wording.index_text(estimate)}"], TextStyle(2.6))
    paint_mass_scale(painter, Rect(x, y + 15.6, width - 4.0, 16.0), estimate, analysis.second)
    spread = ", ".join(filter(None, (folds_line(estimate), beats_line(estimate))))
    lines = [f"Marks: {spread}" if spread else "one model"]
    lines += [] if analysis.second is None else [second_mark(analysis.second)]
    paint_paragraphs(painter, Rect(x, y + 32.6, width, 6.6), lines, SMALL)


def _paint_words(painter: QPainter, analysis: Analysis) -> None:
    """Judgement, eligibility, model and notices below the scale."""
    estimate = analysis.estimate
    x, width = _RESULT.x + 3.0, _RESULT.width - 6.0
    y = _RESULT.y + 39.4
    lvh = [wording.lvh_text(estimate.lvh)]
    y = paint_paragraphs(painter, Rect(x, y, width, 7.2), lvh, TextStyle(2.6, bold=True))
    outside = outside_line(estimate)
    if outside:
        style = TextStyle(2.4, OUTSIDE, bold=True)
        y = paint_paragraphs(painter, Rect(x, y, width, 6.6), [outside], style)
    rest = [f"Threshold: {estimate.lvh.threshold.source}", wording.model_text(estimate)]
    rest += [f"! {text}" for text in wording.warnings(analysis)]
    below = Rect(x, y + 0.4, width, _RESULT.bottom - y - 1.4)
    paint_paragraphs(painter, below, rest, _WORDS, more="! More notices in the detailed report.")
