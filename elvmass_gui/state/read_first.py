"""Read first: nothing of the analysis is shown before the reader has said what the ECG shows.

The session withholds its analysis, so that no view, export or tooltip can let it through; this
module decides for how long, and logs what was said together with what was then shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from elvmass.errors import ElvmassError
from elvmass.record import Record
from elvmass.result import Analysis
from elvmass_gui.state.readings import Opinion, Reading, ReadingLog, line
from elvmass_gui.state.session import Session

#: What makes two openings the same ECG: hash and place of its file.
_Key = tuple[str, str]


class ReadFirst(QObject):
    """The mode for one session.

    An opinion holds for its ECG until the program ends. Switched on while an estimate is on the
    screen, the mode hides it at once; the log then says that the reader had seen it.

    Parameters
    ----------
    session
        Asks this object whether its analysis may be seen.
    log
        Where readings go.
    clock
        Seconds, monotonic.
    """

    changed = Signal()  # what the form has to show
    failed = Signal(object)  # ElvmassError: the log could not be written

    def __init__(
        self,
        session: Session,
        log: ReadingLog,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self.log, self._clock = session, log, clock
        self._on = False
        self._shown_at = clock()
        self._readings: dict[_Key, Reading] = {}
        self._seen: set[_Key] = set()
        self._unlogged: Reading | None = None
        self._failure = ""  # kind of the error that came instead of an estimate
        session.withholds = self._withholds
        session.recordChanged.connect(self._on_record)
        session.analysisChanged.connect(self._on_analysis)
        session.analysisFailed.connect(self._on_failure)

    @property
    def on(self) -> bool:
        """Whether readings are asked for."""
        return self._on

    @property
    def asks(self) -> bool:
        """Whether a reading of the present ECG is waited for."""
        return self._session.withheld

    @property
    def reading(self) -> Reading | None:
        """What was said about the present ECG, or None."""
        record = self._session.record
        return None if record is None else self._readings.get(_key(record))

    def switch(self, on: bool) -> None:
        """Ask for readings from now on, or no longer."""
        self._on = on
        self._shown_at = self._clock()
        self._session.show_anew()
        self.changed.emit()

    def enter(self, opinion: Opinion) -> None:
        """Take the opinion on the present ECG and show what is known of it."""
        record = self._session.record
        if record is None or not self._session.withheld:
            return
        key = _key(record)
        reading = Reading(
            opinion, datetime.now().astimezone(), record.source.sha256,
            self._clock() - self._shown_at, key in self._seen,
        )  # fmt: skip
        self._readings[key] = self._unlogged = reading
        self._session.show_anew()
        if self._session.failure:
            self._log(None, self._failure)
        self.changed.emit()

    def finish(self) -> None:
        """Log a reading whose estimate has not come, and what could not be written before."""
        self._log(None)
        self._write(self.log.write_waiting)

    def _withholds(self, record: Record) -> bool:
        return self._on and _key(record) not in self._readings

    def _on_record(self) -> None:
        self._log(None)
        self._failure = ""
        self._shown_at = self._clock()
        self.changed.emit()

    def _on_analysis(self, analysis: Analysis | None) -> None:
        if analysis is not None:
            self._seen.add(_key(analysis.record))
            self._log(analysis)

    def _on_failure(self, error: ElvmassError) -> None:
        self._failure = type(error).__name__
        self._log(None, self._failure)

    def _log(self, analysis: Analysis | None, failure: str = "") -> None:
        reading, self._unlogged = self._unlogged, None
        if reading is not None:
            estimate = None if analysis is None else analysis.estimate
            self._write(lambda: self.log.add(line(reading, estimate, failure)))

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except ElvmassError as error:
            self.failed.emit(error)


def _key(record: Record) -> _Key:
    return record.source.sha256, str(record.source.path or "")
