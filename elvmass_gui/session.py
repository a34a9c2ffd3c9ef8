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

from elvmass.errors import ConfigError, ElvmassError, FileError, SignalError, UnknownFormatError
from elvmass.pipeline import Options
from elvmass.record import Patient, Record
from elvmass.result import Analysis
from elvmass_gui import folder
from elvmass_gui.worker import AnalyseRequest, Answer, ReadRequest, Request


class Worker(Protocol):
    """What the session needs of :class:`elvmass_gui.jobs.WorkerProcess`; tests bring their own."""

    answered: SignalInstance

    def submit(self, request: Request) -> None:
        """Run this request next; only the newest is answered for sure."""


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
        analyst: Worker,
        read_now: Callable[[Path], Record],
        options: Options | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._reader, self._analyst, self._read_now = reader, analyst, read_now
        self._last_id = 0
        self._reading: ReadRequest | None = None
        self._direction = 0
        self._asked: AnalyseRequest | None = None
        #: The request whose answer explained the present estimate.
        self._explained: AnalyseRequest | None = None
        self.record: Record | None = None
        self.original: Patient | None = None
        self.analysis: Analysis | None = None
        #: Why there is no analysis, or "".
        self.failure = ""
        #: What the analysis, or the refusal of one, was made with; None before there is either.
        self.made_with: Options | None = None
        self.options = options or Options()
        #: Files named together (command line, drop); "next" then goes through them.
        self.worklist: tuple[Path, ...] = ()
        reader.answered.connect(self._on_read)
        analyst.answered.connect(self._on_analysed)

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
        if known and self.analysis is not None:
            self._set_analysis(replace(self.analysis, saliency=None, importance=None))
        self._request(explain=known)

    def analyse(self) -> None:
        """Analyse the present record from the beginning: first the number, then its reasons."""
        if self.record is not None:
            self.made_with = None
            self._set_analysis(None)
            self._request(explain=False)

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
            if answer.error is not None:
                self._on_idle_failure(answer.error)
            return
        if answer.id not in (asked.id, 0):
            return
        self._asked = None
        if isinstance(answer.value, Analysis):
            self._on_analysis(asked, answer.value)
        elif answer.error is not None:
            self._on_failure(asked, answer.error)

    def _on_idle_failure(self, error: ElvmassError) -> None:
        """The process died, or found no model, while nothing was asked of it."""
        if self.analysis is None:
            self.analysisFailed.emit(error)
        else:
            self.noticed.emit(f"{str(error).rstrip('.')}. The estimate stands.")

    def _on_failure(self, asked: AnalyseRequest, error: ElvmassError) -> None:
        if asked.options.explain and self.analysis and isinstance(error, ConfigError | SignalError):
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
        analysis = replace(analysis, record=asked.record)
        explained = asked.options.explain or self._same_model_answer(asked, analysis)
        if explained and not asked.options.explain and self.analysis is not None:
            former = self.analysis
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
        former, reasons = self.analysis, self._explained
        return (
            former is not None
            and former.saliency is not None
            and reasons is not None
            and reasons.record is asked.record
            and as_judged(reasons.options) == as_judged(asked.options)
            and former.estimate.card == analysis.estimate.card
            and former.estimate.mass_g == analysis.estimate.mass_g
        )

    def _number_is_known(self) -> bool:
        """Whether the present estimate is that of the present record and options."""
        pending = self._asked is not None and not self._asked.options.explain
        return self.analysis is not None and not pending

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
        options = replace(self.options, explain=explain)
        self._asked = AnalyseRequest(self._next_id(), self.record, options)
        self._be_busy()
        self._analyst.submit(self._asked)

    def _set_analysis(self, analysis: Analysis | None) -> None:
        self.analysis, self.failure = analysis, ""
        self.analysisChanged.emit(analysis)

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


def as_judged(options: Options) -> Options:
    """The options without those that change neither beat, model nor explanation."""
    usual = Options()
    return replace(
        options, threshold=usual.threshold, bsa_formula=usual.bsa_formula, cutoffs=usual.cutoffs,
        explain=True,
    )  # fmt: skip
