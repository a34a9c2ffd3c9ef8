"""The right column: every panel, one below the other, in one scroll area."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from elvmass.record import Patient, Record
from elvmass.result import Analysis
from elvmass_gui import style
from elvmass_gui.views.contributions import ContributionsPanel
from elvmass_gui.views.criteria import CriteriaPanel
from elvmass_gui.views.importance import ImportancePanel
from elvmass_gui.views.measurements import MeasurementsPanel
from elvmass_gui.views.model import ModelPanel
from elvmass_gui.views.notices import NoticePanel
from elvmass_gui.views.parts import Panel
from elvmass_gui.views.patient import PatientPanel
from elvmass_gui.views.result import ResultPanel
from elvmass_gui.views.wheel import WheelScrolls

P = TypeVar("P", bound=Panel)


class SideColumn(QScrollArea):
    """Holds the panels and hands each value to those that show it.

    It is empty until :meth:`fill` has been run to its end.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._content = QWidget(self)
        self._content.setObjectName("sideContent")
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._column.setSpacing(8)
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(style.side_px())
        self._analysis: Analysis | None = None
        # All panels in one turn would hold the window up: the lower ones have the next.
        self._lower = QTimer(self)
        self._lower.setSingleShot(True)
        self._lower.timeout.connect(self._fill_lower)

    def fill(self) -> Iterator[None]:
        """Make the panels one by one; the window may answer in between."""
        self.result = self._added(ResultPanel)
        yield
        self.patient, self.notices = self._added(PatientPanel), self._added(NoticePanel)
        yield
        self.importance = self._added(ImportancePanel)
        yield
        self.contributions = self._added(ContributionsPanel)
        yield
        self.criteria = self._added(CriteriaPanel)
        yield
        self.measurements, self.model = self._added(MeasurementsPanel), self._added(ModelPanel)
        self._column.addStretch()
        WheelScrolls(self._content)  # of all that stands in it now

    def _added(self, kind: Callable[[QWidget], P]) -> P:
        panel = kind(self._content)
        self._column.addWidget(panel)
        return panel

    @property
    def panels(self) -> tuple[Panel, ...]:
        """From top to bottom."""
        return (
            self.result, self.patient, self.notices, self.importance, self.contributions,
            self.criteria, self.measurements, self.model,
        )  # fmt: skip

    def sizeHint(self) -> QSize:
        """A fixed width; any height."""
        return QSize(style.side_px(), 600)

    def set_record(self, record: Record, original: Patient) -> None:
        """Show another file."""
        self.patient.set_record(record, original)
        self.measurements.set_record(record)
        self.notices.set_notices(record.notices)
        self.verticalScrollBar().setValue(0)

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show an analysis, its lower panels in a moment; or at once that there is none yet."""
        self._analysis = analysis
        self.result.set_analysis(analysis)
        self.importance.set_analysis(analysis)
        self.contributions.set_analysis(analysis)
        if analysis is None:
            self._lower.stop()
            self._fill_lower()
            return
        self.patient.set_estimate(analysis.estimate)
        self.notices.set_notices(analysis.estimate.notices)
        self._lower.start()

    def show_boundaries(self, analysis: Analysis) -> None:
        """Only what follows the boundaries of the beat."""
        self._analysis = analysis
        self.importance.set_analysis(analysis)
        self.measurements.set_analysis(analysis)

    def _fill_lower(self) -> None:
        self.criteria.set_analysis(self._analysis)
        self.measurements.set_analysis(self._analysis)
        self.model.set_analysis(self._analysis)

    def show_state(self, estimate: str, reasons: str) -> None:
        """Say in place of the numbers why there are none, and of notices if the file has none."""
        self.result.show_state(estimate)
        if not self.notices.texts:
            self.notices.show_state(estimate)  # the analysis may note something yet
        self.importance.show_state(reasons)
        self.contributions.show_state(reasons)
        self.criteria.show_state(estimate)
        self.model.show_state(reasons)

    def show_withheld(self, text: str, record: Record | None) -> None:
        """Say that the reader speaks first; of the file's own notices nothing is withheld."""
        self.notices.set_notices(record.notices if record is not None else ())
        self.show_state(text, text)

    def show_no_reasons(self, text: str) -> None:
        """Say why the estimate, which stays, is not explained."""
        self.importance.show_state(text)
        self.contributions.show_state(text)

    def show_busy(self, text: str) -> None:
        """Say beside the heading that a newer number is on its way."""
        self.result.aside.setText(text)
        self.importance.aside.setText(text)
