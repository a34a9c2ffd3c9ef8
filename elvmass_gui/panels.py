"""Everything beside the ECG itself: the beat below it and the column of numbers at its right.

Made after the first paint, when the ECG is already on the screen: until the models have loaded
there is nothing to show here, and the ECG need not wait for it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget

from elvmass.choices import SignalOptions
from elvmass.errors import BundleError, ElvmassError
from elvmass.model.library import installed
from elvmass.pipeline import Options
from elvmass.record import Record
from elvmass.result import Analysis
from elvmass_gui import settings, trust
from elvmass_gui.desks.asides import Asides
from elvmass_gui.desks.boundary_desk import BoundaryDesk
from elvmass_gui.desks.control_desk import ControlDesk
from elvmass_gui.desks.what_if_desk import WhatIfDesk
from elvmass_gui.messages import message, sentence
from elvmass_gui.settings import Settings
from elvmass_gui.state.open_ecgs import WITHHELD
from elvmass_gui.state.session import Session
from elvmass_gui.views.beat_controls import BeatControls
from elvmass_gui.views.beat_editor import BeatEditor
from elvmass_gui.views.side import SideColumn

_ESTIMATING = "The estimate is on its way …"
_WAITING = "Follows the estimate."
_UNIT_ROWS = {"height_cm": settings.HEIGHT_UNIT, "weight_kg": settings.WEIGHT_UNIT}


class Views(NamedTuple):
    """What :class:`Panels` fills."""

    lower: QWidget
    beat: BeatEditor
    controls: BeatControls
    side: SideColumn


def make_views(parent: QWidget) -> Generator[None, None, Views]:
    """Make them in steps; the window may answer in between.

    They are made inside the window, out of sight: what moves there when it is finished is dressed
    in the style sheet a second time, all of it at once.
    """
    lower = QWidget(parent)
    beat = BeatEditor(lower)
    yield
    controls = BeatControls(lower)
    yield
    side = SideColumn(parent)
    yield from side.fill()
    yield
    return Views(lower, beat, controls, side)


class Panels(QObject):
    """Shows in its views what the session holds, and keeps both in step."""

    def __init__(
        self, session: Session, preferences: Settings, views: Views, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.session, self.preferences = session, preferences
        self.asides = Asides(session, session.analyst, self)
        #: The beat with its controls above: what goes below the ECG.
        self.lower, self.beat, self.controls, self.side = views
        self.boundaries = BoundaryDesk(session, self.beat, self)
        self.control = ControlDesk(self.asides, self.beat, self.side, self)
        _stack(self.lower, self.controls, self.control.banner, self.beat)
        self.what_if = WhatIfDesk(session, self.asides, self._units(), self)
        self._restore()
        self._catch_up()
        self._wire()
        self.control.follow()

    def _wire(self) -> None:
        session, side = self.session, self.side
        for signal, slot in (
            (session.recordChanged, self._show_record),
            (session.patientChanged, self._show_patient),
            (session.analysisChanged, self._show_analysis),
            (session.boundariesDrawn, self._show_boundaries),
            (session.analysisFailed, self._show_no_estimate),
            (session.unexplained, self._show_no_reasons),
            (session.optionsChanged, self._show_options),
            (session.busyChanged, side.show_busy),
            (self.controls.picked, self._choose_signal),
            (self.controls.overlayToggled, self.beat.set_overlay),
            (self.controls.automaticAsked, self.beat.reset),
            (side.result.thresholdPicked, self._choose_threshold),
            (side.result.formulaPicked, self._choose_formula),
            (side.result.modelPicked, self._choose_model),
            (side.importance.methodPicked, self._choose_method),
            (side.criteria.presetPicked, self._choose_cutoffs),
            (side.patient.corrected, session.correct),
            (side.patient.unitPicked, self._remember_unit),
            (side.patient.unitPicked, self.what_if.use_unit),
        ):
            signal.connect(slot)

    def _restore(self) -> None:
        self.side.result.set_options(
            self.preferences[settings.THRESHOLD], self.preferences[settings.BSA_FORMULA]
        )
        self.show_models()
        self.side.patient.set_units(self._units())

    def _units(self) -> dict[str, str]:
        return {field: self.preferences[row] for field, row in _UNIT_ROWS.items()}

    def _catch_up(self) -> None:
        """Show what was opened before the panels were there."""
        self._show_options(self.session.options)
        if self.session.record is not None:
            self._show_record(self.session.record)
            self._show_analysis(self.session.analysis)

    def show_models(self) -> None:
        """Offer the installed models and show which is chosen."""
        self.side.result.set_models(_model_names(), self.session.options.model or "")

    def _show_options(self, options: Options) -> None:
        self.show_models()
        self.controls.show_options(options.signal)
        self.side.result.set_options(options.threshold, options.bsa_formula)
        self.side.result.set_model(options.model or "")
        self.side.criteria.set_preset(options.cutoffs)
        self.side.importance.set_method(options.method)
        self._show_trust()

    def _show_record(self, record: Record) -> None:
        self.controls.new_record()
        self.side.set_record(record, self.session.original or record.patient)

    def _show_patient(self, record: Record) -> None:
        self.side.patient.set_record(record, self.session.original or record.patient)

    def _show_analysis(self, analysis: Analysis | None) -> None:
        self.beat.set_analysis(analysis)
        self.controls.set_analysis(analysis)
        self.side.set_analysis(analysis)
        self._show_trust()
        if analysis is None:
            self._show_why_not()

    def _show_why_not(self) -> None:
        """Say in place of the numbers why there are none."""
        session = self.session
        if session.withheld:
            self.beat.set_state(WITHHELD)
            self.side.show_withheld(WITHHELD, session.record)
        elif session.failure:
            self._show_no_numbers(sentence(session.failure))
        else:
            self.side.show_state(_ESTIMATING, _WAITING)

    def _show_boundaries(self, analysis: Analysis) -> None:
        """Only what follows the boundaries: this happens at each step of the mouse."""
        self.beat.redraw(analysis)
        self.controls.show_by_hand(analysis)
        self.side.show_boundaries(analysis)

    def _show_trust(self) -> None:
        options, analysis = self.session.options, self.session.analysis
        card = None if analysis is None else analysis.estimate.card
        self.side.importance.badge.show_verdict(trust.verdict(options.models, card, options.method))

    def _show_no_estimate(self, error: ElvmassError) -> None:
        self._show_analysis(None)
        self._show_no_numbers(message(error).fact)

    def _show_no_numbers(self, fact: str) -> None:
        self.beat.set_state(f"No heartbeat was analysed. {fact}")
        self.side.show_state(f"No estimate. {fact}", "There is no estimate to explain.")

    def _show_no_reasons(self, error: ElvmassError) -> None:
        self.side.show_no_reasons(f"No explanation. {message(error).fact}")

    def _choose_threshold(self, key: str) -> None:
        self.preferences[settings.THRESHOLD] = key
        self.session.choose(replace(self.session.options, threshold=key))

    def _choose_formula(self, key: str) -> None:
        self.preferences[settings.BSA_FORMULA] = key
        self.session.choose(replace(self.session.options, bsa_formula=key))

    def _choose_cutoffs(self, key: str) -> None:
        self.preferences[settings.CUTOFFS] = key
        self.session.choose(replace(self.session.options, cutoffs=key))

    def _choose_model(self, name: str) -> None:
        """Not remembered: the next start should not use a special model unasked."""
        self.session.choose(replace(self.session.options, model=name or None))

    def _choose_method(self, key: str) -> None:
        """Not remembered either: the default is the one that the report's words are made for."""
        self.session.choose(replace(self.session.options, method=key))

    def _choose_signal(self, signal: SignalOptions) -> None:
        """Not remembered either: the next start shows what the model was trained on."""
        self.session.choose(replace(self.session.options, signal=signal))

    def _remember_unit(self, field: str, unit: str) -> None:
        self.preferences[_UNIT_ROWS[field]] = unit


def _stack(whole: QWidget, *parts: QWidget) -> None:
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part in parts[:-1]:
        column.addWidget(part)
    column.addWidget(parts[-1], 1)


def _model_names() -> list[str]:
    """Installed models by name; the analyst process reports that there is none."""
    try:
        return [at.card.name for at in installed.installed_models()]
    except BundleError:
        return []
