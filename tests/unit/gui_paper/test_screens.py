"""Calibrated screens in the settings."""

from __future__ import annotations

import pytest

from elvmass_gui.screens import are_calibrations, read_calibrations, with_calibration


def test_a_screen_is_remembered_beside_others_and_forgotten():
    text = with_calibration("{}", "A 1920x1080 @1", 3.7801)
    text = with_calibration(text, "B 3840x2160 @2", 7.25)
    assert read_calibrations(text) == {"A 1920x1080 @1": 3.7801, "B 3840x2160 @2": 7.25}
    assert read_calibrations(with_calibration(text, "A 1920x1080 @1", None)) == {
        "B 3840x2160 @2": 7.25
    }


@pytest.mark.parametrize("text", ["", "[]", '{"a": 0.1}', '{"a": "x"}', '{"a": NaN}', 3, None])
def test_nonsense_is_refused(text):
    assert not are_calibrations(text)
