"""QT corrected for the heart rate."""

import pytest

from elvmass.record import Measurements
from elvmass.signal.measure import QTC_FORMULAS, qtc_ms


def test_at_60_all_formulas_leave_qt_alone() -> None:
    assert qtc_ms(Measurements(rate_bpm=60.0, qt_ms=400.0)) == pytest.approx(
        dict.fromkeys(QTC_FORMULAS, 400.0)
    )


def test_at_100() -> None:
    """By hand: RR 0.6 s, QT 340 ms."""
    found = qtc_ms(Measurements(rate_bpm=100.0, qt_ms=340.0))
    assert found == pytest.approx(
        {"bazett": 438.9, "fridericia": 403.1, "framingham": 401.6, "hodges": 410.0}, abs=0.1
    )


def test_unknown_qt_or_rate_gives_none() -> None:
    for measured in (Measurements(rate_bpm=60.0), Measurements(qt_ms=400.0)):
        assert set(qtc_ms(measured).values()) == {None}
