"""Layout, paper speed and gain of the ECG page, for the tool bar."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from elvmass_gui.paper import LAYOUTS, Scale
from elvmass_gui.views.parts import label

SPEEDS_MM_PER_S = (12.5, 25.0, 50.0)
GAINS_MM_PER_MV = (5.0, 10.0, 20.0)


class PageControls(QWidget):
    """Three selectors that say what was picked."""

    layoutPicked = Signal(str)
    scalePicked = Signal(object)  # Scale

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        standard = Scale()
        self.arrangement, self.speed, self.gain = QComboBox(), QComboBox(), QComboBox()
        for name in LAYOUTS:
            self.arrangement.addItem(name.replace("x", "×"), name)
        for speed in SPEEDS_MM_PER_S:
            self.speed.addItem(f"{speed:g} mm/s", speed)
        for gain in GAINS_MM_PER_MV:
            self.gain.addItem(f"{gain:g} mm/mV", gain)
        self.speed.setCurrentIndex(self.speed.findData(standard.mm_per_s))
        self.gain.setCurrentIndex(self.gain.findData(standard.mm_per_mv))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(label("Page", "muted"))
        for box, name in (
            (self.arrangement, "Lead layout"), (self.speed, "Paper speed"), (self.gain, "Gain"),
        ):  # fmt: skip
            box.setAccessibleName(name)
            box.setToolTip(name)
            row.addWidget(box)
        self.arrangement.activated.connect(self._on_layout)
        self.speed.activated.connect(self._on_scale)
        self.gain.activated.connect(self._on_scale)

    def set_layout_name(self, name: str) -> None:
        """Show which layout is in force."""
        with QSignalBlocker(self.arrangement):
            self.arrangement.setCurrentIndex(self.arrangement.findData(name))

    def _on_layout(self) -> None:
        self.layoutPicked.emit(self.arrangement.currentData())

    def _on_scale(self) -> None:
        self.scalePicked.emit(Scale(self.speed.currentData(), self.gain.currentData()))
