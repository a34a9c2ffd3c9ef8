"""Train the fold models of a bundle, score them out of fold, and write the bundle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from elvmass.card import ModelCard
from elvmass.errors import CohortError
from elvmass.model.bundle import Bundle, save_bundle
from elvmass.model.cards import to_json
from elvmass.model.conformal import fewest_residuals
from elvmass.record import FloatArray, Sex
from elvmass.train.config import TrainConfig
from elvmass.train.dataset import Cohort, Progress, ignore
from elvmass.train.fold import FoldResult, train_fold
from elvmass.train.folds import Index, Split, make_folds, restrict
from elvmass.train.metrics import figures
from elvmass.train.parallel import train_in_processes

HISTORY_FILE = "training.json"


@dataclass(frozen=True, slots=True, eq=False)
class TrainedBundle:
    """What :func:`train_bundle` returns.

    ``rows`` are row numbers of the cohort; ``estimate_g`` the out-of-fold estimates of them.
    """

    folder: Path
    card: ModelCard
    rows: Index
    estimate_g: FloatArray
    lvm_g: FloatArray


def train_bundle(
    cohort: Cohort,
    config: TrainConfig,
    out: Path,
    progress: Progress = ignore,
    workers: int = 1,
) -> TrainedBundle:
    """Train all folds and write the bundle into the folder ``out``.

    Parameters
    ----------
    progress
        Called with a text and the fraction done; whatever it raises stops the training.
    workers
        Processes that train folds side by side, one torch thread each. One process trains in
        place. Both give the same weights when ``config.threads`` is 1.

    Raises
    ------
    CohortError
        If the cohort is too small or was cut for other beats than the configuration asks for.
    """
    if cohort.spec != config.beat:
        raise CohortError("The cohort was cut for another beat than [beat] of the configuration.")
    splits = cohort_splits(cohort, config)
    if workers <= 1:
        results = _train_here(cohort, config, splits, progress)
    else:
        results = train_in_processes(cohort, config, splits, progress, workers)
    rows = np.concatenate([r.test for r in results])
    estimate_g = np.concatenate([r.estimate_g for r in results])
    card = _card(cohort, config, rows, estimate_g)
    card = save_bundle(out, Bundle(card, tuple(r.fold for r in results)))
    _write_history(out / HISTORY_FILE, config, results)
    order = np.argsort(rows)
    return TrainedBundle(out, card, rows[order], estimate_g[order], cohort.lvm_g[rows[order]])


def cohort_splits(cohort: Cohort, config: TrainConfig) -> tuple[Split, ...]:
    """Pooled folds of the whole cohort, restricted to the sex of the configuration."""
    keep = _of_sex(cohort, config.sex)
    if keep.sum() < max(fewest_residuals(0.9), 2 * config.folds):
        raise CohortError(f"{keep.sum()} patients are too few to train a model.")
    try:
        pooled = make_folds(
            cohort.lvm_g, cohort.patients, config.folds, config.validation_share, config.seed
        )
    except ValueError as error:
        raise CohortError(f"The cohort cannot be split: {error}.") from error
    splits = tuple(restrict(split, keep) for split in pooled)
    if any(len(part) == 0 for split in splits for part in split):
        raise CohortError(f"The cohort has too few patients for {config.sex} folds.")
    return splits


def _of_sex(cohort: Cohort, sex: str) -> NDArray[np.bool_]:
    chosen = {"male": cohort.male, "female": cohort.female}
    return chosen.get(sex, np.ones(len(cohort), dtype=bool))


def _card(cohort: Cohort, config: TrainConfig, rows: Index, estimate_g: FloatArray) -> ModelCard:
    truth_g = cohort.lvm_g[rows]
    metrics = figures(truth_g, estimate_g) | {"n": float(len(rows))}
    for sex, chosen in (("male", cohort.male[rows]), ("female", cohort.female[rows])):
        if config.sex == "pooled" and chosen.sum() > 1:
            part = figures(truth_g[chosen], estimate_g[chosen])
            metrics |= {f"{sex}_{n}": part[n] for n in ("mae_g", "mape_percent", "r2")}
    return ModelCard(
        name=config.name,
        version=config.version,
        sex=None if config.sex == "pooled" else Sex(config.sex),
        inputs=config.inputs,
        trained_on=config.trained_on,
        simulated=config.simulated,
        n_train=len({cohort.patients[i] for i in rows}),
        metrics={n: v for n, v in metrics.items() if np.isfinite(v)},
        licence=config.licence,
        created=datetime.now(UTC).date().isoformat(),
        limitations=config.limitations,
    )


def _write_history(path: Path, config: TrainConfig, results: list[FoldResult]) -> None:
    folds = [
        {
            "best_epoch": r.best_epoch,
            "precision": r.precision,
            "torch": torch.__version__,
            "epochs": [row._asdict() for row in r.history],
        }
        for r in results
    ]
    plain = json.loads(to_json(config))
    path.write_text(to_json({"config": plain, "folds": folds}), encoding="utf-8")


def _train_here(
    cohort: Cohort, config: TrainConfig, splits: tuple[Split, ...], progress: Progress
) -> list[FoldResult]:
    n = len(splits)

    def told(number: int) -> Progress:
        return lambda text, done: progress(f"fold {number + 1}, {text}", (number + done) / n)

    return [train_fold(cohort, config, s, k, told(k)) for k, s in enumerate(splits)]
