"""The numbers of the importance panel: four views of one table, as text. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from elvmass.beat import SEGMENTS
from elvmass.record import LEADS, LIMB_ROWS, PRECORDIAL_ROWS, FloatArray
from elvmass.result import GROUPS, Analysis, SaliencyMap, SegmentImportance, group_sums
from elvmass_gui.painting.by_hand_words import moved_line
from elvmass_gui.painting.wording import percent, signed_grams

ROWS: tuple[str, ...] = (*GROUPS, "all")
#: Leads of each row.
ROW_LEADS: tuple[tuple[int, ...], ...] = (
    LIMB_ROWS, PRECORDIAL_ROWS, (*LIMB_ROWS, *PRECORDIAL_ROWS),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """One reading of the table: its title in the selector, tooltip, and words below the table."""

    title: str
    tip: str
    note: str


SHARE, NET, DENSITY, SEED_LIKE = "share", "net", "density", "seed_like"
VIEWS: dict[str, View] = {
    SHARE: View(
        "share",
        "Share of the absolute contribution of the ECG; all cells sum to 100 %.",
        "Share of the absolute contribution",
    ),
    NET: View(
        "net share",
        "Share of the net grams: the samples of a cell are summed with their signs first, so that\n"
        "what cancels inside a cell does not count. Of effects planted at a known place this\n"
        "finds more than the plain share.",
        "Share of the net grams of the cells",
    ),
    DENSITY: View(
        "per ms and lead",
        "The share for each millisecond and lead, averaged over the leads of a group:\n"
        "1 = as much as if it were evenly spread. Long segments do not win by their length.",
        "Share per ms and lead, 1 = evenly spread",
    ),
    SEED_LIKE: View(
        "seed-like",
        "Our reading of how the paper made its tables:\n"
        "smoothed, below half of the maximum dropped.",
        "Share of what is left when the map is smoothed and all below half of its maximum dropped",
    ),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: text, depth of its ground from 0 to 1, tooltip."""

    text: str
    depth: float
    tip: str


def lead_cells(importance: SegmentImportance, view: str, *, grams: bool) -> list[list[Cell]]:
    """A row for each lead, one cell for each segment; net grams stand in the tooltip."""
    found = {key: lead_values(importance, key) for key in VIEWS}
    shown = found[view]
    depths = _depths(shown, shown)
    return [
        [
            Cell(
                _text(view, float(shown[i, k]), None),
                float(depths[i, k]),
                _lead_tip(importance, found, (i, k), grams=grams),
            )
            for k in range(len(SEGMENTS))
        ]
        for i in range(len(LEADS))
    ]


def cells(importance: SegmentImportance, view: str, *, grams: bool) -> list[list[Cell]]:
    """Rows limb, precordial and all, one cell for each segment; ``grams`` adds the net grams."""
    found = {key: values(importance, key) for key in VIEWS}
    shown = found[view]
    net_g = with_total(group_sums(importance.net_g))
    depths = _depths(shown, shown[: len(GROUPS)])
    return [
        [
            Cell(
                _text(view, float(shown[i, k]), float(net_g[i, k]) if grams else None),
                float(depths[i, k]),
                _tip_lines(importance, f"{ROWS[i]} leads", k, _at(found, (i, k))),
            )
            for k in range(len(SEGMENTS))
        ]
        for i in range(len(ROWS))
    ]


def values(importance: SegmentImportance, view: str) -> FloatArray:
    """[3, 5] limb, precordial, all; NaN where there is no number.

    Shares are summed over leads, densities averaged.
    """
    if view == DENSITY:
        dense = importance.density()
        parts = (dense[:6], dense[6:], dense)
        return np.stack([part.mean(axis=0) for part in parts])
    if view == NET:
        return with_total(importance.net_by_group())
    return with_total(group_sums(lead_values(importance, view)))


def lead_values(importance: SegmentImportance, view: str) -> FloatArray:
    """[12, 5] the same for each lead."""
    if view == DENSITY:
        return importance.density()
    if view == NET:
        net = np.abs(importance.net_g)
        return net / net.sum() if net.any() else np.full(net.shape, np.nan)
    by_lead = importance.share if view == SHARE else importance.seed_like
    return np.full((len(LEADS), len(SEGMENTS)), np.nan) if by_lead is None else by_lead


def with_total(by_group: FloatArray) -> FloatArray:
    """[2, 5] → [3, 5] with the sum of both groups below."""
    return np.vstack([by_group, by_group.sum(axis=0)])


def note(saliency: SaliencyMap, view: str, *, grams_below: bool = True) -> str:
    """The words below the table: what the cells hold, which method, how well it adds up."""
    if saliency.unit != "g":
        return f"{VIEWS[view].note}. Method: {saliency.method}; in {saliency.unit}, no grams."
    below = "; below it net grams of the segment" if grams_below else ""
    return (
        f"{VIEWS[view].note}{below}. Method: {saliency.method}; "
        f"its sum misses the estimate by {percent(abs(saliency.completeness_error), 1)}."
    )


def by_hand_note(analysis: Analysis) -> str:
    """What follows :func:`note` if the segments are not the automatic ones."""
    moved = moved_line(analysis)
    return f" {moved}" if moved else ""


def _text(view: str, value: float, net_g: float | None) -> str:
    number = f"{value:.2f}" if view == DENSITY else percent(value)
    if np.isnan(value):
        number = "–"
    return number if net_g is None else f"{number}\n{signed_grams(net_g)}"


def _depths(shown: FloatArray, among: FloatArray) -> FloatArray:
    """Each number as a part of the largest of some; 0 where there is none."""
    largest = float(np.nan_to_num(among).max())
    depths: FloatArray = np.nan_to_num(shown) / (largest if largest > 0 else np.inf)
    return depths


def _at(found: Mapping[str, FloatArray], cell: tuple[int, int]) -> list[float]:
    """What all views say of a cell, in their order."""
    return [float(table[cell]) for table in found.values()]


def _lead_tip(
    importance: SegmentImportance,
    found: Mapping[str, FloatArray],
    cell: tuple[int, int],
    *,
    grams: bool,
) -> str:
    row, column = cell
    tip = _tip_lines(importance, f"lead {LEADS[row]}", column, _at(found, cell))
    if not grams or importance.seconds[column] <= 0:
        return tip
    return f"{tip}\n{signed_grams(float(importance.net_g[row, column]), 1)} net"


def _tip_lines(importance: SegmentImportance, whose: str, column: int, found: list[float]) -> str:
    ms = 1000 * float(importance.seconds[column])
    if ms <= 0:
        return "This segment is absent in the beat."
    share, net, dense, seed = found
    lines = [
        f"{SEGMENTS[column].value}, {whose}, {ms:.0f} ms",
        f"{percent(share, 1)} of the absolute contribution: {percent(share / ms, 3)} per ms",
        f"{percent(net, 1)} of the net grams",
        f"{dense:.2f} times as much per ms and lead as if evenly spread",
    ]
    return "\n".join(lines if np.isnan(seed) else [*lines, f"{percent(seed, 1)} seed-like"])
