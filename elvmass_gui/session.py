"""The only mutable state of the viewer: the record, its corrections, its analysis.

Opening is staged: a file is read and checked first and then takes the place of the present one;
a bad file changes nothing but the message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance

from elvmass.beat import Fiducials
from elvmass.errors import (
    Cancelled,
    ConfigError,
    ElvmassError,
    FileError,
    SignalError,
    UnknownFormatError,
)
from elvmass.model.explain import METHODS
from elvmass.model.importance import with_boundaries
from elvmass.pipeline import Options
from elvmass.record import Patient, Record
from elvmass.result import Analysis, Estimate, SecondEstimate
from elvmass_gui import folder
from elvmass_gui.aside_requests import AsideRequest, CancelAside
from elvmass_gui.boundary_book import BoundaryBook
from elvmass_gui.worker import AnalyseRequest, Answer, ReadRequest, Request

#: What leaves an estimate that it does not explain.
_NO_REASONS = (ConfigError, SignalError, Cancelled)
#: In place of an estimate that the reader must not see yet.
WITHHELD = "Hidden until you have entered your reading."


class Worker(Protocol):
    """What the session needs of :class:`elvmass_gui.jobs.WorkerProcess`; tests bring their own."""

    answered: SignalInstance

    def submit(self, request: Request) -> None:
        """Run this request next; only the newest is answered for sure."""

    def abort(self) -> None:
        """Give up what runs and what waits, without an answer."""


class Analyst(Worker, Protocol):
    """A worker that is also asked beside (:mod:`elvmass_gui.asides`)."""

    told: SignalInstance
    progressed: SignalInstance

    def ask(self, request: AsideRequest) -> None:
        """Answer this beside the estimates; only the newest of its kind is answered for sure."""

    def cancel(self, request: CancelAside) -> None:
        """Stop a question at its next step."""


class Session(QObject):
    """Holds the present record and keeps its analysis up to date.

    Parameters
    ----------
    reader, analyst
        Where files are read and records analysed.
    read_now
        Reads a file at once, in this process (the file of the command line).
    options
        Threshold, BSA formula and beat to start with.
    """

    recordChanged = Signal(object)  # Record: another file
    patientChanged = Signal(object)  # Record: the same file with corrected patient data
    analysisChanged = Signal(object)  # Analysis, or None while there is none
    boundariesDrawn = Signal(object)  # Analysis: as the last one, while a boundary is dragged
    analysisFailed = Signal(object)  # ElvmassError: the ECG stays, the estimate does not
    unexplained = Signal(object)  # ElvmassError: the estimate stays, the method does not fit it
    optionsChanged = Signal(object)  # Options: chosen anew, or given up with another file
    busyChanged = Signal(str)
    failed = Signal(object)  # ElvmassError: nothing has changed
    skipped = Signal(object)  # FileError of a file that a step through the folder left out
    noticed = Signal(str)

    def __init__(
        self,
        reader: Worker,
        analyst: Analyst,
        read_now: Callable[[Path], Record],
        options: Options | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._reader, self._read_now = reader, read_now
        #: Also answers what is asked beside the estimate (:mod:`elvmass_gui.asides`).
        self.analyst = analyst
        self._last_id = 0
        self._reading: ReadRequest | None = None
        self._direction = 0
        self._asked: AnalyseRequest | None = None
        #: The request whose answer explained the present estimate.
        self._explained: AnalyseRequest | None = None
        self.record: Record | None = None
        self.original: Patient | None = None
        self._known: Analysis | None = None
        self._failure = ""
        #: What the analysis, or the refusal of one, was made with; None before there is either.
        self.made_with: Options | None = None
        #: Whether what is known of a record must not be seen yet (:mod:`elvmass_gui.read_first`).
        self.withholds: Callable[[Record], bool] = _never
        self.options = options or Options()
        self.boundaries = BoundaryBook()
        #: Files named together (command line, drop); "next" then goes through them.
        self.worklist: tuple[Path, ...] = ()
        reader.answered.connect(self._on_read)
        analyst.answered.connect(self._on_analysed)

    # --- what may be seen --------------------------------------------------------------------

    @property
    def withheld(self) -> bool:
        """Whether the reader has to enter a reading before anything is shown of the analysis."""
        return self.record is not None and self.withholds(self.record)

    @property
    def analysis(self) -> Analysis | None:
        """The present analysis, for every outlet; None while there is none or it is withheld."""
        return None if self.withheld else self._known

    @analysis.setter
    def analysis(self, known: Analysis | None) -> None:
        self._known = known

    @property
    def failure(self) -> str:
        """Why there is no analysis to show, or ""."""
        return self._failure or (WITHHELD if self.withheld else "")

    @failure.setter
    def failure(self, fact: str) -> None:
        self._failure = fact

    @property
    def shown_with(self) -> Options | None:
        """What the present analysis can be made again with: boundaries by hand included."""
        made = self.made_with
        return made and replace(made, boundaries=self._drawn())

    def show_anew(self) -> None:
        """Tell the views what may be seen, after that has changed."""
        self.analysisChanged.emit(self.analysis)

    # --- files -------------------------------------------------------------------------------

    def open_now(self, path: Path) -> None:
        """Read a file in this process and show it; only for the start, where waiting is shorter."""
        try:
            record = self._read_now(path)
        except ElvmassError as error:
            self.failed.emit(error)
        else:
            self.adopt(record)

    def open(self, path: Path, direction: int = 0) -> None:
        """Read a file in the reader process; it is shown when it has proved readable."""
        self._direction = direction
        self._reading = ReadRequest(self._next_id(), path)
        self.busyChanged.emit(f"Reading {path.name} …")
        self._reader.submit(self._reading)

    def step(self, direction: int) -> None:
        """Open the next (+1) or previous (-1) ECG of the folder."""
        path = self._place()
        if path is not None:
            self._step_from(path, direction)

    def adopt(self, record: Record) -> None:
        """Show a record and start its analysis."""
        self.record, self.original = record, record.patient
        self._give_up_beat()
        self.recordChanged.emit(record)
        self.analyse()

    # --- corrections and options -------------------------------------------------------------

    def correct(self, patient: Patient) -> None:
        """Replace the patient data of the present record; what the file said stays known."""
        if self.record is None or patient == self.record.patient:
            return
        self.record = replace(self.record, patient=patient)
        self.patientChanged.emit(self.record)
        self._request(explain=False)

    def reset_patient(self) -> None:
        """Take back every correction."""
        if self.original is not None:
            self.correct(self.original)

    def choose(self, options: Options) -> None:
        """Analyse with other options; another saliency method alone keeps the number."""
        if options == self.options:
            return
        known = self._number_is_known() and options == replace(self.options, method=options.method)
        self._set_options(options)
        if self.record is None:
            return
        if known and self._known is not None:
            self._set_analysis(replace(self._known, saliency=None, importance=None))
        self._request(explain=known)

    def draw_boundaries(self, fiducials: Fiducials) -> None:
        """Show other boundaries of the beat for the moment, as while one is dragged."""
        if self.analysis is not None:
            self.analysis = with_boundaries(self.analysis, fiducials)
            self.boundariesDrawn.emit(self.analysis)

    def settle_boundaries(self) -> None:
        """Show what stands in :attr:`boundaries`; the estimate does not rest on it."""
        if self.analysis is None:
            return
        self._set_analysis(self.analysis)
        if self._by_segments() and self._number_is_known():
            self._request(explain=True)  # the map itself is made of segments

    def analyse(self) -> None:
        """Analyse the present record from the beginning: first the number, then its reasons."""
        if self.record is not None:
            self.made_with = None
            self._set_analysis(None)
            self._request(explain=False)

    # --- giving up ---------------------------------------------------------------------------

    @property
    def at_work(self) -> bool:
        """Whether a file is being read or a record analysed."""
        return self._reading is not None or self._asked is not None

    def cancel(self) -> None:
        """Give up what is being read, or else analysed; the ECG on the screen stays."""
        if self._reading is not None:
            self._reading = None
            self._reader.abort()
            self._be_busy()
            self.noticed.emit("Reading was stopped.")
        elif self._asked is not None:
            self.analyst.abort()
            asked, self._asked = self._asked, None
            self._on_failure(asked, Cancelled(f"{_stopped(asked)}; F5 starts it again"))

    # --- answers -----------------------------------------------------------------------------

    def _on_read(self, answer: Answer) -> None:
        request = self._reading
        if request is None or answer.id not in (request.id, 0):
            return
        self._reading = None
        if isinstance(answer.value, Record):
            self.adopt(answer.value)
        elif answer.error is not None:
            self._on_unreadable(request.path, answer.error)

    def _on_unreadable(self, path: Path, error: ElvmassError) -> None:
        if self._direction and isinstance(error, FileError):
            if not isinstance(error, UnknownFormatError):
                self.skipped.emit(error)
            self._step_from(path, self._direction)
            return
        self._be_busy()
        self.failed.emit(error)

    def _on_analysed(self, answer: Answer) -> None:
        asked = self._asked
        if asked is None:
            if answer.error is not None:  # the process died or found no model before any request
                self.analysisFailed.emit(answer.error)
            return
        if answer.id not in (asked.id, 0):
            return
        self._asked = None
        if isinstance(answer.value, Analysis):
            self._on_analysis(asked, answer.value)
        elif answer.error is not None:
            self._on_failure(asked, answer.error)

    def _on_failure(self, asked: AnalyseRequest, error: ElvmassError) -> None:
        if asked.options.explain and self._known and isinstance(error, _NO_REASONS):
            self._be_busy()
            self.unexplained.emit(error)
            return
        # Another computer refuses the same signal, but its processes need not die like ours.
        self.made_with = asked.options if isinstance(error, SignalError) else None
        self._set_analysis(None)
        self._be_busy()
        self.failure = str(error)
        self.analysisFailed.emit(error)

    def _on_analysis(self, asked: AnalyseRequest, analysis: Analysis) -> None:
        # The copy that travelled through the pipe is dropped for the record that is on the screen.
        analysis = replace(analysis, record=asked.record, second=self._same_second(analysis))
        explained = asked.options.explain or self._same_model_answer(asked, analysis)
        if explained and not asked.options.explain and self._known is not None:
            former = self._known
            analysis = replace(analysis, saliency=former.saliency, importance=former.importance)
        if asked.options.explain:
            self._explained = asked
        self.made_with = asked.options
        self._set_analysis(analysis)
        if explained:
            self._be_busy()
        else:
            self._request(explain=True)

    def _same_model_answer(self, asked: AnalyseRequest, analysis: Analysis) -> bool:
        """Whether only the judgement differs, so that the former explanation still holds."""
        former, reasons = self._known, self._explained
        return (
            former is not None
            and former.saliency is not None
            and reasons is not None
            and reasons.record is asked.record
            and as_judged(reasons.options) == as_judged(asked.options)
            and (reasons.options.boundaries == self._drawn() or not self._by_segments())
            and former.estimate.card == analysis.estimate.card
            and former.estimate.mass_g == analysis.estimate.mass_g
        )

    def _drawn(self) -> Fiducials | None:
        """The boundaries in force, if they are not the automatic ones."""
        if self._known is None or self._known.automatic is None:
            return None
        return self._known.beat.fiducials

    def _by_segments(self) -> bool:
        """Whether the saliency map is made of segments, and so needs their boundaries."""
        return METHODS[self.options.method].segments

    def add_second(self, estimate: Estimate, second: SecondEstimate | None) -> None:
        """Show what another model says beside this estimate, unless it has gone meanwhile."""
        if self._known is not None and self._known.estimate is estimate:
            self._set_analysis(replace(self._known, second=second))

    def _same_second(self, analysis: Analysis) -> SecondEstimate | None:
        """The second estimate so far, if the model was given the same as before."""
        former = self._known
        if former is None or former.estimate.card != analysis.estimate.card:
            return None
        same = former.estimate.fold_masses_g == analysis.estimate.fold_masses_g
        return former.second if same and former.record is self.record else None

    def _number_is_known(self) -> bool:
        """Whether the present estimate is that of the present record and options."""
        pending = self._asked is not None and not self._asked.options.explain
        return self._known is not None and not pending

    def _give_up_beat(self) -> None:
        """A beat by its number is a beat of one recording; the other choices hold on."""
        signal = self.options.signal
        if signal.number is not None:
            self._set_options(replace(self.options, signal=replace(signal, kind=None, number=None)))

    def _set_options(self, options: Options) -> None:
        self.options = options
        self.optionsChanged.emit(options)

    # --- small helpers -----------------------------------------------------------------------

    def _request(self, *, explain: bool) -> None:
        assert self.record is not None
        drawn = self._drawn() if explain else None
        options = replace(self.options, explain=explain, boundaries=drawn)
        self._asked = AnalyseRequest(self._next_id(), self.record, options)
        self._be_busy()
        self.analyst.submit(self._asked)

    def _set_analysis(self, analysis: Analysis | None) -> None:
        self.failure = ""
        self.analysis = None if analysis is None else self.boundaries.put_in(analysis)
        self.show_anew()

    def _be_busy(self) -> None:
        if self._reading is not None:
            return
        if self._asked is None:
            self.busyChanged.emit("")
        else:
            self.busyChanged.emit("Explaining …" if self._asked.options.explain else "Estimating …")

    def _place(self) -> Path | None:
        if self._reading is not None:
            return self._reading.path
        return self.record.source.path if self.record is not None else None

    def _step_from(self, path: Path, direction: int) -> None:
        target = folder.step(path, direction, self.worklist)
        if target is not None:
            self.open(target, direction)
            return
        self._reading = None
        self._be_busy()
        end = "last" if direction > 0 else "first"
        self.noticed.emit(f"This is the {end} file of the list.")

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id


def _stopped(asked: AnalyseRequest) -> str:
    return f"The {'explanation' if asked.options.explain else 'estimate'} was stopped"


def _never(record: Record) -> bool:
    return False


def as_judged(options: Options) -> Options:
    """The options without those that change neither beat, model nor what is explained."""
    usual = Options()
    return replace(
        options, threshold=usual.threshold, bsa_formula=usual.bsa_formula, cutoffs=usual.cutoffs,
        explain=True, boundaries=None,
    )  # fmt: skip
