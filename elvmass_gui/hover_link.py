"""Pointing in one view shows the same place in the others: beat panel, table, ECG page."""

from __future__ import annotations

from PySide6.QtCore import QObject

from elvmass_gui.panels import Panels
from elvmass_gui.pointing import NOWHERE, Spot, spans_s, spot_at
from elvmass_gui.state.session import Session
from elvmass_gui.views.ecg import EcgView


class HoverLink(QObject):
    """Passes on what is pointed at. Views that are told so say nothing back."""

    def __init__(self, session: Session, ecg: EcgView, panels: Panels, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._ecg = session, ecg
        self._beat, self._table = panels.beat, panels.side.importance
        self._beat.hovered.connect(self._from_beat)
        self._table.pointed.connect(self._from_table)
        ecg.pointed.connect(self._from_page)

    def _from_beat(self, lead_row: int, segment: int) -> None:
        spot = NOWHERE if lead_row < 0 else Spot((lead_row,), segment)
        self._table.set_pointed(spot)
        self._show_on_page(spot)

    def _from_table(self, spot: Spot) -> None:
        self._beat.set_pointed(spot)
        self._show_on_page(spot)

    def _from_page(self, lead: str, time_s: float) -> None:
        analysis = self._session.analysis
        spot = NOWHERE if analysis is None else spot_at(analysis, lead, time_s)
        self._beat.set_pointed(spot)
        self._table.set_pointed(spot)

    def _show_on_page(self, spot: Spot) -> None:
        analysis = self._session.analysis
        if analysis is None:
            spot = NOWHERE
        self._ecg.set_hover(spot.leads, () if analysis is None else spans_s(analysis, spot))
