"""The what-if window: sliders at the left, the moved estimate, and a curve at the right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from elvmass.beat import SEGMENTS, Segment
from elvmass.beside import Supposed, Supposition, Sweep
from elvmass.card import SCALAR_WORDS, ModelCard
from elvmass.result import Estimate
from elvmass_gui import style
from elvmass_gui import what_if_words as words
from elvmass_gui.screens import room_for
from elvmass_gui.units import AGE, FACTORS, HEIGHT, WEIGHT
from elvmass_gui.views.importance import WAITING
from elvmass_gui.views.parts import label, selector
from elvmass_gui.views.what_if_plot import Axis, CurvePlot
from elvmass_gui.views.what_if_slider import SuppositionSlider

#: Range of each slider in the program's unit; a patient outside it widens it.
SPANS = {"age_years": (18.0, 95.0), "height_cm": (140.0, 205.0), "weight_kg": (40.0, 160.0)}
#: Values of a curve.
POINTS = 21
#: Key of the curve over the voltage of the chosen segment.
VOLTAGE = ""
_QUANTITIES = {q.field: q for q in (AGE, HEIGHT, WEIGHT)}
_LEGEND = (
    "Diamond: as supposed. Circle and dotted line: as recorded. Grey: range of the fold models. "
    "Blue: 90 % interval, only where one can be stood for. Dashed: outside the trained range."
)

_SEX_TIP = "Sex that is supposed, of a model that knows both"


class WhatIfWindow(QDialog):
    """Says what is supposed; shows what the model answered. Computes nothing."""

    asked = Signal()  # something is supposed otherwise
    exportAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("What if")
        self.setObjectName("whatIf")
        self.question = label(words.QUESTION, "notice")
        self.question.setToolTip(words.QUESTION_TIP)
        self.model = selector([("", "–")], "Model that is asked")
        self.original, self.supposed, self.moved = label(role="value"), label(role="index"), label()
        self.original_more, self.supposed_more = label(role="small"), label(role="small")
        self.doubts = label(role="notice", wrap=True)
        self.sliders = {n: SuppositionSlider(_QUANTITIES[n].title, SPANS[n], 1) for n in SPANS}
        self.sex = selector([("0", "female"), ("1", "male")], "Sex")
        self.segment = selector([(s.value, s.value) for s in SEGMENTS], "Segment")
        self.group = selector(list(words.GROUPS.items()), "Lead group")
        self.factor = SuppositionSlider("Scale", (0.0, 2.0))
        self.flatten, self.reset = QPushButton("&Flatten"), QPushButton("&Reset")
        self.variable = selector([("weight_kg", "weight")], "Curve over")
        self.export, self.plot = QPushButton("&Save curve …"), CurvePlot()
        self.state = label(WAITING, "state", wrap=True)
        self._units = {"age_years": "years", "height_cm": "cm", "weight_kg": "kg"}
        self._sex: float | None = None
        self.sex.setToolTip(_SEX_TIP)
        for widget, tip in (
            (self.model, "Which model is asked: that of the estimate, or its counterpart"),
            (self.segment, "Segment of the beat whose shape is scaled"),
            (self.group, "Leads in which it is scaled"),
            (self.flatten, "Scale 0 %: the segment becomes the line between its ends"),
            (self.reset, "Back to what was recorded"),
            (self.variable, "What the curve runs over, within the trained range and beyond"),
            (self.export, "Write the points of the curve as CSV"),
        ):
            widget.setToolTip(tip)
        self._lay_out()
        self._wire()
        for name, unit in self._units.items():
            self.set_unit(name, unit)
        self.factor.set_unit("%", 100.0)
        self.factor.set_original(1.0)
        self.segment.setCurrentIndex(self.segment.findData(Segment.QRS.value))
        self.show_nothing(WAITING)

    def changeEvent(self, event: QEvent) -> None:
        """Another theme: the plot does not follow by itself."""
        if event.type() == QEvent.Type.PaletteChange:
            self.plot.dress()
        super().changeEvent(event)

    # --- what is supposed --------------------------------------------------------------------

    def supposition(self) -> Supposition:
        """What the controls say."""
        scalars = {n: s.value for n, s in self.sliders.items() if s.changed and s.isEnabled()}
        sex = float(self.sex.currentData() or 0.0)
        if self.sex.isEnabled() and sex != self._sex and self.sex.currentIndex() >= 0:
            scalars["sex_male"] = sex
        segment = Segment(self.segment.currentData())
        return Supposition(scalars, segment, self.group.currentData(), self.factor.value)

    def sweep(self) -> Sweep:
        """What the curve runs over; the present value is one of its points."""
        slider = self._running()
        values = np.append(np.linspace(*slider.span, POINTS), slider.value)
        return Sweep(self.variable.currentData(), tuple(np.unique(values).tolist()))

    # --- what is shown -----------------------------------------------------------------------

    def begin(self, estimate: Estimate) -> None:
        """Start from another patient: every control at what was recorded."""
        for name, slider in self.sliders.items():
            takes = name in estimate.scalars
            why_not = f"The model does not take the {SCALAR_WORDS[name]}."
            slider.set_known(takes=takes, why_not=why_not)
            value = estimate.scalars.get(name, SPANS[name][0])
            slider.set_original(value, known=name not in estimate.imputed)
        self._sex = estimate.scalars.get("sex_male")
        self._fill_variables(estimate)
        self.reset_all()

    def set_models(self, cards: Sequence[ModelCard]) -> None:
        """Offer the model of the estimate and the one that can be compared with it."""
        with QSignalBlocker(self.model):
            kept = self.model.currentText()
            self.model.clear()
            for card in cards:
                self.model.addItem(card.name, card)
            self.model.setCurrentIndex(max(0, self.model.findText(kept)))
        self._enable_sex()

    @property
    def card(self) -> ModelCard | None:
        """The model that is asked."""
        return self.model.currentData() or None

    def set_unit(self, name: str, unit: str) -> None:
        """Show a quantity in another unit."""
        self._units[name] = unit
        self.sliders[name].set_unit(unit, 1.0 / FACTORS[unit])

    def show_supposed(self, supposed: Supposed) -> None:
        """Show an answer beside the original one."""
        self.state.hide()
        self.original.setText(f"{supposed.original.mass_g:.0f} g")
        self.original_more.setText(words.interval(supposed.original))
        self.supposed.setText(f"{supposed.changed.mass_g:.0f} g")
        self.moved.setText(words.grams_between(supposed))
        self.supposed_more.setText(
            "\n".join(
                filter(None, [words.interval(supposed.changed), words.folds(supposed.changed)])
            )
        )
        self.doubts.setText(words.doubts(supposed) or " ")
        self.doubts.setVisible(bool(words.doubts(supposed)))
        self.export.setEnabled(True)
        self._draw(supposed)

    def show_nothing(self, text: str) -> None:
        """Say why there is no answer at all."""
        self.show_failure(text)
        self.original.setText("–")
        self.original_more.setText("")

    def show_failure(self, text: str) -> None:
        """Say why there is no answer to what is supposed; the original one stays."""
        self.state.setText(text)
        self.state.show()
        self.supposed.setText("–")
        self.supposed_more.setText("")
        self.moved.setText("")
        self.doubts.hide()
        self.export.setEnabled(False)
        self.plot.clear()

    def reset_all(self) -> None:
        """Suppose nothing."""
        for slider in (*self.sliders.values(), self.factor):
            with QSignalBlocker(slider):
                slider.set_value(slider.original)
        with QSignalBlocker(self.sex):
            self.sex.setCurrentIndex(
                -1 if self._sex is None else self.sex.findData(f"{self._sex:g}")
            )
        self.asked.emit()

    # --- small helpers -----------------------------------------------------------------------

    def _running(self) -> SuppositionSlider:
        return self.sliders.get(self.variable.currentData(), self.factor)

    def _draw(self, supposed: Supposed) -> None:
        name, asked = supposed.curve.sweep.scalar, supposed.supposition
        if name == VOLTAGE:
            title = f"{words.segment_title(asked.segment, asked.group)}, % of this ECG"
            self.plot.show_curve(supposed, Axis(title, 100.0), asked.factor, 1.0)
            return
        axis = Axis(f"{SCALAR_WORDS[name]}, {self._units[name]}", 1.0 / FACTORS[self._units[name]])
        was = supposed.given.scalars.get(name)
        now = asked.scalars.get(name, self.sliders[name].original)
        self.plot.show_curve(supposed, axis, now, was)

    def _fill_variables(self, estimate: Estimate) -> None:
        kept = self.variable.currentData()
        with QSignalBlocker(self.variable):
            self.variable.clear()
            for name in ("weight_kg", "age_years", "height_cm"):
                if name in estimate.scalars:
                    self.variable.addItem(SCALAR_WORDS[name], name)
            self.variable.addItem("", VOLTAGE)
            self._name_voltage()
            self.variable.setCurrentIndex(max(0, self.variable.findData(kept)))

    def _enable_sex(self) -> None:
        card = self.card
        both = card is not None and card.sex is None and self._sex is not None
        self.sex.setEnabled(both)
        tip = _SEX_TIP
        if card is not None and not both:
            tip = f"{card.name} knows one sex only; ask another model."
        self.sex.setToolTip(tip)

    def _name_voltage(self) -> None:
        title = words.segment_title(Segment(self.segment.currentData()), self.group.currentData())
        self.variable.setItemText(self.variable.findData(VOLTAGE), title)

    def _on_part(self) -> None:
        self._name_voltage()
        self.asked.emit()

    def _on_model(self) -> None:
        self._enable_sex()
        self.asked.emit()

    def _on_flatten(self) -> None:
        self.factor.set_value(0.0)

    # --- layout ------------------------------------------------------------------------------

    def _wire(self) -> None:
        for slider in (*self.sliders.values(), self.factor):
            slider.moved.connect(self.asked)
        for box in (self.sex, self.variable):
            box.activated.connect(self.asked)
        for box in (self.segment, self.group):
            box.activated.connect(self._on_part)
        self.model.activated.connect(self._on_model)
        self.flatten.clicked.connect(self._on_flatten)
        self.reset.clicked.connect(self.reset_all)
        self.export.clicked.connect(self.exportAsked)
        for button in (self.flatten, self.reset, self.export):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(7)
        left.addLayout(self._numbers())
        for slider in self.sliders.values():
            left.addWidget(slider)
        left.addLayout(_row(label("Sex"), self.sex))
        left.addLayout(_row(label("ECG"), self.segment, self.group, self.flatten))
        left.addWidget(self.factor)
        left.addStretch()
        left.addWidget(self.state)
        left.addWidget(self.doubts)  # below: nothing may move under the hand
        left.addLayout(_row(label("Model"), self.model, self.reset))
        right = QVBoxLayout()
        head = _row(label("Curve over"), self.variable, self.export)
        head.setStretch(1, 1)
        right.addLayout(head)
        right.addWidget(self.plot.widget, 1)
        right.addWidget(label(_LEGEND, "small", wrap=True))
        both = QHBoxLayout()
        both.setSpacing(14)
        column = QWidget()
        column.setFixedWidth(style.scaled(370))
        left.setContentsMargins(0, 0, 0, 0)
        column.setLayout(left)
        both.addWidget(column)
        both.addLayout(right, 1)
        outer = QVBoxLayout(self)
        outer.addWidget(self.question)
        outer.addLayout(both, 1)
        self.resize(room_for(1000, 620, self.screen()))

    def _numbers(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        right = Qt.AlignmentFlag.AlignRight
        rows: tuple[tuple[str, QLabel, QLabel], ...] = (
            ("As recorded", self.original, self.original_more),
            ("As supposed", self.supposed, self.moved),
        )
        for row, (title, mass, more) in enumerate(rows):
            grid.addWidget(label(title, "small"), row, 0)
            grid.addWidget(mass, row, 1)
            grid.addWidget(more, row, 2, right)
        grid.addWidget(self.supposed_more, 2, 1, 1, 2, right)
        self.supposed_more.setAlignment(right)
        grid.setColumnStretch(2, 1)
        return grid


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, QComboBox) else 0)
    return row
