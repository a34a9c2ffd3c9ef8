"""The patient: values that enter the model can be corrected, and the file's stay in sight."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from elvmass.record import Patient, Record, Sex
from elvmass.result import Estimate
from elvmass_gui import style
from elvmass_gui.units import QUANTITIES, Quantity
from elvmass_gui.views import wording
from elvmass_gui.views.parts import Panel, label

_SEXES: tuple[Sex | None, ...] = (None, Sex.FEMALE, Sex.MALE)

_CORRECTION_TIP = "What is entered stands in place of the file's value; the estimate follows."
_TITLE_TIP = (
    "What the file says of the patient, and what was corrected here. Sex, age, height and weight\n"
    "enter the model."
)


class QuantityField(QWidget):
    """One number with its unit. Emits ``edited`` when a plausible value was entered."""

    edited = Signal()
    refused = Signal(str)
    restored = Signal()  # what was refused is gone; the value is as before
    unitPicked = Signal(str, str)  # field, unit

    def __init__(self, quantity: Quantity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.quantity = quantity
        self.value: float | None = None
        self.text, self.unit = QLineEdit(), QComboBox()
        self.text.setPlaceholderText("unknown")
        self.text.setAccessibleName(quantity.title)
        self.text.setFixedWidth(style.scaled(76))
        self.text.setAcceptDrops(False)  # a file dropped here is an ECG, its path no number
        self.unit.setAccessibleName(f"Unit of {quantity.title.lower()}")
        self.unit.addItems(list(quantity.units))
        self.unit.setEnabled(len(quantity.units) > 1)
        self.text.setToolTip(f"{quantity.title}, empty if unknown. {_CORRECTION_TIP}")
        self.unit.setToolTip(f"Unit in which {quantity.title.lower()} is shown and entered")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.text)
        row.addWidget(self.unit if len(quantity.units) > 1 else label(quantity.units[0]))
        row.addStretch()
        self.text.editingFinished.connect(self._on_edited)
        self.unit.activated.connect(self._on_unit)

    def set_value(self, value: float | None) -> None:
        """Show a value in the unit in force."""
        self.value = value
        self.text.setText(self.quantity.show(value, self.unit.currentText()))
        self._mark_wrong(False)

    def set_unit(self, unit: str) -> None:
        """Show the same value in another unit."""
        with QSignalBlocker(self.unit):
            self.unit.setCurrentText(unit)
        self.set_value(self.value)

    def _on_edited(self) -> None:
        # Rounding for the display must not count as a correction.
        if self.text.text() == self.quantity.show(self.value, self.unit.currentText()):
            self._mark_wrong(False)
            self.restored.emit()
            return
        try:
            self.value = self.quantity.parse(self.text.text(), self.unit.currentText())
        except ValueError as error:
            self._mark_wrong(True)
            self.refused.emit(str(error))
            return
        self._mark_wrong(False)
        self.edited.emit()

    def _on_unit(self) -> None:
        self.set_value(self.value)
        self.unitPicked.emit(self.quantity.field, self.unit.currentText())

    @property
    def wrong(self) -> bool:
        """Whether what stands there was refused."""
        return bool(self.text.property("wrong"))

    def _mark_wrong(self, wrong: bool) -> None:
        if self.wrong != wrong:
            self.text.setProperty("wrong", wrong)
            self.text.style().unpolish(self.text)
            self.text.style().polish(self.text)


class PatientPanel(Panel):
    """Age, sex, height, weight. Emits the corrected :class:`Patient`; changes nothing itself."""

    corrected = Signal(object)  # Patient
    unitPicked = Signal(str, str)  # field, unit

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Patient", "No ECG is open.", parent, tip=_TITLE_TIP)
        self._patient, self._original = Patient(), Patient()
        self._imputed: dict[str, float] = {}
        self.who, self.hint = label(role="muted", wrap=True), label(role="mark", wrap=True)
        self.sex = QComboBox()
        self.sex.setAccessibleName("Sex")
        self.sex.addItems([wording.sex_title(sex) for sex in _SEXES])
        self.sex.setToolTip(f"It chooses the model. {_CORRECTION_TIP}")
        self.fields = {q.field: QuantityField(q) for q in QUANTITIES}
        self.marks: dict[str, QLabel] = {}
        self.reset = QPushButton("Reset to file")
        self.reset.setToolTip("Take every correction back: the values of the file")
        self._lay_out()
        self._connect()

    def set_record(self, record: Record, original: Patient) -> None:
        """Show the patient data in force and, where they differ, what the file said."""
        self.show_state("")
        self._patient, self._original = record.patient, original
        self.who.setText(_identity(record))
        with QSignalBlocker(self.sex):
            self.sex.setCurrentIndex(_SEXES.index(record.patient.sex))
        for name, field in self.fields.items():
            field.set_value(getattr(record.patient, name))
        self.hint.setVisible(False)
        self.reset.setEnabled(record.patient != original)
        self.set_estimate(None)

    def set_estimate(self, estimate: Estimate | None) -> None:
        """Mark the values that the model had to replace because they are unknown."""
        self._imputed = {n: estimate.scalars[n] for n in estimate.imputed} if estimate else {}
        self._show_marks()

    def set_units(self, units: dict[str, str]) -> None:
        """Field → unit, as the settings remember them."""
        for name, unit in units.items():
            self.fields[name].set_unit(unit)
        self._show_marks()

    def reset_to_file(self) -> None:
        """Ask for the values of the file."""
        self.corrected.emit(self._original)

    def _show_marks(self) -> None:
        for name, mark in self.marks.items():
            text = self._mark(name)
            mark.setText(text)
            mark.setVisible(bool(text))

    def _mark(self, name: str) -> str:
        now, said = getattr(self._patient, name), getattr(self._original, name)
        if now != said:
            return f"file: {self._in_words(name, said)}"
        scalar = "sex_male" if name == "sex" else name
        if scalar in self._imputed:
            value = self._imputed[scalar]
            shown = "0.5" if name == "sex" else self._in_words(name, value)
            return f"imputed: {shown}"
        return ""

    def _in_words(self, name: str, value: float | Sex | None) -> str:
        if value is None or isinstance(value, Sex):
            return wording.sex_title(value) if name == "sex" else "unknown"
        field = self.fields[name]
        unit = field.unit.currentText()
        return f"{field.quantity.show(value, unit)} {unit}"

    def _lay_out(self) -> None:
        self.body.addWidget(self.who)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        grid.setHorizontalSpacing(8)
        grid.setColumnStretch(2, 1)
        rows: list[tuple[str, str, QWidget]] = [("sex", "Sex", self.sex)]
        rows += [(name, field.quantity.title, field) for name, field in self.fields.items()]
        for row, (name, title, widget) in enumerate(rows):
            self.marks[name] = label(role="mark")
            grid.addWidget(label(title), row, 0)
            grid.addWidget(widget, row, 1)
            grid.addWidget(self.marks[name], row, 2, Qt.AlignmentFlag.AlignLeft)
        self.body.addLayout(grid)
        self.body.addWidget(self.hint)
        self.body.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignLeft)

    def _connect(self) -> None:
        self.sex.activated.connect(self._on_edited)
        self.reset.clicked.connect(self.reset_to_file)
        for field in self.fields.values():
            field.edited.connect(self._on_edited)
            field.refused.connect(self._on_refused)
            field.restored.connect(self._forget_refused)
            field.unitPicked.connect(self._on_unit)

    def _on_edited(self) -> None:
        self._forget_refused()
        numbers: dict[str, Any] = {name: field.value for name, field in self.fields.items()}
        sex = _SEXES[self.sex.currentIndex()]
        patient = replace(self._patient, sex=sex, **numbers)
        if patient != self._patient:
            self.corrected.emit(patient)

    def _on_refused(self, text: str) -> None:
        self.hint.setText(f"{text}. Nothing was changed.")
        self.hint.setVisible(True)

    def _forget_refused(self) -> None:
        if not any(field.wrong for field in self.fields.values()):
            self.hint.setVisible(False)

    def _on_unit(self, field: str, unit: str) -> None:
        self._forget_refused()
        self._show_marks()
        self.unitPicked.emit(field, unit)


def _identity(record: Record) -> str:
    patient = record.patient
    who = " · ".join(part for part in (patient.name, patient.id) if part) or "not named in the file"
    when = record.recorded_at.strftime("%Y-%m-%d %H:%M") if record.recorded_at else "no date"
    return f"{who}\nRecorded {when} · {record.source.format or 'unknown format'}"
