"""Files that ship with the program. :func:`path` is the only way to them."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def path(*parts: str) -> Path:
    """Real path of a shipped file or folder, e.g. ``path("examples", "normal_man.xml")``.

    We ship unpacked (wheel, one-folder build), so a real path always exists.
    """
    if any(".." in part or part.startswith("/") for part in parts):
        raise ValueError(f"resource names are relative and have no '..': {parts}")
    return _HERE.joinpath(*parts)
