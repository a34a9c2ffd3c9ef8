"""The settings of a training that a researcher chooses; all others are those of the preset."""

from __future__ import annotations

import os
import re
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from elvmass.errors import ConfigError
from elvmass.model.library.install import check_name
from elvmass.train.settings.config import TrainConfig
from elvmass.train.settings.presets import PRESET_WORDS, PRESETS, preset
from elvmass_gui.lab.words import DEVICE_CHOICES, INPUT_CHOICES, SEX_CHOICES, setting_help
from elvmass_gui.views.parts import caption, label, selector, wrapped

_SIMULATED = "simulated ECGs of the elvmass simulator, no real patient"
_PRESET_TIP = (
    "A recipe by name: ours, the paper's, or that of another group. It fills the fields below, "
    "which can be changed; the tab All settings shows the rest"
)
_PROCESSES_TIP = (
    "How many ECGs are read, and how many folds are trained, at the same time: at most as many as "
    "this computer has processor cores"
)
_NUMBERS = {"folds": (2, 20), "epochs": (1, 10_000), "seed": (0, 2_147_483_647)}


class SettingsForm(QWidget):
    """Preset first; the other fields take its values until they are changed."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.simulated, self._suggested = False, ""
        self.preset = selector([(key, key) for key in PRESETS], "Preset")
        self.words = label(role="small", wrap=True)
        self.name, self.trained_on = QLineEdit(), QLineEdit()
        self.inputs = selector(list(INPUT_CHOICES.items()), "Inputs")
        self.sex = selector(list(SEX_CHOICES.items()), "Sex")
        self.device = selector(list(DEVICE_CHOICES.items()), "Device")
        self.numbers = {key: _spin(key, *limits) for key, limits in _NUMBERS.items()}
        self.processes = _spin("processes", 1, max(1, os.cpu_count() or 1))
        self.processes.setToolTip(wrapped(_PROCESSES_TIP))
        self.preset.setToolTip(wrapped(_PRESET_TIP))
        self._lay_out()
        self._wire()
        self.take_preset()

    def config(self) -> TrainConfig:
        """The whole configuration.

        Raises
        ------
        ConfigError
            If the name or a setting cannot be used, or what the card must state is missing.
        """
        check_name(self.name.text().strip())
        if not self.trained_on.text().strip():
            raise ConfigError("Say what the cohort is: the model card must state it.")
        return preset(self.preset.currentData(), **self.settings())

    def settings(self) -> dict[str, Any]:
        """What is said beyond the preset."""
        return {
            "name": self.name.text().strip(),
            "trained_on": self.trained_on.text().strip(),
            "simulated": self.simulated,
            "inputs": self.inputs.currentData(),
            "sex": self.sex.currentData(),
            "device": self.device.currentData(),
            **{key: box.value() for key, box in self.numbers.items()},
        }

    def take_preset(self) -> None:
        """Put the values of the preset into the fields."""
        key = self.preset.currentData()
        values = preset(key, name="x", trained_on="x", simulated=False)
        self.words.setText(PRESET_WORDS[key])
        for name, box in (("inputs", self.inputs), ("sex", self.sex), ("device", self.device)):
            _pick(box, getattr(values, name))
        for name, number in self.numbers.items():
            with QSignalBlocker(number):
                number.setValue(getattr(values, name))
        self.changed.emit()

    def set_cohort(self, folder: str, *, simulated: bool) -> None:
        """Suggest what follows from the cohort; what a user has typed stays."""
        self.simulated = simulated
        words = _SIMULATED if simulated else ""
        if self.trained_on.text() in ("", _SIMULATED):
            self.trained_on.setText(words)
            self.trained_on.setCursorPosition(0)
        if self.name.text() in ("", self._suggested):
            self._suggested = self._suggestion(folder)
            self.name.setText(self._suggested)
        self.changed.emit()

    def _suggestion(self, folder: str) -> str:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", folder).strip("._-") or "cohort"
        return f"{stem}-{self.sex.currentData()}-{self.inputs.currentData()}"[:64]

    def show_settings(self, key: str, settings: dict[str, Any], processes: int) -> None:
        """Show what a training was asked for."""
        _pick(self.preset, key)
        self.words.setText(PRESET_WORDS.get(key, ""))
        self.simulated = bool(settings.get("simulated"))
        for line in ("name", "trained_on"):
            getattr(self, line).setText(str(settings.get(line, "")))
            getattr(self, line).setCursorPosition(0)
        for name in ("inputs", "sex", "device"):
            _pick(getattr(self, name), settings.get(name))
        for name, box in self.numbers.items():
            with QSignalBlocker(box):
                box.setValue(int(settings.get(name, box.value())))
        with QSignalBlocker(self.processes):
            self.processes.setValue(processes)
        self.changed.emit()

    # --- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        rows: list[tuple[str, QWidget, str]] = [
            ("&Preset", self.preset, ""), ("", self.words, ""), ("&Name", self.name, "name"),
            ("Cohort is", self.trained_on, "trained_on"), ("Inputs", self.inputs, "inputs"),
            ("S&ex", self.sex, "sex"),
            *((key.capitalize(), box, key) for key, box in self.numbers.items()),
            ("Device", self.device, "device"), ("Processes", self.processes, ""),
        ]  # fmt: skip
        for title, widget, key in rows:
            if key:
                widget.setToolTip(wrapped(setting_help(key)))
            form.addRow(caption(title, widget), widget)
        self.trained_on.setPlaceholderText("one sentence for the model card")
        self.name.setAccessibleName("Name of the model")
        self.trained_on.setAccessibleName("What the cohort is")

    def _wire(self) -> None:
        self.preset.activated.connect(self.take_preset)
        for box in (self.inputs, self.sex, self.device):
            box.activated.connect(self.changed)
        for number in (*self.numbers.values(), self.processes):
            number.valueChanged.connect(self.changed)
        for line in (self.name, self.trained_on):
            line.textChanged.connect(self.changed)


def _spin(name: str, low: int, high: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setAccessibleName(name.capitalize())
    return box


def _pick(box: QComboBox, value: object) -> None:
    with QSignalBlocker(box):
        box.setCurrentIndex(max(0, box.findData(value)))
