"""The rule-based ECG criteria of hypertrophy beside the estimate: what a reader could count."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QWidget

from elvmass.clinical.criteria import PRESETS, RULES
from elvmass.result import Analysis, Criterion
from elvmass_gui.painting.criteria_words import PRESET_WORDS, count_line, criterion_row
from elvmass_gui.views.importance import WAITING
from elvmass_gui.views.parts import Panel, label, set_role

_HEADS = {
    "Criterion": "Name of the rule; its own tooltip names formula and source",
    "Value": "What this program measured, in the unit of the rule",
    "Limit": "From here on the rule is positive; it may depend on sex and on the cut-offs below",
    "": "Whether the rule is positive",
}
_NOTE = "No criterion is endorsed above the others; a tooltip names formula and source."

_TITLE_TIP = (
    "Rules of the literature on voltages and durations of the median beat, as this program\n"
    "measured them."
)


class CriteriaPanel(Panel):
    """One row for each criterion; the selector only says what was picked."""

    presetPicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Criteria of hypertrophy", WAITING, parent, tip=_TITLE_TIP)
        self.cells: list[tuple[QLabel, ...]] = []
        self.preset = QComboBox()
        self.preset.setAccessibleName("Cut-offs of the criteria")
        self.preset.setToolTip("In which population the cut-offs were found")
        for key in PRESETS:
            self.preset.addItem(PRESET_WORDS.get(key, key), key)
        self.preset.activated.connect(self._on_preset)
        self.body.addLayout(self._table())
        row = QHBoxLayout()
        row.addWidget(label("Cut-offs", "small"))
        row.addWidget(self.preset, 1)
        self.body.addLayout(row)
        self.body.addWidget(label(_NOTE, "small", wrap=True))

    def set_preset(self, key: str) -> None:
        """Show which cut-offs are in force."""
        with QSignalBlocker(self.preset):
            self.preset.setCurrentIndex(max(0, self.preset.findData(key)))

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show the criteria, or why there are none yet."""
        if analysis is None:
            self.show_state(WAITING)
            self.aside.setText("")
            for cell in (cell for cells in self.cells for cell in cells):
                cell.setText("")
                cell.setToolTip("")
            return
        self.aside.setText(count_line(analysis.criteria))
        for cells, criterion in zip(self.cells, analysis.criteria, strict=True):
            _fill(cells, criterion)
        self.show_state("")

    def _table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(1)
        grid.setHorizontalSpacing(8)
        grid.setColumnStretch(0, 1)
        for column, (head, tip) in enumerate(_HEADS.items()):
            title = label(head, "small")
            title.setToolTip(tip)
            grid.addWidget(title, 0, column, _ALIGN[column])
        for row, _ in enumerate(RULES, start=1):
            cells = tuple(label(role="small") for _ in _HEADS)
            for column, cell in enumerate(cells):
                grid.addWidget(cell, row, column, _ALIGN[column])
            self.cells.append(cells)
        return grid

    def _on_preset(self, row: int) -> None:
        self.presetPicked.emit(self.preset.itemData(row))


_ALIGN = (
    Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignRight,
    Qt.AlignmentFlag.AlignLeft,
)  # fmt: skip


def _fill(cells: tuple[QLabel, ...], criterion: Criterion) -> None:
    row = criterion_row(criterion)
    for cell, text in zip(cells, (row.name, row.value, row.limit, row.verdict), strict=True):
        cell.setText(text)
        cell.setToolTip(row.tip)
        set_role(cell, "met" if criterion.positive else "small")
