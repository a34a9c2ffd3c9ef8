"""From the model's reference answer to the estimate, step by step in grams."""

from __future__ import annotations

from itertools import chain, repeat
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from elvmass.result import Analysis
from elvmass_gui import style
from elvmass_gui.painting.wording import contributions, grams, signed_grams
from elvmass_gui.views.importance import EXPLAINING, WAITING
from elvmass_gui.views.parts import Panel, label, set_role
from elvmass_gui.views.wording import SCALARS, scalar

#: Two ends, the ECG, and every scalar of ours.
_USUAL_ROWS = 3 + len(SCALARS)
NOT_GRAMS = "The chosen method is a bare gradient: it does not add up to grams."

_TITLE_TIP = (
    "From the mass of the reference patient to the estimate: what the ECG and each datum add or\n"
    "take away, in grams, by the chosen method."
)


class Bar(QWidget):
    """A bar from the middle to the right (adds mass) or to the left (takes it away)."""

    def __init__(self) -> None:
        super().__init__()
        self._value = self._largest = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_value(self, value_g: float, largest_g: float) -> None:
        """Draw this value; the largest of all fills its half."""
        self._value, self._largest = value_g, largest_g
        self.update()

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


class _Row(NamedTuple):
    title: QLabel
    bar: Bar
    text: QLabel


class ContributionsPanel(Panel):
    """Reference, ECG, every scalar, estimate: the rows add up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Contributions to the estimate", WAITING, parent, tip=_TITLE_TIP)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[_Row] = []
        self.body.addLayout(self._grid)
        self._make(_USUAL_ROWS)  # an answer only fills them

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show the rows, or why there are none yet."""
        if analysis is None or analysis.saliency is None:
            self._fill([])
            self.show_state(WAITING if analysis is None else EXPLAINING)
        elif analysis.saliency.unit != "g":
            self._fill([])
            self.show_state(NOT_GRAMS)
        else:
            self._fill(rows(analysis))
            self.show_state("")

    def _make(self, count: int) -> None:
        """Have at least so many rows."""
        for at in range(len(self._rows), count):
            row = _Row(label(), Bar(), label())
            self._grid.addWidget(row.title, at, 0)
            self._grid.addWidget(row.bar, at, 1)
            self._grid.addWidget(row.text, at, 2, Qt.AlignmentFlag.AlignRight)
            self._rows.append(row)

    def _fill(self, lines: list[tuple[str, float | None, str]]) -> None:
        self._make(len(lines))
        largest = max((abs(value) for _, value, _ in lines if value is not None), default=0.0)
        filled = chain(lines, repeat(("", None, "")))
        for row, (title, value, text) in zip(self._rows, filled, strict=False):
            for part, words in ((row.title, title), (row.text, text)):
                part.setText(words)
                part.setVisible(bool(words))
                if words:  # an empty one need not be dressed
                    set_role(part, "value" if value is None else "")
            row.bar.setVisible(value is not None)
            row.bar.show_value(value or 0.0, largest)


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
