"""What does more data buy? Mean absolute error against the number of patients.

Trains each recipe and each rival on the first n patients of one simulated cohort and scores all of
them on another. One network is trained on all n patients; a bundle, the mean of five, does a little
better. Prints a Markdown table, in grams.

    elvmass simulate --n 6000 --seed 31 --out build/curve/train
    elvmass simulate --n 1459 --seed 32 --out build/curve/test
    python tests/bench/learning_curve.py build/curve/train build/curve/test
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from elvmass.card import BeatSpec
from elvmass.model.estimate import predict_fold
from elvmass.model.inputs import features
from elvmass.train.cross_validation.fold import train_fold
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Split
from elvmass.train.data.prepare_cohort import load_cohort
from elvmass.train.rivals.rival import estimates
from elvmass.train.rivals.roster import RIVALS
from elvmass.train.settings.config import TrainConfig
from elvmass.train.settings.presets import preset

SIZES = (300, 600, 1459, 3000, 6000)
RECIPES = ("elvmass",)
RIVAL_KEYS = ("mean", "ridge_scalars", "ridge_beat", "kernel_ridge")
BATCH = 32
EPOCHS, MOST_STEPS = 80, 5000


def epochs(n: int) -> int:
    """80, or as many as 5,000 optimiser steps allow."""
    return min(EPOCHS, max(1, MOST_STEPS // -(-n // BATCH)))


def recipe(name: str, n: int) -> TrainConfig:
    stated = {"name": name, "trained_on": "simulated ECGs", "simulated": True}
    return preset(name, **stated, epochs=epochs(n))


def network_g(config: TrainConfig, train: Cohort, test: Cohort) -> np.ndarray:
    """Masses [n] of the test patients; the few rows of the other parts are trained on, too."""
    rows = np.arange(len(train))
    few = rows[: len(rows) // 20]
    assert config.selection == "last"
    fold = train_fold(train, config, Split(rows[len(few) :], few, few), 0).fold
    values = features(test.columns(fold.spec.scalars), fold.spec)
    return predict_fold(fold, test.beats_mv, values)


def curve(train: Cohort, test: Cohort, sizes: Sequence[int]) -> Iterator[str]:
    """Lines of the table."""
    rivals = {r.key: r for r in RIVALS if r.key in RIVAL_KEYS}
    yield "| n | " + " | ".join((*RIVAL_KEYS, *RECIPES)) + " |"
    yield "| --- |" + " --- |" * (len(RIVAL_KEYS) + len(RECIPES))
    for n in sizes:
        part = train.subset(np.arange(len(train)) < n)
        found = [estimates(rivals[key], part, test, 0) for key in RIVAL_KEYS]
        found += [network_g(recipe(name, n), part, test) for name in RECIPES]
        errors = [f"{np.abs(g - test.lvm_g).mean():.2f}" for g in found]
        yield f"| {len(part)} | " + " | ".join(errors) + " |"


def main() -> None:
    """Prepare both cohorts and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("train", type=Path, help="folder of a simulated cohort")
    parser.add_argument("test", type=Path, help="folder of another one")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    train, test = (
        load_cohort(at / "cohort.csv", BeatSpec(), args.jobs, at / ".elvmass-cache")
        for at in (args.train, args.test)
    )
    for line in curve(train, test, args.sizes):
        print(line, flush=True)


if __name__ == "__main__":
    main()
