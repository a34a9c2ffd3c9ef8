"""The beat that the network saw, on screen."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from elvmass.beat import SEGMENTS, Beat, Segment
from elvmass.result import Analysis
from elvmass_gui import style
from elvmass_gui.geometry.paper import Scale
from elvmass_gui.painting.beat_content import BeatContent
from elvmass_gui.painting.beat_layout import (
    ARRANGEMENTS,
    BeatCell,
    BeatOptions,
    BeatSheet,
    lay_out_beat,
    segment_at,
)
from elvmass_gui.painting.beat_panel import (
    cell_text,
    paint_beat_panel,
    paint_highlight,
)
from elvmass_gui.painting.ink import screen_stroke
from elvmass_gui.pointing import NOWHERE, Spot

EMPTY_TEXT = "The analysed heartbeat will appear here"

_MARGIN_PX = 8
_LEAST_TEXT_PX = 10.5
_GAINS = (10.0, 5.0, 2.5)  # the usual ones
#: Length of the whole legend, names of the segments included, in heights of its text; with what
#: the ends of its lines leave empty.
_LEGEND_EMS = 168.0
#: Share of the height that more than two lines of legend may take. In a low panel the names of the
#: segments above each trace are enough.
_LEGEND_SHARE = 0.12


class BeatView(QWidget):
    """Twelve small multiples of the beat with segments, importance and saliency lanes."""

    #: (row of LEADS, index into SEGMENTS) under the cursor; (-1, -1) when there is none.
    hovered = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content: BeatContent | None = None
        self._analysis: Analysis | None = None
        self._overlay = False
        self._state = EMPTY_TEXT
        self._sheet: BeatSheet | None = None
        self._px_per_mm = 1.0
        self._page: QPixmap | None = None
        # The panel is dear: the numbers that came with it are on the screen first.
        self._paint = QTimer(self)
        self._paint.setSingleShot(True)
        self._paint.timeout.connect(self.update)
        self._hover = (-1, -1)
        self._pointed = NOWHERE
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(360, 120)
        self.setAccessibleName("Analysed heartbeat")
        self.setAccessibleDescription(EMPTY_TEXT)

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show the beat of an analysis with all that was computed; None empties the view."""
        self._state = EMPTY_TEXT
        self._analysis = analysis
        content = self._content_of(analysis)
        if content is None or self._content is None or not self._content.is_same(content):
            self._set(content)

    def set_overlay(self, on: bool) -> None:
        """Draw the clean beats behind the analysed one, or no longer."""
        self._overlay = on
        if self._analysis is not None:
            self._set(self._content_of(self._analysis))

    def redraw(self, analysis: Analysis) -> None:
        """Show the same beat with other boundaries: nothing is laid out anew."""
        self._analysis = analysis
        self._content = self._content_of(analysis)
        self._describe()
        self._explain()
        self._page = None
        self.update()

    def set_pointed(self, spot: Spot) -> None:
        """Outline a segment in some leads, as another view points at it; NOWHERE ends that."""
        if spot != self._pointed:
            self._pointed = spot
            self.update()

    def set_state(self, text: str) -> None:
        """Say why there is no beat; holds until the next analysis."""
        self._state = text
        self._analysis = None
        self._set(None)

    @property
    def sheet(self) -> BeatSheet | None:
        """The panel as it is laid out now."""
        return self._sheet

    def sizeHint(self) -> QSize:
        """A panel whose names can be read."""
        return QSize(1100, 360)

    def to_mm(self, at: QPointF) -> tuple[float, float]:
        """A point of the widget in the panel."""
        at = (at - QPointF(_MARGIN_PX, _MARGIN_PX)) / self._px_per_mm
        return at.x(), at.y()

    def to_px(self, x_mm: float, y_mm: float) -> QPointF:
        """A point of the panel in the widget."""
        return QPointF(x_mm, y_mm) * self._px_per_mm + QPointF(_MARGIN_PX, _MARGIN_PX)

    def _content_of(self, analysis: Analysis | None) -> BeatContent | None:
        return None if analysis is None else BeatContent.of(analysis, overlay=self._overlay)

    def _set(self, content: BeatContent | None) -> None:
        former, self._content = self._content, content
        self._describe()
        self._point_at(-1, -1)
        if former is None or content is None or not _same_traces(former.beat, content.beat):
            self._lay_out()
        self._page = None
        self._paint.start()

    def _describe(self) -> None:
        if self._content is None:
            self.setAccessibleDescription(self._state)
            return
        beat = self._content.beat
        words = [f"beat {beat.number + 1} of {beat.count}"]
        if self._content.importance is not None:
            shares = self._content.importance.share.sum(axis=0)
            words += [f"{s.value} {100 * v:.0f} %" for s, v in zip(SEGMENTS, shares, strict=True)]
        self.setAccessibleDescription(", ".join(words))

    def _lay_out(self) -> None:
        self._page = None
        self._sheet = None
        room = (self.width() - 2 * _MARGIN_PX, self.height() - 2 * _MARGIN_PX)
        if self._content is not None and min(room) > 0:
            self._sheet, self._px_per_mm = best_sheet(self._content.beat, *room)
        self._paint.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cached panel and the highlight, or the empty state."""
        painter = QPainter(self)
        if self._content is None or self._sheet is None:
            self._paint_empty(painter)
        else:
            if self._page is None:
                self._page = self._render(self._content, self._sheet)
            painter.drawPixmap(QPoint(0, 0), self._page)
            self._use_mm(painter)
            self._paint_over(painter, self._content, self._sheet)
        painter.end()

    def _render(self, content: BeatContent, sheet: BeatSheet) -> QPixmap:
        ratio = self.devicePixelRatioF()
        page = QPixmap(self.size() * ratio)
        page.setDevicePixelRatio(ratio)
        page.fill(QColor("#FFFFFF"))
        painter = QPainter(page)
        self._use_mm(painter)
        stroke = screen_stroke(self._px_per_mm, style.theme().trace_px, ratio)
        paint_beat_panel(painter, sheet, content, stroke)
        painter.end()
        return page

    def _use_mm(self, painter: QPainter) -> None:
        painter.translate(_MARGIN_PX, _MARGIN_PX)
        painter.scale(self._px_per_mm, self._px_per_mm)

    def _paint_over(self, painter: QPainter, content: BeatContent, sheet: BeatSheet) -> None:
        """What changes while the panel stays, in mm: drawn over the cached panel."""
        row, segment = self._hover
        spot = self._pointed if row < 0 else Spot((row,), segment)
        for cell in sheet.cells:
            if cell.lead_row in spot.lead_rows:
                name = SEGMENTS[spot.segment]
                paint_highlight(painter, cell, content.beat, name, self._px_per_mm)

    def _paint_empty(self, painter: QPainter) -> None:
        palette = self.palette()
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Base))
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        room = self.rect().adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self._state)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew: arrangement and gain follow the room."""
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        """Another palette or screen ratio: paint anew."""
        self._page = None
        self.update()
        super().changeEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the lead and segment under the cursor."""
        self._point_at(*self._under(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self._point_at(-1, -1)

    def _under(self, at: QPointF) -> tuple[int, int]:
        if self._sheet is None or self._content is None:
            return -1, -1
        x, y = self.to_mm(at)
        cell = self._sheet.cell_at(x, y)
        segment = self._segment(cell, x)
        return (
            (-1, -1)
            if cell is None or segment is None
            else (cell.lead_row, SEGMENTS.index(segment))
        )

    def _segment(self, cell: BeatCell | None, x_mm: float) -> Segment | None:
        if cell is None or self._content is None:
            return None
        return segment_at(self._content.beat, cell.sample(x_mm))

    def _point_at(self, lead_row: int, segment: int) -> None:
        if (lead_row, segment) == self._hover:
            return
        self._hover = (lead_row, segment)
        self._explain()
        self.update()
        self.hovered.emit(lead_row, segment)

    def _explain(self) -> None:
        """The tooltip of what is pointed at."""
        known = self._content is not None and self._hover[0] >= 0
        self.setToolTip(cell_text(self._content, *self._hover) if known and self._content else "")


def _same_traces(a: Beat, b: Beat) -> bool:
    """Whether both are laid out alike: an explanation brings the beat of the estimate again."""
    return a.rate_hz == b.rate_hz and np.array_equal(a.signal_mv, b.signal_mv)


def best_sheet(beat: Beat, width_px: float, height_px: float) -> tuple[BeatSheet, float]:
    """The arrangement and gain that show the beat largest in the room, and its px per mm.

    Gains below 10 mm/mV are taken only when they enlarge the panel by a good part: the standard
    scale is what eyes are used to.
    """
    best: tuple[float, BeatOptions] | None = None
    for gain in _GAINS:
        for name in ARRANGEMENTS:
            options = BeatOptions(name, Scale(50.0, gain))
            bounds = lay_out_beat(beat, options).bounds
            size = min(width_px / bounds.width, height_px / bounds.height)
            if best is None or size > best[0] * (1.0 if gain == best[1].scale.mm_per_mv else 1.15):
                best = (size, options)
    assert best is not None
    return _filled(beat, best[1], width_px, height_px)


def _filled(
    beat: Beat, options: BeatOptions, width_px: float, height_px: float
) -> tuple[BeatSheet, float]:
    """Grow the text to a readable size and stretch the panel over all of the room."""
    size = 1.0
    for _ in range(3):  # larger text needs more room, which makes the scale smaller
        bounds = lay_out_beat(beat, options).bounds
        size = min(width_px / bounds.width, height_px / bounds.height)
        text_mm = max(2.6, _LEAST_TEXT_PX / size)
        # Only now: a line more of words was no reason to halve the waves.
        wanted = math.ceil(_LEGEND_EMS * text_mm * size / width_px)
        most = max(2, int(_LEGEND_SHARE * height_px / (1.5 * text_mm * size)))
        options = replace(options, text_mm=text_mm, legend_lines=min(wanted, most))
    room = replace(options, width_mm=width_px / size, height_mm=height_px / size)
    sheet = lay_out_beat(beat, room)
    return sheet, min(size, height_px / sheet.bounds.height, width_px / sheet.bounds.width)
