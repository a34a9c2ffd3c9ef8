"""The mouse on the boundaries of the beat panel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from elvmass.boundaries import BOUNDARIES
from elvmass_gui.views.beat_editor import BeatEditor

FREE = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier


def points(session):
    return {name: getattr(session.analysis.beat.fiducials, name) for name in BOUNDARIES}


def place(view: BeatEditor, sample: float, lead_row: int = 8) -> QPointF:
    """In the widget, at the middle of the trace of a lead."""
    cell = next(c for c in view.sheet.cells if c.lead_row == lead_row)
    return view.to_px(cell.x_mm(sample), cell.trace.y + cell.trace.height / 2)


def mouse(view, kind, at: QPointF, held: bool, modifiers=NONE) -> None:
    moving = kind is QEvent.Type.MouseMove
    button = Qt.MouseButton.NoButton if moving else Qt.MouseButton.LeftButton
    buttons = Qt.MouseButton.LeftButton if held else Qt.MouseButton.NoButton
    there = QPointF(view.mapToGlobal(QPoint(0, 0))) + at
    QApplication.sendEvent(view, QMouseEvent(kind, at, there, button, buttons, modifiers))


def hover(view, at: QPointF) -> None:
    mouse(view, QEvent.Type.MouseMove, at, held=False)


def press(view, at: QPointF) -> None:
    hover(view, at)
    view.setFocus(Qt.FocusReason.MouseFocusReason)  # as the window system does
    mouse(view, QEvent.Type.MouseButtonPress, at, held=True)


def carry(view, at: QPointF, modifiers=FREE) -> None:
    mouse(view, QEvent.Type.MouseMove, at, held=True, modifiers=modifiers)


def release(view, at: QPointF) -> None:
    mouse(view, QEvent.Type.MouseButtonRelease, at, held=False)


def drag(view, start: float, stop: float, modifiers=FREE, lead_row: int = 8) -> None:
    press(view, place(view, start, lead_row))
    for share in (0.3, 0.7, 1.0):
        carry(view, place(view, start + share * (stop - start), lead_row), modifiers)
    release(view, place(view, stop, lead_row))


def points_of_toy():
    return dict(zip(BOUNDARIES, (35, 60, 77, 100, 128, 178), strict=True))
