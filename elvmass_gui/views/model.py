"""The model behind the number: who it is for, what it takes, on what it was trained."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from elvmass.result import Analysis
from elvmass_gui.views import wording
from elvmass_gui.views.parts import Panel, label

_ROWS = 7  # of wording.model_lines

_TITLE_TIP = (
    "The card of the model behind the number: for whom it was made, and on\nwhat it was trained."
)


class ModelPanel(Panel):
    """Shows the facts of the card that belong beside an estimate."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Model", "Follows the estimate.", parent, tip=_TITLE_TIP)
        self._facts: list[tuple[QLabel, QLabel]] = []
        form = QFormLayout()
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(3)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for _ in range(_ROWS):
            pair = label(role="small"), label(role="small", wrap=True)
            pair[0].setAlignment(Qt.AlignmentFlag.AlignTop)
            self._facts.append(pair)
            form.addRow(*pair)
        self.body.addLayout(form)

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show the model of an analysis; None leaves the panel to :meth:`show_state`."""
        lines = [] if analysis is None else wording.model_lines(analysis.estimate)
        lines += [("", "")] * (_ROWS - len(lines))
        for (name, value), line in zip(self._facts, lines, strict=True):
            for part, text in zip((name, value), line, strict=True):
                part.setText(text)
                part.setVisible(bool(text))
        if analysis is not None:
            self.show_state("")
