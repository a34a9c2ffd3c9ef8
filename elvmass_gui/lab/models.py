"""The window of the installed models: what each is, which to use, import and removal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QWidget,
)

from elvmass.errors import ElvmassError
from elvmass.model.cards import read_card
from elvmass.model.library.install import remove
from elvmass.model.library.installed import bundled_models, user_models
from elvmass_gui.lab.agreed import agreed
from elvmass_gui.lab.card_view import CardView
from elvmass_gui.lab.process import Task
from elvmass_gui.lab.requests import InstallModel, VerifyModels
from elvmass_gui.lab.shelf import Shelved, fact_lines, shelf
from elvmass_gui.lab.status_line import StatusLine
from elvmass_gui.lab.tables import fill, table
from elvmass_gui.lab.window import LabWindow
from elvmass_gui.lab.words import FIGURE_TIPS, SEX_CHOICES
from elvmass_gui.screens import room_for
from elvmass_gui.state.session import Session
from elvmass_gui.views.parts import wrapped

_HEADS = {
    "Model": "Its name, as reports and the result panel give it",
    "From": "bundled: it came with the program and stays; yours: installed by you",
    "For": "Whose mass it estimates",
    "Inputs": "What it is told beside the ECG: model1 age, sex, height and weight; model2 axes and "
    "QRS duration as well",
    "MAE (g)": f"{FIGURE_TIPS['mae_g']}, in patients of its training cohort that it had not seen",
    "State": "Whether its files are whole (sound) or damaged, and whether it is in use",
}
_LIST_TIP = "The installed models; what is known of the marked one stands beside"
_TIPS = {
    "use": "Estimate every patient with the marked model, whatever sex and inputs it was made for",
    "by_patient": "Let sex and what is known of each patient choose among the models, as usual",
    "bundle": "Verify a trained model (a folder with card.json) and copy it to your models",
    "keras": "Read a Keras file of LVM-AI (Khurshid et al. 2021), and install it as a model",
}
_OWN, _NOT_OWN = "Delete it from your models", "Bundled models belong to the program and stay"
_VERIFYING = "Verifying the weights of each model …"


class ModelManager(LabWindow):
    """Lists the models at once from their cards; a child process then verifies their weights.

    Parameters
    ----------
    own
        Folder of the user's models.
    """

    changed = Signal()  # another model is installed, or one is gone

    def __init__(
        self, session: Session, own: Path | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__("Models", parent)
        self._session, self._own = session, own or user_models()
        self.models: list[Shelved] = []
        self.list = table(_HEADS, "Installed models", tip=_LIST_TIP, stretch=0)
        self.card, self.status = CardView(), StatusLine()
        self.buttons = {
            "use": QPushButton("&Use for estimates"),
            "by_patient": QPushButton("&Choose by the patient again"),
            "bundle": QPushButton("&Import model …"),
            "keras": QPushButton("Import &LVM-AI (.h5) …"),
            "remove": QPushButton("&Remove …"),
        }
        for name, tip in _TIPS.items():
            self.buttons[name].setToolTip(wrapped(tip))
        self.verifying, self.installing = Task(self), Task(self)
        self._done = ""  # what was done last, in words
        self._lay_out()
        self._wire()
        self.refresh()

    def refresh(self) -> None:
        """Read the cards anew and verify the weights in a child process."""
        chosen = self.chosen
        self.models = shelf(bundled_models(), self._own)
        self._show_list(chosen.path if chosen is not None else None)
        self.status.say(f"{self._done} {_VERIFYING}".strip())
        self.verifying.start(VerifyModels(folders=[str(m.path) for m in self.models]))

    @property
    def chosen(self) -> Shelved | None:
        """The model of the present row."""
        row = self.list.currentRow()
        return self.models[row] if 0 <= row < len(self.models) else None

    # --- what is done ------------------------------------------------------------------------

    def use(self) -> None:
        """Estimate with this model, whoever the patient is."""
        if self.chosen is not None:
            self._session.choose(replace(self._session.options, model=self.chosen.name))

    def use_by_patient(self) -> None:
        """Let the patient's sex and what is known choose the model."""
        self._session.choose(replace(self._session.options, model=None))

    def import_bundle(self, source: Path) -> None:
        """Verify a bundle and copy it to the user's models."""
        self.message_bar.hide()
        try:
            name = read_card(source).name
        except ElvmassError as error:
            self.show_error(error)
            return
        taken = (self._own / name).exists()
        if taken and not agreed(
            self, "&Replace", f"A model {name!r} is installed. Replace it by this one?"
        ):
            return
        self.status.say(f"Verifying {name} …")
        self.installing.start(
            InstallModel(source=str(source), folder=str(self._own), replace=taken)
        )

    def remove(self) -> None:
        """Remove a model of the user's own after a question."""
        model = self.chosen
        if model is None or not model.own:
            return
        if not agreed(self, "&Remove", f"Remove the model {model.name!r} from {self._own}?"):
            return
        try:
            remove(model.path, self._own)
        except ElvmassError as error:
            self.show_error(error)
            return
        self._on_changed(f"{model.name} is removed.")

    def _ask_bundle(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder of a model (with card.json)")
        if name:
            self.import_bundle(Path(name))

    def _ask_keras(self) -> None:
        from elvmass_gui.lab.keras_dialog import KerasDialog  # few need it

        dialog = KerasDialog(self._own, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.installed.connect(self._on_new)
        dialog.open()

    def _on_installed(self, found: dict[str, str]) -> None:
        self._on_new(found["name"])

    def _on_new(self, name: str) -> None:
        self._on_changed(f"{name} is installed.")
        self._show_list(self._own / name)

    def _on_changed(self, text: str) -> None:
        self._done = text
        self.refresh()
        self.changed.emit()

    # --- what is shown -----------------------------------------------------------------------

    def _show_list(self, chosen: Path | None) -> None:
        """List the models; the row of ``chosen``, or of the model in use, is the present one."""
        in_use = self._session.options.model
        with QSignalBlocker(self.list):
            fill(self.list, [_row(model, in_use) for model in self.models])
            rows = [k for k, m in enumerate(self.models) if m.path == chosen]
            rows += [k for k, m in enumerate(self.models) if m.name == in_use]
            if self.models:
                self.list.setCurrentCell([*rows, 0][0], 0)
        self._show_chosen()

    def _keep_list(self) -> None:
        """The same with what has changed; the present row stays."""
        self._show_list(self.chosen.path if self.chosen is not None else None)

    def _show_chosen(self) -> None:
        model = self.chosen
        sound = model is not None and not model.damaged
        in_use = sound and model is not None and model.name == self._session.options.model
        self.buttons["use"].setEnabled(sound and not in_use)
        self.buttons["by_patient"].setEnabled(self._session.options.model is not None)
        self.buttons["remove"].setEnabled(model is not None and model.own)
        own = model is not None and model.own
        self.buttons["remove"].setToolTip(_OWN if own else _NOT_OWN)
        self.card.show_lines(fact_lines(model) if model is not None else [])

    def _show_verified(self, found: dict[str, Any]) -> None:
        self.models = [_with_facts(m, found["models"].get(str(m.path))) for m in self.models]
        self._keep_list()
        self.status.say(self._done)

    def _show_failure(self, text: str) -> None:
        self.status.clear()
        self.say("Model", text)

    # --- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 4)
        for name in ("use", "by_patient"):
            row.addWidget(self.buttons[name])
        row.addStretch()
        for name in ("bundle", "keras", "remove"):
            row.addWidget(self.buttons[name])
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.list)
        split.addWidget(self.card)
        split.setChildrenCollapsible(False)
        split.setSizes([600, 480])
        self.column.addLayout(row)
        self.column.addWidget(split, 1)
        self.column.addWidget(self.status)
        self.resize(room_for(1120, 620, self.screen()))

    def _wire(self) -> None:
        for name, slot in (
            ("use", self.use), ("by_patient", self.use_by_patient), ("bundle", self._ask_bundle),
            ("keras", self._ask_keras), ("remove", self.remove),
        ):  # fmt: skip
            self.buttons[name].clicked.connect(slot)
        self.list.itemSelectionChanged.connect(self._show_chosen)
        self._session.optionsChanged.connect(self._keep_list)
        self.verifying.finished.connect(self._show_verified)
        self.verifying.failed.connect(self._show_failure)
        self.installing.finished.connect(self._on_installed)
        self.installing.failed.connect(self._show_failure)

    def closeEvent(self, event: QCloseEvent) -> None:
        """What is not finished is given up."""
        self.verifying.stop()
        self.installing.stop()
        super().closeEvent(event)


def _row(model: Shelved, in_use: str | None) -> list[str | int]:
    card = model.card
    where = "yours" if model.own else "bundled"
    used = model.name == in_use and not model.damaged
    state = model.status + (", in use" if used else "")
    if card is None:
        return [model.name, where, "–", "–", "–", model.status]
    mae = card.metrics.get("mae_g")
    sex = SEX_CHOICES[card.sex.value if card.sex else "pooled"]
    return [card.name, where, sex, card.inputs, "–" if mae is None else f"{mae:.1f}", state]


def _with_facts(model: Shelved, facts: dict[str, Any] | None) -> Shelved:
    if facts is None or model.card is None:
        return model
    return replace(model, damaged=facts["damaged"], facts=facts)
