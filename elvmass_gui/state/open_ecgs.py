"""The open ECGs with their corrections and analyses, one of them present, as state.

The present ECG comes first: what another one still wants of the analyst is asked for when the
present one has all it wants.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance

from elvmass.errors import ElvmassError
from elvmass.pipeline import Options
from elvmass.record import Patient, Record
from elvmass.result import Analysis
from elvmass_gui.processes.aside_requests import AsideRequest, CancelAside
from elvmass_gui.processes.worker import AnalyseRequest
from elvmass_gui.state.boundary_book import BoundaryBook
from elvmass_gui.state.documents import Document, Shelf
from elvmass_gui.state.former import boundaries_by_hand
from elvmass_gui.state.reading import FileReader, Worker

#: In place of an estimate that the reader must not see yet.
WITHHELD = "Hidden until you have entered your reading."


class Analyst(Worker, Protocol):
    """A worker that is also asked beside (:mod:`elvmass_gui.desks.asides`)."""

    told: SignalInstance
    progressed: SignalInstance

    def ask(self, request: AsideRequest) -> None:
        """Answer this beside the estimates; only the newest of its kind is answered for sure."""

    def cancel(self, request: CancelAside) -> None:
        """Stop a question at its next step."""


class OpenEcgs(QObject):
    """Holds the open records: which one is present, what is known of it and may be seen.

    ``record``, ``analysis`` and their like are those of the present document; the others wait in
    :attr:`documents`. How all of it changes is the work of ``session.Session``.
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
        options: Options | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._files = FileReader(reader, self)
        #: Also answers what is asked beside the estimate (:mod:`elvmass_gui.desks.asides`).
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
        #: Whether what is known of a record must not be seen yet (``read_first``).
        self.withholds: Callable[[Record], bool] = _never
        self.options = options or Options()
        self.boundaries = BoundaryBook()
        #: Files named together (command line, drop); "next" then goes through them.
        self.worklist: tuple[Path, ...] = ()
        #: How the present page was left; see :attr:`leaving`.
        self.page: object = None
        self.key = self._next_id()
        self._shelf = Shelf(Document(self.key))

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

    # --- small helpers -----------------------------------------------------------------------

    def _be_busy(self) -> None:
        if self._files.present is not None:
            return
        if self._asked is None:
            self.busyChanged.emit("")
        else:
            self.busyChanged.emit("Explaining …" if self._asked.options.explain else "Estimating …")

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id


def _never(record: Record) -> bool:
    return False
