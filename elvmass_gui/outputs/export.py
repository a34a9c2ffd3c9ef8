"""Write the report as PDF, SVG, PNG or DICOM: the painter of the screen, true millimetres.

Works without a screen (``QT_QPA_PLATFORM=offscreen``); fonts need a running ``QGuiApplication``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSize
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
)
from PySide6.QtSvg import QSvgGenerator

import elvmass
from elvmass.errors import ConfigError
from elvmass.io.write.store import store
from elvmass.record import Record
from elvmass.result import Analysis
from elvmass_gui.geometry.calipers import Calipers
from elvmass_gui.outputs import side_file
from elvmass_gui.outputs.sheets import Content, count, paint_sheet, painting
from elvmass_gui.painting.comparison import ComparedPages
from elvmass_gui.painting.fit import A4, Paper
from elvmass_gui.painting.page_print import PrintedPage
from elvmass_gui.painting.report import ReportContent

#: Device units per inch.
PDF_DPI = 1200
PNG_DPI = 200
SVG_DPI = 2540  # 0.01 mm: Qt writes whole units, so this keeps the sheet at 297.00 mm

#: No patient identifier goes into a file's metadata.
TITLE = "elvmass report"
_MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class Target:
    """Where an export goes: file, paper, and whether the side file is written beside it."""

    path: Path
    paper: Paper = A4
    side_file: bool = False


def export(
    source: Analysis | Record,
    path: str | os.PathLike[str],
    *,
    failure: str | None = None,
    start_s: float | None = None,
    anonymous: bool = False,
    calipers: Calipers = (),
) -> tuple[Path, ...]:
    """Write the detailed report of an analysis, or the ECG page of a record.

    Parameters
    ----------
    source
        What to report. An analysis gives three pages, a record one.
    path
        The suffix decides: ``.pdf`` all pages, ``.png`` all pages in one tall image at 200 dpi,
        ``.svg`` page 1 with the next as ``name-2.svg``, ``name-3.svg``, ``.dcm`` the PDF as a
        DICOM object.
    failure
        For a record: why there is no estimate.
    start_s
        First second of the ECG page; None takes the analysed beat into view.
    anonymous
        Leave out name, id, date and device; ages above 89 are not told.
    calipers
        Measurements to paint on the ECG.

    Returns
    -------
    The files written. Each is complete or absent: they are written beside and renamed.

    Raises
    ------
    elvmass.errors.ConfigError
        Unknown suffix, or no ``QGuiApplication``.
    elvmass.errors.WriteError
        The file cannot be written; the message says why and what helps.
    """
    record, analysis = (source, None) if isinstance(source, Record) else (source.record, source)
    content = ReportContent(record, analysis, failure, start_s, anonymous, calipers)
    return export_report(content, Target(Path(path)))


def export_report(content: ReportContent, target: Target) -> tuple[Path, ...]:
    """Write a report, and its side file if the target asks for one; otherwise as :func:`export`.

    All files are written or none.
    """
    report = _files(content, target)
    beside = side_file.files(content, target.path, target.paper) if target.side_file else {}
    store(beside | report, overwrite=True)  # the report last: it may be open in a reader
    return (*report, *beside)


def export_page(
    page: PrintedPage | ComparedPages, path: str | os.PathLike[str], paper: Paper = A4
) -> tuple[Path, ...]:
    """Write the ECG page as it is shown, or a comparison; otherwise as :func:`export`."""
    return _store(_files(page, Target(Path(path), paper)))


def export_pdf(content: Content, path: Path, paper: Paper = A4) -> tuple[Path, ...]:
    """Write whatever has pages as PDF alone."""
    return _store({path: render_pdf(content, paper)})


def _files(content: Content, target: Target) -> dict[Path, bytes]:
    path = target.path
    render = _RENDERERS.get(path.suffix.lower())
    if render is None:
        known = ", ".join(_RENDERERS)
        raise ConfigError(f"Cannot export to '{path.suffix or path.name}'; use one of {known}.")
    if QGuiApplication.instance() is None:
        raise ConfigError("Exporting needs a running QGuiApplication; create one first.")
    return _named(path, render(content, target))


def _named(path: Path, files: list[bytes]) -> dict[Path, bytes]:
    """The first file under ``path``, the next as name-2, name-3."""
    others = (path.with_stem(f"{path.stem}-{k}") for k in range(2, len(files) + 1))
    return dict(zip((path, *others), files, strict=True))


def _store(files: dict[Path, bytes]) -> tuple[Path, ...]:
    store(files, overwrite=True)
    return tuple(files)


def render_pdf(content: Content, paper: Paper = A4) -> bytes:
    """One vector PDF of all pages."""
    buffer = _buffer()
    writer = QPdfWriter(buffer)
    writer.setTitle(TITLE)
    writer.setCreator(f"elvmass {elvmass.__version__}")
    writer.setResolution(PDF_DPI)
    writer.setPageLayout(page_layout(paper))
    with painting(writer) as painter:
        for k in range(count(content)):
            if k:
                writer.newPage()
            _paint_scaled(painter, content, k, paper, PDF_DPI / _MM_PER_INCH)
    return _bytes(buffer)


def page_layout(paper: Paper) -> QPageLayout:
    """The paper for Qt: landscape, without margins, since pages keep their own."""
    page = QPageSize(QPageSize.PageSizeId[paper.name])
    return QPageLayout(page, QPageLayout.Orientation.Landscape, QMarginsF(0, 0, 0, 0))


def _svg(content: Content, page: int, paper: Paper) -> bytes:
    buffer = _buffer()
    per_mm = SVG_DPI / _MM_PER_INCH
    width, height = (round(mm * per_mm) for mm in (paper.width, paper.height))
    generator = QSvgGenerator()
    generator.setTitle(TITLE)
    generator.setOutputDevice(buffer)
    generator.setResolution(SVG_DPI)
    generator.setSize(QSize(width, height))
    generator.setViewBox(QRectF(0, 0, width, height))
    with painting(generator) as painter:
        _paint_scaled(painter, content, page, paper, per_mm)
    return _bytes(buffer)


def render_image(content: Content, dpi: int = PNG_DPI, paper: Paper = A4) -> QImage:
    """All pages on white, one below the other, at ``dpi``; the image knows its true size."""
    per_mm = dpi / _MM_PER_INCH
    width, height = (round(mm * per_mm) for mm in (paper.width, paper.height))
    n = count(content)
    image = QImage(width, height * n, QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(round(per_mm * 1000))
    image.setDotsPerMeterY(round(per_mm * 1000))
    image.fill("white")
    with painting(image) as painter:
        for k in range(n):
            painter.save()
            painter.translate(0.0, k * height)
            _paint_scaled(painter, content, k, paper, per_mm)
            painter.restore()
    return image


def _paint_scaled(
    painter: QPainter, content: Content, page: int, paper: Paper, per_mm: float
) -> None:
    painter.save()
    painter.scale(per_mm, per_mm)
    paint_sheet(painter, content, page, paper)
    painter.restore()


def _buffer() -> QBuffer:
    buffer = QBuffer()  # with its own bytes: it would not keep a QByteArray of ours alive
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _bytes(buffer: QBuffer) -> bytes:
    buffer.close()
    return bytes(buffer.data().data())


# ---- one entry for each suffix ----------------------------------------------------------------


def _pdf_files(content: Content, target: Target) -> list[bytes]:
    return [render_pdf(content, target.paper)]


def _svg_files(content: Content, target: Target) -> list[bytes]:
    """One SVG per page."""
    return [_svg(content, k, target.paper) for k in range(count(content))]


def _png_files(content: Content, target: Target) -> list[bytes]:
    """One image with the pages below each other."""
    buffer = _buffer()
    image = render_image(content, PNG_DPI, target.paper)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ConfigError("Qt could not encode the PNG image.")
    return [_bytes(buffer)]


def _dicom_files(content: Content, target: Target) -> list[bytes]:
    if not isinstance(content, ReportContent):
        raise ConfigError("This is no report; as DICOM only a report can be written.")
    from elvmass.report.dicom_pdf import Document, encapsulate  # pydicom, of no use before

    pdf = render_pdf(content, target.paper)
    return [encapsulate(Document(pdf, content.record, content.anonymous), target.path)]


_RENDERERS: dict[str, Callable[[Content, Target], list[bytes]]] = {
    ".pdf": _pdf_files,
    ".png": _png_files,
    ".svg": _svg_files,
    ".dcm": _dicom_files,
}
