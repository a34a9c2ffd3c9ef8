"""Keeps the trials of an explanation (random weights, check of this ECG) and the views in step.

A control never enters the session: exports take the session's analysis, so that a control cannot
leave the program as an explanation.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from elvmass.beside import CONTROL_WORDS, Control
from elvmass.errors import Cancelled, ElvmassError
from elvmass.model.explain.trust import CHECKS, MethodTrust
from elvmass.model.importance import segment_importance
from elvmass.result import Analysis
from elvmass_gui import trust
from elvmass_gui.desks.asides import Asides
from elvmass_gui.messages import message
from elvmass_gui.views.beat import BeatView
from elvmass_gui.views.parts import label
from elvmass_gui.views.side import SideColumn

_NO_CONTRIBUTIONS = "Not shown beside the control: the contributions are those of the real network."


class ControlDesk(QObject):
    """Shows a control in place of the explanation, and takes it away again.

    Made before the views are wired to the session, and after them in the order of their signals:
    see :meth:`follow`.
    """

    controlled = Signal(bool)  # whether what is seen is a control

    def __init__(self, asides: Asides, beat: BeatView, side: SideColumn, parent: QObject) -> None:
        super().__init__(parent)
        self._asides, self._beat, self._side = asides, beat, side
        self.banner = label(CONTROL_WORDS, "control", wrap=True)
        self.banner.hide()

    def follow(self) -> None:
        """Wire everything; to be called once the views follow the session themselves."""
        asides, trial = self._asides, self._side.importance.trial
        for signal, slot in (
            (asides.controlChanged, self._show),
            (asides.controlWanted, self._show_wanted),
            (asides.checkProgressed, trial.show_progress),
            (asides.checkEnded, self._show_check),
            (asides.session.analysisChanged, self._on_analysis),
            (asides.session.boundariesDrawn, self._on_drawn),
            (trial.randomToggled, asides.ask_control),
            (trial.checkAsked, asides.ask_check),
            (trial.checkStopped, asides.stop_check),
        ):
            signal.connect(slot)
        self._on_analysis(asides.session.analysis)

    def toggle(self) -> None:
        """Show random weights, or no longer."""
        self._asides.ask_control(not self._asides.controlled)

    def _on_analysis(self, analysis: Analysis | None) -> None:
        explained = analysis is not None and analysis.saliency is not None
        self._side.importance.trial.set_possible(explained)
        if self._asides.control is not None:
            self._show(self._asides.control)  # a second estimate came; the control stays
        else:
            self.controlled.emit(False)

    def _show(self, control: Control | None) -> None:
        analysis = self._asides.session.analysis
        shown = _controlled(analysis, control)
        self._show_wanted(self._asides.controlled)
        self._beat.set_analysis(shown)
        importance, contributions = self._side.importance, self._side.contributions
        importance.set_analysis(shown)
        importance.show_control(likeness_words(control))
        self.banner.setVisible(control is not None)
        contributions.set_analysis(analysis)
        if control is not None:
            contributions.show_state(_NO_CONTRIBUTIONS)
        self.controlled.emit(control is not None)

    def _on_drawn(self, analysis: Analysis) -> None:
        """While a boundary is dragged, the control stays what is seen."""
        shown = _controlled(analysis, self._asides.control)
        if shown is not None and shown is not analysis:
            self._beat.redraw(shown)
            self._side.importance.set_analysis(shown)

    def _show_wanted(self, wanted: bool) -> None:
        shown = self._asides.control is not None
        self._side.importance.trial.show_random(wanted=wanted, shown=shown)

    def _show_check(self, found: MethodTrust | ElvmassError | None) -> None:
        trial = self._side.importance.trial
        if found is None or isinstance(found, Cancelled):
            trial.show_verdict(None)
        elif isinstance(found, ElvmassError):
            trial.show_failure(message(found).text)
        else:
            trial.show_verdict(trust.of_this_ecg(found))


def _controlled(analysis: Analysis | None, control: Control | None) -> Analysis | None:
    """The analysis with the control's map, by the boundaries that the analysis has now."""
    if analysis is None or control is None:
        return analysis
    importance = segment_importance(control.saliency, analysis.beat)
    return replace(analysis, saliency=control.saliency, importance=importance)


def likeness_words(control: Control | None) -> str:
    """The label of a control with its likeness to the real map; "" without a control."""
    if control is None:
        return ""
    limit = CHECKS["randomisation"].limit
    reading = (
        "the map comes more from the ECG and the method than from what the network has learned"
        if control.likeness > limit
        else "the map depends on what the network has learned"
    )
    return (
        f"{CONTROL_WORDS}. Similarity to the real map {control.likeness:.2f} (|Spearman|, first "
        f"fold model; the check asks for at most {limit:g}): {reading}."
    )
