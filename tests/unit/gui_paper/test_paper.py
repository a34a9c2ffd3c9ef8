"""Geometry of the ECG page to 0.01 mm."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elvmass.record import LEADS
from elvmass_gui.geometry.paper import (
    LAYOUTS,
    SHEET_S,
    Placement,
    Rect,
    Scale,
    clamp_start,
    lay_out,
    pulse_area_mm,
)


def strip(sheet, lead, rhythm=False):
    return next(s for s in sheet.strips if s.lead == lead and s.rhythm is rhythm)


def test_default_sheet_is_ten_seconds_on_260_mm():
    sheet = lay_out()
    assert sheet.paper.width == pytest.approx(260.0, abs=0.01)
    assert sheet.paper.height == pytest.approx(120.0, abs=0.01)
    assert strip(sheet, "II", rhythm=True).rect.width == pytest.approx(250.0, abs=0.01)


def test_one_second_is_25_mm_and_one_millivolt_10_mm():
    v5 = strip(lay_out(), "V5")
    assert v5.x_mm(9.0) - v5.x_mm(8.0) == pytest.approx(25.0, abs=0.01)
    assert v5.y_mm(0.0) - v5.y_mm(1.0) == pytest.approx(10.0, abs=0.01)


def test_columns_follow_each_other_in_time_above_the_rhythm_strip():
    sheet = lay_out()
    rhythm = strip(sheet, "II", rhythm=True)
    for k, lead in enumerate(("I", "aVR", "V1", "V4")):
        cell = strip(sheet, lead)
        assert cell.start_s == pytest.approx(2.5 * k)
        assert cell.rect.x == pytest.approx(rhythm.x_mm(2.5 * k), abs=0.01)
        assert cell.aligned


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_shows_all_leads_once_and_stays_on_its_paper(name):
    sheet = lay_out(LAYOUTS[name])
    assert sorted(s.lead for s in sheet.strips if not s.rhythm) == sorted(LEADS)
    for s in sheet.strips:
        assert s.rect.x >= sheet.paper.x - 1e-9
        assert s.rect.right <= sheet.paper.right + 1e-9
        assert s.rect.y >= sheet.paper.y - 1e-9
        assert s.rect.bottom <= sheet.paper.bottom + 1e-9


@pytest.mark.parametrize("name", LAYOUTS)
def test_cells_do_not_overlap(name):
    cells = [s.rect for s in lay_out(LAYOUTS[name]).strips]
    for k, a in enumerate(cells):
        for b in cells[k + 1 :]:
            apart = a.right <= b.x + 1e-9 or b.right <= a.x + 1e-9
            apart |= a.bottom <= b.y + 1e-9 or b.bottom <= a.y + 1e-9
            assert apart


@given(
    st.floats(0.0, 10.0),
    st.floats(-5.0, 5.0),
    st.sampled_from([12.5, 25.0, 50.0]),
    st.sampled_from([2.5, 5.0, 10.0, 20.0]),
)
def test_places_and_values_are_inverse(time_s, voltage_mv, speed, gain):
    s = strip(lay_out(scale=Scale(speed, gain)), "aVF")
    assert s.time_s(s.x_mm(time_s)) == pytest.approx(time_s, abs=1e-9)
    assert s.voltage_mv(s.y_mm(voltage_mv)) == pytest.approx(voltage_mv, abs=1e-9)


@pytest.mark.parametrize("speed", [12.5, 25.0, 50.0])
def test_pulse_is_1_mv_and_200_ms_inside_its_area(speed):
    sheet = lay_out(scale=Scale(speed, 10.0))
    for corners in sheet.pulses:
        xs, ys = zip(*corners, strict=True)
        assert max(ys) - min(ys) == pytest.approx(10.0, abs=0.01)
        assert corners[3][0] - corners[2][0] == pytest.approx(0.2 * speed, abs=0.01)
        assert min(xs) > sheet.paper.x
        assert max(xs) < sheet.paper.x + pulse_area_mm(sheet.scale)


def test_pulse_area_is_whole_squares():
    assert pulse_area_mm(Scale(25.0, 10.0)) == 10.0
    assert pulse_area_mm(Scale(50.0, 10.0)) == 15.0


def test_a_later_start_moves_time_but_not_paper():
    first, later = lay_out(duration_s=60.0), lay_out(duration_s=60.0, start_s=20.0)
    assert first.paper == later.paper
    assert strip(later, "V1").start_s == pytest.approx(25.0)


@pytest.mark.parametrize(
    ("start", "duration", "expected"),
    [(-3.0, 60.0, 0.0), (55.0, 60.0, 50.0), (2.0, 10.0, 0.0), (4.0, 6.0, 0.0), (7.0, 60.0, 7.0)],
)
def test_start_is_clamped_to_the_recording(start, duration, expected):
    assert clamp_start(start, duration) == pytest.approx(expected)


def test_a_short_recording_fills_its_columns_and_says_so():
    sheet = lay_out(duration_s=5.0)
    v4 = strip(sheet, "V4")
    assert v4.start_s == pytest.approx(2.5)
    assert v4.stop_s == pytest.approx(5.0)
    assert not v4.aligned
    assert strip(sheet, "I").aligned


def test_head_and_foot_are_paper_but_no_row():
    plain = lay_out(at=Placement(3.0, 4.0))
    roomy = lay_out(at=Placement(3.0, 4.0, head_mm=10.0, foot_mm=5.0))
    assert roomy.paper.height == pytest.approx(plain.paper.height + 15.0)
    assert strip(roomy, "I").zero_y == pytest.approx(strip(plain, "I").zero_y + 10.0)
    assert roomy.on_paper(strip(roomy, "I").rect).y == pytest.approx(roomy.paper.y)


def test_strip_under_a_point():
    sheet = lay_out()
    cell = strip(sheet, "V2").rect
    assert sheet.strip_at(cell.x + 1.0, cell.y + 1.0).lead == "V2"
    assert sheet.strip_at(sheet.paper.x + 1.0, 5.0) is None


def test_bottom_strips_carry_the_ticks():
    assert [s.rhythm for s in lay_out().bottom_strips()] == [True]
    assert [s.lead for s in lay_out(LAYOUTS["6x2"]).bottom_strips()] == ["aVF", "V6"]


def test_scale_names_itself_and_refuses_nonsense():
    assert Scale().text == "25 mm/s   10 mm/mV"
    with pytest.raises(ValueError, match="positive"):
        Scale(0.0, 10.0)


def test_rect_edges():
    r = Rect(1.0, 2.0, 3.0, 4.0)
    assert (r.right, r.bottom) == (4.0, 6.0)
    assert r.contains(1.0, 2.0)
    assert not r.contains(4.0, 2.0)
    assert SHEET_S == 10.0


def test_cabrera_goes_round_the_frontal_plane_with_avr_upside_down():
    sheet = lay_out(LAYOUTS["6x2 Cabrera"])
    limb = [s for s in sheet.strips if s.rect.x == sheet.strips[0].rect.x]
    assert [s.title for s in limb] == ["aVL", "I", "−aVR", "II", "aVF", "III"]
    avr = limb[2]
    assert avr.y_mm(-1.0) < avr.zero_y
    assert avr.voltage_mv(avr.zero_y - 10.0) == pytest.approx(-1.0)


def test_only_a_single_rhythm_strip_can_be_exchanged():
    assert LAYOUTS["3x4+1"].with_rhythm("V1").rhythm == ("V1",)
    assert LAYOUTS["3x4+3"].with_rhythm("aVF").rhythm == ("V1", "II", "V5")
    assert LAYOUTS["12x1"].with_rhythm("V1").rhythm == ()


@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0, 40.0])
def test_calibration_pulses_never_reach_into_each_other(gain):
    pulses = lay_out(scale=Scale(25.0, gain)).pulses
    spans = [(min(y for _, y in p), max(y for _, y in p)) for p in pulses]
    assert spans
    assert all(high - low == pytest.approx(gain) for low, high in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
