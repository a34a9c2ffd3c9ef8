"""The comparison of two ECGs on A4 landscape in true millimetres: what changed, and both pages.

The ECG from which the comparison was asked for is black, the other one has a second ink. Tables
and differences go by recording date.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from elvmass.compare import Comparison
from elvmass.report.comparison import change_text, row_texts, verdict
from elvmass.result import Analysis
from elvmass_gui.geometry.paper import LAYOUTS, Placement, Rect, Scale, Sheet
from elvmass_gui.geometry.shown import Shown, is_cut, sheet_for, show
from elvmass_gui.painting import wording
from elvmass_gui.painting.compared_beats import OTHER_INK, WIDTH_MM, paint_overlay
from elvmass_gui.painting.ecg_page import paint_ecg_page
from elvmass_gui.painting.ink import (
    BLACK,
    FAINT,
    PRINT,
    RULE,
    TEXT,
    Align,
    Stroke,
    TextStyle,
    draw_text,
    elide,
    pen,
    qrect,
    tint,
    wrap_text,
)
from elvmass_gui.painting.mass_scale import axis_ticks
from elvmass_gui.painting.report import marks_of
from elvmass_gui.painting.report_blocks import (
    BODY,
    RULER_WORDS,
    SMALL,
    paint_footer,
    paint_head,
    paint_paragraphs,
    paint_table_row,
)

COMPARED_PAGES = 2

_LEFT, _WIDTH = 18.5, 260.0
_TITLE = Rect(_LEFT, 7.0, _WIDTH, 6.0)
_FOOTER = Rect(_LEFT, 198.5, _WIDTH, 7.0)
_WHO_Y = 18.0
_CAUTIONS = Rect(_LEFT, 25.2, _WIDTH, 18.6)
_MASS = Rect(_LEFT, 46.0, 128.0, 38.0)
_VERDICT = Rect(_LEFT + 136.0, 46.0, _WIDTH - 136.0, 38.0)
_BEATS = Rect(_LEFT, 92.0, WIDTH_MM, 103.0)
_TABLE = Rect(_LEFT + WIDTH_MM + 6.0, 88.2, _WIDTH - WIDTH_MM - 6.0, 103.0)
_WARN_GROUND, _WARN_INK = "#FFF4D6", "#5C4200"
_BOLD = BODY.but(bold=True)
_SHEETS_Y, _SHEET_STEP, _SHEET_MM = 15.5, 91.5, 86.5
_ROW_MM, _LEAST_ROW_MM = 25.0, 15.0


@dataclass(frozen=True, slots=True, eq=False)
class ComparedPages:
    """What to paint; ``anonymous`` leaves out names, ids and dates."""

    comparison: Comparison
    anonymous: bool = False

    @property
    def inks(self) -> tuple[str, str]:
        """Of the first and the second ECG: the one that was given last is black."""
        return (BLACK, OTHER_INK) if self.comparison.swapped else (OTHER_INK, BLACK)

    @property
    def both(self) -> tuple[tuple[Analysis, str, str], ...]:
        """Analysis, its place in the order, and its ink."""
        found = self.comparison
        names = ("earlier", "later") if found.dated else ("first", "second")
        pairs = zip((found.first, found.second), names, self.inks, strict=True)
        return tuple(pairs)


def compared_extent() -> Rect:
    """The inked part of both pages, mm."""
    return Rect(_LEFT, _TITLE.y, _WIDTH, _FOOTER.bottom - _TITLE.y)


def paint_compared(
    painter: QPainter,
    pages: ComparedPages,
    page: int,
    ruler: str = RULER_WORDS,
    stroke: Stroke = PRINT,
) -> None:
    """Paint page 0 or 1; the painter's unit is 1 mm, its origin the corner of the sheet.

    ``ruler`` are the words below the ruler.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_title(painter, page)
    if page == 0:
        _paint_who(painter, pages)
        _paint_cautions(painter, pages.comparison)
        _paint_beats(painter, pages, stroke)
        _paint_table(painter, pages)
        _paint_masses(painter, pages)
        _paint_verdict(painter, pages.comparison)
    else:
        _paint_sheets(painter, pages, stroke)
    paint_footer(painter, _FOOTER, wording.notice_text(pages.comparison.second), ruler)
    painter.restore()


def _paint_title(painter: QPainter, page: int) -> None:
    y = _TITLE.bottom - 1.6
    draw_text(painter, _TITLE.x, y, "Comparison of two ECGs", TextStyle(4.2, bold=True))
    right = TextStyle(2.7, FAINT, align=Align.RIGHT)
    draw_text(painter, _TITLE.right, y, f"elvmass   page {page + 1} of {COMPARED_PAGES}", right)
    painter.setPen(pen(TEXT, 0.3))
    painter.drawLine(QLineF(_TITLE.x, _TITLE.bottom, _TITLE.right, _TITLE.bottom))


def _paint_who(painter: QPainter, pages: ComparedPages) -> None:
    """Ink, order, name and time of both, and what the patients are made of."""
    for k, (analysis, name, ink) in enumerate(pages.both):
        y = _WHO_Y + 4.6 * k
        _paint_swatch(painter, _LEFT, y, ink)
        draw_text(painter, _LEFT + 10.0, y, name, _BOLD)
        who = _who(analysis, pages.anonymous)
        draw_text(painter, _LEFT + 24.0, y, elide(who, _WIDTH - 24.0, BODY), BODY)


def _who(analysis: Analysis, anonymous: bool) -> str:
    body = wording.patient_lines(analysis.record.patient, anonymous)[2:]
    return "   ".join((wording.identity_text(analysis.record, anonymous), *body))


def _paint_swatch(painter: QPainter, x: float, y: float, ink: str) -> None:
    painter.setPen(pen(ink, 0.7))
    painter.drawLine(QLineF(x, y - 1.0, x + 8.0, y - 1.0))


def _paint_cautions(painter: QPainter, comparison: Comparison) -> None:
    texts = [each.message for each in comparison.cautions]
    if not texts:
        return
    style = BODY.but(colour=_WARN_INK, bold=True)
    inner = Rect(_CAUTIONS.x + 2.0, _CAUTIONS.y + 0.8, _CAUTIONS.width - 4.0, 17.4)
    lines = sum(len(wrap_text(text, inner.width, style)) for text in texts)
    height = min(_CAUTIONS.height, lines * style.size_mm * 1.36 + 2.4)
    painter.fillRect(qrect(replace(_CAUTIONS, height=height)), QColor(_WARN_GROUND))
    paint_paragraphs(painter, inner, texts, style, more="… more cautions than fit here")


def _paint_beats(painter: QPainter, pages: ComparedPages, stroke: Stroke) -> None:
    paint_head(painter, _BEATS.x, _BEATS.y - 1.4, "Analysed beats, R over R", Scale().text)
    ordered = sorted(pages.both, key=lambda each: each[2] == BLACK)  # black lies on top
    beats = [(analysis.beat, ink) for analysis, _, ink in ordered]
    if paint_overlay(painter, _BEATS, beats, stroke):
        style = SMALL.but(align=Align.RIGHT)
        draw_text(painter, _BEATS.right, _BEATS.y - 1.4, "WAVES CUT AT THE EDGE", style)


def _paint_table(painter: QPainter, pages: ComparedPages) -> None:
    """Measurements and voltages of both, measured by us, with their difference."""
    right = _TABLE.right
    edges = [right - 34.0, right - 19.0, right - 4.0]
    y = paint_head(painter, _TABLE.x, _TABLE.y + 2.4, "Measured by this program") + 3.8
    for edge, (_, name, ink) in zip(edges[:2], pages.both, strict=True):
        style = TextStyle(2.4, ink, bold=True, align=Align.RIGHT)
        draw_text(painter, edge, y, name, style)
    draw_text(painter, edges[2], y, "change", TextStyle(2.4, FAINT, True, Align.RIGHT))
    for row in pages.comparison.rows:
        painter.setPen(pen(RULE, 0.12))
        painter.drawLine(QLineF(_TABLE.x, y + 1.5, right, y + 1.5))
        y += 5.9
        draw_text(painter, _TABLE.x, y, elide(row.name, 34.0, BODY), BODY)
        draw_text(painter, _TABLE.x + 35.0, y, row.unit, SMALL)
        first, second, change = row_texts(row)
        paint_table_row(painter, y, list(zip(edges[:2], (first, second), strict=True)), BODY)
        draw_text(painter, edges[2], y, change, _BOLD.but(align=Align.RIGHT))
    note = (
        "How repeatable these are from day to day is not known here; V leads depend on where the "
        "electrodes stood."
    )
    paint_paragraphs(painter, Rect(_TABLE.x, y + 3.0, _TABLE.width, 9.0), [note], SMALL)


def _paint_masses(painter: QPainter, pages: ComparedPages) -> None:
    """Both estimates with their intervals on one scale in grams."""
    title = "Estimated left ventricular mass"
    y = paint_head(painter, _MASS.x, _MASS.y + 2.4, title) + 2.0
    axis = Rect(_MASS.x + 20.0, y, _MASS.width - 30.0, 26.0)
    estimates = [analysis.estimate for analysis, *_ in pages.both]
    spans = [each.interval for each in estimates]
    values = [each.mass_g for each in estimates]
    values += [end for span in spans if span for end in (span.low_g, span.high_g)]
    ticks = axis_ticks(max(0.0, min(values) - 5.0), max(values) + 5.0)

    def x(mass_g: float) -> float:
        return axis.x + (mass_g - ticks[0]) / (ticks[-1] - ticks[0]) * axis.width

    for k, (analysis, name, ink) in enumerate(pages.both):
        top = axis.y + 1.0 + 12.0 * k
        span = analysis.estimate.interval
        if span is not None:
            bar = Rect(x(span.low_g), top + 4.0, x(span.high_g) - x(span.low_g), 4.0)
            painter.fillRect(qrect(bar), tint(ink, 0.25))
        _paint_mass_mark(painter, x(analysis.estimate.mass_g), top + 4.0, ink)
        draw_text(painter, _MASS.x, top + 6.0, name, _BOLD.but(colour=ink))
        mass = wording.grams(analysis.estimate.mass_g)
        draw_text(painter, _MASS.x, top + 9.6, mass, TextStyle(3.2, ink, bold=True))
        words = f"{wording.interval_text(analysis.estimate)}; {_scatter(analysis)}"
        draw_text(painter, axis.x, top + 1.4, words, SMALL)
    _paint_axis(painter, axis, [(tick, x(tick)) for tick in ticks])


def _scatter(analysis: Analysis) -> str:
    sd, count = analysis.estimate.beat_sd_g, len(analysis.estimate.beat_masses_g)
    return "beat-to-beat SD not known" if sd is None else f"SD of {count} clean beats {sd:.1f} g"


def _paint_mass_mark(painter: QPainter, x: float, y: float, ink: str) -> None:
    painter.setPen(pen(ink, 0.6))
    painter.drawLine(QLineF(x, y - 0.6, x, y + 4.6))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ink))
    corners = ((x - 1.0, y - 1.6), (x + 1.0, y - 1.6), (x, y - 0.2))
    painter.drawPolygon(QPolygonF([QPointF(a, b) for a, b in corners]))


def _paint_axis(painter: QPainter, box: Rect, ticks: list[tuple[float, float]]) -> None:
    style = SMALL.but(align=Align.CENTRE)
    painter.setPen(pen(FAINT, 0.15))
    painter.drawLine(QLineF(box.x, box.bottom, box.right, box.bottom))
    for value, x in ticks:
        painter.setPen(pen(FAINT, 0.15))
        painter.drawLine(QLineF(x, box.bottom, x, box.bottom + 1.0))
        draw_text(painter, x, box.bottom + 3.6, f"{value:.0f}", style)
    draw_text(painter, box.right + 5.0, box.bottom + 3.6, "g", style)


def _paint_verdict(painter: QPainter, comparison: Comparison) -> None:
    title = "Change of the estimate" if comparison.comparable else "Difference of the estimates"
    y = paint_head(painter, _VERDICT.x, _VERDICT.y + 2.4, title) + 4.6
    draw_text(painter, _VERDICT.x, y, change_text(comparison), TextStyle(4.0, bold=True))
    room = Rect(_VERDICT.x, y + 2.2, _VERDICT.width, _VERDICT.bottom - y - 2.2)
    paint_paragraphs(painter, room, verdict(comparison), BODY)


def _paint_sheets(painter: QPainter, pages: ComparedPages, stroke: Stroke) -> None:
    """Both recordings below each other at 25 mm/s and 10 mm/mV."""
    for k, (analysis, name, ink) in enumerate(pages.both):
        y = _SHEETS_Y + k * _SHEET_STEP
        _paint_swatch(painter, _LEFT, y + 2.2, ink)
        draw_text(painter, _LEFT + 10.0, y + 2.2, name, _BOLD)
        who = wording.identity_text(analysis.record, pages.anonymous)
        draw_text(painter, _LEFT + 24.0, y + 2.2, elide(who, _WIDTH - 24.0, BODY), BODY)
        shown = show(analysis.record, _start_s(analysis))
        paint_ecg_page(painter, _sheet(shown, y + 3.6), shown, marks_of(analysis), stroke)


def _start_s(analysis: Analysis) -> float:
    """So late that the analysed beat is on the page."""
    beat = analysis.beat
    end_s = beat.start_s + beat.duration_s
    return 0.0 if end_s <= 10.0 else float(round(end_s - 5.0))


def _sheet(shown: Shown, y: float) -> Sheet:
    """The tallest rows that leave room for the other ECG; closer ones if waves were cut."""
    row_mm = _ROW_MM
    while True:
        at = Placement(x=_LEFT, y=y, row_mm=row_mm)
        sheet = sheet_for(shown, LAYOUTS["3x4"], Scale(), at)
        fits = sheet.bounds.height <= _SHEET_MM
        if row_mm <= _LEAST_ROW_MM or (fits and not is_cut(shown, sheet)):
            return sheet
        row_mm -= 0.5
