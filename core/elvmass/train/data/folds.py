"""Cross-validation splits: stratified on mass, and no patient on two sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from elvmass.record import FloatArray

Index = NDArray[np.int64]


class Split(NamedTuple):
    """Row numbers of one fold: ``train`` fits, ``validation`` picks the epoch, ``test`` scores."""

    train: Index
    validation: Index
    test: Index


def make_folds(
    lvm_g: FloatArray,
    patients: Sequence[str],
    folds: int = 5,
    validation_share: float = 0.1,
    seed: int = 0,
) -> tuple[Split, ...]:
    """Split a cohort into ``folds`` test parts; validation is a share of the rest (paper: 10 %).

    Patients are sorted by their mean mass and dealt out in rounds, one of each round to each
    part, in random order: a stratification finer than deciles, which also balances the sizes.

    Parameters
    ----------
    lvm_g
        [n] mass of each row.
    patients
        [n] who the row belongs to; all rows of a patient stay together.

    Raises
    ------
    ValueError
        If there are fewer patients than each part needs.
    """
    names, owner = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    every = round(1.0 / validation_share)
    if len(names) < max(folds, 2) * 2 or len(names) * (1 - 1 / folds) < every:
        raise ValueError(f"{len(names)} patients are too few for {folds} folds")
    mass = np.bincount(owner, weights=lvm_g) / np.bincount(owner)
    rng = np.random.default_rng(seed)
    part = _deal(mass, folds, rng)
    return tuple(_split(part == k, mass, owner, every, rng) for k in range(folds))


def restrict(split: Split, keep: NDArray[np.bool_]) -> Split:
    """Restrict a split to the rows where ``keep`` [n] is true (models of one sex)."""
    return Split(*(rows[keep[rows]] for rows in split))


def _deal(mass: FloatArray, parts: int, rng: np.random.Generator) -> Index:
    """[patients] part of each: consecutive ranks of mass go to different parts."""
    rounds = -(-len(mass) // parts)
    dealt = np.concatenate([rng.permutation(parts) for _ in range(rounds)])[: len(mass)]
    part = np.empty(len(mass), dtype=np.int64)
    part[np.argsort(mass, kind="stable")] = dealt
    return part


def _split(
    is_test: NDArray[np.bool_],
    mass: FloatArray,
    owner: Index,
    every: int,
    rng: np.random.Generator,
) -> Split:
    side = np.where(is_test, 2, 0)
    rest = np.flatnonzero(~is_test)
    side[rest[_deal(mass[rest], every, rng) == 0]] = 1
    of_row = side[owner]
    return Split(*(np.flatnonzero(of_row == k) for k in range(3)))
