"""The window that shows the comparison of two open ECGs: the printed pages, on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from elvmass.compare import Comparison
from elvmass.report.comparison import comparison_text
from elvmass_gui.painting.comparison import COMPARED_PAGES, ComparedPages, paint_compared
from elvmass_gui.painting.ink import screen_stroke
from elvmass_gui.painting.report import PAGE_MM
from elvmass_gui.screens import room_for
from elvmass_gui.views.notices import ResearchBanner
from elvmass_gui.views.parts import Selector, label, wrapped

_GAP_PX = 12
_LEAST_PX_PER_MM = 3.4  # the smallest words are still read

_TIP = (
    "The older ECG and the newer one: the analysed beats over each other, what was measured in "
    "each, and both estimates with their difference in grams"
)


class ComparisonPages(QWidget):
    """The pages below each other, as wide as there is room, or in true size."""

    def __init__(self) -> None:
        super().__init__()
        self.comparison: Comparison | None = None
        self._px_per_mm = _LEAST_PX_PER_MM
        self.setAccessibleName("Comparison")
        self.setToolTip(wrapped(_TIP))

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show a comparison; None shows nothing."""
        self.comparison = comparison
        self.setAccessibleDescription("" if comparison is None else comparison_text(comparison))
        self.update()

    def set_px_per_mm(self, px_per_mm: float) -> None:
        """Paint at this scale."""
        self._px_per_mm = px_per_mm
        width, height = (round(mm * px_per_mm) for mm in PAGE_MM)
        self.setFixedSize(width, COMPARED_PAGES * height + (COMPARED_PAGES - 1) * _GAP_PX)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Both pages on white."""
        if self.comparison is None:
            return
        painter, pages = QPainter(self), ComparedPages(self.comparison)
        stroke = screen_stroke(self._px_per_mm, 1.5, self.devicePixelRatioF())
        width, height = (round(mm * self._px_per_mm) for mm in PAGE_MM)
        for page in range(COMPARED_PAGES):
            top = page * (height + _GAP_PX)
            if event.rect().bottom() < top or event.rect().top() > top + height:
                continue
            painter.fillRect(0, top, width, height, QColor("white"))
            painter.save()
            painter.translate(0.0, top)
            painter.scale(self._px_per_mm, self._px_per_mm)
            paint_compared(painter, pages, page, stroke=stroke)
            painter.restore()
        painter.end()


class ComparisonWindow(QDialog):
    """Pages, the choice of the other ECG, and export. It decides nothing.

    Parameters
    ----------
    true_px_per_mm
        Of the screen, for the true size.
    """

    otherPicked = Signal(int)  # key of an open ECG
    fileAsked = Signal()
    exportAsked = Signal(bool)  # anonymous

    def __init__(self, true_px_per_mm: float, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Comparison of two ECGs")
        self._true_px_per_mm = true_px_per_mm
        self.present, self.others = label(role="value"), Selector()
        self.others.setAccessibleName("The other ECG")
        self.others.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.file = QPushButton("Another &file …")
        self.true_size = QCheckBox("&True size")
        self.export, self.export_anonymous = (
            QPushButton("&Export …"),
            QPushButton("&Without names …"),
        )
        self.export_anonymous.setToolTip("Export without names, identifiers and dates")
        self.file.setToolTip("Read another ECG of this patient, and compare with it")
        self.true_size.setToolTip("A millimetre of paper is one on this screen, once calibrated")
        self.export.setToolTip("Write both pages as PDF, PNG or SVG")
        self.others.setToolTip("Which of the open ECGs is compared with the present one")
        for button in (self.file, self.export, self.export_anonymous):
            button.setAutoDefault(False)
        self.banner = ResearchBanner()
        self.state = label(role="state", wrap=True)
        self.pages, self.room = ComparisonPages(), QScrollArea()
        self.room.setWidget(self.pages)
        self.room.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._lay_out()
        self._wire()
        self.show_state("")
        self.resize(self.sizeHint())  # left to itself, a dialog takes two thirds of the screen

    def show_ecgs(self, present: str, others: Sequence[tuple[int, str]], chosen: int) -> None:
        """Name the present ECG and offer the other open ones (key, title)."""
        self.present.setText(present)
        with QSignalBlocker(self.others):
            self.others.clear()
            for key, title in others:
                self.others.addItem(title, key)
            self.others.setCurrentIndex(self.others.findData(chosen))

    def show_comparison(self, comparison: Comparison) -> None:
        """Show the pages."""
        self.show_state("")
        cards = [each.estimate.card for each in (comparison.first, comparison.second)]
        self.banner.set_card(max(cards, key=lambda card: card.simulated))
        self.pages.show_comparison(comparison)

    def show_state(self, text: str) -> None:
        """Say in place of the pages why there are none; "" shows them."""
        if text:
            self.pages.show_comparison(None)
        self.state.setText(text)
        self.state.setVisible(bool(text))
        self.room.setVisible(not text)
        for button in (self.export, self.export_anonymous):
            button.setEnabled(not text)

    def sizeHint(self) -> QSize:
        """As large as the first page asks for, and no larger than the screen."""
        return room_for(1280, 1000, self.screen())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the pages as wide as the window."""
        super().resizeEvent(event)
        self._scale_pages()

    def _scale_pages(self) -> None:
        width = self.width() - self.room.verticalScrollBar().sizeHint().width() - 28
        fitted = max(_LEAST_PX_PER_MM, width / PAGE_MM[0])
        self.pages.set_px_per_mm(self._true_px_per_mm if self.true_size.isChecked() else fitted)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.present)
        row.addWidget(label("with"))
        row.addWidget(self.others, 1)
        for widget in (self.file, self.true_size, self.export, self.export_anonymous):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.banner)
        column.addLayout(row)
        column.addWidget(self.state, 1)
        column.addWidget(self.room, 1)
        self.state.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def _wire(self) -> None:
        self.others.activated.connect(self._on_other)
        self.file.clicked.connect(self.fileAsked)
        self.true_size.toggled.connect(self._scale_pages)
        self.export.clicked.connect(self._on_export)
        self.export_anonymous.clicked.connect(self._on_export_anonymous)

    def _on_other(self, row: int) -> None:
        self.otherPicked.emit(self.others.itemData(row))

    def _on_export(self) -> None:
        self.exportAsked.emit(False)

    def _on_export_anonymous(self) -> None:
        self.exportAsked.emit(True)
