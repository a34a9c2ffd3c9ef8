"""The only mutable state of the viewer: the open ECGs, their corrections, their analyses.

Opening is staged: a file is read and checked first and then takes the place of the present one,
or a place beside it; a bad file changes nothing but the message. What is open, and what of it may
be seen, holds :class:`elvmass_gui.state.open_ecgs.OpenEcgs`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject

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
from elvmass_gui.processes.worker import AnalyseRequest, Answer
from elvmass_gui.state import folder
from elvmass_gui.state.documents import NO_REASONS, opened, without_number
from elvmass_gui.state.former import boundaries_by_hand, by_segments, reasons_hold, second_holds
from elvmass_gui.state.open_ecgs import Analyst, OpenEcgs
from elvmass_gui.state.reading import Reading, Worker


class Session(OpenEcgs):
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

    def __init__(
        self,
        reader: Worker,
        analyst: Analyst,
        read_now: Callable[[Path], Record],
        options: Options | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(reader, analyst, options, parent)
        self._read_now = read_now
        self._files.begun.connect(self._say_reading)
        self._files.arrived.connect(self._on_read)
        self._files.failed.connect(self._on_unreadable)
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
        self._begin()
        self.recordChanged.emit(record)
        self._show_begun()
        self.documentsChanged.emit()

    # --- corrections and options -------------------------------------------------------------

    def correct(self, patient: Patient) -> None:
        """Replace the patient data of the present record; what the file said stays known."""
        if self.record is None or patient == self.record.patient:
            return
        self.record = replace(self.record, patient=patient)
        self._ask(explain=False)
        self.patientChanged.emit(self.record)
        self._be_busy()

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
            self._begin()
            self._show_begun()

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
        self._hold(analysis)
        if not explained:
            self._ask(explain=True)
        self.show_anew()
        self._be_busy()

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

    def _begin(self) -> None:
        """Ask for the number; what was known is forgotten."""
        self.made_with = None
        self._hold(None)
        self._ask(explain=False)

    def _show_begun(self) -> None:
        self.show_anew()
        self._be_busy()

    def _request(self, *, explain: bool) -> None:
        self._ask(explain=explain)
        self._be_busy()

    def _ask(self, *, explain: bool) -> None:
        """Give the analyst its work; the views show what is new while it is at it."""
        assert self.record is not None
        drawn = boundaries_by_hand(self._known) if explain else None
        options = replace(self.options, explain=explain, boundaries=drawn)
        self._asked = AnalyseRequest(self._next_id(), self.record, options)
        self._work_on()

    def _set_analysis(self, analysis: Analysis | None) -> None:
        self._hold(analysis)
        self.show_anew()

    def _hold(self, analysis: Analysis | None) -> None:
        self._known = None if analysis is None else self.boundaries.put_in(analysis)
        self.error = self.no_reasons = None

    def _say_reading(self, name: str) -> None:
        self.busyChanged.emit(f"Reading {name} …")

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
        problem = folder.problem(path, self.worklist)
        if problem is not None:
            self.failed.emit(problem)
            return
        end = "last" if direction > 0 else "first"
        gone = "" if path.exists() else f" {path.name} itself is no longer there."
        self.noticed.emit(f"This is the {end} file of the list.{gone}")


def _stopped(asked: AnalyseRequest) -> str:
    return f"The {'explanation' if asked.options.explain else 'estimate'} was stopped"
