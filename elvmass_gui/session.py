"""The only mutable state of the viewer: the open ECGs, their corrections, their analyses.

Opening is staged: a file is read and checked first and then takes the place of the present one,
or a place beside it; a bad file changes nothing but the message. The present ECG comes first:
what another one still wants of the analyst is asked for when the present one has all it wants.
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
    ElvmassError,
    FileError,
    SignalError,
    UnknownFormatError,
)
from elvmass.model.importance import with_boundaries
from elvmass.pipeline import Options
from elvmass.record import Patient, Record
from elvmass.result import Analysis, Estimate, SecondEstimate
from elvmass_gui import folder
from elvmass_gui.aside_requests import AsideRequest, CancelAside
from elvmass_gui.boundary_book import BoundaryBook
from elvmass_gui.documents import NO_REASONS, Document, Shelf, opened, without_number
from elvmass_gui.former import boundaries_by_hand, by_segments, reasons_hold, second_holds
from elvmass_gui.reading import FileReader, Reading, Worker
from elvmass_gui.worker import AnalyseRequest, Answer

#: In place of an estimate that the reader must not see yet.
WITHHELD = "Hidden until you have entered your reading."


class Analyst(Worker, Protocol):
    """A worker that is also asked beside (:mod:`elvmass_gui.asides`)."""

    told: SignalInstance
    progressed: SignalInstance

    def ask(self, request: AsideRequest) -> None:
        """Answer this beside the estimates; only the newest of its kind is answered for sure."""

    def cancel(self, request: CancelAside) -> None:
        """Stop a question at its next step."""


class Session(QObject):
    """Holds the open records and keeps the analysis of the present one up to date.

    ``record``, ``analysis`` and their like are those of the present document; the others wait in
    :attr:`documents`.

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
    leaving = Signal()  # the present document is about to go; its page is kept if it is set now
    entered = Signal()  # another document is the present one, and all of it has been told
    documentsChanged = Signal()  # what is open, in which order, or how far its analysis is

    def __init__(
        self,
        reader: Worker,
        analyst: Analyst,
        read_now: Callable[[Path], Record],
        options: Options | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._files, self._read_now = FileReader(reader, self), read_now
        #: Also answers what is asked beside the estimate (:mod:`elvmass_gui.asides`).
        self.analyst = analyst
        self._last_id = 0
        self._submitted = 0
        self._asked: AnalyseRequest | None = None
        #: The request whose answer explained the present estimate.
        self._explained: AnalyseRequest | None = None
        self.record: Record | None = None
        self.original: Patient | None = None
        self._known: Analysis | None = None
        #: Why there is no analysis, and why the estimate is not explained.
        self.error: ElvmassError | None = None
        self.no_reasons: ElvmassError | None = None
        #: What the analysis, or the refusal of one, was made with; None before there is either.
        self.made_with: Options | None = None
        #: Whether what is known of a record must not be seen yet (:mod:`elvmass_gui.read_first`).
        self.withholds: Callable[[Record], bool] = _never
        self.options = options or Options()
        self.boundaries = BoundaryBook()
        #: Files named together (command line, drop); "next" then goes through them.
        self.worklist: tuple[Path, ...] = ()
        #: How the present page was left; see :attr:`leaving`.
        self.page: object = None
        self.key = self._next_id()
        self._shelf = Shelf(Document(self.key))
        self._files.begun.connect(self._say_reading)
        self._files.arrived.connect(self._on_read)
        self._files.failed.connect(self._on_unreadable)
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

    @property
    def failure(self) -> str:
        """Why there is no analysis to show, or ""."""
        if self.error is not None:
            return str(self.error)
        return WITHHELD if self.withheld else ""

    @property
    def shown_with(self) -> Options | None:
        """What the present analysis can be made again with: boundaries by hand included."""
        made = self.made_with
        return made and replace(made, boundaries=boundaries_by_hand(self._known))

    def show_anew(self) -> None:
        """Tell the views what may be seen, after that has changed."""
        self.analysisChanged.emit(self.analysis)
        self.documentsChanged.emit()

    # --- open ECGs ---------------------------------------------------------------------------

    @property
    def documents(self) -> tuple[Document, ...]:
        """All open ECGs in the order of their tabs; one without a record if nothing is open.

        Without the analyses that the reader must not see yet.
        """
        return tuple(
            replace(each, analysis=None) if each.record and self.withholds(each.record) else each
            for each in self._shelf.with_present(self._document())
        )

    @property
    def present(self) -> int:
        """Which of :attr:`documents` is on the screen."""
        return self._shelf.present

    def document(self, key: int) -> Document | None:
        """The open ECG of this key; None if it has been closed or is still being read."""
        return next((each for each in self.documents if each.key == key), None)

    def switch(self, index: int) -> None:
        """Put another open ECG on the screen, as it was left."""
        if index != self.present and 0 <= index < len(self._shelf):
            self.leaving.emit()
            self._shelf.put_back(self._document())
            self._enter(index)

    def cycle(self, direction: int) -> None:
        """The next (+1) or previous (-1) open ECG, round and round."""
        self.switch((self.present + direction) % len(self._shelf))

    def close(self, index: int | None = None) -> None:
        """Close an open ECG, by default the present one; the last one stays."""
        index = self.present if index is None else index
        if len(self._shelf) == 1 or not 0 <= index < len(self._shelf):
            return
        was_present = index == self.present
        self._shelf.remove(index)
        if was_present:
            self._enter(min(index, len(self._shelf) - 1))
        else:
            self.documentsChanged.emit()

    def move(self, start: int, end: int) -> None:
        """Give an open ECG another place among the tabs."""
        self._shelf.move(start, end)
        self.documentsChanged.emit()

    def _document(self) -> Document:
        """The present document as a value."""
        return Document(
            self.key, self.record, self.original, self.options, self._known, self.made_with,
            self.error, self.no_reasons, self._asked, self._explained, self.worklist, self.page,
        )  # fmt: skip

    def _enter(self, index: int) -> None:
        to = self._shelf.take(index)
        self.key, self.record, self.original = to.key, to.record, to.original
        self.options, self.made_with, self.error = to.options, to.made_with, to.error
        self._known = to.analysis and self.boundaries.put_in(to.analysis)
        self.no_reasons, self._asked, self._explained = to.no_reasons, to.asked, to.explained
        self.worklist, self.page = to.worklist, to.page
        self._tell()
        self.entered.emit()
        self.documentsChanged.emit()
        self._work_on()

    def _tell(self) -> None:
        """Everything about the present document, once."""
        self.optionsChanged.emit(self.options)
        self.recordChanged.emit(self.record)
        self._tell_analysis()
        self._be_busy()

    def _tell_analysis(self) -> None:
        self.analysisChanged.emit(self.analysis)
        if self.error is not None:
            self.analysisFailed.emit(self.error)
        if self.no_reasons is not None:
            self.unexplained.emit(self.no_reasons)

    def _work_on(self) -> None:
        """Give the analyst what the present document waits for, else what another one does."""
        waiting = (each.asked for each in self._shelf.with_present(self._document()))
        asked = self._asked or next((each for each in waiting if each is not None), None)
        if asked is not None and asked.id != self._submitted:
            self._submitted = asked.id
            self.analyst.submit(asked)

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
        self._files.read(Reading(path, self.key, direction=direction))

    def open_beside(self, path: Path, *, show: bool = True) -> int:
        """Read a file into a tab of its own, and show it if asked; returns the tab's key.

        A file that cannot be read makes no tab. Without an ECG on the screen it is shown there.
        """
        key = self._next_id()
        self._files.read_in_turn(Reading(path, key, beside=True, show=show))
        return key

    def step(self, direction: int) -> None:
        """Open the next (+1) or previous (-1) ECG of the folder."""
        path = self._place()
        if path is not None:
            self._step_from(path, direction)

    def adopt(self, record: Record) -> None:
        """Show a record in place of the present one and start its analysis."""
        self.record, self.original, self.page = record, record.patient, None
        self._give_up_beat()
        self.recordChanged.emit(record)
        self.analyse()
        self.documentsChanged.emit()

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
        if self._known is not None and not self.withheld:
            self._known = with_boundaries(self._known, fiducials)
            self.boundariesDrawn.emit(self._known)

    def settle_boundaries(self) -> None:
        """Show what stands in :attr:`boundaries`; the estimate does not rest on it."""
        if self.analysis is None:
            return
        self._set_analysis(self.analysis)
        if by_segments(self.options) and self._number_is_known():
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
        return self._files.present is not None or self._asked is not None

    def cancel(self) -> None:
        """Give up what is being read, or else analysed; the ECG on the screen stays."""
        if self._files.present is not None:
            self._files.cancel()
            self._be_busy()
            self.noticed.emit("Reading was stopped.")
        elif self._asked is not None:
            self.analyst.abort()
            asked, self._asked, self._submitted = self._asked, None, 0
            self._on_failure(asked, Cancelled(f"{_stopped(asked)}; F5 starts it again"))
            self.documentsChanged.emit()
            self._work_on()  # what another tab waits for

    # --- answers -----------------------------------------------------------------------------

    def _on_unreadable(self, reading: Reading, error: ElvmassError) -> None:
        here = not reading.beside and reading.key == self.key
        if here and reading.direction and isinstance(error, FileError):
            if not isinstance(error, UnknownFormatError) or reading.path in self.worklist:
                self.skipped.emit(error)
            self._step_from(reading.path, reading.direction)
            return
        self._be_busy()
        self.failed.emit(error)

    def _on_read(self, reading: Reading, record: Record) -> None:
        """Put what was read where it belongs, which need not be on the screen now."""
        if self.record is None or (reading.key == self.key and not reading.beside):
            self.key = reading.key
            self.adopt(record)
            if reading.direction:  # somebody walks through a list
                further = folder.step(reading.path, reading.direction, self.worklist)
                self._files.read_ahead(reading, record, further)
            return
        self._be_busy()
        if reading.beside:
            keys = (reading.key, self._next_id())
            place = self._shelf.add(opened(record, self.options, keys))
            if reading.show:
                self.switch(place)
                return
        elif not self._shelf.reload(reading.key, record, self._next_id()):
            return
        self.documentsChanged.emit()
        self._work_on()

    def _on_analysed(self, answer: Answer) -> None:
        asked = self._asked
        if asked is not None and answer.id in (asked.id, 0):
            self._asked = None
            if isinstance(answer.value, Analysis):
                self._on_analysis(asked, answer.value)
            elif answer.error is not None:
                self._on_failure(asked, answer.error)
        elif answer.id:
            self._shelf.land(answer, self._next_id())
        elif answer.error is not None:
            self._on_idle_failure(answer.error)
        self.documentsChanged.emit()
        self._work_on()

    def _on_idle_failure(self, error: ElvmassError) -> None:
        """The process died, or found no model, while nothing was asked of it."""
        if self._known is None:
            self.analysisFailed.emit(error)
        else:
            self.noticed.emit(f"{str(error).rstrip('.')}. The estimate stands.")

    def _on_failure(self, asked: AnalyseRequest, error: ElvmassError) -> None:
        if asked.options.explain and self._known and isinstance(error, NO_REASONS):
            self.no_reasons = error
            self._be_busy()
            self.unexplained.emit(error)
            return
        # Another computer refuses the same signal, but its processes need not die like ours.
        self.made_with = asked.options if isinstance(error, SignalError) else None
        self._set_analysis(None)
        self._be_busy()
        self.error = error
        self.analysisFailed.emit(error)

    def _on_analysis(self, asked: AnalyseRequest, analysis: Analysis) -> None:
        # The copy that travelled through the pipe is dropped for the record that is on the screen.
        second = second_holds(self._known, self.record, analysis)
        analysis = replace(analysis, record=asked.record, second=second)
        explained = asked.options.explain or reasons_hold(
            self._known, self._explained, asked, analysis
        )
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

    def add_second(self, estimate: Estimate, second: SecondEstimate | None) -> None:
        """Show what another model says beside this estimate, unless it has gone meanwhile."""
        if self._known is not None and self._known.estimate is estimate:
            self._known = replace(self._known, second=second)
            self._tell_analysis()
            self.documentsChanged.emit()

    def _number_is_known(self) -> bool:
        """Whether the present estimate is that of the present record and options."""
        pending = self._asked is not None and not self._asked.options.explain
        return self._known is not None and not pending

    def _give_up_beat(self) -> None:
        """A beat by its number is a beat of one recording; the other choices hold on."""
        if self.options.signal.number is not None:
            self._set_options(without_number(self.options))

    def _set_options(self, options: Options) -> None:
        self.options = options
        self.optionsChanged.emit(options)

    # --- small helpers -----------------------------------------------------------------------

    def _request(self, *, explain: bool) -> None:
        assert self.record is not None
        drawn = boundaries_by_hand(self._known) if explain else None
        options = replace(self.options, explain=explain, boundaries=drawn)
        self._asked = AnalyseRequest(self._next_id(), self.record, options)
        self._be_busy()
        self._work_on()

    def _set_analysis(self, analysis: Analysis | None) -> None:
        self._known = None if analysis is None else self.boundaries.put_in(analysis)
        self.error = self.no_reasons = None
        self.show_anew()

    def _say_reading(self, name: str) -> None:
        self.busyChanged.emit(f"Reading {name} …")

    def _be_busy(self) -> None:
        if self._files.present is not None:
            return
        if self._asked is None:
            self.busyChanged.emit("")
        else:
            self.busyChanged.emit("Explaining …" if self._asked.options.explain else "Estimating …")

    def _place(self) -> Path | None:
        reading = self._files.present
        if reading is not None and reading.key == self.key:
            return reading.path
        return self.record.source.path if self.record is not None else None

    def _step_from(self, path: Path, direction: int) -> None:
        target = folder.step(path, direction, self.worklist)
        if target is not None:
            self.open(target, direction)
            return
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
