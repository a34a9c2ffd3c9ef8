"""The beat panel in use: boundaries of P, QRS and T are dragged, or moved by keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from elvmass.beat import Fiducials
from elvmass.result import Analysis
from elvmass_gui.commands.beat_actions import BEAT_COMMANDS
from elvmass_gui.painting.beat_boundaries import Hand, paint_hand, told
from elvmass_gui.painting.beat_content import BeatContent
from elvmass_gui.painting.beat_layout import BeatSheet
from elvmass_gui.views.beat import BeatView
from elvmass_gui.views.boundary_tool import BoundaryTool
from elvmass_gui.views.ecg_actions import make_actions

_REACH_PX = 5.0
_FAR = 10
#: The focus that a menu or another window takes comes back.
_PASSING = (
    Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
)  # fmt: skip
_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class BeatEditor(BeatView):
    """A beat whose boundaries can be moved, in all leads at once.

    It says what was drawn and shows what is in force; who listens decides. The commands of
    :mod:`elvmass_gui.commands.beat_actions` are :attr:`beat_actions`.
    """

    #: Fiducials while a boundary is dragged; not to be kept yet.
    drawn = Signal(object)
    #: Fiducials to keep, and the boundary that a key has moved ("" if it was dragged).
    kept = Signal(object, str)
    #: What was being drawn shall be forgotten.
    dropped = Signal()
    #: Undo (-1) or redo (+1).
    stepped = Signal(int)
    #: The boundary in hand in words, or "".
    told = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tool = BoundaryTool()
        self._row = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        #: The commands of the panel by key, for menus and palettes.
        self.beat_actions: dict[str, QAction] = make_actions(self, self.handlers(), BEAT_COMMANDS)
        self._sync()

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show the beat of an analysis; a boundary in hand stays there as long as there is one."""
        super().set_analysis(analysis)
        if analysis is None:
            self._tool.put_down()
        self._sync()

    def redraw(self, analysis: Analysis) -> None:
        """Show the same beat with other boundaries."""
        super().redraw(analysis)
        self._sync()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command of the panel does, by its key."""
        return {
            "boundary_next": lambda: self._take(+1),
            "boundary_previous": lambda: self._take(-1),
            "boundary_undo": lambda: self.stepped.emit(-1),
            "boundary_redo": lambda: self.stepped.emit(+1),
            "boundary_back": self._back,
            "boundary_reset": self.reset,
            "boundary_snap": self._toggle_snap,
            "boundary_down": self._put_down,
        }

    def reset(self) -> None:
        """Ask for the automatic boundaries."""
        if self._content is not None and self._content.automatic is not None:
            self.kept.emit(self._content.automatic, "")

    # ---- commands -----------------------------------------------------------------------

    def _take(self, step: int) -> bool:
        """Take the next boundary; False beyond the last."""
        if self._content is None:
            return False
        if not self.hasFocus():
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)  # a menu was used
        self._tool.near = ""
        taken = self._tool.take(self._content.beat, step)
        self._sync()
        return taken

    def _back(self) -> None:
        content = self._content
        if content is not None and content.automatic is not None:
            self._keep(self._tool.back(content.beat, content.automatic), "")

    def _nudge(self, samples: int) -> None:
        if self._content is not None:
            self._keep(self._tool.nudge(self._content.beat, samples), self._tool.held)

    def _keep(self, fiducials: Fiducials | None, nudged: str) -> None:
        if fiducials is not None:
            self.kept.emit(fiducials, nudged)

    def _toggle_snap(self) -> None:
        self._tool.snap = not self._tool.snap
        self._sync()

    def _put_down(self) -> None:
        if self._tool.dragging:
            self.dropped.emit()
        self._tool.put_down()
        self._sync()

    def _sync(self) -> None:
        """Let actions, cursor, listeners and screen follow the tool."""
        content, tool = self._content, self._tool
        for action in self.beat_actions.values():
            action.setEnabled(content is not None)
        self.beat_actions["boundary_snap"].setChecked(tool.snap)
        over = bool(tool.near) or tool.dragging
        self.setCursor(Qt.CursorShape.SizeHorCursor if over else Qt.CursorShape.ArrowCursor)
        if content is not None and tool.shown:
            words = told(content.beat, content.automatic, tool.shown)
            self.setAccessibleDescription(words)
            self.told.emit(words)
        else:
            self._describe()
            self.told.emit("")
        if not self._paint.isActive():  # else all of it is painted soon
            self.update()

    # ---- painting -----------------------------------------------------------------------

    def _paint_over(self, painter: QPainter, content: BeatContent, sheet: BeatSheet) -> None:
        tool = self._tool
        if not tool.dragging and not tool.near:
            super()._paint_over(painter, content, sheet)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hand = Hand(tool.shown, bool(tool.held) and tool.shown == tool.held, self._row)
        paint_hand(painter, sheet, content.beat, content.automatic, hand, self._px_per_mm)

    # ---- mouse and keys -----------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a boundary."""
        if event.button() is Qt.MouseButton.LeftButton and self._grab(event):
            self._point_at(-1, -1)
        self._sync()

    def _grab(self, event: QMouseEvent) -> bool:
        if self._content is None or self._sheet is None:
            return False
        at = self.to_mm(event.position())
        return self._tool.press(self._sheet, self._content.beat, at, _REACH_PX / self._px_per_mm)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the boundary, or point at what is under the cursor."""
        x, y = self.to_mm(event.position())
        if self._tool.dragging and not event.buttons() & Qt.MouseButton.LeftButton:
            self._let_go()  # the release went to another window
        if self._tool.dragging:
            free = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self.drawn.emit(self._tool.drag(x, free=free))
            return
        super().mouseMoveEvent(event)
        if self._content is None or self._sheet is None:
            return
        cell = self._sheet.cell_at(x, y)
        row = -1 if cell is None else cell.lead_row
        reach = _REACH_PX / self._px_per_mm
        changed = self._tool.point(self._sheet, self._content.beat, (x, y), reach)
        if changed or row != self._row:
            self._row = row
            self._sync()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Keep what was drawn."""
        if self._tool.dragging and event.button() is Qt.MouseButton.LeftButton:
            self._let_go()

    def _let_go(self) -> None:
        carried = self._tool.release()
        if carried and self._content is not None:
            self.kept.emit(self._content.beat.fiducials, "")
        self._sync()

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self._tool.near, self._row = "", -1
        self._sync()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the boundary in hand by a sample, with Shift by ten."""
        step = _ARROWS.get(Qt.Key(event.key()), 0)
        if not step or not self._tool.held or self._tool.dragging:
            super().keyPressEvent(event)
            return
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._nudge(step * (_FAR if far else 1))

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab walks through the boundaries and then leaves the panel."""
        if self.hasFocus() and self._take(+1 if next else -1):
            return True
        return super().focusNextPrevChild(next)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keys no longer move a boundary: none is in hand."""
        if event.reason() not in _PASSING and not self._tool.dragging:
            self._tool.put_down()
            self._sync()
        super().focusOutEvent(event)
