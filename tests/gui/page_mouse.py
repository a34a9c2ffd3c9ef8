"""The mouse on the ECG page."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent


def on_trace(view, lead, time_s, off_px=(0, 0)):
    strip = max(view.sheet.strips_of(lead), key=lambda s: s.rect.width)
    y = strip.y_mm(view.shown.value_mv(lead, time_s))
    x, y = view._view.to_px(strip.x_mm(time_s), y)
    return QPoint(round(x) + off_px[0], round(y) + off_px[1])


def drag(qtbot, view, start, stop, modifiers=Qt.KeyboardModifier.NoModifier):
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    move(view, stop, modifiers)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=stop)


def move(view, at, modifiers=Qt.KeyboardModifier.NoModifier, button=Qt.MouseButton.LeftButton):
    place = QPointF(at), QPointF(view.mapToGlobal(at))
    view.mouseMoveEvent(
        QMouseEvent(QEvent.Type.MouseMove, *place, Qt.MouseButton.NoButton, button, modifiers)
    )
