"""The windows for researchers: opened from the menu, kept as long as the main window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QWidget

from elvmass_gui.state.session import Session

if TYPE_CHECKING:
    from elvmass_gui.lab.models import ModelManager
    from elvmass_gui.lab.monitor import TrainingMonitor


class LabWindows(QObject):
    """Makes each window when it is first asked for; they have no parent and may stand beside."""

    modelsChanged = Signal()
    said = Signal(str)

    def __init__(self, parent: QObject, session: Session) -> None:
        super().__init__(parent)
        self._session = session
        self.training: TrainingMonitor | None = None
        self.models: ModelManager | None = None

    def open_training(self) -> None:
        """Show the training window."""
        if self.training is None:
            from elvmass_gui.lab.monitor import TrainingMonitor  # few need it

            self.training = TrainingMonitor(trainings_folder())
            self.training.installed.connect(self._on_change)
            self.training.said.connect(self.said)
        elif not self.training.isVisible():
            self.training.refresh()
        _bring(self.training)

    def open_models(self) -> None:
        """Show the installed models."""
        if self.models is None:
            from elvmass_gui.lab.models import ModelManager  # few need it

            self.models = ModelManager(self._session)
            self.models.changed.connect(self._on_change)
        elif not self.models.isVisible():
            self.models.refresh()
        _bring(self.models)

    def close(self) -> None:
        """Close all of them; a training goes on by itself."""
        for window in (self.training, self.models):
            if window is not None:
                window.close()
                window.deleteLater()
        self.training = self.models = None

    def _on_change(self) -> None:
        """Nothing may go on with a model that is gone or is another one now."""
        if self.models is not None and self.models.isVisible():
            self.models.refresh()
        self._renew()
        self.modelsChanged.emit()

    def _renew(self) -> None:
        weights = _installed()
        if weights is None:
            return
        session = self._session
        if session.options.model is not None and session.options.model not in weights:
            session.choose(replace(session.options, model=None))
        elif session.analysis is not None:
            card = session.analysis.estimate.card
            if weights.get(card.name) != card.sha256:
                session.analyse()


def trainings_folder() -> Path:
    """Where trainings are kept: the user's place for data of programs."""
    place = QStandardPaths.StandardLocation.GenericDataLocation
    return Path(QStandardPaths.writableLocation(place)) / "elvmass" / "trainings"


def _installed() -> dict[str, str] | None:
    """Hash of the weights of each sound model; None without any."""
    from elvmass.errors import BundleError
    from elvmass.model.library import installed

    try:
        return {at.card.name: at.card.sha256 for at in installed.installed_models()}
    except BundleError:  # the analyst says which
        return None


def _bring(window: QWidget) -> None:
    if window.isVisible():
        window.raise_()
        window.activateWindow()
    window.show()
