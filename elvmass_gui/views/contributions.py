"""From the model's reference answer to the estimate, step by step in grams."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from elvmass.result import Analysis
from elvmass_gui import style
from elvmass_gui.painting.wording import contributions, grams, signed_grams
from elvmass_gui.views.importance import EXPLAINING, WAITING
from elvmass_gui.views.parts import Panel, label
from elvmass_gui.views.wording import SCALARS, scalar

NOT_GRAMS = "The chosen method is a bare gradient: it does not add up to grams."

_TITLE_TIP = (
    "From the mass of the reference patient to the estimate: what the ECG and each datum add or\n"
    "take away, in grams, by the chosen method."
)


class Bar(QWidget):
    """A bar from the middle to the right (adds mass) or to the left (takes it away)."""

    def __init__(self, value_g: float, largest_g: float) -> None:
        super().__init__()
        self._value, self._largest = value_g, largest_g
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """One line of text high."""
        return QSize(80, 14)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar and its zero line."""
        with QPainter(self) as painter:
            middle, height = self.width() / 2, self.height()
            length = middle * self._value / self._largest if self._largest > 0 else 0.0
            box = QRectF(middle, 2, length, height - 4).normalized()
            look = style.theme()
            painter.fillRect(box, QColor(look.plus if self._value >= 0 else look.minus))
            painter.setPen(QColor(look.muted))
            painter.drawLine(int(middle), 0, int(middle), height)


class ContributionsPanel(Panel):
    """Reference, ECG, every scalar, estimate: the rows add up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Contributions to the estimate", WAITING, parent, tip=_TITLE_TIP)
        self._table: QWidget | None = None

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show the rows, or why there are none yet."""
        self._forget()
        if analysis is None or analysis.saliency is None:
            self.show_state(WAITING if analysis is None else EXPLAINING)
            return
        if analysis.saliency.unit != "g":
            self.show_state(NOT_GRAMS)
            return
        self.show_state("")
        self._table = _table(rows(analysis))
        self.body.addWidget(self._table)

    def _forget(self) -> None:
        if self._table is not None:
            self._table.hide()  # it lives on until the event loop turns
            self._table.deleteLater()
            self.body.removeWidget(self._table)
            self._table = None


def rows(analysis: Analysis) -> list[tuple[str, float | None, str]]:
    """Title, contribution in grams (None for the two ends), text; they add up to the last."""
    estimate = analysis.estimate
    (_, reference_g), *terms = contributions(analysis)
    found: list[tuple[str, float | None, str]] = [("Reference patient", None, grams(reference_g))]
    for name, value_g in terms:
        found.append((_title(name, analysis), value_g, signed_grams(value_g)))
    found.append(("Estimate", None, grams(estimate.mass_g)))
    return found


def _title(name: str, analysis: Analysis) -> str:
    """The term with its value: "Age 61 years", and whether that was imputed."""
    estimate = analysis.estimate
    for key, value in estimate.scalars.items():
        if SCALARS.get(key, (key,))[0].casefold() == name.casefold():
            return scalar(key, value) + (" (imputed)" if key in estimate.imputed else "")
    return name[:1].upper() + name[1:]


def _table(lines: list[tuple[str, float | None, str]]) -> QWidget:
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(1, 1)
    largest = max((abs(value) for _, value, _ in lines if value is not None), default=0.0)
    for row, (title, value, text) in enumerate(lines):
        role = "" if value is not None else "value"
        grid.addWidget(label(title, role), row, 0)
        if value is not None:
            grid.addWidget(Bar(value, largest), row, 1)
        grid.addWidget(label(text, role), row, 2, Qt.AlignmentFlag.AlignRight)
    return table
