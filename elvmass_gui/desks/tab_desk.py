"""Keeps the tabs, the session and the page of the present ECG in step."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from elvmass_gui import drops
from elvmass_gui.desks.page_desk import PageDesk
from elvmass_gui.painting import wording
from elvmass_gui.state import folder
from elvmass_gui.state.documents import Document
from elvmass_gui.state.session import Session
from elvmass_gui.views.ecg import EcgView
from elvmass_gui.views.page_state import PageView
from elvmass_gui.views.tab_bar import EcgTabs, Tab

#: Of one folder, so many files are opened in tabs; more are a list to be walked through.
MOST_TABS = 20


class TabDesk(QObject):
    """Makes the tab bar of a window and wires it.

    The page of the ECG (place, size, layout, speed, gain, display filter) is put into the
    session's document when its tab is left, and taken from there when it comes back.
    """

    def __init__(self, session: Session, ecg: EcgView, desk: PageDesk, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._ecg, self._desk = session, ecg, desk
        self.bar = EcgTabs(parent)
        self.bar.picked.connect(session.switch)
        self.bar.closeAsked.connect(session.close)
        self.bar.moved.connect(session.move)
        session.leaving.connect(self._keep_page)
        session.entered.connect(self._restore_page)
        session.documentsChanged.connect(self._show)

    def open_paths(self, paths: list[Path]) -> None:
        """Open each file in a tab of its own and show the first; of folders, their files."""
        files = folder.listed(paths)
        if paths and not files:
            self._session.noticed.emit(drops.nothing_in(paths))
        for place, path in enumerate(files[:MOST_TABS]):
            self._session.open_beside(path, show=place == 0)
        if len(files) > MOST_TABS:
            self._session.noticed.emit(f"Opened {MOST_TABS} of {len(files)} files in tabs.")

    def wants(self, event: QDropEvent) -> bool:
        """Whether what is dropped belongs into tabs: Ctrl was held, or it fell on the bar."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return True
        at = self.bar.mapFrom(self.bar.window(), event.position().toPoint())
        return self.bar.isVisible() and self.bar.rect().contains(at)

    def _keep_page(self) -> None:
        self._ecg.setFocus()  # what is being typed is a correction of the ECG that is left
        self._session.page = self._ecg.page_view

    def _restore_page(self) -> None:
        if isinstance(self._session.page, PageView):
            self._ecg.set_page_view(self._session.page)
        self._desk.follow()

    def _show(self) -> None:
        documents = self._session.documents
        seen = len(documents) > 1  # the bar of a single ECG is hidden, and so is its tooltip
        tabs = [_tab(each, tip(each) if seen else "") for each in documents]
        self.bar.show_tabs(tabs, self._session.present)


def _tab(document: Document, told: str) -> Tab:
    waits = document.analysis is None and document.asked is not None
    return Tab(document.title, told, waits)


def tip(document: Document) -> str:
    """What the record says of itself, as the tooltip of its tab."""
    record = document.record
    if record is None:
        return ""
    from html import escape  # a table of two thousand names, for a tab bar that is seen later

    who = (line for line in wording.patient_lines(record.patient, anonymous=False) if line)
    lines = [document.title, *who, *wording.recording_lines(record, anonymous=False)]
    return "<p style='white-space:pre'>" + "<br>".join(escape(line) for line in lines) + "</p>"
