"""Where the twelve small multiples of a beat lie. Pure geometry in mm, no Qt.

Row heights follow the signal: no wave reaches the saliency lane below it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from elvmass.beat import SEGMENTS, Beat, Segment
from elvmass.record import LIMB_ROWS, PRECORDIAL_ROWS, FloatArray
from elvmass.result import GROUPS
from elvmass_gui.geometry.paper import Rect, Scale

BEAT_SCALE = Scale(50.0, 10.0)
GROUP_ROWS: dict[str, tuple[int, ...]] = dict(
    zip(GROUPS, (LIMB_ROWS, PRECORDIAL_ROWS), strict=True)
)

#: Lead rows (see LEADS) by arrangement, top to bottom, left to right.
ARRANGEMENTS: dict[str, tuple[tuple[int, ...], ...]] = {
    "6x2": (LIMB_ROWS, PRECORDIAL_ROWS),
    "4x3": ((0, 3, 6, 9), (1, 4, 7, 10), (2, 5, 8, 11)),
    "3x4": ((0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11)),
}

_PAD_MM = 1.6  # air above the highest and below the deepest wave
_LEAST_MM = 14.0  # height of a row of flat leads
_GAP_MM = 3.0
_LANE_GAP_MM = 0.8


@dataclass(frozen=True, slots=True)
class BeatOptions:
    """Sizes of the panel, mm.

    ``width_mm`` and ``height_mm`` stretch it (wider gaps, higher rows and lanes); 0 is its
    natural size. ``legend_lines`` is how many lines the legend may take; 0 chooses.
    """

    arrangement: str = "6x2"
    scale: Scale = BEAT_SCALE
    lane_mm: float = 9.0
    text_mm: float = 2.6
    width_mm: float = 0.0
    height_mm: float = 0.0
    legend_lines: int = 0


@dataclass(frozen=True, slots=True)
class BeatCell:
    """One lead: names above, trace on paper, lane below."""

    lead_row: int
    names: Rect
    trace: Rect
    lane: Rect
    zero_y: float
    scale: Scale
    rate_hz: float

    def x_mm(self, sample: float) -> float:
        """Where a (fractional) sample lies, mm."""
        return self.trace.x + sample / self.rate_hz * self.scale.mm_per_s

    def y_mm(self, voltage_mv: float) -> float:
        """Where a voltage lies, mm."""
        return self.zero_y - voltage_mv * self.scale.mm_per_mv

    def sample(self, x_mm: float) -> float:
        """The (fractional) sample at ``x_mm``."""
        return (x_mm - self.trace.x) / self.scale.mm_per_s * self.rate_hz

    @property
    def rect(self) -> Rect:
        """All of the cell."""
        return Rect(self.trace.x, self.names.y, self.trace.width, self.lane.bottom - self.names.y)


@dataclass(frozen=True, slots=True)
class BeatSheet:
    """A laid-out panel. ``captions`` are group name, box, and whether the text runs upward."""

    bounds: Rect
    cells: tuple[BeatCell, ...]
    captions: tuple[tuple[str, Rect, bool], ...]
    legend: Rect
    options: BeatOptions

    def cell_at(self, x_mm: float, y_mm: float) -> BeatCell | None:
        """The cell under a point, or None."""
        return next((c for c in self.cells if c.rect.contains(x_mm, y_mm)), None)

    def row_starts(self) -> tuple[BeatCell, ...]:
        """The leftmost cell of every row: the scale marks stand beside it."""
        left = min(c.trace.x for c in self.cells)
        return tuple(c for c in self.cells if c.trace.x == left)


def segment_at(beat: Beat, sample: float) -> Segment | None:
    """The segment of the sample at (fractional) position ``sample``, or None outside the beat."""
    labels = beat.labels()
    index = int(np.floor(sample))
    return SEGMENTS[labels[index]] if 0 <= index < len(labels) else None


def lane_limit(grams_per_ms: FloatArray) -> float:
    """Choose the lane's half height in g/ms, one for ALL leads.

    The largest magnitude of [12, m], rounded up to a number that reads well (1, 1.5, 2, 3, 4, 5,
    6, 8 times a power of ten); 1 for an all-zero map.
    """
    peak = float(np.abs(grams_per_ms).max(initial=0.0))
    if peak == 0.0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(peak))
    steps = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
    return float(next(s * power for s in steps if peak <= s * power * (1 + 1e-9)))


def lay_out_beat(beat: Beat, options: BeatOptions | None = None) -> BeatSheet:
    """Lay out the panel of one beat; larger than natural sizes share the spare room out."""
    options = options or BeatOptions()
    grid = ARRANGEMENTS[options.arrangement]
    bands = _row_bands(beat, grid, options)
    spare = options.height_mm - sum(map(sum, bands)) - _fixed_mm(grid, options)
    options, bands = _stretched(max(0.0, spare) / len(grid), options, bands)
    tops = _row_tops(bands, grid, options)
    lefts = _column_lefts(beat, grid, options)
    cells = tuple(
        _cell(beat, lead, (lefts[c], tops[r]), bands[r], options)
        for r, row in enumerate(grid)
        for c, lead in enumerate(row)
    )
    bottom = max(c.lane.bottom for c in cells)
    right = max(max(c.trace.right for c in cells), options.width_mm)
    legend = Rect(0.0, bottom + _legend_gap_mm(options), right, _legend_mm(options))
    return BeatSheet(
        bounds=Rect(0.0, 0.0, right, legend.bottom),
        cells=cells,
        captions=_captions(cells, options),
        legend=legend,
        options=options,
    )


def _legend_mm(options: BeatOptions) -> float:
    lines = options.legend_lines or (
        1 if options.arrangement == "6x2" and options.text_mm < 3.0 else 2
    )
    return lines * options.text_mm * 1.5 + 0.6


def _legend_gap_mm(options: BeatOptions) -> float:
    """Below the lowest lane: its label and the legend must not read as one."""
    return max(1.0, 0.45 * options.text_mm)


def _caption_side_mm(options: BeatOptions) -> float:
    """Room left of the cells: a caption that runs upward (not in 4x3), and the scale marks."""
    caption = 0.0 if options.arrangement == "4x3" else options.text_mm * 1.8
    return caption + options.text_mm * 3.6


def _names_mm(options: BeatOptions) -> float:
    return options.text_mm * 1.3


def _row_bands(
    beat: Beat, grid: tuple[tuple[int, ...], ...], options: BeatOptions
) -> list[tuple[float, float]]:
    """Per row: mm needed above and below 0 mV, spare height shared equally."""
    bands = []
    for row in grid:
        signal = beat.signal_mv[list(row)]
        above = max(0.0, float(signal.max())) * options.scale.mm_per_mv + _PAD_MM
        below = max(0.0, -float(signal.min())) * options.scale.mm_per_mv + _PAD_MM
        spare = max(0.0, _LEAST_MM - above - below) / 2
        bands.append((above + spare, below + spare))
    return bands


def _stretched(
    spare_mm: float, options: BeatOptions, bands: list[tuple[float, float]]
) -> tuple[BeatOptions, list[tuple[float, float]]]:
    """Share the spare height of a row out: half to the lane (within reason), the rest around."""
    lane = min(spare_mm / 2, 0.6 * options.lane_mm)
    around = (spare_mm - lane) / 2
    wider = [(above + around, below + around) for above, below in bands]
    return replace(options, lane_mm=options.lane_mm + lane), wider


def _fixed_mm(grid: tuple[tuple[int, ...], ...], options: BeatOptions) -> float:
    """Height of everything but the traces, mm."""
    per_row = _names_mm(options) + _LANE_GAP_MM + options.lane_mm
    gaps = (len(grid) - 1) * _GAP_MM / 2
    below = _legend_gap_mm(options) + _legend_mm(options)
    return _top_mm(options) + len(grid) * per_row + gaps + below


def _top_mm(options: BeatOptions) -> float:
    return options.text_mm * 1.6 if options.arrangement == "4x3" else 0.0


def _row_tops(
    bands: list[tuple[float, float]], grid: tuple[tuple[int, ...], ...], options: BeatOptions
) -> list[float]:
    tops, y = [], _top_mm(options)
    for above, below in bands:
        tops.append(y)
        y += _names_mm(options) + above + below + _LANE_GAP_MM + options.lane_mm + _GAP_MM / 2
    assert len(tops) == len(grid)
    return tops


def _column_lefts(
    beat: Beat, grid: tuple[tuple[int, ...], ...], options: BeatOptions
) -> list[float]:
    """Left edges of the columns; the groups of 4x3 stand further apart than their columns."""
    n = len(grid[0])
    width = beat.duration_s * options.scale.mm_per_s
    side = _caption_side_mm(options)
    split = _GAP_MM if options.arrangement == "4x3" else 0.0
    natural = side + n * width + (n - 1) * _GAP_MM + split
    spare = max(0.0, options.width_mm - natural) / (n - 1)
    step = width + _GAP_MM + spare
    return [side + k * step + (split if k >= 2 else 0.0) for k in range(n)]


def _cell(
    beat: Beat,
    lead_row: int,
    corner: tuple[float, float],
    band: tuple[float, float],
    options: BeatOptions,
) -> BeatCell:
    x, y = corner
    above, below = band
    width = beat.duration_s * options.scale.mm_per_s
    names = Rect(x, y, width, _names_mm(options))
    trace = Rect(x, names.bottom, width, above + below)
    lane = Rect(x, trace.bottom + _LANE_GAP_MM, width, options.lane_mm)
    return BeatCell(
        lead_row, names, trace, lane, trace.y + above, options.scale, beat.rate_hz
    )  # fmt: skip


def _captions(
    cells: tuple[BeatCell, ...], options: BeatOptions
) -> tuple[tuple[str, Rect, bool], ...]:
    upward = options.arrangement != "4x3"
    made = []
    for group, rows in GROUP_ROWS.items():
        own = [c.rect for c in cells if c.lead_row in rows]
        left, top = min(r.x for r in own), min(r.y for r in own)
        right, bottom = max(r.right for r in own), max(r.bottom for r in own)
        if upward:
            box = Rect(0.0, top, options.text_mm * 1.5, bottom - top)
        else:
            box = Rect(left, 0.0, right - left, _top_mm(options))
        made.append((group, box, upward))
    return tuple(made)
