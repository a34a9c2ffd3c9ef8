"""Keeps the what-if window, the session and the analyst in step.

One question is on its way at a time: while a slider moves, the newest position waits, and each
answer is shown when it comes. So the number follows the hand instead of waiting for it to rest.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from elvmass.beside import Given, Supposed
from elvmass.errors import ElvmassError
from elvmass.result import Analysis
from elvmass_gui.desks.asides import Asides
from elvmass_gui.messages import message
from elvmass_gui.state.session import Session
from elvmass_gui.views.importance import WAITING

if TYPE_CHECKING:
    from elvmass_gui.processes.aside_requests import SupposeRequest
    from elvmass_gui.views.what_if import WhatIfWindow


class WhatIfDesk(QObject):
    """Opens the window when it is first asked for, and answers it.

    Parameters
    ----------
    units
        Field of the patient → unit, as in the patient panel; changed by :meth:`use_unit`.
    """

    def __init__(
        self, session: Session, asides: Asides, units: dict[str, str], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._asides, self._units = session, asides, dict(units)
        self.window: WhatIfWindow | None = None
        self.shown: Supposed | None = None
        self._given: Given | None = None
        self._of: tuple[object, ...] = ()
        self._running = self._again = False
        session.analysisChanged.connect(self._follow)
        session.analysisFailed.connect(self._show_failure)
        asides.supposed.connect(self._on_supposed)

    def open(self, parent: QWidget) -> None:
        """Show the window, in front."""
        if self.window is None:
            self.window = self._new_window(parent)
        self.window.show()
        self.window.activateWindow()
        self._follow(self._session.analysis)

    def use_unit(self, field: str, unit: str) -> None:
        """Show a quantity as the patient panel does."""
        self._units[field] = unit
        if self.window is not None:
            self.window.set_unit(field, unit)
            self._ask()

    def _new_window(self, parent: QWidget) -> WhatIfWindow:
        from elvmass_gui.views.what_if import WhatIfWindow  # loads pyqtgraph

        window = WhatIfWindow(parent)
        for field, unit in self._units.items():
            window.set_unit(field, unit)
        window.asked.connect(self._ask)
        window.exportAsked.connect(self._export)
        return window

    def _follow(self, analysis: Analysis | None) -> None:
        """Another patient, beat or model: begin anew. The same estimate: keep what is supposed."""
        window = self.window
        if window is None or not window.isVisible():
            return
        if analysis is None:
            self._given, self._of, self.shown = None, (), None
            window.show_nothing(self._session.failure or WAITING)
            return
        second = () if analysis.second is None else (analysis.second.card,)
        window.set_models([analysis.estimate.card, *second])
        estimate = analysis.estimate
        beat = analysis.beat
        of = (analysis.record, estimate.card, estimate.fold_masses_g, beat.fiducials)
        if of == self._of:
            return
        self._of = of
        self._given = Given.of(analysis, self._session.options.models)
        window.begin(estimate)
        window.set_models([estimate.card, *second])

    def _show_failure(self, error: ElvmassError) -> None:
        if self.window is not None:
            self.window.show_nothing(message(error).text)

    # --- questions and answers ---------------------------------------------------------------

    def _ask(self) -> None:
        window, given = self.window, self._given
        if window is None or given is None or window.card is None:
            return
        if self._running:
            self._again = True
            return
        self._running, self._again = True, False
        given = replace(given, card=window.card)
        self._asides.suppose(given, window.supposition(), window.sweep())

    def _on_supposed(self, request: SupposeRequest, found: Supposed | ElvmassError) -> None:
        self._running = False
        window, given = self.window, self._given
        if window is None or given is None:
            return
        if request.given.beat is given.beat and request.given.card == window.card:
            self._show(window, found)
        if self._again:
            self._ask()

    def _show(self, window: WhatIfWindow, found: Supposed | ElvmassError) -> None:
        if isinstance(found, ElvmassError):
            self.shown = None
            window.show_failure(message(found).fact)  # no F5: the next question asks again
        else:
            self.shown = found
            window.show_supposed(found)

    # --- export ------------------------------------------------------------------------------

    def _export(self) -> None:
        if self.shown is None or self.window is None:
            return
        from elvmass.io.write.store import store
        from elvmass.report.curve_csv import curve_csv, variable
        from elvmass_gui import dialogs

        name = variable(self.shown).replace("/", "_")
        path = dialogs.ask_target(
            self.window, Path.home() / f"what_if_{name}.csv", "Save curve",
            {"CSV table (*.csv)": ".csv"},
        )  # fmt: skip
        if path is None:
            return
        try:
            store({path: curve_csv(self.shown).encode()}, overwrite=True)
        except ElvmassError as error:
            self.window.state.setText(message(error).text)
            self.window.state.show()
