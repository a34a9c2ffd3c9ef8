"""Calipers read what was simulated; they snap, march out, and can be undone."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import synthetic_record
from hypothesis import given
from hypothesis import strategies as st

from elvmass.record import LEAD_INDEX, Record
from elvmass_gui.geometry.calipers import (
    Caliper,
    CaliperKind,
    History,
    Point,
    snapped,
    to_mm,
    to_point,
)
from elvmass_gui.geometry.paper import LAYOUTS, Scale
from elvmass_gui.geometry.shown import DisplayFilter, sheet_for, show
from elvmass_gui.views.caliper_tool import CaliperTool

RR_S = 60 / 72.0
CLEAN = synthetic_record(noise_mv=0.0)


def laid_out(record=CLEAN, layout="3x4+1", scale=None):
    shown = show(record)
    return shown, sheet_for(shown, LAYOUTS[layout], scale)


def place(sheet, shown, lead, time_s, signal=True):
    """Where the trace of a lead lies at a time, in its widest strip."""
    strip = max(sheet.strips_of(lead), key=lambda s: s.rect.width)
    value = shown.value_mv(lead, time_s) if signal else 0.0
    return strip, strip.x_mm(time_s), strip.y_mm(value)


def drawn(kind, lead, ends, off=(0.0, 0.0), layout="3x4+1", scale=None, snap=True):
    """The caliper that a hand makes which is ``off`` mm beside the trace at both times."""
    shown, sheet = laid_out(layout=layout, scale=scale)
    tool = CaliperTool()
    tool.kind, tool.snap = kind, snap
    (_, ax, ay), (_, bx, by) = (place(sheet, shown, lead, t) for t in ends)
    assert tool.press(sheet, shown, (ax + off[0], ay + off[1]), 1.0)
    tool.drag(shown, (bx - off[0], by + off[1]))
    tool.release()
    (made,) = tool.calipers
    return made


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("speed", [12.5, 25.0, 50.0, 100.0])
def test_an_interval_from_r_to_r_reads_the_simulated_one(layout, speed):
    ends = (0.5 + RR_S, 0.5 + 2 * RR_S)
    read = drawn(CaliperKind.TIME, "II", ends, (0.7, 0.4), layout, Scale(speed, 10.0))
    assert read.interval_ms == pytest.approx(1000 * RR_S, abs=2.0)
    assert read.text == f"{read.interval_ms:.0f} ms   72/min"


@pytest.mark.parametrize("lead", ["I", "aVR", "V2", "V4"])
@pytest.mark.parametrize("layout", ["12x1", "6x2 Cabrera"])
def test_a_voltage_from_baseline_to_peak_reads_the_simulated_one(lead, layout):
    row = CLEAN.lead(lead)
    base, last = (0.5 + RR_S - 0.33, 0.5 + 2 * RR_S) if lead in ("I", "aVR") else (5.0, 6.0)
    near = np.arange(round((last - 0.4) * 500), round(last * 500))
    peak = near[np.argmax(np.abs(row[near] - np.median(row)))] / 500
    base = peak - 0.3
    read = drawn(CaliperKind.VOLTAGE, lead, (base, peak), (0.3, 0.3), layout)
    true = row[round(peak * 500)] - row[round(base * 500)]
    assert read.voltage_mv == pytest.approx(true, abs=0.03)


def test_without_snapping_an_end_stays_where_the_hand_was():
    read = drawn(CaliperKind.TIME, "V5", (8.0, 8.4), (0.5, 0.0), snap=False)
    assert read.interval_ms == pytest.approx(400.0 - 2 * 0.5 / 25 * 1000, abs=1e-6)


def test_far_from_the_trace_nothing_snaps():
    shown, sheet = laid_out()
    strip, x, y = place(sheet, shown, "II", 5.0)
    assert snapped(strip, shown, x, y - 9.0) == to_point(strip, shown, x, y - 9.0)


def test_gaps_catch_nothing():
    shown = show(Record(np.full((12, 5000), np.nan), 500.0))
    sheet = sheet_for(shown, LAYOUTS["3x4+1"])
    strip = sheet.strips[0]
    assert snapped(strip, shown, 20.0, strip.zero_y) == to_point(strip, shown, 20.0, strip.zero_y)


@given(st.floats(0.0, 9.99), st.floats(-2.0, 2.0), st.sampled_from(["aVR", "V3"]))
def test_points_and_places_are_inverse(time_s, level_mv, lead):
    offset = np.zeros((12, 1))
    offset[LEAD_INDEX[lead]] = 3.0
    shown, sheet = laid_out(Record(CLEAN.signal_mv + offset, 500.0), "6x2 Cabrera")
    (strip,) = sheet.strips_of(lead)
    point = Point(time_s, level_mv)
    back = to_point(strip, shown, *to_mm(strip, shown, point))
    assert back.time_s == pytest.approx(time_s)
    assert back.level_mv == pytest.approx(level_mv)


def test_march_out_repeats_the_interval_over_the_strip():
    march = Caliper(CaliperKind.MARCH, "II", Point(2.0, 0.0), Point(2.8, 0.0))
    assert march.times_s(0.0, 5.0) == pytest.approx((0.4, 1.2, 2.0, 2.8, 3.6, 4.4))
    none = Caliper(CaliperKind.MARCH, "II", Point(2.0, 0.0), Point(2.0, 0.0))
    assert none.times_s(0.0, 5.0) == (2.0, 2.0)
    time = Caliper(CaliperKind.TIME, "II", Point(2.8, 0.0), Point(2.0, 0.0))
    assert time.times_s(0.0, 2.5) == (2.0,)


def test_words_name_lead_kind_and_filter():
    a, b = Point(1.0, 0.5), Point(1.4, -0.85)
    volt = Caliper(CaliperKind.VOLTAGE, "V1", a, b, "0.5–40 Hz")
    assert volt.line == "V1 voltage: −1.35 mV (0.5–40 Hz)"
    assert Caliper(CaliperKind.TIME, "V1", a, b).line == "V1 time: 400 ms   150/min"


def test_a_caliper_made_on_a_filtered_page_says_so():
    shown = show(CLEAN, 0.0, DisplayFilter("monitor"))
    sheet = sheet_for(shown, LAYOUTS["3x4+1"])
    tool = CaliperTool()
    tool.put(CaliperKind.TIME, sheet.strips[0], shown, 1.0)
    assert tool.calipers[0].filter_text == "0.5–40 Hz"


def test_history_forgets_the_undone_when_something_new_is_done():
    history = History(0)
    for state in (1, 2, 3):
        history.push(state)
    assert history.step(-1)
    assert history.step(-1)
    history.push(9)
    assert history.state == 9
    assert not history.step(+1)
    history.amend(10)
    assert history.step(-1)
    assert history.state == 1
    assert history.step(-1)
    assert not history.step(-1)


def test_nudges_in_a_row_are_one_step_of_undo():
    shown, sheet = laid_out()
    tool = CaliperTool()
    tool.put(CaliperKind.TIME, sheet.strips[0], shown, 1.0)
    before = tool.calipers
    for _ in range(5):
        tool.nudge(shown, samples=1)
    assert tool.calipers[0].interval_ms == pytest.approx(before[0].interval_ms + 10.0)
    tool.undo()
    assert tool.calipers == before
    tool.redo()
    assert tool.calipers[0].interval_ms == pytest.approx(before[0].interval_ms + 10.0)


def test_the_end_of_a_voltage_runs_along_the_trace():
    shown, sheet = laid_out()
    tool = CaliperTool()
    tool.put(CaliperKind.VOLTAGE, sheet.strips[0], shown, 1.0)
    tool.nudge(shown, samples=3)
    assert tool.calipers[0].b.level_mv == pytest.approx(CLEAN.lead("I")[503])
    tool.nudge(shown, millivolts=0.01)
    assert tool.calipers[0].b.level_mv == pytest.approx(CLEAN.lead("I")[503] + 0.01)
    tool.to_lead(sheet, shown, 1)
    assert tool.calipers[0].lead == "II"


def test_calipers_are_kept_for_each_ecg():
    shown, sheet = laid_out()
    tool = CaliperTool()
    tool.open("a")
    tool.put(CaliperKind.TIME, sheet.strips[0], shown, 1.0)
    tool.open("b")
    assert tool.calipers == ()
    tool.open("a")
    assert len(tool.calipers) == 1
    assert tool.active is None


def test_remove_clear_and_their_undo():
    shown, sheet = laid_out()
    tool = CaliperTool()
    for time_s in (1.0, 1.5):
        tool.put(CaliperKind.TIME, sheet.strips[0], shown, time_s)
    both = tool.calipers
    tool.remove()
    assert tool.calipers == both[:1]
    tool.clear()
    assert tool.calipers == ()
    tool.undo()
    tool.undo()
    assert tool.calipers == both


def test_a_mere_click_leaves_nothing():
    shown, sheet = laid_out()
    tool = CaliperTool()
    tool.kind = CaliperKind.TIME
    _, x, y = place(sheet, shown, "II", 5.0)
    assert tool.press(sheet, shown, (x, y), 1.0)
    tool.release()
    assert tool.calipers == ()
    assert tool.active is None


def test_a_body_moves_as_a_whole():
    shown, sheet = laid_out()
    tool = CaliperTool()
    strip = sheet.strips[0]
    tool.put(CaliperKind.TIME, strip, shown, 1.0)
    (before,) = tool.calipers
    x, y = strip.x_mm(1.1), to_mm(strip, shown, before.a)[1]
    assert tool.press(sheet, shown, (x, y), 1.0)
    tool.drag(shown, (x + 5.0, y - 2.0))
    tool.release()
    (after,) = tool.calipers
    assert after.interval_ms == pytest.approx(before.interval_ms)
    assert after.a.time_s == pytest.approx(before.a.time_s + 0.2)
    assert after.a.level_mv == pytest.approx(before.a.level_mv + 0.2)
