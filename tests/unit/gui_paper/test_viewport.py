"""Zoom and pan of a page."""

from __future__ import annotations

import pytest

from elvmass_gui.geometry.paper import Rect
from elvmass_gui.views.viewport import Viewport

PAGE = Rect(0.0, 0.0, 260.0, 125.0)


@pytest.fixture
def view():
    made = Viewport(3.0)
    made.fit(PAGE, 1330.0, 800.0)
    return made


def test_fit_shows_all_of_the_page(view):
    assert view.px_per_mm == pytest.approx(5.0)
    x, y = view.to_px(0.0, 0.0)
    assert (x, y) == (pytest.approx(15.0), pytest.approx((800 - 625) / 2))


def test_zoom_keeps_the_point_under_the_cursor(view):
    before = view.to_mm(400.0, 300.0)
    view.zoom(12.0, 400.0, 300.0)
    assert view.to_mm(400.0, 300.0) == pytest.approx(before)
    assert not view.fitted


def test_panning_stops_at_the_edge_of_the_page(view):
    view.zoom(12.0, 0.0, 0.0)
    view.pan(1e6, -1e6)
    view.keep_in_view(PAGE, 1330.0, 800.0)
    assert view.to_px(PAGE.x, 0.0)[0] == pytest.approx(36.0)
    assert view.to_px(0.0, PAGE.bottom)[1] == pytest.approx(800.0 - 36.0)


def test_a_small_page_is_centred(view):
    view.zoom(1.0, 0.0, 0.0)
    view.keep_in_view(PAGE, 1330.0, 800.0)
    assert view.to_px(130.0, 62.5) == (pytest.approx(665.0), pytest.approx(400.0))


def test_zoom_has_limits(view):
    view.zoom(1e9, 0.0, 0.0)
    assert view.px_per_mm == 60.0
    view.zoom(1e-9, 0.0, 0.0)
    assert view.px_per_mm == 0.5
