"""The report: A4 landscape pages in true millimetres, detailed or on one page.

Page 1 of the detailed report shows patient, recording, measurements, the twelve leads at 25 mm/s
and 10 mm/mV, and the estimate. Once there is an analysis, page 2 shows why: the beat with its
saliency, importance, contributions, notices and provenance; page 3 what was measured: criteria,
leads, beats. The one-page report has the ECG, the beat with its saliency, the estimate with its
notices, and the provenance.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QPainter

from elvmass_gui.geometry.paper import Rect
from elvmass_gui.painting import wording
from elvmass_gui.painting.report_blocks import RULER_WORDS, paint_footer, paint_title
from elvmass_gui.painting.report_content import (
    PAGES,
    ReportContent,
    first_second,
    marks_of,
    page_count,
)
from elvmass_gui.painting.report_first import LEFT, WIDTH, paint_first
from elvmass_gui.painting.report_measured import paint_measured
from elvmass_gui.painting.report_one import paint_one
from elvmass_gui.painting.report_why import BODY_WIDTH, BODY_X, paint_why

__all__ = [
    "PAGES",
    "PAGE_MM",
    "ReportContent",
    "first_second",
    "marks_of",
    "page_count",
    "page_extent",
    "paint_page",
]

#: A4 landscape.
PAGE_MM = (297.0, 210.0)

_TITLE_Y, _TITLE_MM = 7.0, 6.0
_FOOTER_Y, _FOOTER_MM = 198.5, 7.0


def page_extent(content: ReportContent, page: int) -> Rect:
    """The inked part of a page, mm: what a printer must be able to reach."""
    assert page < page_count(content)
    x, width = (LEFT, WIDTH) if page == 0 else (BODY_X, BODY_WIDTH)
    return Rect(x, _TITLE_Y, width, _FOOTER_Y + _FOOTER_MM - _TITLE_Y)


def paint_page(
    painter: QPainter, content: ReportContent, page: int, ruler: str = RULER_WORDS
) -> None:
    """Paint page 0, 1 or 2; the painter's unit is 1 mm, its origin the corner of the sheet.

    ``ruler`` are the words below the ruler.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    extent = page_extent(content, page)
    total = page_count(content)
    # A sheet that was separated from the others must still say whose it is.
    whose = f"{wording.identity_text(content.record, content.anonymous)}   " if page else ""
    paint_title(painter, replace(extent, height=_TITLE_MM), f"{whose}page {page + 1} of {total}")
    _paint_body(painter, content, page)
    footer = replace(extent, y=_FOOTER_Y, height=_FOOTER_MM)
    paint_footer(painter, footer, wording.notice_text(content.analysis), ruler)
    painter.restore()


def _paint_body(painter: QPainter, content: ReportContent, page: int) -> None:
    if page == 1:
        paint_why(painter, content)
    elif page == 2:
        assert content.analysis is not None
        paint_measured(painter, content.analysis)
    elif content.pages == "one" and content.analysis is not None:
        paint_one(painter, content, content.analysis)
    else:
        paint_first(painter, content)
