"""A badge that says whether a saliency method passed its checks; it is never hidden."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from elvmass_gui.style import set_look
from elvmass_gui.trust import Verdict


class TrustBadge(QLabel):
    """Words on a ground; colour only repeats them. The tooltip lists each check."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setMinimumWidth(40)

    def show_verdict(self, verdict: Verdict) -> None:
        """Show what was found."""
        self.setText(verdict.text)
        self.setToolTip(verdict.tip)
        self.setAccessibleName(f"Trust in this method: {verdict.text}")
        self.setAccessibleDescription(verdict.tip)
        set_look(self, "trust", verdict.look)
