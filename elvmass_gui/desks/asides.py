"""What is asked beside the estimate, and dropped with it: second model, random weights, check.

It follows the session: whatever an answer belongs to must still be on the screen when it comes.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from PySide6.QtCore import QObject, Signal

from elvmass.beside import Control, Given, Supposition, Sweep
from elvmass.pipeline import Options
from elvmass.result import Analysis, SecondEstimate
from elvmass_gui.processes.aside_requests import (
    AsideAnswer,
    AsideRequest,
    CancelAside,
    CheckRequest,
    ControlRequest,
    Progress,
    SecondRequest,
    SupposeRequest,
)
from elvmass_gui.state.open_ecgs import Analyst
from elvmass_gui.state.session import Session

#: Numbers of questions; several windows may ask one process.
_IDS = count(1)


class Asides(QObject):
    """Asks the analyst beside a session.

    The second estimate is asked for by itself, once there is a first one; the other questions wait
    for the user. A second estimate that fails is left out: it is an addition.
    """

    controlChanged = Signal(object)  # Control that is to be seen, or None
    controlWanted = Signal(bool)  # whether random weights were asked for
    checkProgressed = Signal(str, float)
    checkEnded = Signal(object)  # MethodTrust, ElvmassError, or None: nothing is known any more
    supposed = Signal(object, object)  # SupposeRequest; Supposed, or ElvmassError

    def __init__(self, session: Session, worker: Analyst, parent: QObject) -> None:
        super().__init__(parent)
        self.session, self._worker = session, worker
        self._asked: dict[type, AsideRequest] = {}
        self._second_of: Analysis | None = None
        self._explained: Analysis | None = None
        self.control: Control | None = None
        session.analysisChanged.connect(self._follow)
        worker.told.connect(self._on_told)
        worker.progressed.connect(self._on_progress)
        self._follow(session.analysis)

    # --- questions ---------------------------------------------------------------------------

    @property
    def controlled(self) -> bool:
        """Whether random weights were asked for and not taken back."""
        return self.control is not None or ControlRequest in self._asked

    def ask_control(self, on: bool) -> None:
        """Show the explanation of random weights in place of the real one, or no longer."""
        analysis = self.session.analysis
        if on and analysis is not None and analysis.saliency is not None:
            self.controlWanted.emit(True)
            self._ask(ControlRequest(next(_IDS), analysis.record, self._options()))
        else:
            self._drop_control()

    def ask_check(self) -> None:
        """Start the lie detector on this ECG, from the beginning if it runs already."""
        self.stop_check()
        analysis = self.session.analysis
        if analysis is not None and analysis.saliency is not None:
            self.checkProgressed.emit("starting", 0.0)
            self._ask(CheckRequest(next(_IDS), analysis.record, self._options()))

    def stop_check(self) -> None:
        """Give the check up."""
        request = self._asked.pop(CheckRequest, None)
        if request is not None:
            self._worker.cancel(CancelAside(request.id))
            self.checkEnded.emit(None)

    def suppose(self, given: Given, supposition: Supposition, sweep: Sweep) -> None:
        """Ask what if; the answer comes by :attr:`supposed`."""
        self._ask(SupposeRequest(next(_IDS), given, supposition, sweep))

    def _ask(self, request: AsideRequest) -> None:
        self._asked[type(request)] = request
        self._worker.ask(request)

    def _options(self) -> Options:
        return replace(self.session.options, each_beat=False)

    # --- the session -------------------------------------------------------------------------

    def _follow(self, analysis: Analysis | None) -> None:
        if not _same_reasons(self._explained, analysis):
            self._drop_control()
            self.stop_check()
            self.checkEnded.emit(None)
        self._explained = analysis
        if analysis is None:
            self._asked.pop(SecondRequest, None)
        elif analysis.second is None and not self._second_is_asked(analysis):
            self._second_of = analysis
            given = Given.of(analysis, self.session.options.models)
            self._ask(SecondRequest(next(_IDS), given, analysis.record.patient.sex))

    def _second_is_asked(self, analysis: Analysis) -> bool:
        return self._second_of is not None and self._second_of.estimate is analysis.estimate

    def _drop_control(self) -> None:
        self._asked.pop(ControlRequest, None)
        shown, self.control = self.control, None
        self.controlWanted.emit(False)
        if shown is not None:
            self.controlChanged.emit(None)

    # --- answers -----------------------------------------------------------------------------

    def _on_told(self, answer: AsideAnswer) -> None:
        kind = next((k for k, asked in self._asked.items() if asked.id == answer.id), None)
        if kind is None:
            return  # too late, or another window's
        request = self._asked.pop(kind)
        if kind is SecondRequest:
            self._on_second(answer)
        elif kind is ControlRequest:
            self._on_control(answer)
        elif kind is CheckRequest:
            self.checkEnded.emit(answer.error or answer.value)
        else:
            self.supposed.emit(request, answer.error or answer.value)

    def _on_second(self, answer: AsideAnswer) -> None:
        if self._second_of is not None and isinstance(answer.value, SecondEstimate):
            self.session.add_second(self._second_of.estimate, answer.value)

    def _on_control(self, answer: AsideAnswer) -> None:
        if isinstance(answer.value, Control):
            self.control = answer.value
            self.controlChanged.emit(self.control)
        else:
            self._drop_control()
            self.session.failed.emit(answer.error)

    def _on_progress(self, progress: Progress) -> None:
        asked = self._asked.get(CheckRequest)
        if asked is not None and asked.id == progress.id:
            self.checkProgressed.emit(progress.text, progress.done)


def _same_reasons(a: Analysis | None, b: Analysis | None) -> bool:
    """Whether both hold the same explanation."""
    return a is not None and b is not None and a.saliency is not None and a.saliency is b.saliency
