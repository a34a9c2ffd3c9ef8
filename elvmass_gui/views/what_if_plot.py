"""The curve of a supposition: the model's answer along one variable. Loads pyqtgraph."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from elvmass.beside import Curve, Supposed
from elvmass.record import FloatArray
from elvmass_gui import style
from elvmass_gui.views.parts import wrapped

#: How much of the interval and of the range of the fold models is seen, of 255.
_BAND_ALPHA, _FOLDS_ALPHA = 110, 70


@dataclass(frozen=True, slots=True)
class Axis:
    """What runs along the bottom: title with unit, and how many of the unit one of ours is."""

    title: str
    per_unit: float


_TIP = (
    "What the model answers, in grams, when only the quantity across is another one and all else "
    "stays as supposed: how the model answers, not how a heart grows"
)


class CurvePlot:
    """Keeps its items and changes their data; nothing is made anew while a slider moves.

    Solid where the training cohort had such patients, dashed where not. The pale band is the
    prediction interval, the grey one the range of the fold models.
    """

    def __init__(self) -> None:
        self.widget: Any = pg.PlotWidget()
        self.widget.setAccessibleName("Response curve")
        self.widget.setToolTip(wrapped(_TIP))
        self.widget.setMouseEnabled(x=False, y=False)
        self.widget.setMenuEnabled(False)
        self.widget.hideButtons()
        self.widget.showGrid(x=True, y=True, alpha=0.15)
        self.widget.setLabel("left", "mass, g")
        self._band, self._folds = _Band(self.widget), _Band(self.widget)
        self._inside, self._outside = self.widget.plot(), self.widget.plot()
        self._level = pg.InfiniteLine(angle=0)
        self.widget.addItem(self._level)
        self._original = self.widget.plot(pen=None, symbol="o", symbolSize=9)
        self._present = self.widget.plot(pen=None, symbol="d", symbolSize=12)
        self.dress()

    def dress(self) -> None:
        """Take the colours of the theme in force."""
        look = style.theme()
        self.widget.setBackground(look.card)
        for side in ("left", "bottom"):
            axis = self.widget.getAxis(side)
            axis.setTextPen(look.muted)
            axis.setPen(look.edge)
            axis.setLabel(axis.labelText, color=look.muted)  # without its text it loses it
        self._band.dress(look.bar, _BAND_ALPHA)
        self._folds.dress(look.muted, _FOLDS_ALPHA)
        self._inside.setPen(pg.mkPen(look.link, width=2))
        self._outside.setPen(pg.mkPen(look.link, width=2, style=Qt.PenStyle.DashLine))
        self._level.setPen(pg.mkPen(look.muted, style=Qt.PenStyle.DotLine))
        for dots, ground in ((self._original, look.card), (self._present, look.mark)):
            dots.setSymbolBrush(ground)
            dots.setSymbolPen(look.mark)

    def show_curve(self, supposed: Supposed, axis: Axis, now: float, was: float | None) -> None:
        """Draw the curve with a diamond at ``now`` and a circle at ``was``, the recorded value.

        Both in the program's unit; ``was`` is None where the original does not lie on the axis.
        """
        curve = supposed.curve
        x = np.array(curve.sweep.values) * axis.per_unit
        self.widget.setLabel("bottom", axis.title, color=style.theme().muted)
        self._band.set(x, curve.low_g, curve.high_g)
        self._folds.set(x, curve.fold_masses_g.min(axis=1), curve.fold_masses_g.max(axis=1))
        inside = np.where(curve.outside, np.nan, curve.mass_g)
        self._inside.setData(x, inside, connect="finite")
        self._outside.setData(x, outside_line(curve), connect="finite")
        self._level.setValue(supposed.original.mass_g)
        known = [] if was is None else [was * axis.per_unit]
        self._original.setData(known, [supposed.original.mass_g] * len(known))
        self._present.setData([now * axis.per_unit], [supposed.changed.mass_g])
        self.widget.setXRange(x[0], x[-1], padding=0.02)
        self.widget.setYRange(*span_g(supposed), padding=0.04)

    def clear(self) -> None:
        """Show no curve."""
        for line in (self._inside, self._outside, self._original, self._present):
            line.setData([], [])
        self._band.set(np.empty(0), np.empty(0), np.empty(0))
        self._folds.set(np.empty(0), np.empty(0), np.empty(0))


class _Band:
    def __init__(self, plot: Any) -> None:
        self._low, self._high = pg.PlotDataItem(), pg.PlotDataItem()
        self._fill = pg.FillBetweenItem(self._low, self._high)
        plot.addItem(self._fill)

    def dress(self, colour: str, alpha: int) -> None:
        """Fill with this colour."""
        brush = pg.mkColor(colour)
        brush.setAlpha(alpha)
        self._fill.setBrush(brush)

    def set(self, x: FloatArray, low: FloatArray, high: FloatArray) -> None:
        """Fill between two lines where both are known."""
        known = np.isfinite(low) & np.isfinite(high)
        self._low.setData(x[known], low[known])
        self._high.setData(x[known], high[known])
        self._fill.setVisible(bool(known.sum() > 1))


def outside_line(curve: Curve) -> FloatArray:
    """[n] the mass outside the trained range, reaching one value into it, else NaN."""
    outside = curve.outside.copy()
    for k, (a, b) in enumerate(pairwise(curve.outside)):
        outside[k] |= b
        outside[k + 1] |= a
    line: FloatArray = np.where(outside, curve.mass_g, np.nan)
    return line


def span_g(supposed: Supposed) -> tuple[float, float]:
    """Lowest and highest value to be seen."""
    curve = supposed.curve
    values = [curve.fold_masses_g.min(), curve.fold_masses_g.max()]
    values += [supposed.original.mass_g, supposed.changed.mass_g]
    known = np.isfinite(curve.low_g)
    if known.sum() > 1:
        values += [curve.low_g[known].min(), curve.high_g[known].max()]
    return float(min(values)), float(max(values))
