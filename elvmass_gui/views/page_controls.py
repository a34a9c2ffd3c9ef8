"""Layout, rhythm lead, paper speed, gain and display filter of the ECG page, for the tool bar."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from elvmass.record import LEADS
from elvmass_gui.geometry.paper import GAINS_MM_PER_MV, LAYOUTS, SPEEDS_MM_PER_S, Layout, Scale
from elvmass_gui.geometry.shown import BAND_TEXTS, NOTCHES_HZ, DisplayFilter
from elvmass_gui.views.strip import Choice, Line, Row, StripLayout


class PageControls(QWidget):
    """Selectors that say what was picked, and show what is in force."""

    layoutPicked = Signal(str)
    rhythmPicked = Signal(str)
    scalePicked = Signal(object)  # Scale
    filterPicked = Signal(object)  # DisplayFilter

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.arrangement = Choice("Lead layout (L)", "Lead layout (L)", map(_layout_row, LAYOUTS))
        self.rhythm = _box("Lead of the rhythm strip (R)", ((lead, lead) for lead in LEADS))
        self.speed = _box("Paper speed (. and ,)", ((f"{v:g} mm/s", v) for v in SPEEDS_MM_PER_S))
        self.gain = _box("Gain (] and [)", ((f"{v:g} mm/mV", v) for v in GAINS_MM_PER_MV))
        self.band = _box(
            "Display filter (F): for the eye only, the estimate does not see it",
            ((text, key) for key, text in BAND_TEXTS.items()),
        )
        notch = "Notch of the display filter (H)"
        self.notch = Choice(notch, notch, map(_notch_row, NOTCHES_HZ))
        row = StripLayout(self, wraps=False)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(4)
        heading = Line()
        heading.set_words(("Page",))
        row.addWidget(heading)
        for box, slot in (
            (self.arrangement, self._on_layout), (self.rhythm, self._on_rhythm),
            (self.speed, self._on_scale), (self.gain, self._on_scale),
            (self.band, self._on_filter), (self.notch, self._on_filter),
        ):  # fmt: skip
            row.addWidget(box)
            box.activated.connect(slot)

    def show_page(self, layout: Layout, scale: Scale, display: DisplayFilter) -> None:
        """Show what is in force."""
        for box, value in (
            (self.arrangement, layout.name), (self.speed, scale.mm_per_s),
            (self.gain, scale.mm_per_mv), (self.band, display.band),
            (self.notch, display.notch_hz),
        ):  # fmt: skip
            _choose(box, value)
        single = len(layout.rhythm) == 1
        self.rhythm.setEnabled(single)
        if single:
            _choose(self.rhythm, layout.rhythm[0])

    def _on_layout(self) -> None:
        self.layoutPicked.emit(self.arrangement.currentData())

    def _on_rhythm(self) -> None:
        self.rhythmPicked.emit(self.rhythm.currentData())

    def _on_scale(self) -> None:
        self.scalePicked.emit(Scale(self.speed.currentData(), self.gain.currentData()))

    def _on_filter(self) -> None:
        self.filterPicked.emit(DisplayFilter(self.band.currentData(), self.notch.currentData()))


def _box(name: str, items: Iterable[tuple[str, object]]) -> Choice:
    return Choice(name, name, (((text,), value) for text, value in items))


def _layout_row(name: str) -> Row:
    title = name.replace("x", "×")
    return (title, title.replace("Cabrera", "Cab.")), name


def _notch_row(hz: float | None) -> Row:
    return ((f"notch {hz:g} Hz", f"notch {hz:g}") if hz else ("no notch",)), hz


def _choose(box: QComboBox, value: object) -> None:
    index = next(k for k in range(box.count()) if box.itemData(k) == value)
    with QSignalBlocker(box):
        box.setCurrentIndex(index)
