"""The boundaries that the reader drew, beat by beat, with their history. No Qt.

A correction belongs to one beat of one ECG as it was cut, filtered and delineated: another beat
has its own, and going back to a beat finds its correction again. Nothing is kept on disk.
"""

from __future__ import annotations

from elvmass.beat import Fiducials
from elvmass.model.importance import with_boundaries
from elvmass.result import Analysis
from elvmass_gui.geometry.calipers import History


class BoundaryBook:
    """Corrected boundaries of every beat seen; :meth:`put_in` opens the page of a beat."""

    def __init__(self) -> None:
        self._histories: dict[object, History[Fiducials]] = {}
        self._key: object = None
        self._nudged = ""

    def put_in(self, analysis: Analysis) -> Analysis:
        """The analysis with what was drawn for its beat."""
        found = analysis.automatic or analysis.beat.fiducials
        key = _key(analysis, found)
        if key != self._key:
            self._key, self._nudged = key, ""
        history = self._histories.setdefault(key, History(found))
        if history.state == analysis.beat.fiducials:
            return analysis
        return with_boundaries(analysis, history.state)

    def keep(self, fiducials: Fiducials, nudged: str = "") -> None:
        """Boundaries to stand for the open beat.

        ``nudged`` names the boundary that a key moved: such moves in a row are one step of undo.
        """
        history = self._history
        if nudged and nudged == self._nudged:
            history.amend(fiducials)
        else:
            history.push(fiducials)
        self._nudged = nudged

    def step(self, by: int) -> bool:
        """Undo (-1) or redo (+1); False if there is nothing to undo or redo."""
        self._nudged = ""
        return self._key is not None and self._history.step(by)

    @property
    def _history(self) -> History[Fiducials]:
        return self._histories[self._key]


def _key(analysis: Analysis, found: Fiducials) -> object:
    """The same whenever it is the same beat, cut and delineated in the same way."""
    beat, record = analysis.beat, analysis.record
    ecg = record.source.sha256 or id(record.signal_mv)
    return ecg, beat.kind, beat.number, beat.start_s, beat.rate_hz, analysis.filter_text, found
