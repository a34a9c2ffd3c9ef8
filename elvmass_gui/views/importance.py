"""Which leads and segments the estimate leans on: the paper's Table 5 for this one ECG."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from elvmass.beat import SEGMENTS
from elvmass.model.explain import METHODS
from elvmass.model.explain.trust import Trust
from elvmass.record import FloatArray
from elvmass.result import GROUPS, Analysis, SaliencyMap, SegmentImportance
from elvmass_gui import style
from elvmass_gui.painting.wording import percent, signed_grams
from elvmass_gui.views.parts import Panel, label, selector, set_role
from elvmass_gui.views.trust import badge

#: Ends of the ramp: no saliency, and the largest share of the table.
_PALE, _FULL = QColor("#f3f7fb"), QColor("#1f5fa8")
WAITING = "Follows the estimate."
_ABSENT = "This segment is absent in the beat."


class HeatCell(QLabel):
    """A number on a ground whose depth is its share of the largest number."""

    def __init__(self) -> None:
        super().__init__()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(50, 38)

    def show_share(self, share: float, largest: float, net_g: float, seconds: float) -> None:
        """Show a share (0-1) with the net grams below it; the tooltip gives the density."""
        depth = share / largest if largest > 0 else 0.0
        self._paint(f"{percent(share)}\n{signed_grams(net_g)}", depth)
        if seconds > 0:
            self.setToolTip(f"{share / (1000 * seconds):.3%} per ms over {1000 * seconds:.0f} ms")
        else:
            self.setToolTip(_ABSENT)

    def show_density(self, density: float, largest: float) -> None:
        """Show a share per millisecond and lead, 1 if even; NaN for an absent segment."""
        absent = np.isnan(density)
        self._paint("–" if absent else f"{density:.1f}", 0.0 if absent else density / largest)
        self.setToolTip(_ABSENT if absent else f"{density:.2f} times an even spread")

    def _paint(self, text: str, depth: float) -> None:
        ground = mix(depth)
        ink = style.readable_on(ground)
        self.setText(text)
        self.setStyleSheet(
            f"background: {ground.name()}; color: {ink.name()}; border-radius: 3px; font-size: 8pt;"
        )


#: What the cells show: key → title and what it means.
VIEWS: dict[str, tuple[str, str]] = {
    "share": ("share", "Share of the absolute contribution of all leads"),
    "density": ("per ms and lead", "Share per millisecond and lead; 1 if it were evenly spread"),
    "seed_like": (
        "as the paper",
        "Our reading of how the paper made its tables: the map is smoothed over 10 ms, and what "
        "stays below half of its largest value is dropped",
    ),
}
#: Methods in grams; the bare gradient is for the command line.
SHOWN_METHODS: dict[str, str] = {
    key: info.words for key, info in METHODS.items() if info.unit == "g"
}


class ImportancePanel(Panel):
    """Limb and precordial leads by segment, by the chosen method, and how far to trust it."""

    methodPicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Why: importance by segment", WAITING, parent)
        self._importance: SegmentImportance | None = None
        self.chosen_method = selector(list(SHOWN_METHODS.items()), "Saliency method")
        self.view = selector([(key, title) for key, (title, _) in VIEWS.items()], "What is shown")
        for row, (_, tip) in enumerate(VIEWS.values()):
            self.view.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
        self.badge = label(role="small", wrap=True)
        self.chosen_method.activated.connect(self._on_method)
        self.view.activated.connect(self._refill)
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
        choices = QHBoxLayout()
        choices.addWidget(self.chosen_method, 3)
        choices.addWidget(self.view, 2)
        self.body.addLayout(choices)
        self.body.addWidget(self.badge)
        self.body.addWidget(self.method)

    def set_method(self, key: str) -> None:
        """Show which method is in force."""
        with QSignalBlocker(self.chosen_method):
            self.chosen_method.setCurrentIndex(max(0, self.chosen_method.findData(key)))
        self.chosen_method.setToolTip(self.chosen_method.currentText())

    def set_trust(self, trust: Trust | None) -> None:
        """Say what is known of the chosen method on the model in use."""
        text, role, tip = badge(trust, self.chosen_method.currentData())
        self.badge.setText(text)
        self.badge.setToolTip(tip)
        set_role(self.badge, role)

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show the table, or why there is none yet."""
        if analysis is None or analysis.importance is None or analysis.saliency is None:
            self.show_state(WAITING)
            return
        self.show_state("")
        self._importance = analysis.importance
        self._refill()
        self.method.setText(_method(analysis.saliency))

    def _on_method(self, row: int) -> None:
        self.methodPicked.emit(self.chosen_method.itemData(row))

    def _refill(self) -> None:
        if self._importance is not None:
            self._fill(self._importance, self.view.currentData())

    def _fill(self, importance: SegmentImportance, view: str) -> None:
        self.view.setToolTip(VIEWS[view][1])
        if view == "density":
            self._fill_density(importance)
            return
        by_lead = importance.seed_like if view == "seed_like" else importance.share
        assert by_lead is not None
        share, net_g = with_total(groups(by_lead)), with_total(groups(importance.net_g))
        largest = float(share[:2].max())
        for column, (segment, seconds) in enumerate(zip(SEGMENTS, importance.seconds, strict=True)):
            self.heads[column].setText(f"{segment.value}\n{1000 * seconds:.0f} ms")
            for row, cells in enumerate(self.cells):
                cells[column].show_share(
                    float(share[row, column]), largest, float(net_g[row, column]), float(seconds)
                )

    def _fill_density(self, importance: SegmentImportance) -> None:
        dense = importance.density()
        rows = np.stack([dense[:6].mean(axis=0), dense[6:].mean(axis=0), dense.mean(axis=0)])
        for row, cells in enumerate(self.cells):
            for column, cell in enumerate(cells):
                cell.show_density(float(rows[row, column]), float(np.nanmax(rows)))


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
