"""Occlusion and Shapley values of whole segments.

Sources: Zeiler and Fergus 2013 (arXiv 1311.2901); Castro, Gómez and Tejada 2009 (Shapley values by
sampled orders), with antithetic orders (Mitchell et al. 2022, arXiv 2104.12199).

A segment is taken out by the straight line between its ends (never by zero, which no ECG is), a
scalar by the training mean. Leads are taken out one by one, as the network sees them; no real ECG
has one limb lead changed and the others not. A cell's grams are spread evenly over its samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elvmass.beat import SEGMENTS
from elvmass.model.explain.attribution import Attribution, Case, masses, segment_labels
from elvmass.model.explain.references import bridged

#: Pairs of an order of all players and its reverse.
PAIRS = 12
_SEED = 8

Players = NDArray[np.int64]


class _Ends(NamedTuple):
    """The patient, and what replaces it."""

    waveform: Tensor
    features: Tensor
    bridged: Tensor


def lead_players(case: Case) -> Players:
    """[12, m] number of the cell (segment × lead) of each sample."""
    return _players(case, np.arange(12))


def group_players(case: Case) -> Players:
    """[12, m] number of the cell (segment × limb or precordial) of each sample."""
    return _players(case, np.repeat([0, 1], 6))


def _players(case: Case, row: NDArray[np.int64]) -> Players:
    cells = row[:, None] * len(SEGMENTS) + segment_labels(case)
    numbers: Players = np.unique(cells, return_inverse=True)[1].reshape(cells.shape)
    return numbers


def occlusion(cases: Sequence[Case]) -> list[Attribution]:
    """Grams that each segment of each lead holds, all others left as they are."""
    return [_occlusion(case, lead_players(case)) for case in cases]


def _occlusion(case: Case, players: Players) -> Attribution:
    n, k = int(players.max()) + 1, len(case.features)
    present = ~np.eye(n + k, dtype=bool)
    everyone = np.concatenate([present, np.ones((1, n + k), bool), np.zeros((1, n + k), bool)])
    grams = _coalitions(case, players, everyone)
    mass_g, reference_g = float(grams[-2]), float(grams[-1])
    return _spread(case, players, mass_g - grams[:-2], reference_g, mass_g)


def shapley(cases: Sequence[Case], by_lead: bool = False, pairs: int = PAIRS) -> list[Attribution]:
    """Shapley values of cells and scalars, by ``2 * pairs`` orders, the same for every case."""
    players = (lead_players if by_lead else group_players)(cases[0])
    orders = draw_orders(int(players.max()) + 1 + len(cases[0].features), pairs)
    return [shapley_by_orders(case, players, orders) for case in cases]


def draw_orders(n: int, pairs: int) -> NDArray[np.int64]:
    """[2 * pairs, n] orders and their reverses, the same at every call."""
    rng = np.random.default_rng(_SEED)
    orders = np.stack([rng.permutation(n) for _ in range(pairs)])
    return np.concatenate([orders, orders[:, ::-1]])


def shapley_by_orders(case: Case, players: Players, orders: NDArray[np.int64]) -> Attribution:
    """Mean change of the estimate when each player enters, over ``orders``; sums are exact."""
    n = orders.shape[1]
    present = np.tri(n + 1, n, -1, dtype=bool)  # after 0, 1, ... n have entered
    values = np.zeros(n)
    for order in orders:
        grams = _coalitions(case, players, present[:, np.argsort(order)])
        values[order] += np.diff(grams)
    return _spread(case, players, values / len(orders), float(grams[0]), float(grams[-1]))


def _coalitions(case: Case, players: Players, present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Estimates of [n, cells + scalars] sets of players that are present."""
    cells = int(players.max()) + 1
    ends = _Ends(case.waveform, case.features, bridged(case))
    keep = torch.tensor(present[:, :cells])[:, torch.tensor(players)]  # (n, 12, m)
    waveform = torch.where(keep, ends.waveform, ends.bridged)
    features = ends.features * torch.tensor(present[:, cells:])
    return masses(case.fold, waveform, features)


def _spread(
    case: Case, players: Players, values: NDArray[np.float64], reference_g: float, mass_g: float
) -> Attribution:
    cells = int(players.max()) + 1
    each = values[:cells] / np.bincount(players.ravel())
    return Attribution(each[players], values[cells:], reference_g, mass_g)
