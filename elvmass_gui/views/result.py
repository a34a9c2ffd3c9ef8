"""The estimate: mass, interval on a scale, index, verdict, and which model said so."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from elvmass.clinical.body import BSA_FORMULAS
from elvmass.clinical.thresholds import THRESHOLDS
from elvmass.result import Analysis, Estimate
from elvmass_gui.painting.result_words import (
    SECOND_TIP,
    beats_line,
    folds_line,
    outside_details,
    outside_line,
    second_line,
)
from elvmass_gui.painting.wording import height_index_text
from elvmass_gui.views import wording
from elvmass_gui.views.parts import Panel, fill, label, selector, set_role
from elvmass_gui.views.reading_form import ReadingForm
from elvmass_gui.views.scale import MassScale

_BY_PATIENT = "by the patient"
_BEATS_TIP = (
    "The same estimate on every clean beat of this recording: how far the number depends on\n"
    "the choice of the beat. This is repeatability; it says nothing about the error."
)
_FOLDS_TIP = (
    "Each of the models that were trained on other parts of the cohort gives its own answer\n"
    "(marks below the bar); the estimate is their mean. This is disagreement, not the error."
)
_MASS_TIP = (
    "What the model reads from this ECG and the patient's data, the mean of its fold models.\n"
    "A single number is not the whole answer: look at the interval and at the notices."
)
_INTERVAL_TIP = (
    "Among patients like those of the training cohort the true mass lies inside this interval\n"
    "as often as the percentage says. It is wider when data of the patient are unknown."
)
_INDEX_TIP = "Mass divided by body surface area: what limits of hypertrophy are given for."
_HEIGHT_TIP = (
    "Mass divided by the height in metres to the power of 1.7 or 2.7: a large body surface\n"
    "of an obese patient hides no hypertrophy there. The limits below are per body surface."
)
_VERDICT_TIP = (
    "Above or below only if the whole interval lies on one side of the limit; else not settled."
)

_TITLE_TIP = (
    "Mass of the left ventricle in grams, as the model reads it from this ECG\n"
    "and the patient's data."
)


class ResultPanel(Panel):
    """Shows one estimate. The selectors of limit and BSA formula only say what was picked."""

    thresholdPicked = Signal(str)
    formulaPicked = Signal(str)
    modelPicked = Signal(str)  # name, or "" for the choice by patient

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Estimated left ventricular mass", "Open an ECG to begin.", parent, tip=_TITLE_TIP
        )
        self.mass, self.interval = label(role="mass"), label(role="muted")
        self.scale = MassScale()
        self.outside = label(role="notice", wrap=True)
        self.beats, self.folds = label(role="small"), label(role="small")
        self.second = label(role="small", wrap=True)
        self.second.setToolTip(SECOND_TIP)
        self.beats.setToolTip(_BEATS_TIP)
        self.folds.setToolTip(_FOLDS_TIP)
        self.index, self.body_size = label(role="index"), label(role="small", wrap=True)
        self.by_height = label(role="small")
        self.by_height.setToolTip(_HEIGHT_TIP)
        self.verdict, self.reason = label(role="verdict", wrap=True), label(role="small", wrap=True)
        for line, tip in (
            (self.mass, _MASS_TIP), (self.interval, _INTERVAL_TIP), (self.index, _INDEX_TIP),
            (self.body_size, _INDEX_TIP), (self.verdict, _VERDICT_TIP),
        ):  # fmt: skip
            line.setToolTip(tip)
        self.threshold = selector(
            [(key, wording.threshold_title(row)) for key, row in THRESHOLDS.items()],
            "Limit for hypertrophy",
        )
        self.formula = selector([(k, v[0]) for k, v in BSA_FORMULAS.items()], "BSA formula")
        self.chosen_model = selector([("", _BY_PATIENT)], "Model")
        self.formula.setToolTip("How body surface area (m²) is reckoned from height and weight")
        self.chosen_model.setToolTip(
            "Which model is asked: by the patient, by sex and by what is known; else by its name"
        )
        for row, limit in enumerate(THRESHOLDS.values()):
            self.threshold.setItemData(row, limit.source, Qt.ItemDataRole.ToolTipRole)
        self.threshold.activated.connect(self._on_threshold)
        self.formula.activated.connect(self._on_formula)
        self.chosen_model.activated.connect(self._on_model)
        self.model = label(role="small", wrap=True)
        self.reading = ReadingForm()
        self._lay_out()

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show the estimate of an analysis; None leaves the panel to :meth:`show_state`."""
        if analysis is None:
            self._forget()
            return
        estimate = analysis.estimate
        self._show_mass(estimate)
        self._show_second(analysis)
        self._show_verdict(estimate)
        self.model.setText(wording.model_headline(estimate))
        self.show_state("")

    def set_models(self, names: Sequence[str], chosen: str) -> None:
        """Offer the installed models, and the choice by patient first."""
        with QSignalBlocker(self.chosen_model):
            self.chosen_model.clear()
            fill(self.chosen_model, [("", _BY_PATIENT), *((name, name) for name in names)])
            self.chosen_model.setCurrentIndex(max(0, self.chosen_model.findData(chosen)))

    def set_options(self, threshold: str, bsa_formula: str) -> None:
        """Show which limit and formula are in force."""
        self.threshold.setToolTip(THRESHOLDS[threshold].source)
        for box, key in ((self.threshold, threshold), (self.formula, bsa_formula)):
            with QSignalBlocker(box):
                box.setCurrentIndex(box.findData(key))

    def _forget(self) -> None:
        """Leave nothing of a former estimate behind, not even for a screen reader."""
        for line in (
            self.mass, self.interval, self.outside, self.second, self.beats, self.folds,
            self.index, self.body_size, self.by_height, self.verdict, self.reason, self.model,
        ):  # fmt: skip
            line.setText("")
        self.outside.setToolTip("")
        self.scale.set_estimate(None)

    def set_model(self, name: str) -> None:
        """Show which model was asked for; "" leaves it to the patient."""
        with QSignalBlocker(self.chosen_model):
            self.chosen_model.setCurrentIndex(max(0, self.chosen_model.findData(name)))

    def _show_mass(self, estimate: Estimate) -> None:
        self.mass.setText(f"{estimate.mass_g:.0f} g")
        self.interval.setText(wording.interval(estimate))
        self.scale.set_estimate(estimate)
        self._show_trust(estimate)
        index = estimate.index_g_per_m2
        self.index.setText("Index –" if index is None else f"Index {index:.1f} g/m²")
        self.body_size.setText(wording.body(estimate))
        self.by_height.setText(height_index_text(estimate))
        self.by_height.setVisible(bool(self.by_height.text()))

    def _show_second(self, analysis: Analysis) -> None:
        """What the model for both sexes says beside that for this sex, or the reverse."""
        self.scale.set_second(analysis.second)
        self.second.setText(second_line(analysis))
        self.second.setVisible(analysis.second is not None)

    def _show_trust(self, estimate: Estimate) -> None:
        """Whether the model is meant for this ECG, and how repeatable the number is."""
        self.outside.setText(outside_line(estimate))
        self.outside.setToolTip(outside_details(estimate))
        self.beats.setText(beats_line(estimate))
        self.folds.setText(folds_line(estimate))
        for line in (self.outside, self.beats, self.folds):
            line.setVisible(bool(line.text()))

    def _show_verdict(self, estimate: Estimate) -> None:
        text, settled = wording.verdict(estimate.lvh)
        self.verdict.setText(text)
        set_role(self.verdict, "verdict" if settled else "unsettled")
        self.reason.setText(wording.verdict_reason(estimate))

    def _lay_out(self) -> None:
        outer = self.layout()
        assert isinstance(outer, QVBoxLayout)
        outer.insertWidget(1, self.reading)  # stays in sight while there is no estimate
        head = QHBoxLayout()
        head.addWidget(self.mass)
        head.addStretch()
        head.addWidget(self.interval, 0, Qt.AlignmentFlag.AlignVCenter)
        self.interval.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.body.addLayout(head)
        for widget in (self.outside, self.scale, self.second, self.beats, self.folds):
            self.body.addWidget(widget)
        index = QHBoxLayout()
        index.addWidget(self.index)
        index.addWidget(self.body_size, 1)
        self.body_size.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(index)
        for widget in (self.by_height, self.verdict, self.reason):
            self.body.addWidget(widget)
        self.body.addLayout(self._selectors())
        self.body.addWidget(self.model)

    def _selectors(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(3)
        form.addRow(label("Limit", "small"), self.threshold)
        both = QHBoxLayout()
        both.setSpacing(8)
        both.addWidget(self.formula, 2)
        both.addWidget(label("Model", "small"))
        both.addWidget(self.chosen_model, 3)
        form.addRow(label("BSA", "small"), both)
        return form

    def _on_threshold(self, row: int) -> None:
        self.threshold.setToolTip(self.threshold.itemData(row, Qt.ItemDataRole.ToolTipRole))
        self.thresholdPicked.emit(self.threshold.itemData(row))

    def _on_formula(self, row: int) -> None:
        self.formulaPicked.emit(self.formula.itemData(row))

    def _on_model(self, row: int) -> None:
        self.modelPicked.emit(self.chosen_model.itemData(row))
