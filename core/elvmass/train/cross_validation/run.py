"""Train the fold models of a bundle, score them out of fold, and write the bundle."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

import elvmass
from elvmass.card import ModelCard
from elvmass.errors import CohortError, ConfigError
from elvmass.model.bundle import Bundle, save_bundle
from elvmass.model.cards import to_json
from elvmass.model.conformal import fewest_residuals
from elvmass.record import FloatArray, Sex
from elvmass.train.cross_validation.fold import FoldResult, train_fold
from elvmass.train.cross_validation.held_out import Tested, held_out_intervals
from elvmass.train.cross_validation.parallel import train_in_processes
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Index, Split, make_folds, restrict
from elvmass.train.evaluation.metrics import figures
from elvmass.train.runtime import distributed
from elvmass.train.runtime.device import resolve_device, resolve_precision
from elvmass.train.runtime.journal import Journal
from elvmass.train.settings.config import TrainConfig

HISTORY_FILE = "training.json"
#: In the folder of the state: what :func:`training_key` gave.
KEY_FILE = "key.txt"
_COVERAGE = "coverage_90_percent"

#: Called with the number of a fold from 0, a text, and the fraction of this fold that is done.
FoldProgress = Callable[[int, str, float], None]


def ignore_folds(fold: int, text: str, fraction: float) -> None:
    """Take no notice of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a bundle is trained; none of it changes the bundle.

    Attributes
    ----------
    workers
        Processes that train folds side by side, one torch thread each. One process trains in
        place. Both give the same weights when ``threads`` of the configuration is 1.
    resume
        Take up an interrupted training of the same bundle; else begin anew.
    tensorboard
        Folder of TensorBoard events, or None.
    """

    workers: int = 1
    resume: bool = True
    tensorboard: Path | None = None


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
    progress: FoldProgress = ignore_folds,
    options: RunOptions = RunOptions(),
) -> TrainedBundle:
    """Train all folds and write the bundle into the folder ``out``.

    While it runs, the folder ``.NAME.training`` beside ``out`` holds the state of each fold after
    its last epoch, and its log; the logs end in the bundle. Whoever trains the same bundle again
    after an interruption goes on there and gets the same weights. In processes that torchrun
    started, only the first writes; all must reach the same disk.

    Parameters
    ----------
    progress
        Whatever it raises stops the training.

    Raises
    ------
    CohortError
        If the cohort is too small or was cut for other beats than the configuration asks for.
    ConfigError
        If an interrupted training of another configuration or cohort is in the way, or the device
        is missing.
    """
    if cohort.spec != config.beat:
        raise CohortError("The cohort was cut for another beat than [beat] of the configuration.")
    splits = cohort_splits(cohort, config)
    state = out.with_name(f".{out.name}.training")
    with distributed.first_alone():
        if distributed.rank() == 0:
            _claim(state, training_key(config, digest_of(cohort)), options.resume)
    board = options.tensorboard if distributed.rank() == 0 else None
    journals = [
        Journal(partial(progress, k), state / f"{fold}.pt", board and board / out.name / fold)
        for k, fold in enumerate(f"fold{k + 1}" for k in range(len(splits)))
    ]
    if options.workers > 1 and distributed.size() == 1:
        results = train_in_processes(cohort, config, splits, journals, options.workers)
    else:
        results = [
            train_fold(cohort, config, split, k, journals[k]) for k, split in enumerate(splits)
        ]
    rows = np.concatenate([r.test for r in results])
    estimate_g = np.concatenate([r.estimate_g for r in results])
    card = _card(cohort, config, results)
    if distributed.rank() == 0:
        card = save_bundle(out, Bundle(card, tuple(r.fold for r in results)))
        _write_history(out / HISTORY_FILE, cohort, config, results)
        _keep_logs(state, out)
    order = np.argsort(rows)
    return TrainedBundle(out, card, rows[order], estimate_g[order], cohort.lvm_g[rows[order]])


def cohort_splits(cohort: Cohort, config: TrainConfig) -> tuple[Split, ...]:
    """Pooled folds of the whole cohort, restricted to the sex of the configuration."""
    keep = cohort.of_sex(config.sex)
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


def _card(cohort: Cohort, config: TrainConfig, results: Sequence[FoldResult]) -> ModelCard:
    rows = np.concatenate([r.test for r in results])
    estimate_g = np.concatenate([r.estimate_g for r in results])
    truth_g, held = cohort.lvm_g[rows], _held(cohort, results)
    metrics = figures(truth_g, estimate_g) | {"n": float(len(rows))}
    metrics[_COVERAGE] = 100.0 * float(held.mean())
    for sex, chosen in (("male", cohort.male[rows]), ("female", cohort.female[rows])):
        if config.sex == "pooled" and chosen.sum() > 1:
            part = figures(truth_g[chosen], estimate_g[chosen])
            metrics |= {f"{sex}_{n}": part[n] for n in ("mae_g", "mape_percent", "r2")}
            metrics[f"{sex}_{_COVERAGE}"] = 100.0 * float(held[chosen].mean())
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
        folds=len(results),
        intended_use=config.intended_use,
    )


def _held(cohort: Cohort, results: Sequence[FoldResult]) -> FloatArray:
    """[n] 1 if the 90 % interval of a test row holds its mass, else 0; NaN if there is none."""
    tested = [Tested(r.fold, r.test, r.estimate_g) for r in results]
    truth_g = np.concatenate([cohort.lvm_g[r.test] for r in results])
    intervals = held_out_intervals(cohort, tested)
    if intervals is None:
        return np.full(len(truth_g), np.nan)
    low, high = intervals.T
    held: FloatArray = ((low <= truth_g) & (truth_g <= high)).astype(np.float64)
    return held


def _write_history(
    path: Path, cohort: Cohort, config: TrainConfig, results: list[FoldResult]
) -> None:
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
    flow = None if cohort.flow is None else cohort.flow.as_dict()
    found = {"config": plain, "flow": flow, "folds": folds}
    path.write_text(to_json(found), encoding="utf-8")


def _keep_logs(state: Path, out: Path) -> None:
    """Move the logs into the bundle, in place of an earlier training's; remove the state."""
    for earlier in out.glob("fold*.csv"):
        earlier.unlink()
    for log in state.glob("fold*.csv"):
        shutil.move(log, out / log.name)
    shutil.rmtree(state)


def _claim(state: Path, key: str, resume: bool) -> None:
    """Make the folder of the state ready for this training."""
    at = state / KEY_FILE
    if resume and at.is_file():
        if at.read_text(encoding="ascii") == key:
            return
        raise ConfigError(
            f"{state} holds an interrupted training with another configuration, cohort, device or "
            "version. Finish it with those, train under another --name, or discard it with "
            "--no-resume."
        )
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    at.write_text(key, encoding="ascii")


def training_key(config: TrainConfig, cohort_digest: str) -> str:
    """Hash of everything that the weights depend on."""
    device = resolve_device(config.device)
    said: dict[str, Any] = {
        "config": json.loads(to_json(config)),
        "device": device.type,
        "precision": resolve_precision(config.precision, device),
        "processes": distributed.size(),
        "versions": [elvmass.__version__, torch.__version__],
        "cohort": cohort_digest,
    }
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def digest_of(cohort: Cohort) -> str:
    """Hash of the patients of a cohort and of all that models and rivals learn from."""
    digest = hashlib.sha256(json.dumps(cohort.patients).encode())
    for array in (cohort.beats_mv, cohort.scalars, cohort.lvm_g, *cohort.ecg):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
