"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

#: Called with what is done and the fraction that is done; may raise to stop the work.
Progress = Callable[[str, float], None]


def ignore(text: str, fraction: float) -> None:
    """Take no notice of progress."""
