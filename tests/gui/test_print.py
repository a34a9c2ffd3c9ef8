"""Printing: true to scale on A4 and Letter, honest where the paper is too small."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import toy_analysis
from PySide6.QtCore import QMarginsF
from PySide6.QtGui import QImage, QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QDialog

from elvmass_gui.geometry.paper import LAYOUTS, Rect, Scale
from elvmass_gui.geometry.shown import show
from elvmass_gui.messages import ReportError
from elvmass_gui.outputs import print_dialog, printing
from elvmass_gui.outputs.print_dialog import PrintDialog, reduction_words
from elvmass_gui.painting.fit import A4, PAPERS, Margins, Paper, fit, ruler_words
from elvmass_gui.painting.page_print import PrintedPage
from elvmass_gui.painting.report import ReportContent, page_extent
from elvmass_gui.processes.worker import AnalyseRequest

LETTER = PAPERS["letter"]
WIDE, NARROW = Rect(9.0, 7.0, 279.0, 198.5), Rect(18.5, 7.0, 260.0, 198.5)
pytestmark = pytest.mark.usefixtures("qapp")
poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is missing")


@pytest.fixture(scope="module")
def analysis():
    return toy_analysis()


@pytest.fixture
def content(analysis) -> ReportContent:
    return ReportContent(analysis.record, analysis)


def pdf_printer(path: Path, paper: Paper) -> QPrinter:
    printer = printing.new_printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    printing.set_paper(printer, paper)
    return printer


def pages_of(pdf: Path, dpi: int = 600) -> list[np.ndarray]:
    """Each page as grey levels."""
    stem = pdf.with_suffix("")
    subprocess.run(["pdftoppm", "-gray", "-r", str(dpi), str(pdf), str(stem)], check=True)
    found = []
    for file in sorted(pdf.parent.glob(f"{stem.name}-*.pgm")):
        image = QImage(str(file)).convertToFormat(QImage.Format.Format_Grayscale8)
        flat = np.frombuffer(image.constBits(), np.uint8)
        found.append(flat.reshape(image.height(), image.bytesPerLine())[:, : image.width()].copy())
    return found


def ruler_mm(page: np.ndarray, dpi: int = 600) -> float:
    """The longest dark horizontal line of the lowest 25 mm, without its pen's width."""
    foot = page[-round(25.0 * dpi / 25.4) :] < 80
    longest = 0
    for row in foot:
        edges = np.flatnonzero(np.diff(np.r_[0, row.astype(int), 0])).reshape(-1, 2)
        longest = max(longest, int((edges[:, 1] - edges[:, 0]).max(initial=0)))
    return longest / dpi * 25.4 - 0.2


# ---- fitting ----------------------------------------------------------------------------------


def test_on_a4_nothing_moves() -> None:
    for inked in (WIDE, NARROW):
        assert fit(inked) == fit(inked, A4, Margins(4, 4, 4, 4))
        assert (fit(inked).scale, fit(inked).x, fit(inked).y) == (1.0, 0.0, 0.0)


def test_the_ecg_page_stays_true_on_letter_and_in_its_middle() -> None:
    at = fit(NARROW, LETTER)
    assert at.true
    assert at.x + NARROW.x == pytest.approx(LETTER.width - at.x - NARROW.right)
    assert at.y + NARROW.y >= 0
    assert at.y + NARROW.bottom <= LETTER.height


def test_a_page_is_moved_before_it_is_reduced() -> None:
    at = fit(NARROW, A4, Margins(left=25.0))
    assert at.true
    assert at.x + NARROW.x == pytest.approx(25.0)


@pytest.mark.parametrize("margins", [Margins(), Margins(6, 6, 6, 6), Margins(3, 5, 12, 14)])
@pytest.mark.parametrize(
    "paper", [A4, LETTER, Paper("A5", 210.0, 148.0), Paper("up", 210.0, 297.0)]
)
def test_ink_never_leaves_what_the_printer_reaches(paper: Paper, margins: Margins) -> None:
    for inked in (WIDE, NARROW):
        at = fit(inked, paper, margins)
        assert at.x + at.scale * inked.x >= margins.left - 1e-9
        assert at.y + at.scale * inked.y >= margins.top - 1e-9
        assert at.x + at.scale * inked.right <= paper.width - margins.right + 1e-9
        assert at.y + at.scale * inked.bottom <= paper.height - margins.bottom + 1e-9


def test_a_reduced_page_says_so_and_how_long_its_ruler_is() -> None:
    assert ruler_words(fit(NARROW, LETTER), LETTER).startswith("Print at 100 % on Letter")
    words = ruler_words(fit(WIDE, Paper("A5", 210.0, 148.0)), Paper("A5", 210.0, 148.0))
    assert "NOT true to scale" in words
    assert "100 mm" not in words


def test_every_page_says_where_its_ink_is(content) -> None:
    assert page_extent(content, 0) == NARROW
    assert page_extent(content, 1) == page_extent(content, 2) == WIDE


# ---- on a printer -----------------------------------------------------------------------------


@poppler
@pytest.mark.parametrize("paper", [A4, LETTER], ids=["A4", "Letter"])
def test_the_printed_ruler_measures_100_mm(content, tmp_path, paper) -> None:
    printer = pdf_printer(tmp_path / "a.pdf", paper)
    printing.print_sheets(printer, replace(content, pages="one"))
    (page,) = pages_of(tmp_path / "a.pdf")
    assert page.shape == pytest.approx((paper.height * 600 / 25.4, paper.width * 600 / 25.4), abs=9)
    assert ruler_mm(page) == pytest.approx(100.0, abs=0.1)


@poppler
def test_pages_too_wide_for_letter_are_reduced_by_as_much_as_they_say(content, tmp_path) -> None:
    printer = pdf_printer(tmp_path / "a.pdf", LETTER)
    words = reduction_words(content, printer)
    assert "page 2 to 97.3 %, page 3 to 97.3 %" in words
    assert "page 1" not in words
    printing.print_sheets(printer, content)
    first, second, _ = pages_of(tmp_path / "a.pdf")
    assert ruler_mm(first) == pytest.approx(100.0, abs=0.1)
    assert ruler_mm(second) == pytest.approx(97.3, abs=0.1)
    text = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, check=True)
    assert text.stdout.count(b"NOT true to scale") == 2


@poppler
def test_the_ecg_page_prints_in_its_own_layout(analysis, tmp_path) -> None:
    page = PrintedPage(show(analysis.record), LAYOUTS["6x2"], Scale(50.0, 10.0))
    printing.print_sheets(pdf_printer(tmp_path / "a.pdf", A4), page)
    sheets = pages_of(tmp_path / "a.pdf")
    assert len(sheets) == 2  # 50 mm/s goes on over a second page
    for sheet in sheets:
        assert ruler_mm(sheet) == pytest.approx(100.0, abs=0.1)


@poppler
def test_only_the_asked_pages_are_printed(content, tmp_path) -> None:
    printer = pdf_printer(tmp_path / "a.pdf", A4)
    printer.setPrintRange(QPrinter.PrintRange.PageRange)
    printer.setFromTo(2, 2)
    printing.print_sheets(printer, content)
    text = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, check=True)
    assert b"page 2 of 3" in text.stdout
    assert b"page 1 of 3" not in text.stdout


def test_paper_chosen_in_the_printers_dialog_counts(content, tmp_path) -> None:
    printer = pdf_printer(tmp_path / "a.pdf", A4)
    assert reduction_words(content, printer) == ""
    small = QPageSize(QPageSize.PageSizeId.A5)
    printer.setPageLayout(QPageLayout(small, QPageLayout.Orientation.Landscape, QMarginsF()))
    assert "page 1 to" in reduction_words(content, printer)


@pytest.mark.qt_log_ignore("QPainter::begin")
def test_a_printer_that_takes_no_job_is_named(content, tmp_path) -> None:
    with pytest.raises(ReportError, match="takes no job"):
        printing.print_sheets(pdf_printer(tmp_path / "nowhere" / "a.pdf", A4), content)


def test_the_queue_does_not_learn_the_patients_name() -> None:
    assert printing.new_printer().docName() == "elvmass report"


# ---- the dialog -------------------------------------------------------------------------------


@pytest.fixture
def saved() -> list[tuple[object, Paper]]:
    return []


@pytest.fixture
def dialog(qtbot, content, settings, saved) -> PrintDialog:
    def save(shown: object, paper: Paper) -> str:
        saved.append((shown, paper))
        return "Saved a.pdf"

    def made(pages: str) -> Callable[[bool], ReportContent]:
        return lambda bare: replace(content, anonymous=bare, pages=pages)

    made_dialog = PrintDialog(
        {"Report, detailed": made("detailed"), "Report on one page": made("one")}, save, settings
    )
    qtbot.addWidget(made_dialog)
    made_dialog.show()
    qtbot.waitExposed(made_dialog)
    return made_dialog


def test_its_buttons_fit_onto_a_small_screen(dialog) -> None:
    room = dialog.screen().availableSize()
    assert dialog.height() <= room.height() - 80  # with the frame of the window manager


def test_the_preview_has_the_pages_of_the_choice(dialog, qtbot) -> None:
    qtbot.waitUntil(lambda: dialog.preview.pageCount() == 3)
    dialog.what.setCurrentText("Report on one page")
    qtbot.waitUntil(lambda: dialog.preview.pageCount() == 1)
    dialog.anonymous.setChecked(True)
    assert dialog.content().anonymous


def test_the_dialog_warns_of_paper_that_is_too_small_and_remembers_the_paper(
    dialog, settings
) -> None:
    assert not dialog.notice.isVisible()
    dialog.paper.setCurrentText("Letter")
    assert "Reduced: page 2" in dialog.notice.text()
    assert dialog.notice.isVisible()
    dialog.what.setCurrentText("Report on one page")
    assert not dialog.notice.isVisible()
    assert settings._values["export/paper"] == "letter"


def test_without_a_printer_the_pdf_is_offered(monkeypatch, qtbot, content, settings, saved) -> None:
    monkeypatch.setattr(print_dialog.printing, "has_printer", lambda: False)
    made = PrintDialog(
        {"Report": lambda bare: content}, lambda *told: saved.append(told) or "Saved", settings
    )
    qtbot.addWidget(made)
    assert not made.print_button.isEnabled()
    words = " ".join(each.text() for each in made.findChildren(print_dialog.QLabel))
    assert "No printer is set up" in words
    made.save_button.click()
    assert saved == [(content, A4)]


def test_a_pdf_that_cannot_be_saved_is_told_in_the_dialog(dialog, tmp_path) -> None:
    from elvmass_gui.outputs.export import export_pdf

    def save(shown, paper):
        export_pdf(shown, tmp_path / "no" / "a.pdf", paper)

    dialog._save = save
    dialog.save_button.click()
    assert "folder does not exist" in dialog.notice.text()


def test_print_is_one_command_for_report_and_page(window, analyst, monkeypatch) -> None:
    analysis = toy_analysis()
    session = window.session
    assert not window.commands.actions["print"].isEnabled()
    session.adopt(analysis.record)
    request = analyst.last
    assert isinstance(request, AnalyseRequest)
    analyst.answer(analysis)
    seen = []
    monkeypatch.setattr(
        PrintDialog, "exec", lambda self: seen.append(self) or QDialog.DialogCode.Rejected
    )
    window.commands.actions["print"].trigger()
    (dialog,) = seen
    texts = [dialog.what.itemText(k) for k in range(dialog.what.count())]
    assert texts == ["Report, detailed", "Report on one page", "ECG page as shown"]
    dialog.what.setCurrentIndex(2)
    assert isinstance(dialog.content(), PrintedPage)


def test_printing_loads_when_it_is_asked_for() -> None:
    code = "import elvmass_gui.app, sys; print('PySide6.QtPrintSupport' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
