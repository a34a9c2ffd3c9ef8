"""Whatever has pages, on whatever paper: counting, placing and painting its sheets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QPaintDevice, QPainter

from elvmass_gui.painting.comparison import (
    COMPARED_PAGES,
    ComparedPages,
    compared_extent,
    paint_compared,
)
from elvmass_gui.painting.fit import A4, NO_MARGINS, Fit, Margins, Paper, fit, ruler_words
from elvmass_gui.painting.page_print import (
    PrintedPage,
    paint_printed,
    printed_extent,
    sheet_count,
)
from elvmass_gui.painting.report import ReportContent, page_count, page_extent, paint_page

#: What has pages.
Content = ReportContent | PrintedPage | ComparedPages


@contextmanager
def painting(device: QPaintDevice) -> Iterator[QPainter]:
    """A painter that ends in any case: a device that dies while it is painted ends the program."""
    painter = QPainter()
    try:
        painter.begin(device)
        yield painter
    finally:
        if painter.isActive():
            painter.end()


def count(content: Content) -> int:
    """How many sheets it takes."""
    match content:
        case PrintedPage():
            return sheet_count(content)
        case ComparedPages():
            return COMPARED_PAGES
        case ReportContent():
            return page_count(content)


def place(content: Content, page: int, paper: Paper = A4, margins: Margins = NO_MARGINS) -> Fit:
    """Where a page goes on the paper."""
    match content:
        case PrintedPage():
            extent = printed_extent()
        case ComparedPages():
            extent = compared_extent()
        case ReportContent():
            extent = page_extent(content, page)
    return fit(extent, paper, margins)


def reduced(content: Content, paper: Paper, margins: Margins = NO_MARGINS) -> dict[int, float]:
    """Number from 1 → scale of the pages that the paper cannot hold at true size."""
    places = (place(content, k, paper, margins) for k in range(count(content)))
    return {k: at.scale for k, at in enumerate(places, start=1) if not at.true}


def paint_sheet(
    painter: QPainter,
    content: Content,
    page: int,
    paper: Paper = A4,
    margins: Margins = NO_MARGINS,
) -> None:
    """Paint a page; the painter's unit is 1 mm, its origin the corner of the paper."""
    at = place(content, page, paper, margins)
    words = ruler_words(at, paper)
    painter.save()
    painter.translate(at.x, at.y)
    painter.scale(at.scale, at.scale)
    match content:
        case PrintedPage():
            paint_printed(painter, content, page, words)
        case ComparedPages():
            paint_compared(painter, content, page, words)
        case ReportContent():
            paint_page(painter, content, page, words)
    painter.restore()
