"""Print with preview: the report or the ECG page, on A4 or Letter, true to scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrintPreviewWidget
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from elvmass.errors import ElvmassError
from elvmass_gui import settings
from elvmass_gui.messages import message
from elvmass_gui.outputs import printing
from elvmass_gui.outputs.output_choices import ANONYMOUS_TIP, paper_box
from elvmass_gui.outputs.sheets import Content, reduced
from elvmass_gui.painting.fit import PAPERS, Paper
from elvmass_gui.screens import room_for
from elvmass_gui.settings import Settings
from elvmass_gui.views.parts import caption, label, wrapped

#: What can be printed: its words → made with or without the patient's name.
Sources = Mapping[str, Callable[[bool], Content]]
#: Asks where and writes; the words of the dialog say what became of it.
Save = Callable[[Content, Paper], str]

_NO_PRINTER = "No printer is set up on this computer. Save as PDF, and print that at 100 %."
_TRUE = "True to scale. In the printer's own dialog choose 100 % (no fit to page)."


class PrintDialog(QDialog):
    """Choose, look, print. A page that the paper cannot hold is reduced and says so.

    Parameters
    ----------
    sources
        What can be printed, in the order of the choice.
    save
        What "Save as PDF" does.
    preferences
        Gives and takes the paper.
    """

    def __init__(
        self, sources: Sources, save: Save, preferences: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Print")
        self._sources, self._save, self._preferences = sources, save, preferences
        self.printer = printing.new_printer()
        self.what, self.paper = QComboBox(), paper_box(preferences)
        self.what.addItems(list(sources))
        self.what.setAccessibleName("What to print")
        self.anonymous = QCheckBox("&Without name, id, date and device")
        self.anonymous.setToolTip(wrapped(ANONYMOUS_TIP))
        self.what.setToolTip("The report, on one page or in detail, or the ECG page as shown")
        self.notice = label(role="notice", wrap=True)
        self.preview = QPrintPreviewWidget(self.printer, self)
        self.preview.setAccessibleName("Preview")
        self.preview.setToolTip("The pages as they will be printed, on the paper chosen above")
        self.preview.paintRequested.connect(self._paint)
        self.print_button, self.save_button = QPushButton("&Print …"), QPushButton("&Save as PDF …")
        self.print_button.setToolTip("Choose a printer and print it there")
        self.save_button.setToolTip("Write the same pages into a file, to be printed elsewhere")
        self._wire()
        self._lay_out()
        self._renew()

    def content(self) -> Content:
        """What is chosen."""
        return self._sources[self.what.currentText()](self.anonymous.isChecked())

    def _wire(self) -> None:
        self.what.currentIndexChanged.connect(self._renew)
        self.paper.currentIndexChanged.connect(self._renew)
        self.anonymous.toggled.connect(self._renew)
        self.print_button.clicked.connect(self._print)
        self.save_button.clicked.connect(self._save_pdf)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(caption("&Content", self.what, ""), self.what)
        form.addRow(caption("P&aper", self.paper, ""), self.paper)
        form.addRow("", self.anonymous)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for button in (self.print_button, self.save_button):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        possible = printing.has_printer()
        self.print_button.setEnabled(possible)
        (self.print_button if possible else self.save_button).setDefault(True)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addLayout(self._zoom_row())
        column.addWidget(self.preview, 1)
        column.addWidget(self.notice)
        column.addWidget(QLabel(_NO_PRINTER) if not possible else QLabel(_TRUE))
        column.addWidget(buttons)
        self.resize(room_for(920, 760, self.screen()))

    def _zoom_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(label("Preview"), 1)
        for text, name, tip, act in (
            ("−", "Smaller", "Make the preview smaller", self.preview.zoomOut),
            ("+", "Larger", "Make the preview larger", self.preview.zoomIn),
            ("A&ll", "All pages", "Show all pages side by side", self._show_all),
        ):
            button = QPushButton(text)
            button.setAccessibleName(name)
            button.setToolTip(tip)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, act=act: act())
            row.addWidget(button)
        return row

    def _show_all(self) -> None:
        self.preview.setViewMode(QPrintPreviewWidget.ViewMode.AllPagesView)
        self.preview.fitInView()

    def _renew(self) -> None:
        """Another choice: another paper, another preview."""
        paper = PAPERS[self.paper.currentData()]
        self._preferences[settings.PAPER] = self.paper.currentData()
        printing.set_paper(self.printer, paper)
        self._say(reduction_words(self.content(), self.printer))
        self.preview.updatePreview()
        self._show_all()

    def _paint(self, printer: QPrinter) -> None:
        printing.print_sheets(printer, self.content())

    def _print(self) -> None:
        dialog = QPrintDialog(self.printer, self)
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange)
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return
        self.printer.setFullPage(True)
        words = reduction_words(self.content(), self.printer)
        if words and not self._confirms(words):
            return
        try:
            printing.print_sheets(self.printer, self.content())
        except ElvmassError as error:
            self._say(message(error).text)
            return
        self.accept()

    def _confirms(self, words: str) -> bool:
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        return QMessageBox.question(self, "Print", f"{words} Print anyway?", yes | no, no) == yes

    def _save_pdf(self) -> None:
        try:
            self._say(self._save(self.content(), PAPERS[self.paper.currentData()]))
        except ElvmassError as error:
            self._say(message(error).text)

    def _say(self, words: str) -> None:
        self.notice.setText(words)
        self.notice.setVisible(bool(words))


def reduction_words(content: Content, printer: QPrinter) -> str:
    """Which pages this paper and printer cannot hold at true size; "" if it can hold all."""
    paper = printing.paper_of(printer)
    small = reduced(content, paper, printing.margins_of(printer))
    if not small:
        return ""
    pages = ", ".join(f"page {page} to {100.0 * scale:.1f} %" for page, scale in small.items())
    return f"{paper.name} does not hold everything at true size. Reduced: {pages}."
