"""What a check found in a cohort: the flow, every row that is not used, counts, masses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from elvmass.train.data.flow import EXCLUSIONS, STEPS
from elvmass_gui.lab.frames import framed
from elvmass_gui.lab.plots import Plot, draw_masses
from elvmass_gui.lab.tables import fill, table
from elvmass_gui.views.parts import label

_BAD_TABLE = "row of the table"
_WAITING = "Choose a cohort and check it: what becomes of every row stands here."


class CohortView(QWidget):
    """The answer to a :class:`elvmass_gui.lab.requests.CheckCohort`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary = label(_WAITING, wrap=True)
        self.flow = table(("Step", "Left", "Remaining"), "Flow of the cohort", stretch=0)
        self.refused = table(("Line", "Step", "Reason"), "Rows that are not used", stretch=2)
        self.masses = Plot("Histogram of the mass", "left ventricular mass (g)", "patients")
        self._panels = {
            "flow": framed("From the rows to the analysed ECGs", self.flow),
            "masses": framed("Mass", self.masses),
            "refused": framed("Rows that are not used (click a heading to sort)", self.refused),
        }
        self._lay_out()
        self.show_nothing()

    def show_nothing(self, text: str = _WAITING) -> None:
        """One sentence instead of a result."""
        self.summary.setText(text)
        for panel in self._panels.values():
            panel.show_state("–")

    def show_result(self, found: dict[str, Any]) -> None:
        """Show what the child found."""
        bad = found["bad"]
        rows = bad or found["refused"]
        fill(self.refused, [(r["line"], step_words(r["step"]), r["reason"]) for r in rows],
             sort=True)  # fmt: skip
        self._panels["refused"].show_state("" if rows else "Every row is used.")
        self.summary.setText(summary(found))
        if bad:
            for name in ("flow", "masses"):
                self._panels[name].show_state("No ECG was read: the table must be right first.")
            return
        fill(self.flow, flow_rows(found["flow"]))
        self._panels["flow"].show_state("")
        self._panels["masses"].show_state("")
        draw_masses(self.masses, found["mass_g"])

    def _lay_out(self) -> None:
        above = QWidget()
        row = QHBoxLayout(above)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._panels["flow"], 3)
        row.addWidget(self._panels["masses"], 2)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(above)
        split.addWidget(self._panels["refused"])
        split.setChildrenCollapsible(False)
        split.setSizes([300, 260])
        column = QVBoxLayout(self)
        column.addWidget(self.summary)
        column.addWidget(split, 1)


def step_words(step: str) -> str:
    """A step of the flow in words; "table" is before them."""
    return STEPS.get(step, _BAD_TABLE)


def flow_rows(flow: dict[str, Any]) -> Iterator[tuple[str, str | int, int]]:
    """As :meth:`elvmass.train.data.flow.Flow.table`: step, how many left, how many remained."""
    remaining = flow["recorded"]
    yield "recorded", "", remaining
    for step, words in STEPS.items():
        if step in EXCLUSIONS and not flow["excluding"]:
            yield f"{words}: kept", "", remaining
            continue
        left = len(flow["left"][step])
        remaining -= left
        yield words, -left, remaining
    yield f"analysed, of {flow['patients']} patients", "", remaining


def summary(found: dict[str, Any]) -> str:
    """The result in a sentence or two."""
    if found["bad"]:
        return (
            f"{len(found['bad'])} of {found['rows']} rows of the table are bad. Correct or delete "
            "them in the table and check again: nothing is left out in silence."
        )
    by_sex = [
        f"{len(masses)} {name} ({np.mean(masses):.0f} ± {np.std(masses, ddof=1):.0f} g)"
        if len(masses) > 1
        else f"{len(masses)} {name}"
        for name, masses in found["mass_g"].items()
        if masses
    ]
    kind = "simulated, no real patient" if found["simulated"] else "not of our simulator"
    return (
        f"{found['flow']['analysed']} of {found['rows']} rows are analysed: {', '.join(by_sex)}. "
        f"The cohort is {kind}."
    )
