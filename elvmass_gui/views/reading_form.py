"""The form of read-first: hypertrophy or not, and how many grams, before the estimate is shown."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from elvmass_gui import style
from elvmass_gui.state.read_first import ReadFirst
from elvmass_gui.state.readings import Lvh, Opinion
from elvmass_gui.style import set_look
from elvmass_gui.units import Quantity
from elvmass_gui.views.parts import label

MASS = Quantity("mass_g", "Your estimate", ("g",), 30.0, 800.0)
_ANSWERS = ((Lvh.YES, "&Yes"), (Lvh.NO, "&No"), (Lvh.CANNOT_SAY, "&Cannot say"))
_TIP = (
    "Your own answer, from the ECG alone. It is logged on this computer together with the\n"
    "estimate, without any name; the estimate appears afterwards."
)


class ReadingForm(QWidget):
    """Asks for a reading, then shows it beside the estimate; hidden while the mode is off."""

    entered = Signal(object)  # Opinion

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Your reading")
        self.setToolTip(_TIP)
        self.question = QWidget()
        self.answers = {lvh: QRadioButton(text) for lvh, text in _ANSWERS}
        self._group = QButtonGroup(self)
        self.mass, self.hint = QLineEdit(), label(role="mark", wrap=True)
        self.mass.setAcceptDrops(False)  # a file dropped here is an ECG, its path no number
        self.show_estimate = QPushButton("&Show the estimate")
        self.dismiss = QPushButton("Show without a reading")
        self.said = label(role="said", wrap=True)
        self._lay_out()
        self._group.buttonClicked.connect(self._on_answer)
        self.mass.returnPressed.connect(self._on_show)
        self.show_estimate.clicked.connect(self._on_show)
        self.dismiss.clicked.connect(self._on_dismiss)
        self.setVisible(False)

    def follow(self, mode: ReadFirst) -> None:
        """Ask the mode what to show, now and whenever it changes."""
        self.entered.connect(mode.enter)
        mode.changed.connect(lambda: self.show_mode(mode))
        self.show_mode(mode)

    def show_mode(self, mode: ReadFirst) -> None:
        """Ask, show what was said, or hide."""
        reading = mode.reading
        asks = mode.asks
        if asks:
            self._begin()
        self.question.setVisible(asks)
        self.said.setText(reading.words if reading else "")
        self.said.setVisible(reading is not None)
        self.setVisible(asks or reading is not None)

    def _begin(self) -> None:
        self._group.setExclusive(False)
        for button in self.answers.values():
            button.setChecked(False)
        self._group.setExclusive(True)
        self.mass.clear()
        self._complain("")
        self.show_estimate.setEnabled(False)

    def _on_answer(self) -> None:
        self.show_estimate.setEnabled(True)

    def _on_show(self) -> None:
        chosen = [lvh for lvh, button in self.answers.items() if button.isChecked()]
        try:
            mass_g = MASS.parse(self.mass.text(), "g")
        except ValueError as error:
            self._complain(f"{error}, or left empty.")
            return
        if not chosen:
            self._complain("Say yes, no or cannot say first.")
            return
        self.entered.emit(Opinion(chosen[0], mass_g))

    def _on_dismiss(self) -> None:
        self.entered.emit(Opinion(Lvh.DISMISSED))

    def _complain(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        set_look(self.mass, "wrong", text.startswith(MASS.title))

    def _lay_out(self) -> None:
        self.mass.setPlaceholderText("optional")
        self.mass.setAccessibleName("Your estimate of the mass in grams, optional")
        self.mass.setFixedWidth(style.scaled(76))
        form = QVBoxLayout(self.question)
        form.setContentsMargins(0, 2, 0, 2)
        form.setSpacing(6)
        form.addWidget(label("Left ventricular hypertrophy?", "value"))
        form.addLayout(_row(*self.answers.values()))
        form.addLayout(_row(label("Your estimate"), self.mass, label("g")))
        form.addWidget(self.hint)
        form.addLayout(_row(self.show_estimate, self.dismiss))
        for button in self.answers.values():
            self._group.addButton(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.question)
        column.addWidget(self.said)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch()
    return row
