"""Write the report as PDF, SVG or PNG: the painter of the screen, true millimetres.

Works without a screen (``QT_QPA_PLATFORM=offscreen``); fonts need a running ``QGuiApplication``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
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
from elvmass.record import Record
from elvmass.result import Analysis
from elvmass_gui.calipers import Calipers
from elvmass_gui.painting.comparison import (
    COMPARED_PAGES,
    ComparedPages,
    paint_compared,
)
from elvmass_gui.painting.page_print import PrintedPage, paint_printed, sheet_count
from elvmass_gui.painting.report import PAGE_MM, ReportContent, page_count, paint_page

#: Device units per inch.
PDF_DPI = 1200
PNG_DPI = 200
SVG_DPI = 2540  # 0.01 mm: Qt writes whole units, so this keeps the sheet at 297.00 mm

#: No patient identifier goes into a file's metadata.
TITLE = "elvmass report"
_MM_PER_INCH = 25.4

#: What has pages.
Content = ReportContent | PrintedPage | ComparedPages


def export(
    source: Analysis | Record,
    path: str | os.PathLike[str],
    *,
    failure: str | None = None,
    start_s: float | None = None,
    anonymous: bool = False,
    calipers: Calipers = (),
) -> tuple[Path, ...]:
    """Write the report of an analysis, or the ECG page of a record.

    Parameters
    ----------
    source
        What to report. An analysis gives three pages, a record one.
    path
        The suffix decides: ``.pdf`` all pages, ``.png`` all pages in one tall image at 200 dpi,
        ``.svg`` page 1 with the next as ``name-2.svg``, ``name-3.svg``.
    failure
        For a record: why there is no estimate.
    start_s
        First second of the ECG page; None takes the analysed beat into view.
    anonymous
        Leave out name, id and date.
    calipers
        Measurements to paint on the ECG.

    Returns
    -------
    The files written. Each is complete or absent: they are written beside and renamed.

    Raises
    ------
    elvmass.errors.ConfigError
        Unknown suffix, a folder that cannot be written, or no ``QGuiApplication``.
    """
    record, analysis = (source, None) if isinstance(source, Record) else (source.record, source)
    content = ReportContent(record, analysis, failure, start_s, anonymous, calipers)
    return _export(content, Path(path))


def export_page(page: PrintedPage, path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write the ECG page alone, in its own layout and scale; otherwise as :func:`export`."""
    return _export(page, Path(path))


def export_comparison(pages: ComparedPages, path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write a comparison of two ECGs, two pages; otherwise as :func:`export`."""
    return _export(pages, Path(path))


def _export(content: Content, path: Path) -> tuple[Path, ...]:
    render = _RENDERERS.get(path.suffix.lower())
    if render is None:
        known = ", ".join(_RENDERERS)
        raise ConfigError(f"Cannot export to '{path.suffix or path.name}'; use one of {known}.")
    if QGuiApplication.instance() is None:
        raise ConfigError("Exporting needs a running QGuiApplication; create one first.")
    return _write_all(_named(path, render(content)))


def _count(content: Content) -> int:
    if isinstance(content, ComparedPages):
        return COMPARED_PAGES
    return sheet_count(content) if isinstance(content, PrintedPage) else page_count(content)


def _named(path: Path, files: list[bytes]) -> dict[Path, bytes]:
    """The first file under ``path``, the next as name-2, name-3."""
    others = (path.with_stem(f"{path.stem}-{k}") for k in range(2, len(files) + 1))
    return dict(zip((path, *others), files, strict=True))


def _write_all(files: dict[Path, bytes]) -> tuple[Path, ...]:
    for path, content in files.items():
        write_atomically(path, content)
    return tuple(files)


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside ``path`` and rename: a reader never sees half a file.

    Raises
    ------
    elvmass.errors.ConfigError
        The folder is missing or cannot be written, or ``path`` is a folder.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=".elvmass-", dir=path.parent)
    except OSError as error:
        raise ConfigError(
            f"Cannot write to the folder '{path.parent}': {error.strerror}."
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise ConfigError(f"Cannot write '{path.name}': {error.strerror}.") from error


def _umask() -> int:
    """The process's umask; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def render_pdf(content: Content) -> list[bytes]:
    """One vector PDF of all pages."""
    buffer = _buffer()
    writer = QPdfWriter(buffer)
    writer.setTitle(TITLE)
    writer.setCreator(f"elvmass {elvmass.__version__}")
    writer.setResolution(PDF_DPI)
    page = QPageSize(QPageSize.PageSizeId.A4)
    layout = QPageLayout(page, QPageLayout.Orientation.Landscape, QMarginsF(0, 0, 0, 0))
    writer.setPageLayout(layout)
    painter = QPainter(writer)
    for k in range(_count(content)):
        if k:
            writer.newPage()
        _paint_scaled(painter, content, k, PDF_DPI / _MM_PER_INCH)
    painter.end()
    return [_bytes(buffer)]


def render_svg(content: Content) -> list[bytes]:
    """One SVG per page."""
    return [_svg(content, k) for k in range(_count(content))]


def _svg(content: Content, page: int) -> bytes:
    buffer = _buffer()
    per_mm = SVG_DPI / _MM_PER_INCH
    width, height = (round(mm * per_mm) for mm in PAGE_MM)
    generator = QSvgGenerator()
    generator.setTitle(TITLE)
    generator.setOutputDevice(buffer)
    generator.setResolution(SVG_DPI)
    generator.setSize(QSize(width, height))
    generator.setViewBox(QRectF(0, 0, width, height))
    painter = QPainter(generator)
    _paint_scaled(painter, content, page, per_mm)
    painter.end()
    return _bytes(buffer)


def render_png(content: Content) -> list[bytes]:
    """One image with the pages below each other."""
    buffer = _buffer()
    if not render_image(content).save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ConfigError("Qt could not encode the PNG image.")
    return [_bytes(buffer)]


def render_image(content: Content, dpi: int = PNG_DPI) -> QImage:
    """All pages on white, one below the other, at ``dpi``; the image knows its true size."""
    per_mm = dpi / _MM_PER_INCH
    width, height = (round(mm * per_mm) for mm in PAGE_MM)
    n = _count(content)
    image = QImage(width, height * n, QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(round(per_mm * 1000))
    image.setDotsPerMeterY(round(per_mm * 1000))
    image.fill("white")
    painter = QPainter(image)
    for k in range(n):
        painter.save()
        painter.translate(0.0, k * height)
        _paint_scaled(painter, content, k, per_mm)
        painter.restore()
    painter.end()
    return image


def _paint_scaled(painter: QPainter, content: Content, page: int, per_mm: float) -> None:
    painter.save()
    painter.scale(per_mm, per_mm)
    if isinstance(content, PrintedPage):
        paint_printed(painter, content, page)
    elif isinstance(content, ComparedPages):
        paint_compared(painter, content, page)
    else:
        paint_page(painter, content, page)
    painter.restore()


def _buffer() -> QBuffer:
    buffer = QBuffer()  # with its own bytes: it would not keep a QByteArray of ours alive
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _bytes(buffer: QBuffer) -> bytes:
    buffer.close()
    return bytes(buffer.data().data())


_RENDERERS: dict[str, Callable[[Content], list[bytes]]] = {
    ".pdf": render_pdf,
    ".png": render_png,
    ".svg": render_svg,
}
