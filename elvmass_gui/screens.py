"""Screens: the room they have, and how many pixels a millimetre has on each.

What a screen says about its size is often a guess. A calibration is kept for each screen, under
its model and size in pixels; a serial number is not stored.
"""

from __future__ import annotations

import json

from PySide6.QtCore import QSize
from PySide6.QtGui import QScreen

#: Pixels per mm that a screen may have: a wall projector to a telephone.
LEAST, MOST = 1.0, 30.0
#: What the desktop puts around a window, with a little air.
_FRAME = QSize(60, 80)


def room_for(width: int, height: int, screen: QScreen) -> QSize:
    """The size of a window beside the main one: no larger than the screen within its frame."""
    return QSize(width, height).boundedTo(screen.availableSize() - _FRAME)


def screen_key(screen: QScreen) -> str:
    """The screen's name in the settings: model and size, never its serial number."""
    size, ratio = screen.size(), screen.devicePixelRatio()
    model = " ".join(filter(None, (screen.manufacturer(), screen.model()))) or screen.name()
    return f"{model} {size.width()}x{size.height()} @{ratio:g}"


def read_calibrations(text: str) -> dict[str, float]:
    """Pixels per mm by :func:`screen_key`, from the settings' text.

    Raises
    ------
    ValueError
        The text is no JSON object of such numbers.
    """
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004  one error for one bad text
    if not all(isinstance(v, int | float) and LEAST <= v <= MOST for v in found.values()):
        raise ValueError(f"pixels per mm must be {LEAST:g} to {MOST:g}")
    return {key: float(value) for key, value in found.items()}


def are_calibrations(text: object) -> bool:
    """Whether :func:`read_calibrations` can read it."""
    try:
        return isinstance(text, str) and read_calibrations(text) is not None
    except ValueError:
        return False


def with_calibration(text: str, key: str, px_per_mm: float | None) -> str:
    """The settings' text with one screen calibrated anew; None forgets it."""
    scales = read_calibrations(text)
    scales.pop(key, None)
    if px_per_mm is not None:
        scales[key] = round(px_per_mm, 4)
    return json.dumps(scales, sort_keys=True)
