"""What the commands of the menus do: each asks the session, a view or a dialog, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMainWindow

import elvmass_resources
from elvmass_gui import settings
from elvmass_gui.desks.output_desk import Outputs
from elvmass_gui.desks.page_desk import PageDesk
from elvmass_gui.lab_windows import LabWindows
from elvmass_gui.settings import Settings
from elvmass_gui.state.session import Session
from elvmass_gui.views.ecg import EcgView

#: The first example; its folder holds the others.
_EXAMPLE = "simulated_man_hypertrophy.xml"


class Parts(NamedTuple):
    """What the commands work on."""

    window: QMainWindow
    session: Session
    preferences: Settings
    ecg: EcgView
    desk: PageDesk


class Intents(QObject):
    """The handlers of :data:`elvmass_gui.commands.actions.COMMANDS` for one window.

    What a command wants of panels, which may not be there yet, it says by a signal.
    """

    opened = Signal(object)  # list of paths
    openedBeside = Signal(object)  # list of paths, each for a tab of its own
    comparisonAsked = Signal()
    failed = Signal(object)  # ElvmassError
    said = Signal(str)
    beatStepped = Signal(int)
    beatPicked = Signal(object)  # see BeatControls.pick_beat
    overlayToggled = Signal()
    randomToggled = Signal()
    checkAsked = Signal()
    whatIfAsked = Signal(object)  # the window that it belongs to
    modelsChanged = Signal()  # another model is installed, or one is gone

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts = parts
        self.lab = LabWindows(parts.window, parts.session)
        self.lab.modelsChanged.connect(self.modelsChanged)
        self.lab.said.connect(self.said)
        self.outputs = Outputs(parts.window, parts.session, parts.preferences, parts.ecg)
        self.outputs.failed.connect(self.failed)
        self.outputs.said.connect(self.said)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command does, by its key."""
        parts = self._parts
        return {
            "open": self._open,
            "example": self._open_example,
            "open_tab": self._open_tabs,
            "close_tab": lambda: parts.session.close(),
            "tab_next": lambda: parts.session.cycle(+1),
            "tab_previous": lambda: parts.session.cycle(-1),
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
            "cancel": parts.session.cancel,
            "compare": self.comparisonAsked.emit,
            "reset_patient": parts.session.reset_patient,
            "beat_previous": self._previous_beat,
            "beat_next": self._next_beat,
            "beat_trained": self._trained_beat,
            "beat_median": self._median_beat,
            "beat_overlay": self.overlayToggled.emit,
            "what_if": self._what_if,
            "random_weights": self.randomToggled.emit,
            "check_ecg": self.checkAsked.emit,
            "training": self.lab.open_training,
            "models": self.lab.open_models,
            "guide": self._guide,
            "about": self._about,
        }

    # --- files -------------------------------------------------------------------------------

    def _open(self) -> None:
        from elvmass_gui import dialogs

        path = dialogs.ask_file(self._parts.window, self._parts.preferences[settings.FOLDER])
        if path is not None:
            self.opened.emit([path])

    def _open_example(self) -> None:
        self.opened.emit([elvmass_resources.path("examples", _EXAMPLE)])

    def _open_tabs(self) -> None:
        from elvmass_gui import dialogs

        window, preferences = self._parts.window, self._parts.preferences
        self.openedBeside.emit(dialogs.ask_files(window, preferences[settings.FOLDER]))

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

    def _what_if(self) -> None:
        self.whatIfAsked.emit(self._parts.window)

    # --- help --------------------------------------------------------------------------------

    def _guide(self) -> None:
        from elvmass_gui import dialogs

        dialogs.guide(self._parts.window).show()

    def _about(self) -> None:
        from elvmass_gui import dialogs

        dialogs.about(self._parts.window, self._parts.session.analysis).show()
