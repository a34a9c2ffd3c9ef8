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
from elvmass.result import Analysis
from elvmass_gui.screens import room_for

#: What a file dialog offers → the suffix that it means.
_PDF = {"PDF (*.pdf)": ".pdf"}
_PAGES = {**_PDF, "PNG image (*.png)": ".png", "SVG drawing (*.svg)": ".svg"}
_REPORT = {**_PAGES, "DICOM, encapsulated PDF (*.dcm)": ".dcm"}
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
    kinds: Mapping[str, str] = _REPORT,
) -> Path | None:
    """Ask where to save; the chosen kind gives the suffix if none was typed."""
    name, kind = QFileDialog.getSaveFileName(parent, title, str(suggestion), ";;".join(kinds))
    if not name:
        return None
    path = Path(name)
    if path.suffix.lower() in kinds.values():
        return path
    return Path(name + kinds.get(kind, suggestion.suffix))


def ask_page_target(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save the ECG page."""
    return ask_target(parent, suggestion, "Export ECG page", _PAGES)


def ask_pdf_target(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save a PDF."""
    return ask_target(parent, suggestion, "Save as PDF", _PDF)


def ask_saliency_target(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save the explanation."""
    return ask_target(parent, suggestion, "Export saliency", _SALIENCY)


def ask_comparison_target(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save the comparison of two ECGs."""
    return ask_target(parent, suggestion, "Export comparison", _PAGES)


def ask_side_file(parent: QWidget, folder: str) -> Path | None:
    """Ask for the side file of a report."""
    kinds = "Side file (*.json);;All files (*)"
    name, _ = QFileDialog.getOpenFileName(parent, "Make report from side file", folder, kinds)
    return Path(name) if name else None


def guide(parent: QWidget) -> QDialog:
    """The in-app guide."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Guide")
    text = QTextBrowser()
    text.setOpenExternalLinks(False)
    text.setMarkdown(elvmass_resources.path("guide", "guide.md").read_text("utf-8"))
    QVBoxLayout(dialog).addWidget(text)
    dialog.resize(room_for(720, 640, dialog.screen()))
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
