"""Which part of a page a widget shows: one scale, one offset. No Qt."""

from __future__ import annotations

from elvmass_gui.geometry.paper import Rect

_LEAST_PX_PER_MM, _MOST_PX_PER_MM = 0.5, 60.0
#: A page that is wider (50 mm/s) is not shrunk to the window but scrolls sideways.
_WIDEST_FITTED_MM = 270.0


class Viewport:
    """Maps millimetres of the page to pixels of the widget with one scale for both axes."""

    def __init__(self, margin_mm: float) -> None:
        self.margin_mm = margin_mm
        self.px_per_mm = 1.0
        self.fitted = True
        self._x_px = 0.0
        self._y_px = 0.0

    def origin_px(self) -> tuple[float, float]:
        """Where the page's (0, 0) mm lies in the widget, px."""
        return self._x_px, self._y_px

    @property
    def place(self) -> tuple[float, float, float] | None:
        """Scale and origin, px, to come back to; None if the page is fitted."""
        return None if self.fitted else (self.px_per_mm, self._x_px, self._y_px)

    def go_to(self, place: tuple[float, float, float]) -> None:
        """Come back to a :attr:`place`."""
        self.px_per_mm, self._x_px, self._y_px = place
        self.fitted = False

    def to_mm(self, x_px: float, y_px: float) -> tuple[float, float]:
        """A point of the widget on the page, mm."""
        return (x_px - self._x_px) / self.px_per_mm, (y_px - self._y_px) / self.px_per_mm

    def to_px(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        """A point of the page in the widget, px."""
        return x_mm * self.px_per_mm + self._x_px, y_mm * self.px_per_mm + self._y_px

    def fit(self, page: Rect, width_px: float, height_px: float) -> None:
        """The whole page with its margin, centred; of a wide page the whole height; its left."""
        margin = 2 * self.margin_mm
        width = min(page.width, _WIDEST_FITTED_MM)
        scale = min(width_px / (width + margin), height_px / (page.height + margin))
        self.px_per_mm = min(max(scale, _LEAST_PX_PER_MM), _MOST_PX_PER_MM)
        self.fitted = True
        self._x_px = self._y_px = float("inf")
        self.keep_in_view(page, width_px, height_px)

    def zoom(self, px_per_mm: float, x_px: float, y_px: float) -> None:
        """Change the scale; the point of the page at (x, y) px stays there."""
        x_mm, y_mm = self.to_mm(x_px, y_px)
        self.px_per_mm = min(max(px_per_mm, _LEAST_PX_PER_MM), _MOST_PX_PER_MM)
        self._x_px = x_px - x_mm * self.px_per_mm
        self._y_px = y_px - y_mm * self.px_per_mm
        self.fitted = False

    def pan(self, dx_px: float, dy_px: float) -> None:
        """Move the page."""
        self._x_px += dx_px
        self._y_px += dy_px

    def window(self, width_px: float, height_px: float) -> Rect:
        """The part of the page that a widget of this size shows, mm."""
        x, y = self.to_mm(0.0, 0.0)
        return Rect(x, y, width_px / self.px_per_mm, height_px / self.px_per_mm)

    def keep_in_view(self, page: Rect, width_px: float, height_px: float) -> None:
        """Centre an axis on which all of the page fits; else leave no gap beyond its margin."""
        self._x_px = self._kept(self._x_px, page.x, page.width, width_px)
        self._y_px = self._kept(self._y_px, page.y, page.height, height_px)

    def _kept(self, offset_px: float, start_mm: float, length_mm: float, room_px: float) -> float:
        margin = self.margin_mm * self.px_per_mm
        start, length = start_mm * self.px_per_mm, length_mm * self.px_per_mm
        if length + 2 * margin <= room_px:
            return (room_px - length) / 2 - start
        return min(max(offset_px, room_px - margin - length - start), margin - start)
