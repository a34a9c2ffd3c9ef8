"""What the commands of the menus do: each asks the session, a view or a dialog, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMainWindow

from elvmass_gui import settings
from elvmass_gui.outputs import Outputs
from elvmass_gui.page_desk import PageDesk
from elvmass_gui.session import Session
from elvmass_gui.settings import Settings
from elvmass_gui.views.ecg import EcgView


class Parts(NamedTuple):
    """What the commands work on."""

    window: QMainWindow
    session: Session
    preferences: Settings
    ecg: EcgView
    desk: PageDesk


class Intents(QObject):
    """The handlers of :data:`elvmass_gui.actions.COMMANDS` for one window.

    What a command wants of panels, which may not be there yet, it says by a signal.
    """

    opened = Signal(object)  # list of paths
    failed = Signal(object)  # ElvmassError
    said = Signal(str)
    beatStepped = Signal(int)
    beatPicked = Signal(object)  # see BeatControls.pick_beat
    overlayToggled = Signal()

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts = parts
        self.outputs = Outputs(parts.window, parts.session, parts.preferences, parts.ecg)
        self.outputs.failed.connect(self.failed)
        self.outputs.said.connect(self.said)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command does, by its key."""
        parts = self._parts
        return {
            "open": self._open,
            "previous": self._previous,
            "next": self._next,
            **self.outputs.handlers(),
            "quit": parts.window.close,
            "zoom_in": parts.ecg.zoom_in,
            "zoom_out": parts.ecg.zoom_out,
            "fit": parts.ecg.fit,
            "true_size": parts.ecg.show_true_size,
            "calibrate": parts.desk.calibrate,
            "analyse": parts.session.analyse,
            "reset_patient": parts.session.reset_patient,
            "beat_previous": self._previous_beat,
            "beat_next": self._next_beat,
            "beat_trained": self._trained_beat,
            "beat_median": self._median_beat,
            "beat_overlay": self.overlayToggled.emit,
            "guide": self._guide,
            "about": self._about,
        }

    # --- files -------------------------------------------------------------------------------

    def _open(self) -> None:
        from elvmass_gui import dialogs  # dear to load, and needed only now

        path = dialogs.ask_file(self._parts.window, self._parts.preferences[settings.FOLDER])
        if path is not None:
            self.opened.emit([path])

    def _previous(self) -> None:
        self._parts.session.step(-1)

    def _next(self) -> None:
        self._parts.session.step(+1)

    # --- beats -------------------------------------------------------------------------------

    def _previous_beat(self) -> None:
        self.beatStepped.emit(-1)

    def _next_beat(self) -> None:
        self.beatStepped.emit(+1)

    def _trained_beat(self) -> None:
        self.beatPicked.emit(None)

    def _median_beat(self) -> None:
        self.beatPicked.emit("median")

    # --- help --------------------------------------------------------------------------------

    def _guide(self) -> None:
        from elvmass_gui import dialogs  # dear to load, and needed only now

        dialogs.guide(self._parts.window).show()

    def _about(self) -> None:
        from elvmass_gui import dialogs  # dear to load, and needed only now

        dialogs.about(self._parts.window, self._parts.session.analysis).show()
