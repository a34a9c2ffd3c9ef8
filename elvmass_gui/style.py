"""Gives the application a theme: palette and style sheet, whatever the desktop looks like."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QColor, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QWidget

import elvmass_resources
from elvmass_gui.themes import LIGHT, Theme

_SIDE_PX = 404
#: Size of the desktop's text that all sizes here are meant for.
_USUAL_POINTS = 9.0

_in_force = LIGHT
_growth = 1.0


def theme() -> Theme:
    """The theme in force, for what views paint themselves."""
    return _in_force


def scaled(px: int) -> int:
    """A width that holds text, for the size of text that the desktop has."""
    return round(px * _growth)


def side_px() -> int:
    """Width of the column of numbers; the window keeps this room before the column is made."""
    return scaled(_SIDE_PX)


def points(usual: float) -> str:
    """A size of text beside the desktop's own, for a style sheet."""
    return f"{usual * _growth:g}pt"


def set_look(widget: QWidget, name: str, value: str | bool) -> None:
    """Change a property on which the style sheet depends."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        # Only then does a label take the padding that comes with the look.
        QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))


def apply(application: QApplication, look: Theme = LIGHT) -> None:
    """Give the application a theme; widgets get a change event and paint themselves anew."""
    global _in_force, _growth
    _in_force = look
    font = application.font()
    size = font.pointSizeF() if font.pointSizeF() > 0 else QFontInfo(font).pointSizeF()
    _growth = size / _USUAL_POINTS
    application.setStyle("Fusion")
    application.setPalette(palette(look))
    application.setStyleSheet(sheet(look))


def palette(look: Theme) -> QPalette:
    """The colours that Qt itself paints with."""
    role = QPalette.ColorRole
    made = QPalette()
    for key, colour in {
        role.Window: look.ground, role.WindowText: look.ink, role.Base: look.card,
        role.AlternateBase: look.raised, role.Text: look.ink, role.Button: look.raised,
        role.ButtonText: look.ink, role.BrightText: look.on_accent, role.ToolTipBase: look.tip,
        role.ToolTipText: look.ink, role.PlaceholderText: look.muted, role.Highlight: look.accent,
        role.HighlightedText: look.on_accent, role.Link: look.link, role.LinkVisited: look.link,
        role.Light: look.hover, role.Midlight: look.raised, role.Mid: look.edge,
        role.Dark: look.control, role.Shadow: look.control, role.Accent: look.accent,
    }.items():  # fmt: skip
        made.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, key, QColor(look.disabled))
    return made


def sheet(look: Theme) -> str:
    """The style sheet: what palette and Fusion leave open."""
    made = _bars(look) + _controls(look) + _roles(look) + _marks(look)
    return re.sub(r"(\d+)pt", lambda found: points(float(found[1])), made)


def _bars(t: Theme) -> str:
    return f"""
QToolBar {{ background: {t.card}; border: 0; border-bottom: 1px solid {t.edge};
    padding: 2px 6px; spacing: 2px; }}
QToolBar QToolButton {{ padding: 3px 7px; border: 1px solid transparent; border-radius: 4px; }}
QToolBar QToolButton[tight="true"] {{ padding: 3px; }}
QToolBar QToolButton:hover:enabled {{ background: {t.hover}; border-color: {t.edge}; }}
QToolBar QToolButton:pressed {{ background: {t.pressed}; }}
QMenuBar {{ background: {t.card}; }}
QTabBar::tab {{ background: {t.ground}; color: {t.muted}; border: 1px solid {t.edge};
    border-bottom: 0; border-top-left-radius: 4px; border-top-right-radius: 4px;
    padding: 5px 10px; margin: 2px 1px 0 1px; }}
QTabBar::tab:selected {{ background: {t.card}; color: {t.ink}; margin-top: 0;
    border-top: 3px solid {t.link}; }}
QTabBar::tab:hover:!selected {{ background: {t.hover}; color: {t.ink}; }}
QTabWidget::pane {{ background: {t.ground}; border: 1px solid {t.edge}; }}
QToolTip {{ background: {t.tip}; color: {t.ink}; border: 1px solid {t.control}; padding: 2px; }}
QStatusBar {{ background: {t.card}; border-top: 1px solid {t.edge}; }}
QStatusBar::item {{ border: 0; }}
QScrollArea#side {{ background: {t.ground}; border: 0; border-left: 1px solid {t.edge}; }}
QWidget#sideContent {{ background: {t.ground}; }}
QWidget#beatControls {{ background: {t.card}; }}
QWidget#beatControls QComboBox, QWidget#beatControls QCheckBox,
QWidget#beatControls QToolButton {{ font-size: 8pt; }}
QFrame#panel {{ background: {t.card}; border: 1px solid {t.edge}; border-radius: 5px; }}
QFrame#emptyState {{ background: {t.card}; }}
QFrame#panel QWidget#whyControls QComboBox, QWidget#whyControls QPushButton {{
    font-size: 8pt; }}
QWidget#whyControls QPushButton:checked {{ background: {t.ink}; color: {t.card}; }}
QDialog#palette {{ border: 1px solid {t.accent}; }}
QSplitter::handle {{ background: {t.ground}; }}
QSplitter::handle:hover {{ background: {t.edge}; }}
"""


def _controls(t: Theme) -> str:
    """Fusion outlines what can be used darker than the ground, which the dark theme swallows.

    The list of a box is a plain one: drawn as a menu, it takes the ground of the box and the ink of
    a selection, and its present row cannot be read.
    """
    check, dot, up, down = (
        elvmass_resources.path("icons", f"{name}.svg").as_posix()
        for name in ("check", "dot", "arrow_up", "arrow_down")
    )
    return f"""
QLineEdit {{ background: {t.card}; border: 1px solid {t.control}; border-radius: 3px;
    padding: 2px 3px; }}
QAbstractSpinBox QLineEdit {{ border: 0; padding: 0; }}
QLineEdit:focus {{ border-color: {t.link}; }}
QLineEdit:disabled {{ border-color: {t.edge}; }}
QAbstractSpinBox, QComboBox, QPushButton {{ border: 1px solid {t.control}; border-radius: 3px; }}
QAbstractSpinBox {{ background: {t.card}; padding: 1px 2px; }}
QComboBox, QPushButton {{ background: {t.raised}; }}
QComboBox {{ padding: 2px 5px; }}
QPushButton {{ padding: 3px 12px; }}
QComboBox:hover:enabled, QPushButton:hover:enabled {{ background: {t.hover}; }}
QPushButton:pressed {{ background: {t.pressed}; }}
QPushButton:default {{ border-color: {t.accent}; }}
QAbstractSpinBox:focus, QComboBox:focus, QPushButton:focus {{ border-color: {t.link}; }}
QAbstractSpinBox:disabled, QComboBox:disabled, QPushButton:disabled {{ border-color: {t.edge}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: 0; width: 15px; }}
QAbstractSpinBox::up-arrow {{ image: url({up}); width: 8px; height: 5px; }}
QAbstractSpinBox::down-arrow, QComboBox::down-arrow {{ image: url({down}); width: 8px;
    height: 5px; }}
QComboBox::drop-down {{ border: 0; width: 16px; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox QAbstractItemView {{ background: {t.card}; color: {t.ink};
    border: 1px solid {t.control}; outline: 0; }}
QComboBox QAbstractItemView::item {{ padding: 3px 4px; }}
QComboBox QAbstractItemView::item:selected {{ background: {t.accent}; color: {t.on_accent}; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: 13px; height: 13px;
    background: {t.card}; border: 1px solid {t.control}; border-radius: 3px; }}
QRadioButton::indicator {{ border-radius: 7px; }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border-color: {t.link}; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {t.edge}; }}
QCheckBox::indicator:checked {{ background: {t.accent}; image: url({check}); }}
QRadioButton::indicator:checked {{ background: {t.accent}; image: url({dot}); }}
"""


def _roles(t: Theme) -> str:
    return f"""
QLabel[role="title"] {{ color: {t.muted}; font-weight: 600; font-size: 8pt; }}
QLabel[role="muted"] {{ color: {t.muted}; }}
QLabel[role="small"] {{ color: {t.muted}; font-size: 8pt; }}
QLabel[role="cell"] {{ font-size: 8pt; }}
QLabel[role="met"] {{ color: {t.ink}; font-size: 8pt; font-weight: 600; }}
QLabel[role="value"] {{ font-weight: 600; }}
QLabel[role="invitation"] {{ font-size: 16pt; font-weight: 600; color: {t.ink}; }}
QLabel[role="mass"] {{ font-size: 26pt; font-weight: 600; color: {t.ink}; }}
QLabel[role="unit"] {{ font-size: 13pt; color: {t.muted}; }}
QLabel[role="index"] {{ font-size: 13pt; font-weight: 600; }}
QLabel[role="verdict"] {{ background: {t.soft}; border-left: 4px solid {t.link};
    padding: 5px 8px; font-weight: 600; }}
QLabel[role="unsettled"] {{ background: {t.plain}; border-left: 4px solid {t.plain_edge};
    padding: 5px 8px; font-weight: 600; }}
QLabel[role="mark"] {{ color: {t.warn_ink}; background: {t.warn}; border-radius: 3px;
    padding: 0 4px; font-size: 8pt; }}
QLabel[role="notice"] {{ background: {t.warn}; border-left: 3px solid {t.warn_edge};
    color: {t.warn_ink}; padding: 4px 7px; }}
QLabel[role="control"] {{ background: {t.ink}; color: {t.card}; font-weight: 700;
    padding: 4px 8px; }}
QFrame#panel QLabel[role="control"] {{ font-size: 8pt; }}
QLabel[role="said"] {{ background: {t.soft}; border-left: 4px solid {t.link};
    padding: 4px 8px; }}
QLabel[role="state"] {{ color: {t.muted}; padding: 6px 0; }}
QLabel[trust="passed"] {{ background: {t.soft}; color: {t.ink}; }}
QLabel[trust="failed"] {{ background: {t.warn}; color: {t.warn_ink}; }}
QLabel[trust="unchecked"] {{ background: {t.plain}; color: {t.muted}; }}
QLabel[trust="passed"], QLabel[trust="failed"], QLabel[trust="unchecked"] {{
    border-radius: 3px; padding: 2px 6px; font-size: 8pt; }}
"""


def _marks(t: Theme) -> str:
    return f"""
QLabel#banner {{ background: {t.warn}; color: {t.warn_ink}; font-weight: 600;
    border-bottom: 1px solid {t.warn_edge}; padding: 3px 10px; }}
QFrame#messageBar {{ background: {t.error}; border-bottom: 1px solid {t.error_edge}; }}
QFrame#messageBar QLabel {{ color: {t.error_ink}; }}
QWidget#beatControls QComboBox[changed="true"], QToolButton#chosenByHand, QToolButton#drawnByHand {{
    color: {t.warn_ink}; background: {t.warn}; }}
QToolButton#chosenByHand, QToolButton#drawnByHand {{
    border: 1px solid {t.warn_edge}; border-radius: 3px; padding: 1px 5px; }}
QLineEdit[wrong="true"] {{ border: 1px solid {t.wrong_edge}; background: {t.wrong}; }}
"""
