"""Panels of the lab: one widget under a title, or a sentence in its place."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from elvmass_gui.views.parts import Panel


class Framed(Panel):
    """A panel that fills its room; its sentence stands below the title, not in the middle.

    Parameters
    ----------
    tip
        What stands in it: the tooltip of the title.
    empty
        What will stand in it, as long as there is nothing.
    """

    def __init__(self, title: str, *content: QWidget, tip: str, empty: str) -> None:
        super().__init__(title, empty, tip=tip)
        self._empty = empty
        for widget in content:
            self.body.addWidget(widget)
        outer = self.layout()
        assert isinstance(outer, QVBoxLayout)
        outer.setStretchFactor(self.content, 1)
        outer.addStretch(0)

    def show_nothing(self) -> None:
        """Say what will stand here."""
        self.show_state(self._empty)
