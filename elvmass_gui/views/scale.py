"""The estimate on a horizontal scale in grams: the painter of the report, on the screen."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from elvmass.result import Estimate, SecondEstimate
from elvmass_gui import style
from elvmass_gui.geometry.paper import Rect
from elvmass_gui.painting.mass_scale import ScaleInk, limit_g, paint_mass_scale
from elvmass_gui.painting.result_words import span_words

#: Makes the small print of the report as large as the small print of the panel.
PX_PER_MM = 4.7
_HEIGHT_MM = 17.0
_LEFT_MM, _RIGHT_MM = 4.0, 8.0


class MassScale(QWidget):
    """Draws one estimate; :meth:`set_estimate` is all there is to it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._estimate: Estimate | None = None
        self._second: SecondEstimate | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Height for words, bar and axis."""
        return QSize(300, round(_HEIGHT_MM * PX_PER_MM))

    def set_estimate(self, estimate: Estimate | None) -> None:
        """Show an estimate, or nothing."""
        self._estimate = estimate
        self._second = None
        words = "" if estimate is None else in_words(estimate)
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def set_second(self, second: SecondEstimate | None) -> None:
        """Mark what another model says on the same scale."""
        self._second = second
        if second is not None:
            words = f"{self.accessibleName()}, {second.card.name} {second.mass_g:.0f} g"
            self.setAccessibleName(words)
            self.setToolTip(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the scale."""
        if self._estimate is None:
            return
        width_mm = self.width() / PX_PER_MM
        box = Rect(_LEFT_MM, 0.0, width_mm - _LEFT_MM - _RIGHT_MM, _HEIGHT_MM)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(PX_PER_MM, PX_PER_MM)
            look = style.theme()
            ink = ScaleInk(look.bar, look.limit, look.muted, look.mark, look.card)
            paint_mass_scale(painter, box, self._estimate, self._second, ink)


def in_words(estimate: Estimate) -> str:
    """What the scale shows, for a screen reader."""
    interval, limit = estimate.interval, limit_g(estimate)
    folds = estimate.fold_masses_g
    span = "no interval"
    if interval is not None:
        span = span_words(interval)
    text = (
        f"Estimate {estimate.mass_g:.0f} g, {span}, fold models "
        f"{min(folds):.0f} to {max(folds):.0f} g"
    )
    return text if limit is None else f"{text}, limit {limit:.0f} g"
