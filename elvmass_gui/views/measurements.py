"""Global measurements in two columns that never mix: the device's, and ours."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from elvmass.record import Measurements, Record
from elvmass.result import Analysis
from elvmass_gui.painting.by_hand_words import ESTIMATE_STAYS, intervals_line
from elvmass_gui.painting.criteria_words import qtc_line, quality_line, quality_table
from elvmass_gui.painting.wording import measurement_table
from elvmass_gui.views.parts import Panel, label

_HEADS = ("Device", "Measured")
_TIPS = ("Reported by the recording device in the file", "Measured by this program from the signal")
_ROW_TIPS = {
    "Rate": "Heartbeats per minute",
    "PR": "From the onset of P to the onset of QRS, ms",
    "QRS": "From the onset to the end of QRS, ms",
    "QT": "From the onset of QRS to the end of T, ms",
    "QTc": "QT corrected for the heart rate after Bazett, ms",
    "P axis": "Direction of P in the frontal plane, degrees",
    "QRS axis": "Direction of QRS in the frontal plane, degrees",
    "T axis": "Direction of T in the frontal plane, degrees",
}
_QTC_TIP = (
    "QT corrected for the heart rate. The table has Bazett, which corrects too much at fast and\n"
    "too little at slow rates; the other three do so less."
)

_TITLE_TIP = (
    "Rate, intervals and axes: as the device reported them, and as this\nprogram measured them."
)


class MeasurementsPanel(Panel):
    """Rate, intervals and axes; a missing value is a dash."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Measurements", "No ECG is open.", parent, tip=_TITLE_TIP)
        self._record: Record | None = None
        self.cells: dict[tuple[str, str], QLabel] = {}
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(1)
        for column, (head, tip) in enumerate(zip(_HEADS, _TIPS, strict=True), start=1):
            title = label(head, "small")
            title.setToolTip(tip)
            grid.addWidget(title, 0, column, Qt.AlignmentFlag.AlignRight)
            grid.setColumnStretch(column, 1)
        for row, line in enumerate(measurement_table(Measurements(), None), start=1):
            name = label(line[0])
            name.setToolTip(_ROW_TIPS[line[0]])
            grid.addWidget(name, row, 0)
            for column, head in enumerate(_HEADS, start=1):
                cell = self.cells[line[0], head] = label()
                grid.addWidget(cell, row, column, Qt.AlignmentFlag.AlignRight)
        self.body.addLayout(grid)
        self.qtc, self.quality = label(role="small", wrap=True), label(role="small", wrap=True)
        self.by_hand = label(role="notice", wrap=True)
        self.by_hand.setToolTip(ESTIMATE_STAYS)
        self.body.addWidget(self.by_hand)
        self.qtc.setToolTip(_QTC_TIP)
        self.body.addWidget(self.qtc)
        self.body.addWidget(self.quality)

    def set_record(self, record: Record) -> None:
        """Show what the device reported; ours follow with the analysis."""
        self.show_state("")
        self._record = record
        self.set_analysis(None)

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show our own measurements; None shows none."""
        if self._record is not None:
            self._fill(self._record, analysis.measured if analysis else None)
        qtc = qtc_line(analysis.measured) if analysis else ""
        self.qtc.setText(qtc and f"QTc measured: {qtc}")
        self.by_hand.setText(intervals_line(analysis) if analysis else "")
        self.quality.setText(quality_line(analysis.lead_quality) if analysis else "")
        self.quality.setToolTip(quality_table(analysis.lead_quality) if analysis else "")
        for line in (self.qtc, self.quality, self.by_hand):
            line.setVisible(bool(line.text()))

    def _fill(self, record: Record, measured: Measurements | None) -> None:
        for head, unit, *values in measurement_table(record.reported, measured):
            gap = "" if unit == "°" else " "
            for column, value in zip(_HEADS, values, strict=True):
                text = value if value == "–" else f"{value}{gap}{unit}"
                self.cells[head, column].setText(text)
