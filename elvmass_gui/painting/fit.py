"""Pages that were designed for A4, on other paper and within a printer's margins. No Qt.

True size comes first: a page is moved before it is reduced, and a reduced page says so where its
ruler stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from elvmass_gui.geometry.paper import Rect

_LEAST_MARGIN_MM = 4.0  # what common printers cannot reach, mm


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet in landscape, mm."""

    name: str
    width: float
    height: float


A4 = Paper("A4", 297.0, 210.0)
PAPERS: dict[str, Paper] = {"a4": A4, "letter": Paper("Letter", 279.4, 215.9)}


@dataclass(frozen=True, slots=True)
class Margins:
    """What a printer cannot reach at each edge of the landscape sheet, mm."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0


NO_MARGINS = Margins()


@dataclass(frozen=True, slots=True)
class Fit:
    """Where the A4 page goes: scale it, then move its corner by (x, y) mm of the paper."""

    scale: float
    x: float
    y: float

    @property
    def true(self) -> bool:
        """Whether a millimetre stays one."""
        return self.scale == 1.0


def fit(inked: Rect, paper: Paper = A4, margins: Margins = NO_MARGINS) -> Fit:
    """Centre the A4 page on the paper, so that its inked part can be reached.

    Parameters
    ----------
    inked
        The part of the A4 page that has ink, mm.
    paper, margins
        The sheet and what of it the printer cannot reach.
    """
    left, top, right, bottom = (
        max(edge, _LEAST_MARGIN_MM)
        for edge in (margins.left, margins.top, margins.right, margins.bottom)
    )
    room = (paper.width - left - right, paper.height - top - bottom)
    scale = min(1.0, room[0] / inked.width, room[1] / inked.height)
    wide = ((paper.width - scale * A4.width) / 2, scale * inked.x, scale * inked.right)
    high = ((paper.height - scale * A4.height) / 2, scale * inked.y, scale * inked.bottom)
    return Fit(scale, _within(*wide, left, paper.width - right),
               _within(*high, top, paper.height - bottom))  # fmt: skip


def _within(shift: float, start: float, stop: float, low: float, high: float) -> float:
    """The least change of ``shift`` that brings ``start`` … ``stop`` between the limits."""
    return max(low - start, min(shift, high - stop))


def ruler_words(at: Fit, paper: Paper) -> str:
    """What stands below the ruler."""
    if at.true:
        return f"Print at 100 % on {paper.name}: this ruler must measure 100 mm."
    return (
        f"Reduced to {100.0 * at.scale:.1f} % to fit {paper.name}: NOT true to scale, "
        f"this ruler measures {100.0 * at.scale:.1f} mm."
    )
