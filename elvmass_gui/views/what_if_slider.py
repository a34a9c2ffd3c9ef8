"""A slider with its number, which knows what the value was at first."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QSlider, QWidget

from elvmass_gui import style
from elvmass_gui.views.parts import label


class SuppositionSlider(QWidget):
    """One value that can be supposed otherwise.

    Parameters
    ----------
    title
        What it is.
    span
        Lowest and highest value, in the program's unit; wider if the original lies outside.
    decimals
        Of the number as it is shown.
    """

    moved = Signal()

    def __init__(self, title: str, span: tuple[float, float], decimals: int = 0) -> None:
        super().__init__()
        self.title, self._span, self._steps = title, span, 10**decimals
        self._unit, self._per_unit, self._known = "", 1.0, True
        self.value = self.original = span[0]
        self.slider, self.number = QSlider(Qt.Orientation.Horizontal), QDoubleSpinBox()
        self.was = label(role="small")
        self._tip = f"{title} that is supposed; what was recorded stays as it is"
        self.number.setDecimals(decimals)
        self.number.setKeyboardTracking(False)
        self.number.setFixedWidth(style.scaled(92))
        self.slider.setAccessibleName(title)
        self.number.setAccessibleName(f"{title}, number")
        self.slider.valueChanged.connect(self._on_slider)
        self.number.valueChanged.connect(self._on_number)
        self._teach(self._tip)
        self._lay_out()

    @property
    def span(self) -> tuple[float, float]:
        """Lowest and highest value, in the program's unit."""
        return min(self._span[0], self.original), max(self._span[1], self.original)

    @property
    def changed(self) -> bool:
        """Whether the value is another one than at first."""
        return self.value != self.original

    def set_original(self, value: float, *, known: bool = True) -> None:
        """Begin with a value; one that is not known is the model's own filling."""
        self.value = self.original = value
        self._known = known
        self._show_range()

    def set_unit(self, unit: str, per_unit: float) -> None:
        """Show the same value in another unit, of which one of the program's is ``per_unit``."""
        self._unit, self._per_unit = unit, per_unit
        self.number.setSuffix(f" {unit}")
        self._show_range()

    def set_value(self, value: float) -> None:
        """Suppose a value."""
        self.value = min(max(value, self.span[0]), self.span[1])
        self._show()
        self.moved.emit()

    def set_known(self, *, takes: bool, why_not: str = "") -> None:
        """Whether the model takes the value at all."""
        self.setEnabled(takes)
        self._teach(self._tip if takes else why_not)

    def _teach(self, tip: str) -> None:
        for widget in (self, self.slider, self.number):
            widget.setToolTip(tip)

    def _show_range(self) -> None:
        low, high = (round(end * self._per_unit * self._steps) for end in self.span)
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setRange(low, high)
            self.slider.setSingleStep(self._steps)
            self.slider.setPageStep(10 * self._steps)
            self.number.setRange(low / self._steps, high / self._steps)
        self._show()

    def _show(self) -> None:
        shown = self.value * self._per_unit
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setValue(round(shown * self._steps))
            self.number.setValue(shown)
        self.was.setText(self._was())

    def _was(self) -> str:
        if not self._known:
            return "unknown" if self.changed else "unknown; imputed:"
        was = f"{self.original * self._per_unit:.{self.number.decimals()}f}".removesuffix(".0")
        return f"was {was} {self._unit}" if self.changed else ""

    def _on_slider(self, position: int) -> None:
        self._take(position / self._steps)

    def _on_number(self, number: float) -> None:
        self._take(number)

    def _take(self, shown: float) -> None:
        """Rounding for the display is no change: at its old place the value is the old one."""
        first = round(self.original * self._per_unit * self._steps)
        back = round(shown * self._steps) == first
        self.set_value(self.original if back else shown / self._per_unit)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.addWidget(label(self.title), 0, 0)
        grid.addWidget(self.was, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.number, 0, 2)
        grid.addWidget(self.slider, 1, 0, 1, 3)
        grid.setColumnStretch(1, 1)
