"""``elvmass-gui --export``: read, analyse and write a report without a window."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from elvmass import io, pipeline
from elvmass.beside.second import with_second
from elvmass.errors import SignalError
from elvmass.record import Record
from elvmass.result import Analysis
from elvmass_gui.export import export


def export_file(source: Path, out: Path) -> tuple[Path, ...]:
    """Write the report of one ECG file; the suffix of ``out`` decides the kind.

    An ECG of which no estimate may be made is exported as a page that says why.

    Raises
    ------
    elvmass.errors.ElvmassError
        The file cannot be read, no model fits, or ``out`` cannot be written.
    """
    record = io.read(source)
    shown: Analysis | Record = record
    failure = None
    try:
        shown = with_second(pipeline.analyse(record))
    except SignalError as error:
        failure = str(error)
    application = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    assert application is not None  # fonts live as long as it does
    return export(shown, out, failure=failure)
