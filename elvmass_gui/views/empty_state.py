"""What stands where the ECG will be: how to open one, and three keys worth knowing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from elvmass_gui import style
from elvmass_gui.painting.grid import PINK
from elvmass_gui.views.parts import label

_INVITATION = "Open an ECG"
_HOW = (
    "Drop a file or a folder here, or choose one.\n"
    "Formats are recognised by content: DICOM, SCP-ECG, HL7 aECG, GE MUSE,\n"
    "Philips, Mortara, MFER, FHIR, EDF, WFDB, CSV and others."
)
_KEYS = "Ctrl+K finds any command   ·   F2 lists all keys   ·   F1 opens the guide"
#: A beat on a strip of paper: x in small squares, y in mV.
_BEAT = (
    (0, 0), (5, 0), (6.5, 0.14), (8, 0), (10.5, 0), (11, -0.1), (12, 1.1), (13, -0.25), (13.6, 0),
    (18, 0.02), (21, 0.28), (23.5, 0), (30, 0),
)  # fmt: skip
_SQUARE_PX = 5.0
_MV_PX = 50.0


class EmptyState(QFrame):
    """Covers its parent until it is hidden.

    Parameters
    ----------
    choose, example
        What the two buttons trigger.
    parent
        The view that has nothing to show yet.
    """

    def __init__(self, choose: QAction, example: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self.setAccessibleName(_INVITATION)
        self.setAccessibleDescription(f"{_HOW} {_KEYS}")
        self.open, self.example = QPushButton("Open …"), QPushButton("Try an example")
        self.open.setToolTip(choose.toolTip())
        self.example.setToolTip(example.toolTip())
        self.open.clicked.connect(choose.trigger)
        self.example.clicked.connect(example.trigger)
        self._lay_out()
        parent.installEventFilter(self)
        self.resize(parent.size())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the parent."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.resize(watched.size())
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window the sign goes, then the keys: no words are cut."""
        layout = self.layout()
        assert layout is not None
        for shown in range(len(self._givers) + 1):
            for k, giver in enumerate(self._givers):
                giver.setVisible(k >= shown)
            if layout.totalHeightForWidth(self.width()) <= self.height():
                break
        super().resizeEvent(event)

    def _lay_out(self) -> None:
        invitation, how, keys = (
            label(_INVITATION, "invitation"), label(_HOW, "muted", wrap=True),
            label(_KEYS, "small", wrap=True),
        )  # fmt: skip
        for line in (invitation, how, keys):
            line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch()
        buttons.addWidget(self.open)
        buttons.addWidget(self.example)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch()
        strip = Strip()
        self._givers = (strip, keys)
        column.addWidget(strip, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(invitation)
        column.addWidget(how)
        column.addLayout(buttons)
        column.addWidget(keys)
        column.addStretch()


class Strip(QWidget):
    """A heartbeat on a strip of paper, as a sign and not as a recording."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Thirty by eighteen small squares."""
        return QSize(round(30 * _SQUARE_PX) + 1, round(18 * _SQUARE_PX) + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paper, grid, beat."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(PINK.paper))
            for k in range(31):
                painter.setPen(QColor(PINK.major if k % 5 == 0 else PINK.minor))
                at = round(k * _SQUARE_PX)
                painter.drawLine(at, 0, at, self.height())
                painter.drawLine(0, at, self.width(), at)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor("#000000"), style.theme().trace_px))
            zero = 13 * _SQUARE_PX
            painter.drawPolyline(
                QPolygonF([QPointF(x * _SQUARE_PX, zero - y * _MV_PX) for x, y in _BEAT])
            )
