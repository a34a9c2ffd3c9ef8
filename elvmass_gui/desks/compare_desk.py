"""Opens comparisons of open ECGs and keeps each in step with the session.

Both ECGs of a comparison are open in tabs; a file that is chosen for it is opened behind the
present one. So it is read, analysed and corrected like every other ECG.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from elvmass.errors import ElvmassError
from elvmass.result import Analysis
from elvmass_gui import settings
from elvmass_gui.messages import message
from elvmass_gui.settings import Settings
from elvmass_gui.state.documents import Document
from elvmass_gui.state.open_ecgs import WITHHELD
from elvmass_gui.state.session import Session
from elvmass_gui.views.ecg import EcgView

if TYPE_CHECKING:
    from elvmass.compare import Comparison
    from elvmass_gui.views.comparison import ComparisonWindow


class CompareDesk(QObject):
    """What "Compare with …" of a main window does."""

    def __init__(
        self, session: Session, preferences: Settings, ecg: EcgView, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._window, self._ecg = parent, ecg
        self._session, self._preferences = session, preferences
        #: The comparison opened last.
        self.last: CompareTask | None = None

    def open(self) -> None:
        """Compare the present ECG with the next open one; with a file if it is the only one."""
        documents = self._session.documents
        if len(documents) > 1:
            other = documents[(self._session.present + 1) % len(documents)].key
        else:
            chosen = self.open_file(self._window)
            if chosen is None:
                return
            other = chosen
        from elvmass_gui.views.comparison import ComparisonWindow  # needed only now

        window = ComparisonWindow(self._ecg.true_px_per_mm(), self._window)
        self.last = CompareTask(self, self._session, window, (self._session.key, other))
        window.show()

    def open_file(self, parent: QWidget) -> int | None:
        """Ask for a file and open it behind the present tab; its key, or None."""
        from elvmass_gui import dialogs

        path = dialogs.ask_file(parent, self._preferences[settings.FOLDER])
        return None if path is None else self._session.open_beside(path, show=False)


class CompareTask(QObject):
    """One comparison: which two ECGs, and what is known of both; it lives in its window."""

    def __init__(
        self, desk: CompareDesk, session: Session, window: ComparisonWindow, keys: tuple[int, int]
    ) -> None:
        super().__init__(window)
        self._desk, self._session, self.window = desk, session, window
        self._present, self._other = keys
        self._seen: tuple[Analysis, Analysis] | None = None
        window.otherPicked.connect(self._pick)
        window.fileAsked.connect(self._ask_file)
        window.exportAsked.connect(self._export)
        session.documentsChanged.connect(self._follow)
        session.failed.connect(self._on_failed)
        self._follow()

    def _pick(self, key: int) -> None:
        self._other = key
        self._follow()

    def _ask_file(self) -> None:
        key = self._desk.open_file(self.window)
        if key is not None:
            self._pick(key)

    def _follow(self) -> None:
        """Show what the two ECGs are now."""
        present = self._session.document(self._present)
        if present is None:
            self.window.close()
            return
        others = [d for d in self._session.documents if d.key != self._present]
        self.window.show_ecgs(present.title, [(d.key, d.title) for d in others], self._other)
        other = self._session.document(self._other)
        if other is None:
            self._say("The other ECG is being read …" if self._seen is None else "It was closed.")
            return
        self._compare(present, other)

    def _compare(self, present: Document, other: Document) -> None:
        for each in (present, other):
            if each.analysis is None:
                self._say(f"{each.title}: {self._why_not(each)}")
                return
        assert present.analysis is not None
        assert other.analysis is not None
        both = (present.analysis, other.analysis)
        if self._seen is not None and all(a is b for a, b in zip(self._seen, both, strict=True)):
            return
        from elvmass.compare import compare

        self._seen = both
        # Without dates, the ECG on the screen is taken for the later one.
        self.window.show_comparison(compare(both[1], both[0]))

    def _why_not(self, document: Document) -> str:
        """Why nothing is shown of an ECG, for now or for good."""
        if document.error is not None:
            return f"no estimate. {message(document.error).fact}"
        record = document.record
        if record is not None and self._session.withholds(record):
            return f"{WITHHELD[0].lower()}{WITHHELD[1:]}"
        return "estimating …"

    def _say(self, text: str) -> None:
        self._seen = None
        self.window.show_state(text)

    def _on_failed(self, error: ElvmassError) -> None:
        """A file could not be read; if it was the one to compare with, say it here too."""
        if self._session.document(self._other) is None:
            self._say(message(error).text)

    def _export(self, anonymous: bool) -> None:
        from elvmass_gui import dialogs

        comparison = self.window.pages.comparison
        if comparison is None:
            return
        source = comparison.second.record.source.path
        folder = source.parent if source else Path.home()
        try:
            target = dialogs.ask_comparison_target(self.window, folder / "comparison.pdf")
            written = () if target is None else _write(comparison, target, anonymous=anonymous)
        except ElvmassError as error:
            self._session.failed.emit(error)
            return
        if written:
            self._session.noticed.emit("Saved " + ", ".join(path.name for path in written))


def _write(comparison: Comparison, target: Path, *, anonymous: bool) -> tuple[Path, ...]:
    from elvmass_gui.outputs.export import export_page  # QtSvg is of no use before
    from elvmass_gui.painting.comparison import ComparedPages

    return export_page(ComparedPages(comparison, anonymous), target)
