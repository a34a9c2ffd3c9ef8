"""Two analyses in the order of their recording."""

from __future__ import annotations

from typing import NamedTuple

from elvmass.result import Analysis


class Pair(NamedTuple):
    """Earlier and later, in the order of their recording."""

    first: Analysis
    second: Analysis


def one_model(pair: Pair) -> bool:
    """Whether both masses are of the same weights."""
    one, other = (each.estimate.card for each in pair)
    return (one.name, one.sha256) == (other.name, other.sha256)
