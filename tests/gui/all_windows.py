"""Every window, dialog and question of the program, each made as its menu makes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import helpers
import pytest
from PySide6.QtWidgets import (
    QMessageBox,
    QWidget,
)

from elvmass_gui import dialogs
from elvmass_gui.lab import agreed
from elvmass_gui.lab.keras_dialog import KerasDialog
from elvmass_gui.lab.models import ModelManager
from elvmass_gui.lab.monitor import TrainingMonitor
from elvmass_gui.outputs.output_choices import ExportDialog
from elvmass_gui.outputs.print_dialog import PrintDialog
from elvmass_gui.painting.report_content import ReportContent
from elvmass_gui.state.readings import ReadingLog
from elvmass_gui.views import reading_dialogs
from elvmass_gui.views.calibration import CalibrationDialog
from elvmass_gui.views.comparison import ComparisonWindow
from elvmass_gui.views.palette import Palette
from elvmass_gui.views.shortcuts import Shortcuts
from elvmass_gui.views.what_if import WhatIfWindow


class Windows:
    """Makes each window of the program beside a main window, as its menu does."""

    def __init__(self, main, session, preferences, folder: Path) -> None:
        self._main, self._session = main, session
        self._preferences, self._folder = preferences, folder

    def makers(self) -> dict[type[QWidget], Callable[[], QWidget]]:
        main = self._main
        return {
            TrainingMonitor: lambda: TrainingMonitor(self._folder, self._folder),
            ModelManager: lambda: ModelManager(self._session, self._folder),
            KerasDialog: lambda: KerasDialog(self._folder, main),
            CalibrationDialog: lambda: CalibrationDialog(4.0, main),
            ExportDialog: lambda: ExportDialog(self._preferences, False, main),
            PrintDialog: self._print,
            ComparisonWindow: lambda: ComparisonWindow(4.0, main),
            Palette: lambda: Palette(main.commands.actions, main),
            Shortcuts: lambda: Shortcuts(main),
            WhatIfWindow: self._what_if,
        }

    def boxes(self) -> dict[str, Callable[[], QMessageBox]]:
        """Questions and statements."""
        log = ReadingLog(self._folder / "readings.jsonl")
        made: list[QMessageBox] = []

        def shown(show: Callable[[], object]) -> QMessageBox:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(QMessageBox, "exec", lambda box: made.append(box))
                patch.setattr(QMessageBox, "deleteLater", lambda box: None)
                show()
            return made[-1]

        main = self._main
        return {
            "about": lambda: dialogs.about(main, None),
            "crash": lambda: dialogs.crash("Traceback", self._folder / "log.txt"),
            "log": lambda: shown(lambda: reading_dialogs.show_log(main, log)),
            "closing": lambda: shown(lambda: reading_dialogs.ask_before_closing(main, log, "x")),
            "agreed": lambda: shown(lambda: agreed.agreed(main, "&Remove", "Remove it?")),
        }

    def _print(self) -> PrintDialog:
        content = ReportContent(self._session.record, helpers.toy_analysis(self._session.record))
        return PrintDialog(
            {"Report": lambda _: content}, lambda *_: "", self._preferences, self._main
        )

    def _what_if(self) -> WhatIfWindow:
        made = WhatIfWindow(self._main)
        made.begin(helpers.toy_analysis(self._session.record).estimate)
        return made


KINDS = (
    TrainingMonitor, ModelManager, KerasDialog, CalibrationDialog, ExportDialog, PrintDialog,
    ComparisonWindow, Palette, Shortcuts, WhatIfWindow,
)  # fmt: skip
