"""Integrated gradients with a measured error: the default explanation.

Source: Sundararajan, Taly and Yan 2017 (arXiv 1703.01365). The path leads straight from the
reference to the patient; attributions add up to the difference of the two estimates.

Along the path a network of rectifiers is piecewise linear, with hundreds of kinks, so that
Gauss-Legendre nodes converge no faster than evenly spaced ones (measured on the bundled models: 32
nodes for what theory of smooth functions promises from 8). What helps is to know where the error
is: estimates at the nodes cost nothing, and tell for each interval by how much its trapezoid misses
the change of the estimate. The intervals that miss most are halved, and no evaluation is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from elvmass.model.explain.attribution import Attribution, Case, Gradients, gradients
from elvmass.record import FloatArray

#: Nodes of each fold model at first and at most, and intervals that are halved at a time.
FIRST_NODES, MOST_NODES, HALVED = 13, 129, 4
#: Allowed gap between the sum of the map and the change of the estimate, relative to the change.
TOLERANCE = 0.005
#: Smaller changes are measured against this one: 0.5 % of it is less than the last printed digit.
SMALLEST_CHANGE_G = 10.0

Start = Callable[[Case], Tensor]


def integrate(
    cases: Sequence[Case], start: Start, tolerance: float = TOLERANCE
) -> list[Attribution]:
    """Integrated gradients of each case, refined until their mean adds up.

    Parameters
    ----------
    start
        Gives the reference waveform [12, m] of a case; reference scalars are the training mean.
    tolerance
        Allowed :func:`relative_gap` of the mean over the cases. While it is missed, the case with
        the largest gap halves its worst intervals.
    """
    paths = [_Path(case, start(case)) for case in cases]
    while relative_gap(found := [p.attribution() for p in paths]) > tolerance:
        open_ = [p for p in paths if len(p.places) + HALVED <= MOST_NODES]
        if not open_:
            break
        max(open_, key=lambda p: abs(p.gaps_g().sum())).refine()
    return found


def gap_g(found: Sequence[Attribution]) -> float:
    """Grams by which the mean map misses the mean change of the estimates."""
    sums = [
        a.samples.sum() + (0.0 if a.scalars is None else a.scalars.sum()) - a.mass_g + a.reference_g
        for a in found
    ]
    return float(np.mean(sums))


def relative_gap(found: Sequence[Attribution]) -> float:
    """:func:`gap_g` relative to the change of the estimate (at least 10 g)."""
    change = float(np.mean([a.mass_g - a.reference_g for a in found]))
    return abs(gap_g(found)) / max(abs(change), SMALLEST_CHANGE_G)


class _Path:
    """Gradients of one case at ``places``, 0 (reference) to 1 (patient)."""

    def __init__(self, case: Case, start: Tensor) -> None:
        self.case = case
        self.start = start, torch.zeros_like(case.features)
        self.change = case.waveform - start, case.features
        self.places = np.linspace(0.0, 1.0, FIRST_NODES)
        self.found = self._at(self.places)

    def refine(self) -> None:
        """Halve the intervals with the largest gaps."""
        worst = np.argsort(-np.abs(self.gaps_g()))[:HALVED]
        new = (self.places[worst] + self.places[worst + 1]) / 2
        order = np.argsort(np.concatenate([self.places, new]), kind="stable")
        self.places = np.concatenate([self.places, new])[order]
        both = zip(self.found, self._at(new), strict=True)
        self.found = Gradients(*(np.concatenate(pair)[order] for pair in both))

    def gaps_g(self) -> FloatArray:
        """[nodes - 1] by how much each trapezoid misses the change of the estimate."""
        found = self.found
        wave, scalars = (each.double().numpy() for each in self.change)
        slope = np.tensordot(found.waveform, wave, 2) + found.features @ scalars
        gaps: FloatArray = np.diff(self.places) * (slope[1:] + slope[:-1]) / 2
        return gaps - np.diff(found.mass_g)

    def attribution(self) -> Attribution:
        step = np.diff(self.places)
        weight = (np.append(step, 0.0) + np.append(0.0, step)) / 2
        wave, scalars = (each.double().numpy() for each in self.change)
        found = self.found
        return Attribution(
            np.tensordot(weight, found.waveform, 1) * wave,
            weight @ found.features * scalars,
            float(found.mass_g[0]),
            float(found.mass_g[-1]),
        )

    def _at(self, places: FloatArray) -> Gradients:
        along = torch.tensor(places, dtype=torch.float32)
        waveform, features = (
            a + along.view(-1, *[1] * a.dim()) * d  # (nodes, ...)
            for a, d in zip(self.start, self.change, strict=True)
        )
        return gradients(self.case.fold, waveform, features)
