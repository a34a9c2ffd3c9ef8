"""What the commands of a window work on."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtWidgets import QMainWindow

from elvmass_gui.page_desk import PageDesk
from elvmass_gui.session import Session
from elvmass_gui.settings import Settings
from elvmass_gui.views.ecg import EcgView


class Parts(NamedTuple):
    """What the commands work on."""

    window: QMainWindow
    session: Session
    preferences: Settings
    ecg: EcgView
    desk: PageDesk
