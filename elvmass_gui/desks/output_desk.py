"""What leaves the window: exports, prints, and reports made again from their side files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QMainWindow

from elvmass.errors import ElvmassError
from elvmass_gui import settings
from elvmass_gui.settings import Settings
from elvmass_gui.state.session import Session
from elvmass_gui.views.ecg import EcgView

if TYPE_CHECKING:
    from elvmass_gui.outputs.sheets import Content
    from elvmass_gui.painting.fit import Paper
    from elvmass_gui.painting.page_print import PrintedPage
    from elvmass_gui.painting.report_content import ReportContent

# Dialogs and painters are dear to load and needed only when a command is given: all imports are
# inside.


class Outputs(QObject):
    """The commands that write or print what the window shows."""

    failed = Signal(object)  # ElvmassError
    said = Signal(str)

    def __init__(
        self, window: QMainWindow, session: Session, preferences: Settings, ecg: EcgView
    ) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self._preferences, self._ecg = preferences, ecg

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command does, by its key."""
        return {
            "export": self._export,
            "export_anonymous": self._export_anonymous,
            "export_page": lambda: self._write(self._export_page),
            "export_saliency": lambda: self._write(self._export_saliency),
            "print": self._print,
            "report_again": self._report_again,
        }

    # --- exports -----------------------------------------------------------------------------

    def _export(self) -> None:
        self._write(lambda: self._export_report(anonymous=False))

    def _export_anonymous(self) -> None:
        self._write(lambda: self._export_report(anonymous=True))

    def _export_report(self, *, anonymous: bool) -> tuple[Path, ...]:
        from elvmass_gui import dialogs
        from elvmass_gui.messages import WithheldError
        from elvmass_gui.outputs.export import Target, export_report
        from elvmass_gui.outputs.output_choices import ExportDialog

        if self._session.withheld:
            raise WithheldError("The report is written once you have entered your reading")
        content = self.report()
        if content is None:
            return ()
        dialog = ExportDialog(self._preferences, anonymous, self._window)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        dialog.deleteLater()
        if not accepted:
            return ()
        choice = dialog.choice()
        content = replace(content, pages=choice.pages, anonymous=choice.anonymous)
        # The name of the file may be that of the patient: an anonymous report gets a neutral one.
        stem = "report" if choice.anonymous else self._stem("report")
        path = dialogs.ask_target(self._window, self._folder() / f"{stem}.pdf")
        if path is None:
            return ()
        return export_report(content, Target(path, choice.paper, choice.side_file))

    def _export_page(self) -> tuple[Path, ...]:
        from elvmass_gui import dialogs
        from elvmass_gui.outputs.export import export_page

        page = self.page()
        if page is None:
            return ()
        target = dialogs.ask_page_target(self._window, self._folder() / f"{self._stem('ecg')}.pdf")
        return () if target is None else export_page(page, target)

    def _export_saliency(self) -> tuple[Path, ...]:
        from elvmass_gui import dialogs
        from elvmass_gui.outputs.saliency_export import export_saliency

        analysis = self._session.analysis
        if analysis is None or analysis.saliency is None:
            return ()
        target = dialogs.ask_saliency_target(self._window, self._folder() / "saliency.csv")
        return () if target is None else export_saliency(analysis, target)

    def _write(self, export: Callable[[], tuple[Path, ...]]) -> None:
        """Export, and say what was written or why nothing was."""
        try:
            written = export()
        except ElvmassError as error:
            self.failed.emit(error)
            return
        if written:
            self.said.emit(_saved(written))

    # --- print -------------------------------------------------------------------------------

    def _print(self) -> None:
        try:
            from elvmass_gui.outputs.print_dialog import PrintDialog
        except ImportError as error:  # the system has no libcups
            self.failed.emit(_no_printing(error))
            return
        sources = self.printable()
        if not sources:
            return
        dialog = PrintDialog(sources, self._save_pdf, self._preferences, self._window)
        dialog.exec()
        dialog.deleteLater()

    def printable(self) -> dict[str, Callable[[bool], Content]]:
        """What can be printed now, by its words: made with the name or without."""
        report, page = self.report(), self.page()
        made: dict[str, Callable[[bool], Content]] = {}
        if report is not None:
            made["Report, detailed"] = lambda bare: replace(report, anonymous=bare)
            made["Report on one page"] = lambda bare: replace(report, anonymous=bare, pages="one")
        if page is not None:
            made["ECG page as shown"] = lambda bare: replace(page, anonymous=bare)
        return made

    def _save_pdf(self, content: Content, paper: Paper) -> str:
        from elvmass_gui import dialogs
        from elvmass_gui.outputs.export import export_pdf

        stem = "report" if content.anonymous else self._stem("report")
        target = dialogs.ask_pdf_target(self._window, self._folder() / f"{stem}.pdf")
        return "" if target is None else _saved(export_pdf(content, target, paper))

    # --- the same report again ---------------------------------------------------------------

    def _report_again(self) -> None:
        from elvmass_gui.outputs.report_again import ReportAgain

        again = ReportAgain(self._window, self._preferences[settings.FOLDER])
        again.failed.connect(self.failed)
        again.said.connect(self.said)
        again.ask()

    # --- what is shown -----------------------------------------------------------------------

    def report(self) -> ReportContent | None:
        """The report of what is on the screen; None if nothing is, or must not be seen yet."""
        from elvmass_gui.painting.report_content import ReportContent, corrected_fields

        session = self._session
        analysis = session.analysis
        record = session.record if analysis is None else analysis.record
        if record is None or session.original is None or session.withheld:
            return None
        return ReportContent(
            record, analysis, session.failure or None, calipers=self._ecg.calipers,
            options=session.shown_with,
            corrected=corrected_fields(record.patient, session.original),
        )  # fmt: skip

    def page(self) -> PrintedPage | None:
        """The ECG page as it is on the screen; None if there is none."""
        from elvmass_gui.painting.page_print import PrintedPage

        ecg = self._ecg
        if ecg.shown is None:
            return None
        return PrintedPage(ecg.shown, ecg.page_layout, ecg.page_scale, ecg.page_marks)

    def _folder(self) -> Path:
        record = self._session.record
        path = record.source.path if record else None
        return path.parent if path else Path.home()

    def _stem(self, end: str) -> str:
        record = self._session.record
        path = record.source.path if record else None
        return f"{path.stem}_{end}" if path else end


def _saved(paths: tuple[Path, ...]) -> str:
    return "Saved " + ", ".join(path.name for path in paths)


def _no_printing(error: ImportError) -> ElvmassError:
    from elvmass_gui.messages import ReportError

    return ReportError(
        f"Qt cannot print on this computer: {error}. Export the report as PDF instead; on Debian "
        "or Ubuntu libcups2 is what printing needs."
    )
