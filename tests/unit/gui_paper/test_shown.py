"""What a page shows: the cut, the display filter, the words."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import synthetic_record

from elvmass.choices import BANDS
from elvmass.record import Record
from elvmass.signal import filters
from elvmass_gui.geometry.paper import GAINS_MM_PER_MV, LAYOUTS, Placement, Scale
from elvmass_gui.geometry.shown import (
    AS_RECORDED,
    BAND_TEXTS,
    DisplayFilter,
    caption_text,
    clock,
    readout,
    sheet_for,
    show,
    strip_points,
)


def sines(*waves, seconds=10.0, rate_hz=500.0):
    """Every lead the same sum of (amplitude mV, frequency Hz)."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    row = sum((a * np.sin(2 * np.pi * f * t) for a, f in waves), np.zeros(t.size))
    return Record(np.tile(row, (12, 1)), rate_hz)


def amplitude(shown, frequency_hz):
    """Of one frequency in lead II, away from the ends."""
    row = shown.lead("II")
    t = np.arange(row.size) / shown.record.rate_hz
    inner = slice(row.size // 5, -row.size // 5)
    wave = np.exp(-2j * np.pi * frequency_hz * t)
    return 2 * abs(np.mean((row * wave)[inner]))


def test_presets_are_those_of_the_library():
    assert set(BAND_TEXTS) - {""} == set(BANDS)
    for key, (low, high) in BANDS.items():
        assert BAND_TEXTS[key] == f"{low:g}–{high:g} Hz"


def test_as_recorded_changes_nothing_but_the_offset():
    record = synthetic_record()
    shown = show(Record(record.signal_mv + 2.5, 500.0))
    assert np.ptp(shown.centred_mv - record.signal_mv, axis=1).max() < 1e-12
    assert shown.base_mv("V2") == pytest.approx(np.median(record.lead("V2")) + 2.5)


def test_forty_hertz_takes_the_fast_and_keeps_the_slow():
    record = sines((1.0, 10.0), (1.0, 80.0))
    shown = show(record, 0.0, DisplayFilter("monitor"))
    assert amplitude(shown, 10.0) == pytest.approx(1.0, abs=0.02)
    assert amplitude(shown, 80.0) < 0.03


@pytest.mark.parametrize("hum_hz", [50.0, 60.0])
def test_the_notch_alone_takes_the_hum_and_nothing_else(hum_hz):
    record = sines((0.2, hum_hz), (1.0, 10.0), (0.3, 0.3))
    shown = show(record, 0.0, DisplayFilter("", hum_hz))
    assert amplitude(shown, hum_hz) < 0.01
    assert amplitude(shown, 10.0) == pytest.approx(1.0, abs=0.01)
    slow = sines((1.0, 10.0), (0.3, 0.3)).lead("II")
    inner = slice(1000, 4000)
    left = (shown.lead("II") - slow)[inner]
    assert np.ptp(left) < 0.01


def test_gaps_stay_gaps_behind_a_filter():
    signal = synthetic_record().signal_mv.copy()
    signal[3, 1000:1500] = np.nan
    shown = show(Record(signal, 500.0), 0.0, DisplayFilter("paper", 50.0))
    assert np.isnan(shown.centred_mv[3, 1000:1500]).all()
    assert np.isfinite(shown.centred_mv).sum() == signal.size - 500


def test_a_filtered_page_of_a_long_recording_is_that_of_the_whole():
    record = Record(np.tile(synthetic_record().signal_mv, 9), 500.0)
    shown = show(record, 40.0, DisplayFilter("paper"))
    whole = filters.band_pass(record.signal_mv, 500.0, BANDS["paper"])
    page = whole[:, shown.first : shown.first + shown.centred_mv.shape[1]]
    assert np.ptp(shown.centred_mv - page, axis=1).max() < 0.002


def test_the_page_lies_where_its_time_says():
    hour = np.random.default_rng(3).normal(0.0, 0.3, (12, 360_000))
    record = Record(hour, 100.0)
    shown = show(record, 1234.5)
    sheet = sheet_for(shown, LAYOUTS["12x1"])
    strip = sheet.strips_of("V4")[0]
    x, y = strip_points(strip, shown)
    k = round(strip.time_s(float(x[333])) * 100.0)
    drawn = strip.voltage_mv(float(y[333])) + shown.base_mv("V4")
    assert drawn == pytest.approx(record.lead("V4")[k])
    assert x[0] == pytest.approx(strip.rect.x)
    assert x[-1] == pytest.approx(strip.rect.right)


def test_minus_avr_is_avr_upside_down():
    shown = show(synthetic_record())
    plain = sheet_for(shown, LAYOUTS["6x2"]).strips_of("aVR")[0]
    turned = sheet_for(shown, LAYOUTS["6x2 Cabrera"]).strips_of("aVR")[0]
    _, y = strip_points(plain, shown)
    _, turned_y = strip_points(turned, shown)
    assert turned_y - turned.zero_y == pytest.approx(-(y - plain.zero_y))
    assert (turned.title, turned.lead) == ("−aVR", "aVR")
    value = shown.value_mv("aVR", 3.0)
    words = readout(shown, turned, turned.x_mm(3.0), turned.y_mm(value))
    assert words.startswith("−aVR   3000 ms   ")
    assert words.count(f"{-value:+.2f}".replace("-", "−")) == 2


def test_the_caption_names_the_filter_in_force():
    record = synthetic_record()
    for display, words in (
        (AS_RECORDED, "device filter: 0.05-150 Hz; shown as recorded"),
        (DisplayFilter("monitor", 50.0), "DISPLAY FILTER 0.5–40 Hz, notch 50 Hz"),
        (DisplayFilter("", 60.0), "DISPLAY FILTER as recorded, notch 60 Hz"),
    ):
        shown = show(record, 0.0, display)
        assert words in caption_text(shown, sheet_for(shown, LAYOUTS["3x4+1"]))


def test_times_are_seconds_then_hours():
    assert clock(12.5, 60.0) == "12.5"
    assert clock(3725.0, 7200.0) == "1:02:05"


def test_a_page_keeps_the_room_it_once_needed():
    record = synthetic_record()
    tall = sheet_for(show(Record(record.signal_mv * 1.4, 500.0)), LAYOUTS["3x4+1"])
    low = show(Record(record.signal_mv * 0.2, 500.0))
    kept = Placement(head_mm=tall.head_mm, foot_mm=tall.foot_mm)
    assert sheet_for(low, LAYOUTS["3x4+1"], None, kept).paper == tall.paper


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.name)
@pytest.mark.parametrize("gain", GAINS_MM_PER_MV)
def test_every_calibration_pulse_is_on_the_paper_with_its_top(layout, gain):
    sheet = sheet_for(show(synthetic_record()), layout, Scale(25.0, gain))
    tops = [min(y for _, y in corners) for corners in sheet.pulses]
    assert min(tops) > sheet.paper.y


def test_narrow_paper_has_a_caption_of_two_lines():
    shown = show(synthetic_record())
    assert sheet_for(shown, LAYOUTS["3x4+1"]).caption.height == 5.0
    assert sheet_for(shown, LAYOUTS["3x4+1"], Scale(12.5, 10.0)).caption.height == 9.0
