"""``elvmass-gui --export``: read, analyse and write a report without a window."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from elvmass import io, pipeline
from elvmass.beside.second import with_second
from elvmass.errors import SignalError
from elvmass.pipeline import Options
from elvmass.record import Record
from elvmass.result import Analysis
from elvmass_gui.outputs.export import Target, export_report
from elvmass_gui.painting.fit import PAPERS
from elvmass_gui.painting.report_content import ReportContent


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of an export: kind of report, paper, side file, name."""

    pages: str = "detailed"
    paper: str = "a4"
    side_file: bool = False
    anonymous: bool = False


def export_file(source: Path, out: Path, wish: Wish = Wish()) -> tuple[Path, ...]:
    """Write the report of one ECG file; the suffix of ``out`` decides the kind.

    An ECG of which no estimate may be made is exported as a page that says why.

    Raises
    ------
    elvmass.errors.ElvmassError
        The file cannot be read, no model fits, or ``out`` cannot be written.
    """
    record = io.read(source)
    options = Options()
    analysis, failure = _analysed(record, options)
    content = ReportContent(
        record, analysis, failure, anonymous=wish.anonymous, pages=wish.pages, options=options
    )
    return _write(content, Target(out, PAPERS[wish.paper], wish.side_file))


def export_again(side: Path, ecg: Path, out: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Make a report again from its side file; returns the files written and what differs.

    Raises
    ------
    elvmass.errors.ElvmassError
        See :func:`elvmass_gui.outputs.remake.remake`, or ``out`` cannot be written.
    """
    from elvmass_gui.outputs.remake import remake

    made = remake(side, ecg)
    return _write(made.content, Target(out, PAPERS[made.paper])), made.differences


def _analysed(record: Record, options: Options) -> tuple[Analysis | None, str | None]:
    try:
        return with_second(pipeline.analyse(record, options)), None
    except SignalError as error:
        return None, str(error)


def _write(content: ReportContent, target: Target) -> tuple[Path, ...]:
    application = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    assert application is not None  # fonts live as long as it does
    return export_report(content, target)
