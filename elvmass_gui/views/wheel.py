"""The wheel scrolls: it does not choose what happens to pass under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget


class WheelScrolls(QObject):
    """Hands the wheel of every choice inside a scrolled widget on to what scrolls it.

    Else scrolling the column would change the sex, the limit or the model, and the estimate.
    """

    def __init__(self, scrolled: QWidget) -> None:
        super().__init__(scrolled)
        for kind in (QComboBox, QAbstractSpinBox):
            for choice in scrolled.findChildren(kind):
                choice.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the wheel to the parent."""
        if event.type() != QEvent.Type.Wheel:
            return False
        event.ignore()
        return True
