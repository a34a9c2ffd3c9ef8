"""A screen of a usual size for measurements without a display.

Qt's own offscreen screen has 800 x 800 pixels, on which the viewer is squeezed and laid out twice.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

_SCREEN = {
    "name": "bench", "x": 0, "y": 0, "width": 1366, "height": 768,
    "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1,
}  # fmt: skip


def offscreen(folder: str) -> dict[str, str]:
    """What to add to the environment; nothing where there is a display."""
    if os.environ.get("DISPLAY"):
        return {}
    path = Path(folder) / "screen.json"
    path.write_text(json.dumps({"screens": [_SCREEN]}))
    return {"QT_QPA_PLATFORM": f"offscreen:configfile={path}"}
