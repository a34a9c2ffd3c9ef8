"""The 12-lead sheet on screen: zoom, pan, read out. It shows what it is given and asks nobody."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from elvmass.record import Record
from elvmass_gui.painting.ecg_page import (
    NO_MARKS,
    Marks,
    caption_text,
    paint_ecg_page,
    readout,
    sheet_for,
)
from elvmass_gui.painting.ink import screen_stroke
from elvmass_gui.paper import DEFAULT_LAYOUT, LAYOUTS, SHEET_S, Scale, Sheet, lay_out
from elvmass_gui.views.viewport import Viewport

EMPTY_TEXT = "Open an ECG file or drop it here"

#: The page is drawn finely once it has not moved for so long.
_REST_MS = 100
_MARKING_MS = 20
_MARGIN_MM = 3.0
_STEP = 1.25
_CLICK_PX = 4
_MM_PER_INCH = 25.4


class EcgView(QWidget):
    """Twelve leads on ECG paper.

    Ctrl + wheel zooms at the cursor, the wheel and dragging move the page, a double click or
    ``0`` fits it, ``1`` shows true size, Page up / down walk through a long recording.
    """

    #: Name of the lead that was clicked.
    leadPicked = Signal(str)
    #: Lead, time and voltage under the cursor; "" outside the leads.
    cursorMoved = Signal(str)
    #: See :meth:`scale_text`.
    scaleChanged = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record: Record | None = None
        self._marks = NO_MARKS
        self._layout = DEFAULT_LAYOUT
        self._scale = Scale()
        self._start_s = 0.0
        self._sheet: Sheet = lay_out()
        self._view = Viewport(_MARGIN_MM)
        self._true_px_per_mm: float | None = None
        self._page: QPixmap | None = None
        self._pressed: QPointF | None = None
        self._dragged = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.update)
        # Marks come with a result, and so does work for the other views: theirs goes first.
        self._marking = QTimer(self)
        self._marking.setSingleShot(True)
        self._marking.setInterval(_MARKING_MS)
        self._marking.timeout.connect(self._repaint_page)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 180)
        self.setAccessibleName("12-lead ECG")
        self.setAccessibleDescription(EMPTY_TEXT)

    # ---- what is shown ------------------------------------------------------------------

    def set_record(self, record: Record | None) -> None:
        """Show a recording from its beginning, fitted; None shows the empty state."""
        self._record = record
        self._rest.start()  # coarse first, as while moving: it is on the screen sooner
        self._marks = NO_MARKS
        self._start_s = 0.0
        self._lay_out(fit=True)

    def set_marks(
        self,
        beat_times_s: tuple[float, ...],
        beat_window_s: tuple[float, float] | None = None,
    ) -> None:
        """Mark the beats found, and the window of the analysed one (s of the recording)."""
        marks = Marks(tuple(beat_times_s), beat_window_s)
        if marks == self._marks:
            return
        self._marks = marks
        self._describe()
        self._marking.start()

    def set_layout(self, name: str) -> None:
        """Choose one of :data:`elvmass_gui.paper.LAYOUTS` by name."""
        self._layout = LAYOUTS[name]
        self._lay_out(fit=True)

    def set_scale(self, scale: Scale) -> None:
        """Choose paper speed and gain."""
        self._scale = scale
        self._lay_out(fit=self._view.fitted)

    def set_start(self, start_s: float) -> None:
        """Show the ten seconds from ``start_s`` (clamped to the recording)."""
        self._start_s = start_s
        self._lay_out(fit=self._view.fitted)

    def set_true_px_per_mm(self, px_per_mm: float | None) -> None:
        """Calibration of this screen; None trusts what the screen says about itself."""
        self._true_px_per_mm = px_per_mm
        self.scaleChanged.emit(self.scale_text())

    @property
    def sheet(self) -> Sheet:
        """The sheet as it is laid out now."""
        return self._sheet

    def sizeHint(self) -> QSize:
        """A page that can be read."""
        return QSize(1100, 560)

    # ---- scale --------------------------------------------------------------------------

    def true_px_per_mm(self) -> float:
        """Pixels per millimetre of this screen, as calibrated or as it reports."""
        return self._true_px_per_mm or self.physicalDpiX() / _MM_PER_INCH

    def scale_text(self) -> str:
        """The magnification against true size, e.g. "×1.00 true size", "×1.37 fitted"."""
        factor = self._view.px_per_mm / self.true_px_per_mm()
        if abs(factor - 1.0) < 0.005:
            return "×1.00 true size"
        return f"×{factor:.2f} fitted" if self._view.fitted else f"×{factor:.2f}"

    def fit(self) -> None:
        """Show the whole page, and keep doing so when the window changes."""
        self._view.fit(self._sheet.bounds, self.width(), self.height())
        self._moved()

    def show_true_size(self) -> None:
        """25 mm of paper are 25 mm on the screen (if it is calibrated)."""
        self._zoom_to(self.true_px_per_mm(), QPointF(0.0, 0.0))

    def zoom_in(self) -> None:
        """One step larger, about the middle."""
        self._zoom_to(self._view.px_per_mm * _STEP, self._centre())

    def zoom_out(self) -> None:
        """One step smaller, about the middle."""
        self._zoom_to(self._view.px_per_mm / _STEP, self._centre())

    def _centre(self) -> QPointF:
        return QPointF(self.width() / 2, self.height() / 2)

    def _zoom_to(self, px_per_mm: float, at: QPointF) -> None:
        self._view.zoom(px_per_mm, at.x(), at.y())
        self._keep_in_view()

    def _pan(self, dx_px: float, dy_px: float) -> None:
        self._view.pan(dx_px, dy_px)
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        self._view.keep_in_view(self._sheet.bounds, self.width(), self.height())
        self._moved()

    # ---- painting -----------------------------------------------------------------------

    def _lay_out(self, fit: bool) -> None:
        if self._record is None:
            self._sheet = lay_out(self._layout, self._scale)
        else:
            self._sheet = sheet_for(self._record, self._layout, self._scale, self._start_s)
            self._start_s = self._sheet.start_s
        self._describe()
        if fit:
            self._view.fit(self._sheet.bounds, self.width(), self.height())
        self._repaint_page()
        self.scaleChanged.emit(self.scale_text())

    def _describe(self) -> None:
        """The words that a screen reader speaks."""
        if self._record is None:
            self.setAccessibleDescription(EMPTY_TEXT)
            return
        found = len(self._marks.beat_times_s)
        beats = f", {found} beats found" if found else ""
        words = caption_text(self._record, self._sheet).replace("     ", ", ")
        self.setAccessibleDescription(f"{self._layout.name} layout, {words}{beats}")

    def _repaint_page(self) -> None:
        self._page = None
        self.update()

    def _moved(self) -> None:
        """Draw coarsely now, finely after a moment's rest."""
        self._page = None
        self._rest.start()
        self.update()
        self.scaleChanged.emit(self.scale_text())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cached page, or a quick drawing while it moves, or the empty state."""
        painter = QPainter(self)
        if self._record is None:
            self._paint_empty(painter)
        elif self._rest.isActive():
            self._paint_page(painter, self._record, trace_px=1.0)
        else:
            if self._page is None:
                self._page = self._render_page(self._record)
            painter.drawPixmap(QPoint(0, 0), self._page)
        painter.end()

    def _render_page(self, record: Record) -> QPixmap:
        ratio = self.devicePixelRatioF()
        page = QPixmap(self.size() * ratio)
        page.setDevicePixelRatio(ratio)
        painter = QPainter(page)
        self._paint_page(painter, record, trace_px=1.5)
        painter.end()
        return page

    def _paint_page(self, painter: QPainter, record: Record, trace_px: float) -> None:
        painter.fillRect(self.rect(), QColor("#FFFFFF"))
        painter.translate(*self._view.origin_px())
        painter.scale(self._view.px_per_mm, self._view.px_per_mm)
        stroke = screen_stroke(self._view.px_per_mm, trace_px)
        paint_ecg_page(painter, self._sheet, record, self._marks, stroke)

    def _paint_empty(self, painter: QPainter) -> None:
        palette = self.palette()
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Base))
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        painter.setFont(font)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, EMPTY_TEXT)

    # ---- events -------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted page fitted."""
        if self._view.fitted:
            self._view.fit(self._sheet.bounds, self.width(), self.height())
            self.scaleChanged.emit(self.scale_text())
        self._repaint_page()

    def changeEvent(self, event: QEvent) -> None:
        """Another palette or screen ratio: paint anew."""
        self._repaint_page()
        super().changeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms, Shift moves sideways, plain moves up and down."""
        steps = event.angleDelta().y() / 120.0
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self._zoom_to(self._view.px_per_mm * _STEP**steps, event.position())
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._pan(steps * 60.0, 0.0)
        else:
            self._pan(event.angleDelta().x() / 2.0, steps * 60.0)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed = event.position()
            self._dragged = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the page, or read out."""
        if self._pressed is None:
            self.cursorMoved.emit(self._readout(event.position()))
            return
        step = event.position() - self._pressed
        if self._dragged or step.manhattanLength() > _CLICK_PX:
            self._dragged = True
            self._pressed = event.position()
            self._pan(step.x(), step.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press that did not move picks the lead."""
        clicked = self._pressed is not None and not self._dragged
        self._pressed = None
        if clicked and self._record is not None:
            strip = self._sheet.strip_at(
                *self._view.to_mm(event.position().x(), event.position().y())
            )
            if strip is not None:
                self.leadPicked.emit(strip.lead)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit."""
        self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the cursor any more."""
        self.cursorMoved.emit("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Every movement has a key."""
        actions: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_Plus: self.zoom_in,
            Qt.Key.Key_Equal: self.zoom_in,
            Qt.Key.Key_Minus: self.zoom_out,
            Qt.Key.Key_0: self.fit,
            Qt.Key.Key_1: self.show_true_size,
            Qt.Key.Key_Left: lambda: self._pan(60.0, 0.0),
            Qt.Key.Key_Right: lambda: self._pan(-60.0, 0.0),
            Qt.Key.Key_Up: lambda: self._pan(0.0, 60.0),
            Qt.Key.Key_Down: lambda: self._pan(0.0, -60.0),
            Qt.Key.Key_PageDown: lambda: self.set_start(self._start_s + SHEET_S),
            Qt.Key.Key_PageUp: lambda: self.set_start(self._start_s - SHEET_S),
        }
        action = actions.get(Qt.Key(event.key()))
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def _readout(self, at: QPointF) -> str:
        if self._record is None:
            return ""
        return readout(self._record, self._sheet, *self._view.to_mm(at.x(), at.y()))
