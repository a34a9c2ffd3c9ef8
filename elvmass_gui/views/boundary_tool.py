"""The boundary in hand: pick, drag, nudge. It knows sheets and millimetres, no widget."""

from __future__ import annotations

from elvmass.beat import Beat, Fiducials
from elvmass.boundaries import moved, position, present, snapped
from elvmass_gui.painting.beat_layout import BeatCell, BeatSheet


class BoundaryTool:
    """Picks one boundary of a beat and says where it goes.

    Attributes
    ----------
    snap
        Whether a dragged boundary is caught where the traces set out or come to rest.
    near
        The boundary under the mouse, or "".
    held
        The one that the keys move, or "".
    """

    def __init__(self) -> None:
        self.snap = True
        self.near = self.held = ""
        self._beat: Beat | None = None
        self._cell: BeatCell | None = None
        self._grip = 0.0
        self._moved = False

    @property
    def shown(self) -> str:
        """The boundary that stands out: the one in hand, else the one under the mouse."""
        return self.held if self.dragging else self.near or self.held

    @property
    def dragging(self) -> bool:
        """Whether the mouse holds a boundary."""
        return self._beat is not None

    # ---- mouse --------------------------------------------------------------------------

    def point(self, sheet: BeatSheet, beat: Beat, at: tuple[float, float], reach_mm: float) -> bool:
        """Look for a boundary within ``reach_mm`` of a point; True if another one is near now."""
        former, found = self.near, boundary_at(sheet, beat, at, reach_mm)
        self.near = "" if found is None else found[0]
        return former != self.near

    def press(self, sheet: BeatSheet, beat: Beat, at: tuple[float, float], reach_mm: float) -> bool:
        """Take hold of the boundary at a point; False if there is none."""
        found = boundary_at(sheet, beat, at, reach_mm)
        self.held = self.near = "" if found is None else found[0]
        start = position(beat.fiducials, self.held) if self.held else None
        if found is None or start is None:
            return False
        cell = found[1]
        self._beat, self._cell, self._moved = beat, cell, False
        self._grip = cell.sample(at[0]) - start
        return True

    def drag(self, x_mm: float, *, free: bool) -> Fiducials:
        """The boundaries with the held one carried to ``x_mm``, in the cell that it is held in."""
        assert self._beat is not None
        assert self._cell is not None
        self._moved = True
        sample = self._cell.sample(x_mm) - self._grip
        catch = self.snap and not free
        to = snapped(self._beat, self.held, sample) if catch else round(sample)
        return moved(self._beat, self.held, to)

    def release(self) -> bool:
        """Let go; whether the boundary was carried at all."""
        self._beat = None
        return self._moved

    # ---- keys ---------------------------------------------------------------------------

    def take(self, beat: Beat, step: int) -> bool:
        """Take the next (+1) or previous (-1) boundary; False, and none, beyond the last."""
        names = present(beat.fiducials)
        k = names.index(self.held) + step if self.held in names else (0 if step > 0 else -1)
        beyond = self.held in names and not 0 <= k < len(names)
        self.held = "" if beyond else names[k]
        return not beyond

    def nudge(self, beat: Beat, samples: int) -> Fiducials | None:
        """The boundaries with the held one moved by samples; None if it cannot move further."""
        at = position(beat.fiducials, self.held) if self.held else None
        if at is None:
            return None
        made = moved(beat, self.held, at + samples)
        return None if made == beat.fiducials else made

    def back(self, beat: Beat, found: Fiducials) -> Fiducials | None:
        """The boundaries with the held one where it was found, as far as its neighbours let it."""
        at = position(found, self.held) if self.held else None
        return None if at is None else moved(beat, self.held, at)

    def put_down(self) -> None:
        """Nothing in hand."""
        self.held = ""
        self._beat = None


def boundary_at(
    sheet: BeatSheet, beat: Beat, at: tuple[float, float], reach_mm: float
) -> tuple[str, BeatCell] | None:
    """The boundary nearest to a point of the panel, within ``reach_mm``, and the cell it is in.

    Of two at one place the later is taken from the right of it, so that they can be parted.
    """
    x, y = at
    for cell in sheet.cells:
        box = cell.rect
        if box.x - reach_mm <= x <= box.right + reach_mm and box.y <= y < box.bottom:
            name = _nearest(cell, beat, x, reach_mm)
            return (name, cell) if name else None
    return None


def _nearest(cell: BeatCell, beat: Beat, x_mm: float, reach_mm: float) -> str:
    best, least = "", reach_mm
    for name in present(beat.fiducials):
        offset = x_mm - cell.x_mm(position(beat.fiducials, name) or 0)
        if abs(offset) < least or (best and abs(offset) == least and offset > 0):
            best, least = name, abs(offset)
    return best
