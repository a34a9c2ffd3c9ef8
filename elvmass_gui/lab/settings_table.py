"""All settings of a training beside those of its preset, and what each is."""

from __future__ import annotations

from dataclasses import fields

from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget

from elvmass.train.settings.config import TrainConfig
from elvmass.train.settings.presets import preset
from elvmass_gui.lab.tables import fill, table
from elvmass_gui.lab.words import setting_help
from elvmass_gui.style import scaled

#: What no preset knows.
_FREE = {"name": "", "trained_on": "", "simulated": False}
_HEADS = {
    "Setting": "Its name in the configuration, as `elvmass train` takes it in a file",
    "Value": "What this training uses",
    "Preset": "What the preset alone would use, if that is something else",
    "What it is": "In plain words",
}
_TIP = (
    "Everything that determines the model, apart from the cohort. The form at the left changes it"
)
_WIDTHS = {1: 210, 2: 70}


class SettingsTable(QWidget):
    """Only to be read: what can be chosen here is in the form."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = table(_HEADS, "All settings", tip=_TIP, stretch=3)
        head = self.rows.horizontalHeader()
        for number, width in _WIDTHS.items():
            head.setSectionResizeMode(number, QHeaderView.ResizeMode.Interactive)
            self.rows.setColumnWidth(number, scaled(width))
        self.rows.setWordWrap(True)
        self.rows.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.rows)

    def show_config(self, config: TrainConfig, key: str) -> None:
        """Show a configuration beside the preset that it came from."""
        usual = preset(key, **_FREE)
        rows = []
        for name in (each.name for each in fields(TrainConfig)):
            value, other = getattr(config, name), getattr(usual, name)
            said = "" if name in _FREE else "same" if value == other else str(other)
            rows.append((name, str(value), said, setting_help(name)))
        fill(self.rows, rows)
