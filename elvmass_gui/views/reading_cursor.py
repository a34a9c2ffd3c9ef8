"""The reading cursor: a point of the page that mouse and keys move."""

from __future__ import annotations

from elvmass_gui.geometry.paper import Sheet, Strip
from elvmass_gui.geometry.shown import Shown


class ReadingCursor:
    """Where the reader looks.

    Attributes
    ----------
    on, lens
        Whether the cursor, and the magnifier at it, are shown.
    point
        Its place on the page, mm; None until it was moved.
    """

    def __init__(self) -> None:
        self.on = False
        self.lens = False
        self.point: tuple[float, float] | None = None

    def follow(self, sheet: Sheet, at: tuple[float, float]) -> None:
        """Take the place of the mouse, if that is on a lead."""
        if sheet.strip_at(*at) is not None:
            self.point = at

    def place(self, sheet: Sheet, shown: Shown | None) -> tuple[Strip, float, float]:
        """Strip, x and y in mm: on the trace at this x, or the row's middle where there is none."""
        strip = sheet.strip_at(*self.point) if self.point is not None else None
        if strip is None or self.point is None:
            strip = sheet.strips[0]
            x = strip.rect.x + strip.rect.width / 2
        else:
            x = self.point[0]
        value = float("nan") if shown is None else shown.value_mv(strip.lead, strip.time_s(x))
        return strip, x, strip.zero_y if value != value else strip.y_mm(value)

    def move(self, sheet: Sheet, shown: Shown, samples: int, rows: int) -> None:
        """Along the trace by samples of the recording, or to a row above or below."""
        strip, x, _ = self.place(sheet, shown)
        x += samples / shown.record.rate_hz * strip.scale.mm_per_s
        y = strip.zero_y + (1 if rows > 0 else -1 if rows < 0 else 0) * strip.rect.height
        x = min(max(x, sheet.strips[0].rect.x), sheet.paper.right - 0.01)
        if sheet.strip_at(x, y) is not None:
            self.point = (x, y)
