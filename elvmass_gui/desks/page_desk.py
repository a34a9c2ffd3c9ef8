"""Keeps the ECG page, its selectors and what is remembered of them in step.

Speed, gain and display filter start at the standard (25 mm/s, 10 mm/mV, as recorded) every time:
a page that looks as always must be as always. Layout and screen calibration are remembered.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from elvmass_gui import settings
from elvmass_gui.screens import read_calibrations, screen_key, with_calibration
from elvmass_gui.settings import Settings
from elvmass_gui.views.ecg import EcgView
from elvmass_gui.views.page_controls import PageControls


class PageDesk(QObject):
    """Wires a page to its selectors and to the preferences."""

    def __init__(
        self, ecg: EcgView, controls: PageControls, preferences: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._ecg, self._controls, self._preferences = ecg, controls, preferences
        controls.layoutPicked.connect(ecg.set_layout)
        controls.rhythmPicked.connect(ecg.set_rhythm)
        controls.scalePicked.connect(ecg.set_scale)
        controls.filterPicked.connect(ecg.set_filter)
        for picked in (
            controls.layoutPicked, controls.rhythmPicked, controls.scalePicked,
            controls.filterPicked, ecg.pageChanged,
        ):  # fmt: skip
            picked.connect(self.follow)
        ecg.set_layout(preferences[settings.LAYOUT])
        self.follow()
        self.use_screen()

    def follow(self) -> None:
        """Show in the selectors what the page is, and remember its layout."""
        self._controls.show_page(self._ecg.page_layout, self._ecg.page_scale, self._ecg.page_filter)
        self._preferences[settings.LAYOUT] = self._ecg.page_layout.name
        self._ecg.setFocus()

    def use_screen(self) -> None:
        """Take the calibration of the screen that the page is on now."""
        known = read_calibrations(self._preferences[settings.SCREENS])
        self._ecg.set_true_px_per_mm(known.get(screen_key(self._ecg.screen())))

    def calibrate(self) -> None:
        """Ask how large a millimetre is on this screen, and remember it."""
        from elvmass_gui.views.calibration import CalibrationDialog  # needed once per screen

        dialog = CalibrationDialog(self._ecg.true_px_per_mm(), self._ecg)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._preferences[settings.SCREENS] = with_calibration(
                self._preferences[settings.SCREENS], screen_key(self._ecg.screen()),
                dialog.px_per_mm,
            )  # fmt: skip
            self.use_screen()
        dialog.deleteLater()
