"""Which leads and segments the estimate leans on: the paper's Table 5 for this one ECG."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from elvmass.beat import SEGMENTS
from elvmass.record import FloatArray
from elvmass.result import GROUPS, Analysis, SaliencyMap, SegmentImportance
from elvmass_gui import style
from elvmass_gui.painting.wording import percent, signed_grams
from elvmass_gui.views.parts import Panel, label

#: Ends of the ramp: no saliency, and the largest share of the table.
_PALE, _FULL = QColor("#f3f7fb"), QColor("#1f5fa8")
WAITING = "Follows the estimate."


class HeatCell(QLabel):
    """A number on a ground whose depth is its share of the largest number."""

    def __init__(self) -> None:
        super().__init__()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(50, 38)

    def show_share(self, share: float, largest: float, net_g: float, seconds: float) -> None:
        """Show a share (0-1) with the net grams below it; the tooltip gives the density."""
        ground = mix(share / largest if largest > 0 else 0.0)
        ink = style.readable_on(ground)
        self.setText(f"{percent(share)}\n{signed_grams(net_g)}")
        self.setStyleSheet(
            f"background: {ground.name()}; color: {ink.name()}; border-radius: 3px; font-size: 8pt;"
        )
        if seconds > 0:
            self.setToolTip(f"{share / (1000 * seconds):.3%} per ms over {1000 * seconds:.0f} ms")
        else:
            self.setToolTip("This segment is absent in the beat.")


class ImportancePanel(Panel):
    """Limb and precordial leads by segment: share of the saliency, net grams, density."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Importance by segment", WAITING, parent)
        self.cells = [[HeatCell() for _ in SEGMENTS] for _ in (*GROUPS, "all")]
        self.heads = [label(role="small") for _ in SEGMENTS]
        self.method = label(role="small", wrap=True)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(3)
        for column, head in enumerate(self.heads, start=1):
            head.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(head, 0, column)
            grid.setColumnStretch(column, 1)
        for row, (name, cells) in enumerate(zip((*GROUPS, "all"), self.cells, strict=True), 1):
            grid.addWidget(label(name.capitalize(), "small"), row, 0)
            for column, cell in enumerate(cells, start=1):
                grid.addWidget(cell, row, column)
        self.body.addLayout(grid)
        self.body.addWidget(self.method)

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show the table, or why there is none yet."""
        if analysis is None or analysis.importance is None or analysis.saliency is None:
            self.show_state(WAITING)
            return
        self.show_state("")
        self._fill(analysis.importance)
        self.method.setText(_method(analysis.saliency))

    def _fill(self, importance: SegmentImportance) -> None:
        share, net_g = with_total(importance.by_group()), with_total(groups(importance.net_g))
        largest = float(share[:2].max())
        for column, (segment, seconds) in enumerate(zip(SEGMENTS, importance.seconds, strict=True)):
            self.heads[column].setText(f"{segment.value}\n{1000 * seconds:.0f} ms")
            for row, cells in enumerate(self.cells):
                cells[column].show_share(
                    float(share[row, column]), largest, float(net_g[row, column]), float(seconds)
                )


def groups(values: FloatArray) -> FloatArray:
    """[12, 5] by lead → [2, 5] by limb and precordial leads."""
    return np.stack([values[:6].sum(axis=0), values[6:].sum(axis=0)])


def with_total(values: FloatArray) -> FloatArray:
    """[2, 5] → [3, 5] with the sum of both groups below."""
    return np.vstack([values, values.sum(axis=0)])


def mix(depth: float) -> QColor:
    """Colour of the ramp at 0 (pale) to 1 (full)."""
    depth = min(max(depth, 0.0), 1.0)

    def between(low: int, high: int) -> int:
        return round(low + depth * (high - low))

    return QColor(
        between(_PALE.red(), _FULL.red()),
        between(_PALE.green(), _FULL.green()),
        between(_PALE.blue(), _FULL.blue()),
    )


def _method(saliency: SaliencyMap) -> str:
    return (
        f"Share of the absolute contribution, and net grams. Method: {saliency.method}; "
        f"its sum misses the estimate by {abs(saliency.completeness_error):.1%}."
    )
