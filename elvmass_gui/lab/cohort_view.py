"""What a check found in a cohort: the flow, every row that is not used, counts, masses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QSplitter, QVBoxLayout, QWidget

from elvmass.train.data.flow import EXCLUSIONS, STEPS
from elvmass_gui.lab.frames import Framed
from elvmass_gui.lab.plots import Plot, draw_masses
from elvmass_gui.lab.tables import fill, table
from elvmass_gui.style import scaled
from elvmass_gui.views.parts import label

_BAD_TABLE = "row of the table"
_WAITING = "Choose a cohort: every row is checked, and what becomes of it stands here."
_FLOW = {
    "Step": "What is asked of each ECG, in this order",
    "Left out": "ECGs that end at this step; they are listed below with the reason",
    "Remaining": "ECGs that go on to the next step",
}
_REFUSED = {
    "Line": "Line of the table as a spreadsheet numbers it: the heading is line 1",
    "Step": "Where the row ended",
    "Reason": "What is wrong with it, or what we measured",
}
_FLOW_TIP = (
    "From every row of the table to the ECGs that a model is trained on, step by step, as the "
    "study's flow chart: nothing is left out in silence."
)
_MASS_TIP = (
    "How many patients have which left ventricular mass, in grams, men and women on top of each "
    "other: what is rare here is what a model learns least of."
)
_REFUSED_TIP = "Every row that is not used, and why. Click a heading to sort."
#: Room for a step; its words in full stand in its tooltip.
_STEP_PX = 190


class CohortView(QWidget):
    """The answer to a :class:`elvmass_gui.lab.requests.CheckCohort`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary = label(_WAITING, wrap=True)
        self.flow = table(_FLOW, "Flow of the cohort", tip=_FLOW_TIP, stretch=0)
        self.refused = table(_REFUSED, "Rows that are not used", tip=_REFUSED_TIP, stretch=2)
        self.refused.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Interactive)
        self.refused.setColumnWidth(1, scaled(_STEP_PX))
        self.masses = Plot(
            "Histogram of the mass", "left ventricular mass (g)", "patients", tip=_MASS_TIP
        )
        self._panels = {
            "flow": Framed("From the rows to the analysed ECGs", self.flow, tip=_FLOW_TIP,
                           empty="How many ECGs remain after each step of the selection."),
            "masses": Framed("Mass", self.masses, tip=_MASS_TIP,
                             empty="How the masses are distributed among men and women."),
            "refused": Framed("Rows that are not used", self.refused, tip=_REFUSED_TIP,
                              empty="Each bad or excluded row, with its line and the reason."),
        }  # fmt: skip
        self._lay_out()
        self.show_nothing()

    def show_nothing(self, text: str = _WAITING) -> None:
        """One sentence instead of a result."""
        self.summary.setText(text)
        for panel in self._panels.values():
            panel.show_nothing()

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
        self.masses.show_picture(lambda: draw_masses(self.masses, found["mass_g"]))

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
        yield words, left, remaining
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
