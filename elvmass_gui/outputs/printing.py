"""Sheets on a printer, true to scale: Qt's printers behind one door.

Importing this module loads QtPrintSupport (and libcups); only the print dialog does.
"""

from __future__ import annotations

from PySide6.QtGui import QPageLayout
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from elvmass_gui.messages import ReportError
from elvmass_gui.outputs.export import TITLE, page_layout
from elvmass_gui.outputs.sheets import Content, count, paint_sheet, painting
from elvmass_gui.painting.fit import Margins, Paper

_MM_PER_INCH = 25.4
_MM = QPageLayout.Unit.Millimeter


def has_printer() -> bool:
    """Whether the system knows any printer."""
    return bool(QPrinterInfo.availablePrinterNames())


def new_printer() -> QPrinter:
    """The default printer, at its own resolution."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setDocName(TITLE)  # no patient in a queue that everybody sees
    return printer


def set_paper(printer: QPrinter, paper: Paper) -> None:
    """Landscape, and coordinates from the corner of the paper: our pages bring their margins."""
    printer.setFullPage(True)
    printer.setPageLayout(page_layout(paper))


def paper_of(printer: QPrinter) -> Paper:
    """The sheet that the printer will really take, as it lies."""
    layout = printer.pageLayout()
    size = layout.fullRect(_MM)
    return Paper(layout.pageSize().name().split(" ")[0], size.width(), size.height())


def margins_of(printer: QPrinter) -> Margins:
    """What the printer cannot reach, mm."""
    layout = printer.pageLayout()
    layout.setUnits(_MM)
    least = layout.minimumMargins()
    return Margins(least.left(), least.top(), least.right(), least.bottom())


def print_sheets(printer: QPrinter, content: Content) -> None:
    """Paint the asked pages.

    Raises
    ------
    ReportError
        The printer takes no job.
    """
    with painting(printer) as painter:
        if not painter.isActive():
            raise ReportError(
                f"The printer '{printer.printerName()}' takes no job. Check that it is switched "
                "on and connected, or save as PDF."
            )
        per_mm = printer.resolution() / _MM_PER_INCH
        for place, page in enumerate(_asked_pages(printer, content)):
            if place:
                printer.newPage()
            painter.save()
            painter.scale(per_mm, per_mm)
            paint_sheet(painter, content, page, paper_of(printer), margins_of(printer))
            painter.restore()


def _asked_pages(printer: QPrinter, content: Content) -> range:
    """Numbers from 0; the reader may have asked for some pages only."""
    total = count(content)
    if printer.printRange() != QPrinter.PrintRange.PageRange or not printer.fromPage():
        return range(total)
    first = min(printer.fromPage(), total)
    return range(first - 1, max(first, min(printer.toPage() or total, total)))
