"""Chooses the theme: by the reader, or as the desktop is; remembers it, and tints the icons."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QPainter
from PySide6.QtWidgets import QApplication

from elvmass_gui import settings, style
from elvmass_gui.settings import Settings
from elvmass_gui.themes import CHOICES, DARK, LIGHT, SYSTEM, THEMES, Theme

_ICON_PX = (20, 40)


def theme_of(choice: str) -> Theme:
    """The theme of a choice; for the desktop's, dark if the desktop says that it is dark."""
    if choice != SYSTEM:
        return THEMES[choice]
    scheme = QGuiApplication.styleHints().colorScheme()
    return DARK if scheme is Qt.ColorScheme.Dark else LIGHT


class Looks(QObject):
    """The commands of the themes for one window."""

    changed = Signal()

    def __init__(self, preferences: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._actions: dict[str, QAction] = {}
        self._icons: dict[QAction, QIcon] = {}
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_desktop)

    @property
    def choice(self) -> str:
        """One of :data:`elvmass_gui.themes.CHOICES`."""
        choice: str = self._preferences[settings.THEME]
        return choice

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command does, by its key."""
        return {f"theme_{choice}": partial(self.choose, choice) for choice in CHOICES}

    def follow(self, actions: dict[str, QAction]) -> None:
        """Keep check marks and icons of these actions in step."""
        self._actions = actions
        self._icons = {a: a.icon() for a in actions.values() if not a.icon().isNull()}
        self._show()

    def choose(self, choice: str) -> None:
        """Use a theme from now on."""
        self._preferences[settings.THEME] = choice
        self._apply()

    def _on_desktop(self) -> None:
        if self.choice == SYSTEM:
            self._apply()

    def _apply(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        style.apply(application, theme_of(self.choice))
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        for choice in CHOICES:
            self._actions[f"theme_{choice}"].setChecked(choice == self.choice)
        look = style.theme()
        for action, icon in self._icons.items():
            action.setIcon(icon if look is LIGHT else tinted(icon, look))


def tinted(icon: QIcon, look: Theme) -> QIcon:
    """The same drawing in the inks of a theme, for enabled and for disabled commands."""
    made = QIcon()
    for mode, colour in ((QIcon.Mode.Normal, look.ink), (QIcon.Mode.Disabled, look.disabled)):
        for size in _ICON_PX:
            drawing = icon.pixmap(QSize(size, size), 1.0)
            painter = QPainter(drawing)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            painter.fillRect(drawing.rect(), QColor(colour))
            painter.end()
            made.addPixmap(drawing, mode)
    return made
