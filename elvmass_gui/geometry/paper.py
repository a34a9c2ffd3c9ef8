"""ECG paper as pure geometry: where a time and a voltage lie, in millimetres. No Qt.

A :class:`Sheet` is laid out once and painted on any device. x runs right, y runs down (as Qt's
painters have it), all lengths are millimetres of paper. Standard paper is 25 mm/s and 10 mm/mV
with a 1 mm and a 5 mm grid (AHA/ACCF/HRS 2007, part I).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from elvmass.record import LEADS

#: Seconds that one sheet shows, and the length of the calibration pulse.
SHEET_S = 10.0
PULSE_S = 0.2
PULSE_MV = 1.0

#: Paper speeds and gains on offer.
SPEEDS_MM_PER_S: tuple[float, ...] = (12.5, 25.0, 50.0, 100.0)
GAINS_MM_PER_MV: tuple[float, ...] = (5.0, 10.0, 20.0, 40.0)


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in mm; ``y`` is its upper edge."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge, mm."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Lower edge, mm."""
        return self.y + self.height

    def contains(self, x_mm: float, y_mm: float) -> bool:
        """Whether the point lies inside (left and upper edge belong to it)."""
        return self.x <= x_mm < self.right and self.y <= y_mm < self.bottom

    def meets(self, other: Rect) -> bool:
        """Whether both have a point in common, edges included."""
        across = self.x <= other.right and other.x <= self.right
        return across and self.y <= other.bottom and other.y <= self.bottom

    def common(self, other: Rect) -> Rect:
        """What both share; they must meet."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Rect(x, y, min(self.right, other.right) - x, min(self.bottom, other.bottom) - y)

    def grown(self, by_mm: float) -> Rect:
        """With an edge of so many mm around it."""
        size = self.width + 2 * by_mm, self.height + 2 * by_mm
        return Rect(self.x - by_mm, self.y - by_mm, *size)


def around(*boxes: Rect) -> Rect:
    """The smallest rectangle that holds all of them."""
    x, y = min(b.x for b in boxes), min(b.y for b in boxes)
    return Rect(x, y, max(b.right for b in boxes) - x, max(b.bottom for b in boxes) - y)


@dataclass(frozen=True, slots=True)
class Scale:
    """Paper speed and gain."""

    mm_per_s: float = 25.0
    mm_per_mv: float = 10.0

    def __post_init__(self) -> None:
        if not (self.mm_per_s > 0 and self.mm_per_mv > 0):
            raise ValueError(f"paper speed and gain must be positive, not {self}")

    @property
    def text(self) -> str:
        """The words that every ECG page carries."""
        return f"{self.mm_per_s:g} mm/s   {self.mm_per_mv:g} mm/mV"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which lead stands where: ``columns`` of equal length, then full-width ``rhythm`` rows.

    A minus sign before a name turns the lead upside down (-aVR of the Cabrera order).
    """

    name: str
    columns: tuple[tuple[str, ...], ...]
    rhythm: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        """Rows of the sheet, rhythm strips included."""
        return len(self.columns[0]) + len(self.rhythm)

    @property
    def row_mm(self) -> float:
        """Usual height of a row: 30 mm on a sheet of four, less on fuller ones."""
        return max(15.0, min(30.0, 2.5 * (130.0 // (2.5 * self.n_rows))))

    def with_rhythm(self, lead: str) -> Layout:
        """The same with another lead in its rhythm strip; only layouts with one strip change."""
        return replace(self, rhythm=(lead,)) if len(self.rhythm) == 1 else self


_BY_THREE = tuple(LEADS[k : k + 3] for k in range(0, 12, 3))
#: The frontal plane in steps of 30 degrees, -30 to 120 (Cabrera; AHA/ACCF/HRS 2007, part I).
CABRERA: tuple[str, ...] = ("aVL", "I", "-aVR", "II", "aVF", "III")

#: The layouts on offer by name; the first is the default.
LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout("3x4+1", _BY_THREE, ("II",)),
        Layout("3x4+3", _BY_THREE, ("V1", "II", "V5")),
        Layout("3x4", _BY_THREE),
        Layout("6x2", (LEADS[:6], LEADS[6:])),
        Layout("12x1", (LEADS,)),
        Layout("3x4+1 Cabrera", (CABRERA[:3], CABRERA[3:], *_BY_THREE[2:]), ("II",)),
        Layout("6x2 Cabrera", (CABRERA, LEADS[6:])),
    )
}
DEFAULT_LAYOUT = LAYOUTS["3x4+1"]


@dataclass(frozen=True, slots=True)
class Strip:
    """One lead over one stretch of time.

    ``zero_y`` is where 0 mV lies; ``start_s`` is the time at the left edge of ``rect``. A strip
    may be wider than the recording is long. ``aligned`` is False when a short recording forced
    the strip to start elsewhere than its place on the sheet says. ``inverted`` draws the lead
    upside down; voltages given to and taken from a strip are always those of the lead itself.
    """

    lead: str
    rect: Rect
    zero_y: float
    start_s: float
    scale: Scale
    rhythm: bool = False
    aligned: bool = True
    inverted: bool = False

    @property
    def title(self) -> str:
        """The name that stands on the page: "V1", "−aVR"."""
        return f"−{self.lead}" if self.inverted else self.lead

    @property
    def sign(self) -> float:
        """-1 for a lead that is drawn upside down, else 1."""
        return -1.0 if self.inverted else 1.0

    @property
    def stop_s(self) -> float:
        """Time at the right edge, s."""
        return self.time_s(self.rect.right)

    def x_mm(self, time_s: float) -> float:
        """Where a time of the recording lies, mm."""
        return self.rect.x + (time_s - self.start_s) * self.scale.mm_per_s

    def y_mm(self, voltage_mv: float) -> float:
        """Where a voltage lies, mm."""
        return self.zero_y - self.sign * voltage_mv * self.scale.mm_per_mv

    def time_s(self, x_mm: float) -> float:
        """Time of the recording at ``x_mm``, s."""
        return self.start_s + (x_mm - self.rect.x) / self.scale.mm_per_s

    def voltage_mv(self, y_mm: float) -> float:
        """Voltage at ``y_mm``, mV."""
        return self.sign * (self.zero_y - y_mm) / self.scale.mm_per_mv


@dataclass(frozen=True, slots=True)
class Sheet:
    """A laid-out page: the ruled ``paper``, its strips, and a caption line below the paper."""

    paper: Rect
    caption: Rect
    strips: tuple[Strip, ...]
    pulses: tuple[tuple[tuple[float, float], ...], ...]
    layout: Layout
    scale: Scale
    start_s: float

    @property
    def bounds(self) -> Rect:
        """Paper and caption together, mm."""
        height = self.caption.bottom - self.paper.y
        return Rect(self.paper.x, self.paper.y, self.paper.width, height)

    def with_caption(self, height_mm: float) -> Sheet:
        """The same paper with another height of the caption."""
        return replace(self, caption=replace(self.caption, height=height_mm))

    @property
    def head_mm(self) -> float:
        """Ruled paper above the first row, mm."""
        return min(s.rect.y for s in self.strips) - self.paper.y

    @property
    def foot_mm(self) -> float:
        """Ruled paper below the last row, mm."""
        return self.paper.bottom - max(s.rect.bottom for s in self.strips)

    def strip_at(self, x_mm: float, y_mm: float) -> Strip | None:
        """The strip whose cell holds the point, or None."""
        return next((s for s in self.strips if s.rect.contains(x_mm, y_mm)), None)

    def on_paper(self, rect: Rect) -> Rect:
        """A strip's cell, grown over the head or foot of the paper if it borders on it."""
        tops = [s.rect.y for s in self.strips]
        top = self.paper.y if rect.y == min(tops) else rect.y
        bottom = self.paper.bottom if rect.y == max(tops) else rect.bottom
        return Rect(rect.x, top, rect.width, bottom - top)

    def strips_of(self, lead: str) -> tuple[Strip, ...]:
        """Where a lead stands: its cell, and its rhythm strip if it has one."""
        return tuple(s for s in self.strips if s.lead == lead)

    def top_strips(self) -> tuple[Strip, ...]:
        """The strips of the highest row: they carry the time marks."""
        highest = min(s.rect.y for s in self.strips)
        return tuple(s for s in self.strips if s.rect.y == highest)

    def bottom_strips(self) -> tuple[Strip, ...]:
        """The strips of the lowest row: they carry the beat ticks."""
        lowest = max(s.rect.y for s in self.strips)
        return tuple(s for s in self.strips if s.rect.y == lowest)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a sheet goes: its upper left corner, the height of a row and of the caption, mm.

    ``head_mm`` and ``foot_mm`` are ruled paper above the first and below the last row, for waves
    that are taller than half a row: the traces end at the edge of the paper.
    """

    x: float = 0.0
    y: float = 0.0
    row_mm: float = 30.0
    caption_mm: float = 5.0
    head_mm: float = 0.0
    foot_mm: float = 0.0


def pulse_area_mm(scale: Scale) -> float:
    """Width left of the leads for the calibration pulse: whole 5 mm squares."""
    return 5.0 * math.ceil((PULSE_S * scale.mm_per_s + 3.0) / 5.0)


def clamp_start(start_s: float, duration_s: float) -> float:
    """The nearest start that leaves no empty paper when the recording could fill it, s."""
    return min(max(0.0, start_s), max(0.0, duration_s - SHEET_S))


def lay_out(
    layout: Layout = DEFAULT_LAYOUT,
    scale: Scale | None = None,
    duration_s: float = SHEET_S,
    start_s: float = 0.0,
    at: Placement | None = None,
) -> Sheet:
    """Lay out :data:`SHEET_S` seconds of a recording.

    Parameters
    ----------
    layout, scale
        Which leads where, and how large.
    duration_s
        Length of the recording. In a shorter one than the sheet, a column that would be empty
        shows the last stretch that exists; its strip is then not ``aligned`` with the rhythm.
    start_s
        First second shown; clamped so that the sheet is filled if it can be.
    at
        Position and row height; by default the origin and the layout's usual height.
    """
    scale, at = scale or Scale(), at or Placement(row_mm=layout.row_mm)
    start_s = clamp_start(start_s, duration_s)
    left = at.x + pulse_area_mm(scale)
    width = SHEET_S * scale.mm_per_s
    height = at.head_mm + layout.n_rows * at.row_mm + at.foot_mm
    paper = Rect(at.x, at.y, left - at.x + width, height)
    top = at.y + at.head_mm
    rows = [Rect(left, top + k * at.row_mm, width, at.row_mm) for k in range(layout.n_rows)]
    columns = _columns(layout, scale, rows, (start_s, duration_s))
    return Sheet(
        paper=paper,
        caption=Rect(at.x, paper.bottom, paper.width, at.caption_mm),
        strips=(*columns, *_rhythm(layout, rows, scale, start_s)),
        pulses=_pulses(at.x, rows, scale),
        layout=layout,
        scale=scale,
        start_s=start_s,
    )


def _columns(
    layout: Layout, scale: Scale, rows: list[Rect], time: tuple[float, float]
) -> list[Strip]:
    start_s, duration_s = time
    seconds = SHEET_S / len(layout.columns)
    latest = max(start_s, duration_s - seconds)
    strips = []
    for k, leads in enumerate(layout.columns):
        due = start_s + k * seconds
        first = min(due, latest)
        for lead, row in zip(leads, rows, strict=False):
            width = row.width / len(layout.columns)
            cell = Rect(row.x + k * width, row.y, width, row.height)
            strips.append(replace(_strip(lead, cell, scale, first), aligned=first == due))
    return strips


def _rhythm(layout: Layout, rows: list[Rect], scale: Scale, start_s: float) -> list[Strip]:
    below = rows[len(layout.columns[0]) :]
    return [
        replace(_strip(lead, row, scale, start_s), rhythm=True)
        for lead, row in zip(layout.rhythm, below, strict=True)
    ]


def _strip(name: str, cell: Rect, scale: Scale, start_s: float) -> Strip:
    zero_y = cell.y + cell.height / 2
    lead, inverted = name.removeprefix("-"), name.startswith("-")
    return Strip(lead, cell, zero_y, start_s, scale, inverted=inverted)


def _pulses(
    x: float, rows: list[Rect], scale: Scale
) -> tuple[tuple[tuple[float, float], ...], ...]:
    """A pulse before every row; before the last alone if they would reach into each other."""
    fits = PULSE_MV * scale.mm_per_mv <= rows[0].height
    return tuple(_pulse(x, r.y + r.height / 2, scale) for r in (rows if fits else rows[-1:]))


def _pulse(x: float, zero_y: float, scale: Scale) -> tuple[tuple[float, float], ...]:
    """The corners of a 1 mV, 0.2 s pulse that stands in the middle of its area."""
    area, width = pulse_area_mm(scale), PULSE_S * scale.mm_per_s
    up, down = x + (area - width) / 2, x + (area + width) / 2
    top = zero_y - PULSE_MV * scale.mm_per_mv
    edge = 1.0
    return (
        (up - edge, zero_y),
        (up, zero_y),
        (up, top),
        (down, top),
        (down, zero_y),
        (down + edge, zero_y),
    )
