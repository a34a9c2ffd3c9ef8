"""A small window from which files can be dragged, as from a file manager."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Files(QLabel):
    """Press and move: the files of the command line are dragged."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__("files")
        self._paths = paths
        self.setWindowTitle("Files to drag")
        self.setWindowFlags(Qt.WindowType.X11BypassWindowManagerHint)
        self.setGeometry(0, 0, 60, 40)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(path) for path in self._paths])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction)
        QTimer.singleShot(5000, QApplication.quit)  # the taker asks for the data after the drop


application = QApplication(sys.argv[:1])
window = Files(sys.argv[1:])
window.show()
sys.exit(application.exec())
