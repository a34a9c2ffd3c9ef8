"""The ECG page alone on A4: any layout and speed, in true millimetres.

A sheet that is wider than the paper (50 mm/s) goes on over several pages, 250 mm of traces on
each, with the lead names repeated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtGui import QPainter

from elvmass_gui.geometry.paper import (
    DEFAULT_LAYOUT,
    Layout,
    Placement,
    Rect,
    Scale,
    Sheet,
    pulse_area_mm,
)
from elvmass_gui.geometry.shown import Shown, sheet_for
from elvmass_gui.painting import wording
from elvmass_gui.painting.ecg_page import NO_MARKS, Marks, Seen, paint_ecg_page
from elvmass_gui.painting.ink import PRINT, TextStyle, clipped, draw_text, elide
from elvmass_gui.painting.report_blocks import RULER_WORDS, paint_footer

_LEFT, _TOP, _TRACE_MM = 18.5, 15.0, 250.0
_HEIGHT_MM = 181.0  # paper and caption together
_LEAST_ROW_MM = 10.0
_FOOTER = Rect(_LEFT, 198.5, 260.0, 7.0)
_HEAD = TextStyle(3.2, bold=True)


@dataclass(frozen=True, slots=True, eq=False)
class PrintedPage:
    """The page as it is on the screen; ``anonymous`` leaves out name, id and date."""

    shown: Shown
    layout: Layout = DEFAULT_LAYOUT
    scale: Scale = Scale()  # noqa: RUF009  frozen
    marks: Marks = NO_MARKS
    anonymous: bool = False


def printed_sheet(page: PrintedPage) -> Sheet:
    """The sheet at the largest row height, at most the layout's usual one, that A4 can hold."""
    row_mm = page.layout.row_mm
    sheet = sheet_for(page.shown, page.layout, page.scale, Placement(row_mm=row_mm))
    while sheet.bounds.height > _HEIGHT_MM and row_mm > _LEAST_ROW_MM:
        row_mm -= 0.5
        sheet = sheet_for(page.shown, page.layout, page.scale, Placement(row_mm=row_mm))
    return sheet


def sheet_count(page: PrintedPage) -> int:
    """How many pages the sheet takes."""
    width = printed_sheet(page).paper.width - pulse_area_mm(page.scale)
    return math.ceil(width / _TRACE_MM - 1e-9)


def printed_extent() -> Rect:
    """The inked part of every page, mm."""
    return Rect(_LEFT, _TOP - 7.5, _FOOTER.width, _FOOTER.bottom - _TOP + 7.5)


def paint_printed(
    painter: QPainter, page: PrintedPage, number: int, ruler: str = RULER_WORDS
) -> None:
    """Paint page ``number`` (from 0); the painter's unit is 1 mm, its origin the paper's corner.

    ``ruler`` are the words below the ruler.
    """
    sheet = printed_sheet(page)
    window = _window(sheet, page.scale, number)
    count = sheet_count(page)
    words = wording.identity_text(page.shown.record, page.anonymous)
    of = f"   page {number + 1} of {count}" if count > 1 else ""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_text(painter, _LEFT, _TOP - 4.0, elide(words + of, 260.0, _HEAD), _HEAD)
    paint_footer(painter, _FOOTER, wording.notice_text(None), ruler)
    painter.translate(_LEFT - window.x, _TOP)
    with clipped(painter, window):
        paint_ecg_page(painter, sheet, page.shown, page.marks, PRINT, Seen(window))
    painter.restore()


def _window(sheet: Sheet, scale: Scale, number: int) -> Rect:
    """The part of the sheet on a page; the first has the calibration pulses as well."""
    pulses = pulse_area_mm(scale)
    left = pulses + number * _TRACE_MM if number else 0.0
    right = min(pulses + (number + 1) * _TRACE_MM, sheet.paper.right)
    return replace(sheet.bounds, x=left, width=right - left)
