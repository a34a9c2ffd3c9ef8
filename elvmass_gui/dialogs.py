"""The few dialogs: choose a file, choose where to save, guide, about, crash."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QMessageBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

import elvmass
import elvmass_resources
from elvmass.compare import Comparison
from elvmass.result import Analysis
from elvmass_gui.calipers import Calipers
from elvmass_gui.session import Session
from elvmass_gui.views.ecg import EcgView

#: What a file dialog offers → the suffix that it means.
_PAGES = {"PDF report (*.pdf)": ".pdf", "PNG image (*.png)": ".png", "SVG drawing (*.svg)": ".svg"}
_SALIENCY = {"CSV table (*.csv)": ".csv", "NPZ arrays (*.npz)": ".npz", "JSON (*.json)": ".json"}


def ask_file(parent: QWidget, folder: str) -> Path | None:
    """Ask for an ECG file; None if the user thought better of it."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open an ECG", folder, "All files (*)")
    return Path(name) if name else None


def ask_files(parent: QWidget, folder: str) -> list[Path]:
    """Ask for one or more ECG files; none if the user thought better of it."""
    names, _ = QFileDialog.getOpenFileNames(
        parent, "Open ECGs in new tabs", folder, "All files (*)"
    )
    return [Path(name) for name in names]


def ask_target(
    parent: QWidget,
    suggestion: Path,
    title: str = "Export report",
    kinds: Mapping[str, str] = _PAGES,
) -> Path | None:
    """Ask where to save; the chosen kind gives the suffix if none was typed."""
    name, kind = QFileDialog.getSaveFileName(parent, title, str(suggestion), ";;".join(kinds))
    if not name:
        return None
    path = Path(name)
    if path.suffix.lower() in kinds.values():
        return path
    return Path(name + kinds.get(kind, suggestion.suffix))


def export(
    parent: QWidget, session: Session, *, anonymous: bool, calipers: Calipers = ()
) -> tuple[Path, ...]:
    """Ask where, then write the report of what is on the screen; () if nothing was written."""
    shown = session.analysis or session.record
    if shown is None or session.record is None:
        return ()
    source = session.record.source.path
    # The name of the file may be the name of the patient: an anonymous report gets a neutral one.
    stem = "report" if anonymous or source is None else f"{source.stem}_report"
    target = ask_target(parent, (source.parent if source else Path.home()) / f"{stem}.pdf")
    if target is None:
        return ()
    from elvmass_gui.export import export as write  # QtSvg is of no use before

    failure = session.failure or None
    return write(shown, target, failure=failure, anonymous=anonymous, calipers=calipers)


def export_page(parent: QWidget, ecg: EcgView) -> tuple[Path, ...]:
    """Ask where, then write the ECG page as it is on the screen; () if nothing was written."""
    if ecg.shown is None:
        return ()
    source = ecg.shown.record.source.path
    stem = "ecg" if source is None else f"{source.stem}_ecg"
    target = ask_target(parent, (source.parent if source else Path.home()) / f"{stem}.pdf")
    if target is None:
        return ()
    from elvmass_gui.export import export_page as write  # QtSvg is of no use before
    from elvmass_gui.painting.page_print import PrintedPage

    return write(PrintedPage(ecg.shown, ecg.page_layout, ecg.page_scale, ecg.page_marks), target)


def export_comparison(
    parent: QWidget, comparison: Comparison, folder: Path, *, anonymous: bool
) -> tuple[Path, ...]:
    """Ask where, then write the comparison of two ECGs; () if nothing was written."""
    target = ask_target(parent, folder / "comparison.pdf", "Export comparison")
    if target is None:
        return ()
    from elvmass_gui.export import export_comparison as write  # QtSvg is of no use before
    from elvmass_gui.painting.comparison import ComparedPages

    return write(ComparedPages(comparison, anonymous), target)


def export_saliency(parent: QWidget, analysis: Analysis | None) -> tuple[Path, ...]:
    """Ask where, then write the explanation sample by sample; () if nothing was written."""
    if analysis is None or analysis.saliency is None:
        return ()
    source = analysis.record.source.path
    folder = source.parent if source else Path.home()
    target = ask_target(parent, folder / "saliency.csv", "Export saliency", _SALIENCY)
    if target is None:
        return ()
    from elvmass_gui.saliency_export import export_saliency as write  # of no use before

    return write(analysis, target)


def guide(parent: QWidget) -> QDialog:
    """The in-app guide."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Guide")
    text = QTextBrowser()
    text.setOpenExternalLinks(False)
    text.setMarkdown(elvmass_resources.path("guide", "guide.md").read_text("utf-8"))
    QVBoxLayout(dialog).addWidget(text)
    dialog.resize(720, 640)
    return dialog


def about(parent: QWidget, analysis: Analysis | None) -> QMessageBox:
    """Version, licence, and the model in use."""
    lines = [
        f"elvmass {elvmass.__version__}, Apache-2.0",
        "Research use only, not a medical device.",
    ]
    if analysis is not None:
        card = analysis.estimate.card
        lines += [
            "", f"Model {card.name}, version {card.version} ({card.licence}).",
            f"Trained on {card.trained_on}.", card.limitations,
        ]  # fmt: skip
    return _box(parent, "About elvmass", "\n".join(lines))


def crash(text: str, log: Path) -> QMessageBox:
    """Say that the program itself failed, with the text to copy."""
    box = _box(None, "elvmass failed", "The program met an error of its own. The ECG file is safe.")
    # Its owner keeps it and asks whether it is still open: it must outlive being closed.
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setInformativeText(f"A log without patient data is kept at {log}.")
    box.setDetailedText(text)
    return box


def _box(parent: QWidget | None, title: str, text: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setModal(False)
    return box
