"""One open ECG as a value: what a tab keeps while another one is on the screen.

The session alone changes what is open; a document in the background is replaced, never altered.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from elvmass.errors import Cancelled, ConfigError, ElvmassError, SignalError
from elvmass.pipeline import Options
from elvmass.record import Patient, Record
from elvmass.result import Analysis
from elvmass_gui.processes.worker import AnalyseRequest, Answer

#: What leaves an estimate that it does not explain.
NO_REASONS = (ConfigError, SignalError, Cancelled)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One open ECG.

    Attributes
    ----------
    key
        Names it as long as it is open, wherever its tab stands.
    record, original
        The recording with the patient as corrected, and the patient as the file has it; None in
        a window without an ECG.
    options, analysis
        How it is analysed, and what came out; None while there is nothing.
    made_with
        What the analysis, or the refusal of one, was made with.
    error, no_reasons
        Why there is no analysis, and why the estimate is not explained.
    asked
        What the analyst still owes it; None if nothing.
    explained
        The request whose answer explained the present estimate.
    worklist
        Files named together with it; "next" then goes through them.
    page
        How its page was left; the view that made it knows what it is.
    """

    key: int
    record: Record | None = None
    original: Patient | None = None
    options: Options = field(default_factory=Options)
    analysis: Analysis | None = None
    made_with: Options | None = None
    error: ElvmassError | None = None
    no_reasons: ElvmassError | None = None
    asked: AnalyseRequest | None = None
    explained: AnalyseRequest | None = None
    worklist: tuple[Path, ...] = ()
    page: object = None

    @property
    def title(self) -> str:
        """The name of its file."""
        path = None if self.record is None else self.record.source.path
        return "ECG" if path is None else path.name


def opened(record: Record, options: Options, keys: tuple[int, int]) -> Document:
    """A recording just read that asks for its estimate; ``keys`` are its own and the request's."""
    key, request = keys
    options = without_number(options)
    asked = AnalyseRequest(request, record, replace(options, explain=False))
    return Document(key, record, record.patient, options, asked=asked)


def without_number(options: Options) -> Options:
    """A beat by its number is a beat of one recording; the other choices hold on."""
    if options.signal.number is None:
        return options
    return replace(options, signal=replace(options.signal, kind=None, number=None))


def landed(document: Document, answer: Answer, next_id: int) -> Document:
    """A document in the background with the answer to what it asked; it may ask for more."""
    asked = document.asked
    assert asked is not None
    if isinstance(answer.value, Analysis):
        analysis = replace(answer.value, record=asked.record)  # not the copy from the pipe
        done = replace(
            document, analysis=analysis, made_with=asked.options, error=None, no_reasons=None,
            asked=None,
        )  # fmt: skip
        if asked.options.explain:
            return replace(done, explained=asked)
        reasons = replace(asked, id=next_id, options=replace(asked.options, explain=True))
        return replace(done, asked=reasons)
    error = answer.error
    if asked.options.explain and document.analysis and isinstance(error, NO_REASONS):
        return replace(document, no_reasons=error, asked=None)
    # Another computer refuses the same signal, but its processes need not die like ours.
    made_with = asked.options if isinstance(error, SignalError) else None
    return replace(document, analysis=None, made_with=made_with, error=error, asked=None)


class Shelf:
    """The open ECGs in the order of their tabs. The present one is in use: its place is empty."""

    def __init__(self, present: Document) -> None:
        self._documents = [present]
        #: The place of the present one.
        self.present = 0

    def __len__(self) -> int:
        return len(self._documents)

    def with_present(self, document: Document) -> tuple[Document, ...]:
        """All of them, with the present one as it is now."""
        documents = list(self._documents)
        documents[self.present] = document
        return tuple(documents)

    def put_back(self, document: Document) -> None:
        """Leave the present one in its place."""
        self._documents[self.present] = document

    def take(self, place: int) -> Document:
        """Make another one the present one."""
        taken, self.present = self._documents[place], place
        self._documents[place] = Document(taken.key)
        return taken

    def add(self, document: Document) -> int:
        """Put one at the end; returns its place."""
        self._documents.append(document)
        return len(self._documents) - 1

    def remove(self, place: int) -> None:
        """Close one in the background, or the place of the present one; another is taken then."""
        del self._documents[place]
        self.present -= place < self.present

    def move(self, start: int, end: int) -> None:
        """Give one another place."""
        present = self._documents[self.present]
        self._documents.insert(end, self._documents.pop(start))
        self.present = self._documents.index(present)

    def reload(self, key: int, record: Record, request: int) -> bool:
        """Put another recording into a document in the background; False if it was closed."""
        for place, each in enumerate(self._documents):
            if each.key == key and place != self.present:
                made = opened(record, each.options, (key, request))
                self._documents[place] = replace(made, worklist=each.worklist)
                return True
        return False

    def land(self, answer: Answer, next_id: int) -> None:
        """Keep the answer for the document in the background that asked; else it is nobody's."""
        for place, each in enumerate(self._documents):
            if each.asked is not None and each.asked.id == answer.id:
                self._documents[place] = landed(each, answer, next_id)
