"""Train one fold model and take its out-of-fold residuals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from elvmass.card import INPUT_SETS
from elvmass.model.bundle import Fold
from elvmass.model.conformal import BY_SEX, PATTERNS, FoldResiduals, fold_residuals
from elvmass.model.estimate import predict_fold
from elvmass.model.inputs import features, fit_spec
from elvmass.record import FloatArray
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Index, Split
from elvmass.train.fitting.architecture import net_config
from elvmass.train.fitting.loop import Arrays, train_net
from elvmass.train.runtime.history import HistoryRow
from elvmass.train.runtime.journal import Journal
from elvmass.train.settings.config import TrainConfig


@dataclass(frozen=True, slots=True, eq=False)
class FoldResult:
    """One trained fold and its estimates of its own test rows, grams."""

    fold: Fold
    test: Index
    estimate_g: FloatArray
    history: tuple[HistoryRow, ...]
    best_epoch: int
    precision: str


def train_fold(
    cohort: Cohort,
    config: TrainConfig,
    split: Split,
    number: int,
    journal: Journal = Journal(),  # noqa: B008 - frozen
) -> FoldResult:
    """Train one fold model and estimate its test rows under every pattern of missing scalars."""
    names = INPUT_SETS[config.inputs]
    values = cohort.columns(names)
    rows = _training_rows(split, config)
    spec = fit_spec(values[rows], names, cohort.spec, config.axis_encoding)
    mean_g, sd_g = float(cohort.lvm_g[rows].mean()), float(cohort.lvm_g[rows].std())

    def part(rows: Index) -> Arrays:
        target = (cohort.lvm_g[rows] - mean_g) / sd_g
        return Arrays(cohort.beats_mv[rows], features(values[rows], spec), target)

    seed = int(np.random.SeedSequence([config.seed, number]).generate_state(1)[0])
    train = part(rows)
    trained = train_net(
        net_config(config),
        config,
        train,
        part(split.validation),
        seed=seed,
        journal=journal,
        variation=sd_g / mean_g,
        owners=[cohort.patients[i] for i in rows],
    )
    mean_beat = train.waveform.mean(axis=0, dtype=np.float64).astype(np.float32)
    fold = Fold(trained.net, spec, mean_g, sd_g, mean_beat, {})
    by_pattern = _estimates(fold, cohort, split.test)
    fold.residuals.update(residuals(cohort, split.test, by_pattern))
    return FoldResult(
        fold, split.test, by_pattern["complete"], trained.history, trained.best_epoch,
        trained.precision,
    )  # fmt: skip


def residuals(
    cohort: Cohort, rows: Index, by_pattern: Mapping[str, FloatArray]
) -> dict[str, FoldResiduals]:
    """Residuals by pattern of missing scalars, and of each sex if there are both."""
    truth_g = cohort.lvm_g[rows]
    found = {name: fold_residuals(truth_g, e) for name, e in by_pattern.items()}
    sexes = {"male": cohort.male[rows], "female": cohort.female[rows]}
    if not all(who.any() for who in sexes.values()):
        return found
    for name in BY_SEX:
        pattern, sex = name.rsplit("_", 1)
        found[name] = fold_residuals(truth_g[sexes[sex]], by_pattern[pattern][sexes[sex]])
    return found


def _training_rows(split: Split, config: TrainConfig) -> Index:
    """With nothing to select, the validation rows are trained on as well."""
    if config.selection == "best":
        return split.train
    return np.sort(np.concatenate([split.train, split.validation]))


def _estimates(fold: Fold, cohort: Cohort, rows: Index) -> dict[str, FloatArray]:
    """Estimates [rows] under each pattern; patterns that hide nothing more are not run again."""
    found: dict[str, FloatArray] = {}
    seen: dict[frozenset[str], FloatArray] = {}
    names = fold.spec.scalars
    for pattern, hidden in PATTERNS.items():
        gone = hidden & set(names)
        if gone not in seen:
            values = cohort.columns(names)[rows]
            values[:, [n in gone for n in names]] = np.nan
            seen[gone] = predict_fold(fold, cohort.beats_mv[rows], features(values, fold.spec))
        found[pattern] = seen[gone]
    return found
