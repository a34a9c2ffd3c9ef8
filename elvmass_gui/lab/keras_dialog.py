"""The dialog that imports LVM-AI's Keras file: what it is, which unit, under which name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from elvmass_gui.lab.card_view import CardView
from elvmass_gui.lab.process import Task
from elvmass_gui.lab.requests import ImportKeras, InspectKeras
from elvmass_gui.lab.status_line import StatusLine
from elvmass_gui.lab.tables import fill, table
from elvmass_gui.screens import room_for
from elvmass_gui.state import folder as folders
from elvmass_gui.style import scaled
from elvmass_gui.views.parts import caption, label, selector, wrapped

_UNITS = {
    "counts5uv": "counts of 5 µV / 2000 (the likelier)",
    "microvolt": "microvolts / 2000",
}
_HEADS = {
    "Unit": "How the ECG is handed to the network",
    "n": "Recordings that were estimated",
    "Mean (g)": "Mean of the estimates; ordinary adults have about 90 g",
    "SD (g)": "Standard deviation of the estimates",
    "Least (g)": "The smallest estimate",
    "Most (g)": "The largest estimate",
    "Ordinary adults?": "Whether such masses are those of ordinary adults; the unit for which they "
    "are not is the wrong one",
}
_UNITS_TIP = "Masses of the same recordings under each unit"
_FILE_TIP = "The .h5 file of the model; only its numbers are read, no code in it is run"
_NAME_TIP = "Under which it is installed: letters, digits, point, line and underline"
_UNIT_TIP = (
    "What one millivolt is to the network. The file does not say it; check it with recordings of "
    "ordinary adults"
)
_CHECK_TIP = "Estimate the ECGs of a folder under each unit, and see which gives likely masses"
_INSTALL_TIP = "Copy it to your models as it is described above"
_EMPTY = [("File", "Choose the .h5 file: what it is stands here before anything is installed.")]
_WHY = (
    "The published code divides integers by 2000 and does not say of which unit; the wrong one "
    "gives wrong grams. Recordings of ten or more ordinary adults decide it: their mass centres "
    "near 90 g."
)
_NOT_CHECKED = "The unit is not checked. It can be installed; its card says that the unit is open."


class KerasDialog(QDialog):
    """Reads the file in a child process; nothing is installed before *Install*."""

    installed = Signal(str)  # name

    def __init__(self, own: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import an LVM-AI model")
        self._own = own
        self._known = False  # whether the file was read and understood
        self.file, self.name = QLineEdit(), QLineEdit()
        self.unit = selector(list(_UNITS.items()), "Unit of the ECG")
        self.facts, self.status = CardView(), StatusLine()
        self.units = table(_HEADS, "Masses under each unit", tip=_UNITS_TIP, stretch=6)
        self.conclusion = label(_NOT_CHECKED, wrap=True)
        self.choose, self.check = QPushButton("&File …"), QPushButton("C&heck the unit …")
        self.reading, self.importing = Task(self), Task(self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.install = self.buttons.addButton("&Install", QDialogButtonBox.ButtonRole.AcceptRole)
        self._lay_out()
        self._wire()
        self._enable()

    def choose_file(self, path: Path) -> None:
        """Read this file and say what it is."""
        self.file.setText(str(path))
        if not self.name.text():
            self.name.setText(re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("._-")[:64])
        self._inspect([])

    def check_with(self, recordings: list[Path]) -> None:
        """Find out the unit on these recordings."""
        self.conclusion.setText("Checking …")
        self._inspect(recordings)

    def accept(self) -> None:
        """Install; the dialog closes when that is done."""
        self.importing.start(
            ImportKeras(
                file=self.file.text(),
                name=self.name.text().strip(),
                ecg_scale=self.unit.currentData(),
                folder=str(self._own),
            )
        )
        self._enable()

    def done(self, result: int) -> None:
        """What is not finished is given up."""
        self.reading.stop()
        self.importing.stop()
        super().done(result)

    def _inspect(self, recordings: list[Path]) -> None:
        self._known = False
        self.reading.start(
            InspectKeras(
                file=self.file.text(),
                name=self.name.text().strip(),
                ecg_scale=self.unit.currentData(),
                recordings=[str(path) for path in recordings],
            )
        )
        self._enable()

    def _show(self, found: dict[str, Any]) -> None:
        self._known = True
        self.status.clear()
        self.facts.show_lines(keras_lines(found))
        if "units" in found:
            fill(self.units, [_unit_row(row) for row in found["units"]])
            self.conclusion.setText(_conclusion(found))
        self._enable()

    def _show_failure(self, text: str) -> None:
        self.status.say(text)
        self.status.bar.hide()
        if self.conclusion.text() == "Checking …":
            self.conclusion.setText(f"{_NOT_CHECKED} {text}")
        self._enable()

    def _on_installed(self, found: dict[str, str]) -> None:
        self.installed.emit(found["name"])
        super().accept()

    def _ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Keras file", "", "Keras files (*.h5 *.hdf5)")
        if name:
            self.choose_file(Path(name))

    def _ask_recordings(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder with ECGs of ordinary adults")
        if name:
            self.check_with(folders.files(Path(name)))

    def _enable(self) -> None:
        idle = not (self.reading.busy or self.importing.busy)
        self.choose.setEnabled(idle)
        self.check.setEnabled(idle and self._known)
        self.unit.setEnabled(idle)
        self.install.setEnabled(idle and self._known and bool(self.name.text().strip()))

    # --- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.file.setReadOnly(True)
        self.file.setAccessibleName("Keras file")
        self.name.setAccessibleName("Name of the new model")
        self.units.setFixedHeight(scaled(100))
        self.facts.show_lines(_EMPTY)
        row = QHBoxLayout()
        row.addWidget(self.file, 1)
        row.addWidget(self.choose)
        form = QFormLayout()
        for widget, tip in (
            (self.file, _FILE_TIP), (self.choose, _FILE_TIP), (self.name, _NAME_TIP),
            (self.unit, _UNIT_TIP), (self.check, _CHECK_TIP), (self.install, _INSTALL_TIP),
        ):  # fmt: skip
            widget.setToolTip(wrapped(tip))
        form.addRow(caption("File (read, never run)", self.file, ""), row)
        form.addRow(caption("&Name", self.name, ""), self.name)
        form.addRow(caption("&ECG enters as", self.unit, ""), self.unit)
        checks = QHBoxLayout()
        checks.addWidget(self.conclusion, 1)
        checks.addWidget(self.check)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.facts, 1)
        column.addWidget(label(_WHY, "small", wrap=True))
        column.addLayout(checks)
        column.addWidget(self.units)
        column.addWidget(self.status)
        column.addWidget(self.buttons)
        self.resize(room_for(720, 640, self.screen()))
        self.choose.setFocus()

    def _wire(self) -> None:
        self.choose.clicked.connect(self._ask_file)
        self.check.clicked.connect(self._ask_recordings)
        self.unit.activated.connect(self._on_unit)
        self.name.textChanged.connect(self._enable)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        for task in (self.reading, self.importing):
            task.progressed.connect(self.status.show_progress)
            task.failed.connect(self._show_failure)
        self.reading.finished.connect(self._show)
        self.importing.finished.connect(self._on_installed)

    def _on_unit(self) -> None:
        """The card names the unit: read it anew; the masses under each unit stay true."""
        if self.file.text():
            self._inspect([])


def keras_lines(found: dict[str, Any]) -> list[tuple[str, str]]:
    """What the file is and which constants are used, in words."""
    card = found["card"]
    constants = [
        f"{title}: (value − {found[key][0]:.2f}) / {found[key][1]:.2f}"
        for key, title in (("age_years", "age, years"), ("bmi_kg_m2", "body-mass index, kg/m²"))
        if found[key] is not None
    ]
    constants += ["sex: as two inputs, female and male"] * found["sex"]
    return [
        ("Trained on", card["trained_on"]),
        ("Version", card["version"]),
        ("Licence", card["licence"]),
        ("Takes", "ten raw seconds at 500 Hz, twelve leads"),
        ("Demographics", "\n".join(constants) or "none"),
        ("Answer", _denormalised(found)),
        ("LVH head", "yes" if found["lvh_head"] else "no"),
        ("Intervals", "none: its file holds no errors of unseen patients"),
        ("Limits", card["limitations"]),
    ]  # fmt: skip


def _denormalised(found: dict[str, Any]) -> str:
    return f"mass in g = {found['target_sd_g']:.2f} · output + {found['target_mean_g']:.2f}"


def _unit_row(row: dict[str, Any]) -> list[str | int]:
    grams = [f"{row[key]:.1f}" for key in ("mean_g", "sd_g", "low_g", "high_g")]
    title = _UNITS[row["ecg_scale"]].partition(" (")[0] + (", chosen" if row["in_use"] else "")
    return [title, row["n"], *grams, "yes" if row["plausible"] else "no"]


def _conclusion(found: dict[str, Any]) -> str:
    text = str(found["conclusion"])
    if found["left_out"]:
        text += f" Files that could not be used: {found['left_out']}."
    return text
