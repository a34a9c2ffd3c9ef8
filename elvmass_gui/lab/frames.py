"""Panels of the lab: one widget under a title, or a sentence in its place."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from elvmass_gui.views.parts import Panel


def framed(title: str, *content: QWidget) -> Panel:
    """A panel that fills its room; its sentence stands below the title, not in the middle."""
    panel = Panel(title, "–")
    for widget in content:
        panel.body.addWidget(widget)
    outer = panel.layout()
    assert isinstance(outer, QVBoxLayout)
    outer.setStretchFactor(panel.content, 1)
    outer.addStretch(0)
    return panel
