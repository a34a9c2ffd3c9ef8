"""The 12-lead sheet in use: mouse, keys, calipers, reading cursor, magnifier."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from elvmass.record import Record
from elvmass_gui.geometry.calipers import CaliperKind, Calipers
from elvmass_gui.geometry.paper import SHEET_S, Rect, Strip
from elvmass_gui.geometry.shown import Shown, caption_words, readout
from elvmass_gui.painting.beat_marks import mark_at, mark_text
from elvmass_gui.painting.calipers import paint_crosshair, paint_handles, reach_of
from elvmass_gui.painting.ink import text_scale
from elvmass_gui.painting.magnifier import Lens, lens_box, paint_lens
from elvmass_gui.views.caliper_tool import CaliperTool
from elvmass_gui.views.ecg_actions import make_actions
from elvmass_gui.views.ecg_canvas import EcgCanvas
from elvmass_gui.views.page_state import EMPTY_TEXT
from elvmass_gui.views.page_steps import page_steps
from elvmass_gui.views.reading_cursor import ReadingCursor

__all__ = ["EMPTY_TEXT", "EcgView"]

_CLICK_PX = 4
_REACH_PX = 6.0
_PAN_PX = 60.0
_FAR = 10
_STEP = 1.25
_LEVEL_MV = 0.01


class EcgView(EcgCanvas):
    """Twelve leads on ECG paper.

    Ctrl + wheel zooms at the cursor, the wheel and dragging move the page, a double click or
    ``0`` fits it, ``1`` shows true size, Page up / down walk through a long recording. The
    commands of :mod:`elvmass_gui.commands.page_actions` are :attr:`page_actions`.
    """

    #: Name of the lead that was clicked.
    leadPicked = Signal(str)
    #: Number of the complete beat whose mark was clicked.
    beatPicked = Signal(int)
    #: Lead, time and voltage under the cursor; "" outside the leads.
    cursorMoved = Signal(str)
    #: Lead and time (s of the recording) under the cursor; ("", 0.0) outside the leads.
    pointed = Signal(str, float)
    #: The calipers of this ECG have changed.
    calipersChanged = Signal(object)  # Calipers
    #: Esc, with nothing in hand.
    escaped = Signal()
    #: Layout (with its rhythm lead), scale and display filter, when a key has changed them.
    pageChanged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tool = CaliperTool()
        self._cursor = ReadingCursor()
        self._reported: Calipers = ()
        self._pressed: QPointF | None = None
        self._dragged = False
        #: Where the caliper in hand is painted, mm; empty before it is dragged.
        self._reach: tuple[Rect, ...] = ()
        #: The commands of the page by key, for menus and palettes; they work in this widget.
        self.page_actions: dict[str, QAction] = make_actions(self, self.handlers())
        self._sync()

    def set_record(self, record: Record | None) -> None:
        """Show a recording from its beginning, fitted, with the calipers that it had before."""
        key = None if record is None else record.source.sha256 or id(record)
        self._tool.open(key)
        self._cursor.point = None
        super().set_record(record)
        self._sync()

    @property
    def calipers(self) -> Calipers:
        """The calipers of this ECG, the one being drawn included."""
        return self._tool.calipers

    # ---- commands -----------------------------------------------------------------------

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command of the page does, by its key."""
        tool = self._tool
        return {
            "caliper_time": lambda: self._choose(CaliperKind.TIME),
            "caliper_voltage": lambda: self._choose(CaliperKind.VOLTAGE),
            "caliper_march": lambda: self._choose(CaliperKind.MARCH),
            "caliper_put": self._put_caliper,
            "caliper_next": lambda: self._do(tool.take_next),
            "caliper_end": lambda: self._do(tool.switch_end),
            "caliper_remove": lambda: self._do(tool.remove),
            "caliper_clear": lambda: self._do(tool.clear),
            "caliper_undo": lambda: self._do(tool.undo),
            "caliper_redo": lambda: self._do(tool.redo),
            "snap": self._toggle_snap,
            "cursor": lambda: self._do(self._toggle_cursor),
            "magnifier": lambda: self._do(self._toggle_lens),
            "put_down": self._put_down,
            "show_beat": self.show_analysed,
        } | page_steps(self, self.pageChanged.emit)

    def _do(self, change: Callable[[], object]) -> None:
        change()
        self._sync()

    def _sync(self) -> None:
        """Let actions, cursor shape, listeners and screen follow the tool."""
        for kind in CaliperKind:
            key = "caliper_march" if kind is CaliperKind.MARCH else f"caliper_{kind.value}"
            self.page_actions[key].setChecked(self._tool.kind is kind)
        self.page_actions["snap"].setChecked(self._tool.snap)
        self.page_actions["cursor"].setChecked(self._cursor.on)
        self.page_actions["magnifier"].setChecked(self._cursor.lens)
        for action in self.page_actions.values():
            action.setEnabled(self._record is not None)
        drawing = self._tool.kind is not None
        self.setCursor(Qt.CursorShape.CrossCursor if drawing else Qt.CursorShape.ArrowCursor)
        if not self._tool.dragging and self._tool.calipers != self._reported:
            self._reported = self._tool.calipers
            self.calipersChanged.emit(self._reported)
        self.update()

    def _choose(self, kind: CaliperKind) -> None:
        self._tool.kind = None if self._tool.kind is kind else kind
        self._sync()

    def _toggle_snap(self) -> None:
        self._tool.snap = not self._tool.snap
        self._sync()

    def _toggle_cursor(self) -> None:
        self._cursor.on = not self._cursor.on
        self._tell(self._cursor_place())

    def _toggle_lens(self) -> None:
        self._cursor.lens = not self._cursor.lens

    def _put_down(self) -> None:
        in_hand = self._tool.active is not None or self._tool.kind is not None
        if not (in_hand or self._cursor.on or self._cursor.lens):
            self.escaped.emit()
        self._tool.put_down()
        self._cursor.on = self._cursor.lens = False
        self._pressed = None
        self._sync()

    def _put_caliper(self) -> None:
        """A caliper where the cursor is; a time caliper unless another kind was chosen."""
        if self._shown is not None:
            strip, x, _ = self._cursor_place()
            kind = self._tool.kind or CaliperKind.TIME
            self._tool.put(kind, strip, self._shown, strip.time_s(x))
            self._sync()
            self._read_caliper()

    # ---- overlays -----------------------------------------------------------------------

    def _paint_over(self, painter: QPainter, shown: Shown) -> None:
        super()._paint_over(painter, shown)
        px = self._view.px_per_mm
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._use_mm(painter)
        if self._tool.active is not None:
            active = (self._tool.active, self._tool.held)
            paint_handles(painter, self._sheet, shown, active, px)
        if self._cursor.on:
            strip, x, y = self._cursor_place()
            paint_crosshair(painter, self._sheet.on_paper(strip.rect), (x, y), px)
        painter.restore()
        if self._cursor.lens:
            self._paint_lens(painter, shown)

    def _paint_lens(self, painter: QPainter, shown: Shown) -> None:
        strip, x, y = self._cursor_place()
        box = lens_box(self._view.to_px(x, y), *self._room())
        eye = self._cursor.point or (x, y)
        lens = Lens(strip, (x, y), eye[1], self._view.px_per_mm, self.calipers)
        paint_lens(painter, box, shown, lens)

    def _cursor_place(self) -> tuple[Strip, float, float]:
        """Strip and point (mm) of the reading cursor; the first lead's middle to begin with."""
        return self._cursor.place(self._sheet, self._shown)

    # ---- mouse --------------------------------------------------------------------------

    def _to_mm(self, event: QMouseEvent) -> tuple[float, float]:
        return self._view.to_mm(event.position().x(), event.position().y())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms, Shift moves sideways, plain moves up and down."""
        steps = event.angleDelta().y() / 120.0
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self._zoom_to(self._view.px_per_mm * _STEP**steps, event.position())
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._pan(steps * _PAN_PX, 0.0)
        else:
            self._pan(event.angleDelta().x() / 2.0, steps * _PAN_PX)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a caliper, begin one, or begin a click or a drag of the page."""
        if event.button() is not Qt.MouseButton.LeftButton or self._shown is None:
            return
        reach = _REACH_PX / self._view.px_per_mm
        if self._tool.press(self._sheet, self._shown, self._to_mm(event), reach):
            self._reach = ()
            self._sync()
            return
        self._pressed = event.position()
        self._dragged = False
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag a caliper or the page, or read out."""
        if self._shown is not None:
            self._cursor.follow(self._sheet, self._to_mm(event))
        if self._tool.dragging and self._shown is not None:
            free = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self._tool.drag(self._shown, self._to_mm(event), snap=not free)
            self._read_caliper()
            self._update_caliper()
        elif self._pressed is not None:
            self._drag_page(event.position())
        else:
            self._tell_at(*self._to_mm(event))
            if self._cursor.on or self._cursor.lens:
                self.update()

    def _update_caliper(self) -> None:
        """Paint anew where the caliper in hand is and was, or all if more than that changed."""
        caliper = self._tool.active
        former, self._reach = self._reach, ()
        if caliper is None or self._shown is None:
            self.update()
            return
        words = text_scale(self._view.px_per_mm)
        self._reach = tuple(
            reach_of((self._sheet.column_of(strip), strip), self._shown, caliper, words)
            for strip in self._sheet.strips_of(caliper.lead)
        )
        if not former or self._cursor.on or self._cursor.lens:
            self.update()
            return
        for box in (*former, *self._reach):
            (left, top), (right, bottom) = (
                self._view.to_px(*corner) for corner in ((box.x, box.y), (box.right, box.bottom))
            )
            edge = QRectF(left, top, right - left, bottom - top).toAlignedRect()
            self.update(edge.adjusted(-_CLICK_PX, -_CLICK_PX, _CLICK_PX, _CLICK_PX))

    def _drag_page(self, at: QPointF) -> None:
        assert self._pressed is not None
        step = at - self._pressed
        if self._dragged or step.manhattanLength() > _CLICK_PX:
            self._dragged = True
            self._pressed = at
            self._pan(step.x(), step.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Keep the caliper; a press that did not move picks the lead."""
        if self._tool.dragging:
            self._tool.release()
            self._sync()
            return
        clicked = self._pressed is not None and not self._dragged
        self._pressed = None
        if clicked and self._record is not None:
            self._pick(*self._to_mm(event))

    def _pick(self, x: float, y: float) -> None:
        """Choose the beat whose mark was clicked, else the lead."""
        mark = mark_at(self._sheet, self._marks.beats, x, y)
        strip = self._sheet.strip_at(x, y)
        if mark is not None and mark.number is not None:
            self.beatPicked.emit(mark.number)
        elif strip is not None:
            self.leadPicked.emit(strip.lead)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit."""
        self.fit()

    def event(self, event: QEvent) -> bool:
        """Explain the mark of a beat when the mouse rests on it; say all of the caption there."""
        if isinstance(event, QHelpEvent):
            at = self._view.to_mm(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), self._tip_at(*at), self)
            return True
        return super().event(event)

    def _tip_at(self, x: float, y: float) -> str:
        mark = mark_at(self._sheet, self._marks.beats, x, y)
        if mark is not None:
            return mark_text(mark)
        if self._shown is not None and self._sheet.caption.contains(x, y):
            return "\n".join(caption_words(self._shown, self._sheet))
        return ""

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the cursor any more."""
        self.cursorMoved.emit("")
        self.pointed.emit("", 0.0)

    def _tell_at(self, x: float, y: float) -> None:
        strip = None if self._shown is None else self._sheet.strip_at(x, y)
        if strip is None:
            self.cursorMoved.emit("")
            self.pointed.emit("", 0.0)
        else:
            self._tell((strip, x, y))

    def _tell(self, place: tuple[Strip, float, float]) -> None:
        if self._shown is not None:
            strip, x, y = place
            self.cursorMoved.emit(readout(self._shown, strip, x, y))
            self.pointed.emit(strip.lead, strip.time_s(x))

    def _read_caliper(self) -> None:
        if self._tool.active is not None:
            self.cursorMoved.emit(self._tool.active.line)

    # ---- keys ---------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Every movement has a key; commands have their actions."""
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if arrow is not None:
            far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._on_arrow(arrow[0] * (_FAR if far else 1), arrow[1] * (_FAR if far else 1))
            return
        actions: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_Plus: self.zoom_in,
            Qt.Key.Key_Equal: self.zoom_in,
            Qt.Key.Key_Minus: self.zoom_out,
            Qt.Key.Key_0: self.fit,
            Qt.Key.Key_1: self.show_true_size,
            Qt.Key.Key_PageDown: lambda: self.set_start(self._start_s + SHEET_S),
            Qt.Key.Key_PageUp: lambda: self.set_start(self._start_s - SHEET_S),
            Qt.Key.Key_Home: lambda: self.set_start(0.0),
            Qt.Key.Key_End: lambda: self.set_start(float("inf")),
        }
        action = actions.get(Qt.Key(event.key()))
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def _on_arrow(self, right: int, down: int) -> None:
        """Move the caliper in hand, else the reading cursor, else the recording, else the page."""
        if self._shown is None:
            return
        if self._tool.active is not None:
            self._nudge(self._shown, right, down)
        elif self._cursor.on or self._cursor.lens:
            self._cursor.move(self._sheet, self._shown, right, down)
            self._tell(self._cursor_place())
            self.update()
        elif right and self._view.fitted and self._time.needed:
            self.set_start(self._start_s + right)
        else:
            self._pan(-_PAN_PX * right, -_PAN_PX * down)

    def _nudge(self, shown: Shown, right: int, down: int) -> None:
        caliper = self._tool.active
        if caliper is None:
            return
        if right:
            self._tool.nudge(shown, samples=right)
        elif caliper.kind is CaliperKind.VOLTAGE:
            self._tool.nudge(shown, millivolts=-down * _LEVEL_MV)
        else:
            self._tool.to_lead(self._sheet, shown, 1 if down > 0 else -1)
        self._sync()
        self._read_caliper()


_ARROWS: dict[Qt.Key, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
