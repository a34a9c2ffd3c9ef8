"""The 12-lead sheet on screen: its painting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPixmap, QRegion, QResizeEvent

from elvmass_gui import style
from elvmass_gui.geometry.paper import Rect
from elvmass_gui.geometry.shown import Shown
from elvmass_gui.painting.beat_marks import MARK_INK
from elvmass_gui.painting.calipers import paint_calipers
from elvmass_gui.painting.ecg_page import Seen, marked, paint_ecg_page
from elvmass_gui.painting.ink import Stroke, pen, qrect, screen_stroke, tint
from elvmass_gui.painting.page_words import window_box
from elvmass_gui.views.page_state import EMPTY_TEXT, EcgPage

_HOVER_ALPHA = 0.25
#: A trace, tripled, reaches no further from its line.
_INK_PX = 4


class EcgCanvas(EcgPage):
    """Shows a recording on ECG paper; it asks nobody and decides nothing."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cached page, or a quick drawing while it moves, or the empty state; then overlays."""
        painter = QPainter(self)
        if self._shown is None:
            self._paint_empty(painter)
        else:
            self._paint_shown(painter, self._shown)
            self._paint_over(painter, self._shown)
        painter.end()

    def _paint_shown(self, painter: QPainter, shown: Shown) -> None:
        """The cached page; while it moves what it does not cover is painted coarsely."""
        origin = self._view.origin_px()
        moved = QPoint(*(round(a - b) for a, b in zip(origin, self._page_origin, strict=True)))
        if not self._rest.isActive() and (self._page is None or origin != self._page_origin):
            self._page, self._page_origin = self._render_page(shown), origin
            moved = QPoint(0, 0)
        if self._page is None:
            self._paint_page(painter, shown, 1.0, self.rect())
            return
        if moved.isNull() and not self._marking.isActive() and self._page_marked != self._marks:
            self._mark_page(self._page, shown)
        for bare in _rects(QRegion(self.rect()) - QRegion(self.rect().translated(moved))):
            self._paint_page(painter, shown, 1.0, bare)
        painter.drawPixmap(moved, self._page)

    def _render_page(self, shown: Shown) -> QPixmap:
        ratio = self.devicePixelRatioF()
        page = QPixmap(self.size() * ratio)
        page.setDevicePixelRatio(ratio)
        painter = QPainter(page)
        self._paint_page(painter, shown, style.theme().trace_px, self.rect())
        painter.end()
        self._page_marked = self._marks
        return page

    def _mark_page(self, page: QPixmap, shown: Shown) -> None:
        """Paint the page anew where it has marks now, or had some."""
        painter = QPainter(page)
        for each in (self._page_marked, self._marks):
            for box in marked(self._sheet, each):
                self._paint_page(painter, shown, style.theme().trace_px, self._pixels(box))
        painter.end()
        self._page_marked = self._marks

    def _pixels(self, box: Rect) -> QRect:
        """The pixels that ink in this part of the page may touch."""
        x, y = self._view.to_px(box.x, box.y)
        right, bottom = self._view.to_px(box.right, box.bottom)
        return QRectF(x, y, right - x, bottom - y).toAlignedRect().adjusted(-1, -1, 1, 1)

    def _paint_page(self, painter: QPainter, shown: Shown, trace_px: float, part: QRect) -> None:
        """Paint the page in a part of the widget."""
        painter.save()
        painter.setClipRect(part)
        painter.fillRect(part, QColor("#FFFFFF"))
        self._use_mm(painter)
        all_of_it = part == self.rect()
        seen = Seen(self._view.window(*self._room()), None if all_of_it else self._part_mm(part))
        paint_ecg_page(painter, self._sheet, shown, self._marks, self._stroke(trace_px), seen)
        painter.restore()

    def _part_mm(self, part: QRect) -> Rect:
        """What must be painted for a part of the widget: lines have a width."""
        x, y = self._view.to_mm(part.x() - _INK_PX, part.y() - _INK_PX)
        size = (part.width() + 2 * _INK_PX, part.height() + 2 * _INK_PX)
        return Rect(x, y, *(each / self._view.px_per_mm for each in size))

    def _stroke(self, trace_px: float = 1.5) -> Stroke:
        return screen_stroke(self._view.px_per_mm, trace_px, self.devicePixelRatioF())

    def _use_mm(self, painter: QPainter) -> None:
        painter.translate(*self._view.origin_px())
        painter.scale(self._view.px_per_mm, self._view.px_per_mm)

    def _paint_over(self, painter: QPainter, shown: Shown) -> None:
        """What changes while the page stays: drawn over the cached page."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._use_mm(painter)
        self._paint_hover(painter)
        paint_calipers(painter, self._sheet, shown, self.calipers, self._stroke())
        painter.restore()

    def _paint_hover(self, painter: QPainter) -> None:
        leads, spans_s = self._hover
        painter.setPen(pen(MARK_INK, 1.5 / self._view.px_per_mm))
        for lead in leads:
            for strip in self._sheet.strips_of(lead):
                for span in spans_s:
                    box = window_box(self._sheet, strip, span)
                    if box is not None:
                        painter.fillRect(qrect(box), tint(MARK_INK, _HOVER_ALPHA))
                        painter.drawRect(qrect(box))

    def _paint_empty(self, painter: QPainter) -> None:
        palette = self.palette()
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Base))
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        painter.setFont(font)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._busy or EMPTY_TEXT)

    # ---- events -------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted page fitted."""
        bar = self._time.sizeHint().height()
        self._time.setGeometry(0, self.height() - bar, self.width(), bar)
        if self._view.fitted:
            self._fit()
            self.scaleChanged.emit(self.scale_text())
        self._repaint_page()

    def changeEvent(self, event: QEvent) -> None:
        """Another palette or screen ratio: paint anew."""
        self._repaint_page()
        super().changeEvent(event)


def _rects(region: QRegion) -> Iterable[QRect]:
    """The rectangles of a region, which the stubs do not know to be iterable."""
    return cast("Iterable[QRect]", region)
