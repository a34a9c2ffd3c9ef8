"""The dialog that measures how many pixels a millimetre has on this screen."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from elvmass_gui.screens import LEAST, MOST, room_for
from elvmass_gui.views.parts import caption, label

#: A bank card: ISO/IEC 7810 ID-1.
CARD_MM = (85.60, 53.98)
_CARD_CORNER_MM = 3.18
_RULER_MM = 100
_STEPS = 100  # of the slider, per px/mm

_HOW = (
    "Hold a bank card (or a ruler) to the screen and move the slider until the outline is exactly "
    "as large. The arrow keys move it finely."
)

_SIZE_TIP = "How many pixels of this screen make a millimetre; the outline grows with it"
_FORGET_TIP = "Go back to what the screen says of itself"


class Gauge(QWidget):
    """A bank card or a ruler of 100 mm, as large as the screen is said to make it."""

    def __init__(self, px_per_mm: float) -> None:
        super().__init__()
        self._px_per_mm = px_per_mm
        self._ruler = False
        self.setMinimumSize(QSize(560, 260))
        self.setAccessibleName("Outline to compare with a card or a ruler")
        self.setToolTip("Lay the card or the ruler on it: both must be of one size")

    def set_px_per_mm(self, px_per_mm: float) -> None:
        """Draw at this scale."""
        self._px_per_mm = px_per_mm
        self.setMinimumWidth(max(560, round(px_per_mm * (_RULER_MM + 10))))
        self.setMinimumHeight(max(260, round(px_per_mm * (CARD_MM[1] + 8))))
        self.update()

    def set_ruler(self, ruler: bool) -> None:
        """Draw the ruler instead of the card."""
        self._ruler = ruler
        self.update()

    def box_px(self) -> QRectF:
        """The outline that is drawn, px of this widget."""
        width, height = (_RULER_MM, 12.0) if self._ruler else CARD_MM
        size = (width * self._px_per_mm, height * self._px_per_mm)
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The outline; the inner edge of its line is the measure."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(QPen(ink, 1.0))
        box, unit = self.box_px(), self._px_per_mm
        if self._ruler:
            painter.drawLine(QLineF(box.bottomLeft(), box.bottomRight()))
            for mm in range(_RULER_MM + 1):
                x = box.x() + mm * unit
                length = 10.0 if mm % 10 == 0 else 7.0 if mm % 5 == 0 else 4.0
                painter.drawLine(QLineF(x, box.bottom(), x, box.bottom() - length * unit))
                if mm % 10 == 0:
                    place = QRectF(x - 20.0, box.bottom() + 4.0, 40.0, 20.0)
                    painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, str(mm))
        else:
            painter.drawRoundedRect(box, _CARD_CORNER_MM * unit, _CARD_CORNER_MM * unit)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "85.60 × 53.98 mm")
        painter.end()


class CalibrationDialog(QDialog):
    """Asks how large a millimetre is on this screen.

    After ``exec()``: accepted with :attr:`px_per_mm`, which is None if the calibration of this
    screen is to be forgotten.
    """

    def __init__(self, px_per_mm: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Calibrate this screen")
        self.px_per_mm: float | None = px_per_mm
        self.gauge = Gauge(px_per_mm)
        self.what = QComboBox()
        self.what.addItems(["Bank card (85.60 mm)", "Ruler (100 mm)"])
        self.what.currentIndexChanged.connect(lambda index: self.gauge.set_ruler(index == 1))
        self.number = QDoubleSpinBox()
        self.number.setDecimals(2)
        self.number.setSingleStep(1.0 / _STEPS)
        self.number.setRange(LEAST, MOST)
        self.number.setSuffix(" px/mm")
        self.number.setAccessibleName("Pixels per millimetre, number")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(LEAST * _STEPS), round(MOST * _STEPS))
        self.slider.setAccessibleName("Pixels per millimetre")
        self.slider.valueChanged.connect(lambda value: self.number.setValue(value / _STEPS))
        self.number.valueChanged.connect(self._on_number)
        self.number.setValue(px_per_mm)
        self._lay_out()
        self.resize(room_for(640, 560, self.screen()))
        self.slider.setFocus()

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.RestoreDefaults
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        forget = buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
        forget.setText("&Forget calibration")
        forget.clicked.connect(self._forget)
        how = label(_HOW, wrap=True)
        form = QFormLayout()
        for widget, tip in (
            (self.what, "What you hold to the screen; a ruler is the more exact"),
            (self.slider, _SIZE_TIP), (self.number, _SIZE_TIP), (forget, _FORGET_TIP),
        ):  # fmt: skip
            widget.setToolTip(tip)
        form.addRow(caption("Compare &with", self.what, ""), self.what)
        form.addRow(caption("&Size", self.slider, ""), self.slider)
        form.addRow("", self.number)
        column = QVBoxLayout(self)
        column.addWidget(how)
        column.addWidget(self.gauge, 1)
        column.addLayout(form)
        column.addWidget(buttons)

    def _on_number(self, px_per_mm: float) -> None:
        self.px_per_mm = px_per_mm
        self.gauge.set_px_per_mm(px_per_mm)
        self.slider.blockSignals(True)
        self.slider.setValue(round(px_per_mm * _STEPS))
        self.slider.blockSignals(False)

    def _forget(self) -> None:
        self.px_per_mm = None
        self.accept()
