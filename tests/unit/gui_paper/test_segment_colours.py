"""Colours of the segments, as seen with the three kinds of colour blindness."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from elvmass.beat import Segment
from elvmass_gui.painting.grid import BLUE_GREY, PINK
from elvmass_gui.painting.ink import SEGMENT_INK, TINTS

#: Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
FILLED = [SEGMENT_INK[segment] for segment in Segment if segment is not Segment.TP]
OKABE_ITO = ["#E69F00", "#56B4E9", "#009E73", "#F0E442"]


def srgb(colour: str):
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def lab(colour, vision: str):
    """CIELAB of an sRGB colour under this vision."""
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    seen = np.clip(VISION[vision] @ linear, 0.0, 1.0)
    ratio = (XYZ @ seen) / XYZ.sum(axis=1)
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def nearest(colours: list[str], paper: str, opacity: float, vision: str) -> float:
    """Least CIE76 distance between two of the colours, or of one from the paper."""
    tints = [opacity * srgb(c) + (1 - opacity) * srgb(paper) for c in colours]
    seen = [lab(each, vision) for each in (*tints, srgb(paper))]
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))


@pytest.mark.parametrize("vision", VISION)
def test_solid_colours_are_far_apart(vision):
    ours = nearest(FILLED, BLUE_GREY.paper, 1.0, vision)
    assert ours > 35.0
    assert ours > 1.2 * nearest(OKABE_ITO, BLUE_GREY.paper, 1.0, vision)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("paper", [BLUE_GREY.paper, PINK.paper])
def test_tinted_bands_stay_apart_from_each_other_and_from_the_paper(vision, paper):
    weak, middle, strong = (nearest(FILLED, paper, opacity, vision) for opacity in TINTS)
    assert weak > 2 * 2.3  # twice what can just be told apart
    assert middle > 12.0
    assert strong > 23.0
