"""Keeps what is drawn in the beat panel, the history of it, and the session in step."""

from __future__ import annotations

from PySide6.QtCore import QObject

from elvmass.beat import Fiducials
from elvmass_gui.state.session import Session
from elvmass_gui.views.beat_editor import BeatEditor


class BoundaryDesk(QObject):
    """Hands the boundaries that are drawn to the session, and takes them back."""

    def __init__(self, session: Session, beat: BeatEditor, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        beat.drawn.connect(session.draw_boundaries)
        beat.kept.connect(self._keep)
        beat.dropped.connect(session.settle_boundaries)
        beat.stepped.connect(self._step)

    def _keep(self, fiducials: Fiducials, nudged: str) -> None:
        self._session.boundaries.keep(fiducials, nudged)
        self._session.settle_boundaries()

    def _step(self, by: int) -> None:
        if self._session.boundaries.step(by):
            self._session.settle_boundaries()
