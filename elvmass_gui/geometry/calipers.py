"""Electronic calipers: what they measure, how they snap, and their history. No Qt.

A caliper lives in the recording, not on the screen: its ends have a time and a level, so that it
stays where it was put when the page is zoomed, scrolled, filtered or laid out differently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Generic, TypeVar

import numpy as np

from elvmass.record import FloatArray
from elvmass_gui.geometry.paper import Sheet, Strip
from elvmass_gui.geometry.shown import Shown, strip_points

#: A trace within this distance of the point catches it; a peak in it comes before its flanks.
SNAP_MM = 2.0
#: A turning point counts as a peak if it stands out by this much within :data:`SNAP_MM`.
_PEAK_MM = 0.5
_MOST_MARKS = 400


class CaliperKind(Enum):
    """What a caliper measures: a time, a voltage, or a time that is marched out over the row."""

    TIME = "time"
    VOLTAGE = "voltage"
    MARCH = "march-out"


@dataclass(frozen=True, slots=True)
class Point:
    """A time of the recording, s, and a level of the lead as recorded, mV."""

    time_s: float
    level_mv: float


@dataclass(frozen=True, slots=True)
class Caliper:
    """Two ends on one lead; ``filter_text`` says what the trace had passed when it was put."""

    kind: CaliperKind
    lead: str
    a: Point
    b: Point
    filter_text: str = ""

    @property
    def interval_ms(self) -> float:
        """Time between the ends, ms."""
        return 1000.0 * abs(self.b.time_s - self.a.time_s)

    @property
    def voltage_mv(self) -> float:
        """Voltage between the ends, mV; the sign is that of the second end."""
        return self.b.level_mv - self.a.level_mv

    @property
    def text(self) -> str:
        """What it reads, e.g. "412 ms   146/min", "+1.35 mV"."""
        if self.kind is CaliperKind.VOLTAGE:
            return f"{self.voltage_mv:+z.2f} mV".replace("-", "−")
        words = f"{self.interval_ms:.0f} ms"
        if self.interval_ms >= 1.0:
            words += f"   {60000.0 / self.interval_ms:.0f}/min"
        return words

    @property
    def line(self) -> str:
        """One line of a list of measurements: lead, kind, reading, filter."""
        on = f" ({self.filter_text})" if self.filter_text else ""
        return f"{self.lead} {self.kind.value}: {self.text}{on}"

    def end(self, k: int) -> Point:
        """The first (0) or second (1) end."""
        return self.b if k else self.a

    def with_end(self, k: int, point: Point) -> Caliper:
        """The same with one end moved."""
        return replace(self, b=point) if k else replace(self, a=point)

    def shifted(self, seconds: float, millivolts: float) -> Caliper:
        """The same, moved as a whole."""
        a, b = (Point(p.time_s + seconds, p.level_mv + millivolts) for p in (self.a, self.b))
        return replace(self, a=a, b=b)

    def times_s(self, first_s: float, last_s: float) -> tuple[float, ...]:
        """Where its vertical lines stand between two times: the ends, or all marched-out ones."""
        times = sorted((self.a.time_s, self.b.time_s))
        step = times[1] - times[0]
        if self.kind is CaliperKind.MARCH and step > (last_s - first_s) / _MOST_MARKS:
            low = int(np.ceil((first_s - times[0]) / step))
            high = int(np.floor((last_s - times[0]) / step))
            return tuple(times[0] + k * step for k in range(low, high + 1))
        return tuple(t for t in times if first_s <= t <= last_s)


def to_point(strip: Strip, shown: Shown, x_mm: float, y_mm: float) -> Point:
    """The point of the recording that lies at (x, y) mm of a strip."""
    return Point(strip.time_s(x_mm), strip.voltage_mv(y_mm) + shown.base_mv(strip.lead))


def to_mm(strip: Strip, shown: Shown, point: Point) -> tuple[float, float]:
    """Where a point of the recording lies in a strip, mm."""
    return strip.x_mm(point.time_s), strip.y_mm(point.level_mv - shown.base_mv(strip.lead))


def snapped(strip: Strip, shown: Shown, x_mm: float, y_mm: float) -> Point:
    """The peak, else the sample, of the trace within :data:`SNAP_MM` of a point; else the point.

    A peak is a sample that no other one in reach exceeds in its direction, and that stands out
    by half a millimetre; so a hand that comes near an R wave takes its tip.
    """
    x, y = strip_points(strip, shown)
    near = slice(*np.searchsorted(x, (x_mm - SNAP_MM, x_mm + SNAP_MM)))
    x, y = x[near], y[near]
    distance = np.hypot(x - x_mm, y - y_mm)
    good = np.isfinite(distance)
    if not good.any() or float(distance[good].min()) > SNAP_MM:
        return to_point(strip, shown, x_mm, y_mm)
    k = _peak(y, distance)
    if k is None:
        k = int(np.nanargmin(distance))
    return to_point(strip, shown, float(x[k]), float(y[k]))


def strip_near(sheet: Sheet, shown: Shown, x_mm: float, y_mm: float) -> Strip | None:
    """The strip whose trace passes nearest, within :data:`SNAP_MM`; else the one of the cell.

    In narrow rows the tip of an R wave stands in the cell of another lead.
    """
    cell = sheet.strip_at(x_mm, y_mm)
    best, least = cell, SNAP_MM
    for strip in sheet.strips:
        if strip.rect.x <= x_mm < strip.rect.right:
            x, y = strip_points(strip, shown)
            near = slice(*np.searchsorted(x, (x_mm - SNAP_MM, x_mm + SNAP_MM)))
            distance = np.hypot(x[near] - x_mm, y[near] - y_mm)
            nearest = float(np.nanmin(distance, initial=np.inf))
            if nearest < least:
                best, least = strip, nearest
    return best


def _peak(y: FloatArray, distance: FloatArray) -> int | None:
    """The nearest of the upper and the lower turning point in reach, or None."""
    found = []
    for k in (int(np.nanargmin(y)), int(np.nanargmax(y))):
        inner = 0 < k < len(y) - 1
        if not inner or not distance[k] <= SNAP_MM:
            continue
        sides = np.array([np.nanmean(np.abs(y[:k] - y[k])), np.nanmean(np.abs(y[k + 1 :] - y[k]))])
        if (sides >= _PEAK_MM).all():
            found.append(k)
    return min(found, key=lambda k: float(distance[k]), default=None)


State = TypeVar("State")


class History(Generic[State]):
    """States with undo and redo."""

    def __init__(self, first: State) -> None:
        self._states = [first]
        self._at = 0

    @property
    def state(self) -> State:
        """The state in force."""
        return self._states[self._at]

    def push(self, state: State) -> None:
        """A new state; what had been undone is forgotten."""
        if state != self.state:
            self._states[self._at + 1 :] = [state]
            self._at += 1

    def amend(self, state: State) -> None:
        """Put a state in the place of the one in force: one step of undo for many small moves."""
        self._states[self._at :] = [state]

    def step(self, by: int) -> bool:
        """Undo (-1) or redo (+1); False if there is nothing to undo or redo."""
        if not 0 <= self._at + by < len(self._states):
            return False
        self._at += by
        return True


Calipers = tuple[Caliper, ...]


def handles(
    strip: Strip, shown: Shown, caliper: Caliper
) -> Iterator[tuple[int, tuple[float, float]]]:
    """The ends of a caliper that lie in a strip, with their places in mm."""
    for k in (0, 1):
        x, y = to_mm(strip, shown, caliper.end(k))
        if strip.rect.x <= x <= strip.rect.right:
            yield k, (x, y)
