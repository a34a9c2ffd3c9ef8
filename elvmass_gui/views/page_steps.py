"""The next layout, speed, gain or filter of the page, for its keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from elvmass.record import LEADS
from elvmass_gui.geometry.paper import GAINS_MM_PER_MV, LAYOUTS, SPEEDS_MM_PER_S, Scale
from elvmass_gui.geometry.shown import BAND_TEXTS, NOTCHES_HZ, DisplayFilter
from elvmass_gui.views.ecg_canvas import EcgCanvas

Choice = TypeVar("Choice")


def page_steps(page: EcgCanvas, changed: Callable[[], object]) -> dict[str, Callable[[], object]]:
    """Handlers by the keys of ``page_actions``; ``changed`` is called after each."""
    steps: dict[str, Callable[[], object]] = {
        "layout_next": lambda: _layout(page, 1),
        "layout_previous": lambda: _layout(page, -1),
        "rhythm_next": lambda: _rhythm(page),
        "faster": lambda: _speed(page, 1),
        "slower": lambda: _speed(page, -1),
        "gain_up": lambda: _gain(page, 1),
        "gain_down": lambda: _gain(page, -1),
        "filter_next": lambda: _band(page),
        "notch_next": lambda: _notch(page),
    }
    return {key: _then(step, changed) for key, step in steps.items()}


def _then(step: Callable[[], object], changed: Callable[[], object]) -> Callable[[], object]:
    def run() -> None:
        step()
        changed()

    return run


def _layout(page: EcgCanvas, step: int) -> None:
    page.set_layout(_around(tuple(LAYOUTS), page.page_layout.name, step))


def _rhythm(page: EcgCanvas) -> None:
    if len(page.page_layout.rhythm) == 1:
        page.set_rhythm(_around(LEADS, page.page_layout.rhythm[0]))


def _speed(page: EcgCanvas, step: int) -> None:
    now = page.page_scale
    page.set_scale(Scale(_beside(SPEEDS_MM_PER_S, now.mm_per_s, step), now.mm_per_mv))


def _gain(page: EcgCanvas, step: int) -> None:
    now = page.page_scale
    page.set_scale(Scale(now.mm_per_s, _beside(GAINS_MM_PER_MV, now.mm_per_mv, step)))


def _band(page: EcgCanvas) -> None:
    now = page.page_filter
    page.set_filter(DisplayFilter(_around(tuple(BAND_TEXTS), now.band), now.notch_hz))


def _notch(page: EcgCanvas) -> None:
    now = page.page_filter
    page.set_filter(DisplayFilter(now.band, _around(NOTCHES_HZ, now.notch_hz)))


def _around(choices: Sequence[Choice], present: Choice, step: int = 1) -> Choice:
    """The choice ``step`` places further, round in a circle."""
    return choices[(choices.index(present) + step) % len(choices)]


def _beside(choices: Sequence[float], present: float, step: int) -> float:
    """The next larger or smaller choice; the present one at the end of the row."""
    return choices[min(max(choices.index(present) + step, 0), len(choices) - 1)]
