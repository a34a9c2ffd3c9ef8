"""One light look on every desktop: palette, style sheet, and the few colours that views share.

Red and green mark nothing here: in clinical programs they mean alarm and all-clear, and an
estimate is neither. Meaning is carried by words and position; colour only repeats it.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

INK = "#1b2733"
MUTED = "#566472"
FAINT = "#c9d2da"
GROUND = "#eef1f4"
CARD = "#ffffff"
ACCENT = "#1f5fa8"
INTERVAL = "#a9c6e6"
LIMIT = "#8a4b08"
WARN_GROUND = "#fff3d6"
WARN_EDGE = "#d9a62e"
WARN_INK = "#5c4200"

#: Width of the column of numbers; the window keeps this room before the column is made.
SIDE_PX = 404

_ROLES: dict[QPalette.ColorRole, str] = {
    QPalette.ColorRole.Window: GROUND,
    QPalette.ColorRole.WindowText: INK,
    QPalette.ColorRole.Base: CARD,
    QPalette.ColorRole.AlternateBase: "#f6f8fa",
    QPalette.ColorRole.Text: INK,
    QPalette.ColorRole.Button: "#f6f8fa",
    QPalette.ColorRole.ButtonText: INK,
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#fffdf5",
    QPalette.ColorRole.ToolTipText: INK,
    QPalette.ColorRole.PlaceholderText: "#7b8894",
    QPalette.ColorRole.Highlight: ACCENT,
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Link: ACCENT,
}
_DISABLED = "#98a3ad"

SHEET = f"""
QToolBar {{ background: {CARD}; border: 0; border-bottom: 1px solid {FAINT};
    padding: 2px 6px; spacing: 2px; }}
QToolBar QToolButton {{ padding: 3px 7px; border: 1px solid transparent; border-radius: 4px; }}
QToolBar QToolButton:hover:enabled {{ background: #e6eef7; border-color: {FAINT}; }}
QToolBar QToolButton:pressed {{ background: #d5e3f2; }}
QMenuBar {{ background: {CARD}; }}
QStatusBar {{ background: {CARD}; border-top: 1px solid {FAINT}; }}
QStatusBar::item {{ border: 0; }}
QScrollArea#side {{ background: {GROUND}; border: 0; border-left: 1px solid {FAINT}; }}
QWidget#sideContent {{ background: {GROUND}; }}
QWidget#beatControls {{ background: {CARD}; }}
QWidget#beatControls QComboBox, QWidget#beatControls QCheckBox,
QWidget#beatControls QToolButton {{ font-size: 8pt; }}
QWidget#beatControls QComboBox[changed="true"], QToolButton#chosenByHand {{
    color: {WARN_INK}; background: {WARN_GROUND}; }}
QToolButton#chosenByHand {{ border: 1px solid {WARN_EDGE}; border-radius: 3px; padding: 1px 5px; }}
QFrame#panel {{ background: {CARD}; border: 1px solid {FAINT}; border-radius: 5px; }}
QLabel[role="title"] {{ color: {MUTED}; font-weight: 600; font-size: 8pt; }}
QLabel[role="muted"] {{ color: {MUTED}; }}
QLabel[role="small"] {{ color: {MUTED}; font-size: 8pt; }}
QLabel[role="met"] {{ color: {INK}; font-size: 8pt; font-weight: 600; }}
QLabel[role="value"] {{ font-weight: 600; }}
QLabel[role="mass"] {{ font-size: 26pt; font-weight: 600; color: {INK}; }}
QLabel[role="unit"] {{ font-size: 13pt; color: {MUTED}; }}
QLabel[role="index"] {{ font-size: 13pt; font-weight: 600; }}
QLabel[role="verdict"] {{ background: #e9eff6; border-left: 4px solid {ACCENT};
    padding: 5px 8px; font-weight: 600; }}
QLabel[role="unsettled"] {{ background: #f1f1ee; border-left: 4px solid #8b8b80;
    padding: 5px 8px; font-weight: 600; }}
QLabel[role="mark"] {{ color: {WARN_INK}; background: {WARN_GROUND}; border-radius: 3px;
    padding: 0 4px; font-size: 8pt; }}
QLabel[role="notice"] {{ background: {WARN_GROUND}; border-left: 3px solid {WARN_EDGE};
    color: {WARN_INK}; padding: 4px 7px; }}
QLabel[role="control"] {{ background: #1b2733; color: #ffffff; font-weight: 700;
    padding: 4px 8px; }}
QFrame#panel QLabel[role="control"] {{ font-size: 8pt; }}
QLabel[trust="passed"] {{ background: #e9eff6; color: {INK}; }}
QLabel[trust="failed"] {{ background: {WARN_GROUND}; color: {WARN_INK}; }}
QLabel[trust="unchecked"] {{ background: #f1f1ee; color: {MUTED}; }}
QLabel[trust="passed"], QLabel[trust="failed"], QLabel[trust="unchecked"] {{
    border-radius: 3px; padding: 2px 6px; font-size: 8pt; }}
QFrame#panel QWidget#whyControls QComboBox, QWidget#whyControls QPushButton {{
    font-size: 8pt; }}
QWidget#whyControls QPushButton:checked {{ background: #1b2733; color: #ffffff; }}
QLabel[role="state"] {{ color: {MUTED}; padding: 6px 0; }}
QLabel#banner {{ background: {WARN_GROUND}; color: {WARN_INK}; font-weight: 600;
    border-bottom: 1px solid {WARN_EDGE}; padding: 3px 10px; }}
QFrame#messageBar {{ background: #fde9e3; border-bottom: 1px solid #d79b86; }}
QFrame#messageBar QLabel {{ color: #5b2413; }}
QLineEdit[wrong="true"] {{ border: 1px solid #b4552d; background: #fff6f2; }}
QSplitter::handle {{ background: {GROUND}; }}
QSplitter::handle:hover {{ background: {FAINT}; }}
"""


def apply(application: QApplication) -> None:
    """Give the application the program's own look, whatever the desktop's theme is."""
    application.setStyle("Fusion")
    palette = QPalette()
    for role, colour in _ROLES.items():
        palette.setColor(role, QColor(colour))
    for role in (
        QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText,
    ):  # fmt: skip
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(_DISABLED))
    application.setPalette(palette)
    application.setStyleSheet(SHEET)


def readable_on(ground: QColor) -> QColor:
    """Black or white ink, whichever stands out more from ``ground`` (WCAG relative luminance)."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    luminance = (
        0.2126 * linear(ground.redF())
        + 0.7152 * linear(ground.greenF())
        + 0.0722 * linear(ground.blueF())
    )
    # At 0.179 black and white are equally far away (4.6 : 1).
    return QColor("#000000" if luminance > 0.179 else "#ffffff")
