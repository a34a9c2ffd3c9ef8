"""Pictures of the lab. pyqtgraph takes half a second to load: only when something is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from elvmass.train.runtime.history import HistoryRow
from elvmass_gui import style
from elvmass_gui.views.parts import wrapped

#: After Okabe and Ito: told apart with any colour vision, legible on a light ground.
COLOURS = ("#0072b2", "#d55e00", "#008a64", "#a3498b", "#8a6d00", "#3585b3", "#555555")
#: The same on a dark one.
ON_DARK = ("#56b4e9", "#f0883e", "#2fc49a", "#d98cc4", "#d9b93b", "#8fd0f5", "#b0b0b0")
_MEN, _WOMEN, _UNKNOWN = 0, 1, 6
_BINS = 24
_MOVES = "Wheel: zoom. Drag: move. Double click: all of it again."


class Plot(QWidget):
    """An empty place until something is drawn in it.

    Parameters
    ----------
    name, bottom, left
        Of the picture and of its axes, with units.
    tip
        How it is read.
    """

    def __init__(self, name: str, bottom: str, left: str, *, tip: str) -> None:
        super().__init__()
        self._labels = (bottom, left)
        self.widget: Any = None
        self._draw: Callable[[], None] = lambda: None
        self.setAccessibleName(name)
        self.setToolTip(wrapped(f"{tip}\n{_MOVES}"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.legend = QLabel()  # above the picture: inside it would hide something
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.legend.hide()
        self._column.addWidget(self.legend)
        self.setMinimumSize(220, 160)

    def show_picture(self, draw: Callable[[], None]) -> None:
        """Draw, now and in the colours of every theme to come."""
        self._draw = draw
        draw()

    def fresh(self) -> Any:
        """The plot, empty; made when it is first asked for."""
        if self.widget is None:
            self.widget = self._make()
        self.widget.clear()
        self.legend.hide()
        return self.widget

    def explain(self, rows: Sequence[tuple[str, str]]) -> None:
        """The legend: colour and words of each kind of mark, "" for words alone."""
        marks = []
        for colour, words in rows:
            whole = words.replace(" ", "&nbsp;")  # a mark stands by its words
            marks.append(f"<font color='{colour}'>■</font>&nbsp;{whole}" if colour else words)
        self.legend.setText("&nbsp;&nbsp; ".join(marks))
        self.legend.setVisible(bool(rows))

    def _make(self) -> Any:
        import pyqtgraph

        widget = pyqtgraph.PlotWidget(self)
        self._colour(widget)
        widget.showGrid(x=True, y=True, alpha=0.15)
        widget.setMenuEnabled(False)
        widget.hideButtons()
        widget.scene().sigMouseClicked.connect(
            lambda click: widget.enableAutoRange() if click.double() else None
        )
        self._column.addWidget(widget)
        return widget

    def _colour(self, widget: Any) -> None:
        """Ground and axes in the colours of the window."""
        ink = self.palette().color(QPalette.ColorRole.Text)
        widget.setBackground(self.palette().color(QPalette.ColorRole.Base))
        for side, text in zip(("bottom", "left"), self._labels, strict=True):
            axis = widget.getAxis(side)
            axis.setPen(ink)
            axis.setTextPen(ink)
            axis.enableAutoSIPrefix(False)
            widget.setLabel(side, text, color=ink.name())

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.widget is not None:
            self._colour(self.widget)
            self._draw()


def colours() -> tuple[str, ...]:
    """Of the theme in force."""
    return ON_DARK if style.theme().dark else COLOURS


def warm_up() -> None:
    """Load pyqtgraph."""
    import pyqtgraph  # noqa: F401


def _pen(colour: str, width: float = 2.0, *, dashed: bool = False) -> Any:
    import pyqtgraph

    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    return pyqtgraph.mkPen(colour, width=width, style=style)


def draw_curves(plot: Plot, history: Sequence[Sequence[HistoryRow]], only: int | None) -> None:
    """Errors per epoch of each fold: validation solid, training dashed; ``only`` one or all."""
    widget = plot.fresh()
    shown = [k for k, epochs in enumerate(history) if epochs and only in (None, k)]
    for fold in shown:
        epochs, colour = history[fold], colours()[fold % len(COLOURS)]
        x = [row.epoch for row in epochs]
        widget.plot(
            x, [row.validation_mae_sd for row in epochs], pen=_pen(colour), symbol="o",
            symbolSize=5, symbolBrush=colour, symbolPen=None,
        )  # fmt: skip
        train = [row.train_mae_sd for row in epochs]
        widget.plot(x, train, pen=_pen(colour, 1.5, dashed=True))
    longest = max((len(history[fold]) for fold in shown), default=1)
    step = max(1, round(longest / 10))
    widget.getAxis("bottom").setTickSpacing(levels=[(step, 0)])  # no half epochs
    widget.enableAutoRange()
    folds = [(colours()[k % len(COLOURS)], f"fold {k + 1}") for k in shown]
    plot.explain([*folds, ("", "solid: validation"), ("", "dashed: training")])


def draw_masses(plot: Plot, mass_g: dict[str, list[float]]) -> None:
    """Histogram of the mass, one sex upon the other."""
    import pyqtgraph

    widget = plot.fresh()
    every = [mass for masses in mass_g.values() for mass in masses]
    if not every:
        return
    edges = np.histogram_bin_edges(every, bins=min(_BINS, max(5, len(every) // 4)))
    floor, rows = np.zeros(len(edges) - 1), []
    for (name, masses), kind in zip(mass_g.items(), (_MEN, _WOMEN, _UNKNOWN), strict=True):
        if not masses:
            continue
        colour = colours()[kind]
        counts = np.histogram(masses, bins=edges)[0]
        bars = {"x0": edges[:-1], "x1": edges[1:], "y0": floor, "y1": floor + counts}
        widget.addItem(
            pyqtgraph.BarGraphItem(**bars, brush=colour, pen=_pen(style.theme().card, 0.5))
        )
        floor = floor + counts
        rows.append((colour, f"{name}, {len(masses)}"))
    widget.enableAutoRange()
    plot.explain(rows)


def draw_agreement(plot: Plot, scores: dict[str, Any]) -> None:
    """Differences against means (Bland and Altman), with bias and limits of agreement."""
    widget = plot.fresh()
    truth, estimate = np.array(scores["truth_g"]), np.array(scores["estimate_g"])
    groups = _sexes(scores)
    for _, chosen, colour in groups:
        widget.plot(
            (truth + estimate)[chosen] / 2, (estimate - truth)[chosen], pen=None, symbol="o",
            symbolSize=5, symbolPen=None, symbolBrush=_faint(colour),
        )  # fmt: skip
    levels = {key: scores["agreement"][key]["value"] for key in ("upper", "bias", "lower")}
    for key, value in levels.items():
        widget.addItem(_level(plot, value, dashed=key != "bias"))
    widget.enableAutoRange()
    bias, low, high = (
        f"{levels[key]:+z.1f}".replace("-", "−") for key in ("bias", "lower", "upper")
    )
    plot.explain([
        *((colour, name) for name, _, colour in groups),
        ("", f"line: bias {bias} g; dashed: bias ± 1.96 SD, {low} to {high} g"),
    ])  # fmt: skip


def _level(plot: Plot, value: float, *, dashed: bool) -> Any:
    """A horizontal line."""
    import pyqtgraph

    ink = plot.palette().color(QPalette.ColorRole.Text)
    return pyqtgraph.InfiniteLine(value, angle=0, pen=_pen(ink.name(), 1.2, dashed=dashed))


def draw_calibration(plot: Plot, scores: dict[str, Any]) -> None:
    """Mean truth against mean estimate in groups of equal size, with 95 % bars and identity."""
    import pyqtgraph

    widget = plot.fresh()
    found = {name: np.array(values, dtype=float) for name, values in scores["calibration"].items()}
    x, y, half = found["estimate_g"], found["truth_g"], 1.96 * found["truth_se_g"]
    ends = [float(min(x.min(), (y - half).min())), float(max(x.max(), (y + half).max()))]
    ink = plot.palette().color(QPalette.ColorRole.Text).name()
    widget.plot(ends, ends, pen=_pen(ink, 1.0, dashed=True))
    colour = colours()[0]
    bars = pyqtgraph.ErrorBarItem(x=x, y=y, height=2 * half, beam=0, pen=_pen(colour, 1.2))
    widget.addItem(bars)
    widget.plot(
        x, y, pen=_pen(colour, 1.2), symbol="o", symbolSize=7, symbolPen=None, symbolBrush=colour
    )
    widget.enableAutoRange()
    least, most = int(found["n"].min()), int(found["n"].max())
    n = f"{least}" if least == most else f"{least} to {most}"
    bars_are = "bars: 95\N{NO-BREAK SPACE}%; dashed: perfect"
    plot.explain([(colour, f"{len(x)} groups of {n} patients"), ("", bars_are)])


def _sexes(scores: dict[str, Any]) -> list[tuple[str, Any, str]]:
    """Name, rows and colour of each sex that there is."""
    male = np.array([np.nan if v is None else v for v in scores["sex_male"]])
    ink = colours()
    groups = (("men", male == 1, ink[_MEN]), ("women", male == 0, ink[_WOMEN]),
              ("sex unknown", np.isnan(male), ink[_UNKNOWN]))  # fmt: skip
    return [group for group in groups if group[1].any()]


def _faint(colour: str) -> QColor:
    made = QColor(colour)
    made.setAlpha(170)
    return made
