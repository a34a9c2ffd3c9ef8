"""The dialog that asks how a report is exported, and what it remembers."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from elvmass_gui import settings
from elvmass_gui.painting.fit import PAPERS, Paper
from elvmass_gui.painting.report_content import PAGES
from elvmass_gui.settings import Settings
from elvmass_gui.views.parts import caption, label, wrapped

_SIDE_TIP = (
    "JSON beside the report: hashes of ECG and model, versions, settings and numbers, from which "
    "File › Make report from side file makes the same report again"
)
ANONYMOUS_TIP = (
    "Leave out what names the patient: name, identifier, dates, hospital and device. Age, sex and "
    "body size stay, since the estimate rests on them"
)
_PAGES_TIP = "One page with ECG and estimate, or three with the reasons and every number"
_PAPER_TIP = (
    "What the pages are laid out for. Millimetres stay true where the paper holds them; a page "
    "that had to be reduced says so"
)
_KINDS = "PDF, PNG, SVG or DICOM: the kind of file is chosen next."


@dataclass(frozen=True, slots=True)
class Choice:
    """How a report is to be."""

    pages: str
    paper: Paper
    anonymous: bool
    side_file: bool


def pages_box(preferences: Settings) -> QComboBox:
    """One page or detailed, as last time."""
    return _box(PAGES, preferences[settings.PAGES], "Pages", _PAGES_TIP)


def paper_box(preferences: Settings) -> QComboBox:
    """The paper, as last time."""
    names = {key: paper.name for key, paper in PAPERS.items()}
    return _box(names, preferences[settings.PAPER], "Paper", _PAPER_TIP)


def _box(texts: dict[str, str], present: str, name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(wrapped(tip))
    for key, text in texts.items():
        box.addItem(text, key)
    box.setCurrentIndex(box.findData(present))
    return box


class ExportDialog(QDialog):
    """Pages, paper, name, side file; what is accepted is remembered, but for the name."""

    def __init__(self, preferences: Settings, anonymous: bool, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export report")
        self._preferences = preferences
        self.pages, self.paper = pages_box(preferences), paper_box(preferences)
        self.anonymous = QCheckBox("&Without name, id, date and device")
        self.anonymous.setToolTip(wrapped(ANONYMOUS_TIP))
        self.anonymous.setChecked(anonymous)
        self.side_file = QCheckBox("&Side file, from which the report can be made again")
        self.side_file.setToolTip(wrapped(_SIDE_TIP))
        self.side_file.setChecked(preferences[settings.SIDE_FILE] == "yes")
        self._lay_out()

    def choice(self) -> Choice:
        """What is chosen; remembered for the next time."""
        made = Choice(
            self.pages.currentData(), PAPERS[self.paper.currentData()],
            self.anonymous.isChecked(), self.side_file.isChecked(),
        )  # fmt: skip
        self._preferences[settings.PAGES] = made.pages
        self._preferences[settings.PAPER] = self.paper.currentData()
        self._preferences[settings.SIDE_FILE] = "yes" if made.side_file else "no"
        return made

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(caption("&Pages", self.pages, ""), self.pages)
        form.addRow(caption("P&aper", self.paper, ""), self.paper)
        form.addRow("", self.anonymous)
        form.addRow("", self.side_file)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        save = buttons.addButton("Sa&ve as …", QDialogButtonBox.ButtonRole.AcceptRole)
        save.setDefault(True)
        save.setToolTip("Choose name, folder and kind of the file, and write it")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(label(_KINDS, wrap=True))
        column.addWidget(buttons)
