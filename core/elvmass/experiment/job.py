"""One row on one cohort: found, taken from another machine, or made."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import elvmass
from elvmass.experiment import portable
from elvmass.experiment import store as kept
from elvmass.experiment.rows import Row
from elvmass.experiment.store import RESULT_FILE, Store
from elvmass.experiment.trial import Curve, Origin, RowResult
from elvmass.experiment.views import Shared, Views
from elvmass.model.bundle import load_bundle
from elvmass.model.cards import to_json
from elvmass.record import FloatArray
from elvmass.train.cross_validation.run import (
    HISTORY_FILE,
    FoldProgress,
    RunOptions,
    cohort_splits,
    ignore_folds,
    train_bundle,
    training_key,
)
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Split
from elvmass.train.evaluation.evaluate import estimate_cohort
from elvmass.train.rivals.rival import estimates, out_of_fold
from elvmass.train.rivals.roster import RIVALS
from elvmass.train.runtime.device import resolve_device, resolve_precision
from elvmass.train.settings.config import TrainConfig

#: Number of the row from 0, of how many, the row, and what is said of it.
Say = Callable[[int, int, Row, str], None]

BUNDLE = "bundle"
_EXTERNAL_FILE = "external-{}.json"


def say_nothing(number: int, count: int, row: Row, text: str) -> None:
    """Take no notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How an experiment is run; none of it changes an estimate that is made here.

    Attributes
    ----------
    workers
        Processes that train folds side by side.
    train
        False: only find what is trained already.
    rows
        Folder that gets each row as a portable file, or None.
    added
        Folders of portable files that are taken in place of training; the first that has it.
    say, folds
        Progress of rows and of the folds of one network.
    """

    workers: int = 1
    train: bool = True
    rows: Path | None = None
    added: tuple[Path, ...] = ()
    say: Say = say_nothing
    folds: Callable[[Row, int], FoldProgress] = field(default=lambda row, folds: ignore_folds)


@dataclass(frozen=True, slots=True)
class Job:
    """One row on one cohort."""

    row: Row
    config: TrainConfig
    shared: Shared
    store: Store
    how: Conduct

    @property
    def folder(self) -> Path:
        """Where the row is kept."""
        key = training_key(self.config, self.shared.views.digest(self.config.beat))
        return self.store.at(self.row.key, self.row.rival, key)

    def finished(self) -> bool:
        """Whether the row has a result of these patients, here or in an added folder."""
        if kept.read(self.folder / RESULT_FILE) is not None:
            others = list(self.folder.glob(_EXTERNAL_FILE.format("*")))
            outside = self.shared.outside
            return outside is None or not others or self._external_at(outside) in others
        path = portable.find(self.how.added, self.row.key)
        return path is not None and portable.is_of(path, self.shared.prints)

    def taken(self) -> RowResult | None:
        """The row from an added folder, if it is in one and not finished here."""
        path = portable.find(self.how.added, self.row.key)
        if path is None or kept.read(self.folder / RESULT_FILE) is not None:
            return None
        found = portable.read_row(path, self.row, self.config, self.shared.prints)
        if self.how.rows is not None:
            kept.write(portable.row_file(self.how.rows, self.row.key), found.values)
        return found.result

    def remark(self, result: RowResult) -> str:
        """Where the row was taken from, or might have been."""
        path = portable.find(self.how.added, self.row.key)
        if path is None:
            return ""
        return f"; {result.source}, {path}" if result.added else f"; made here, {path} is not used"

    def result(self) -> RowResult | None:
        """The row as it is made here, or was; None if it is not made and shall not be."""
        at = self.folder / RESULT_FILE
        found = kept.read(at)
        if found is None:
            if not self.how.train:
                return None
            found = self._train(self.folder)
            kept.write(at, found)
        # a result kept by an earlier version has no day: that of its file
        day = found.get("day") or _day(at.stat().st_mtime)
        result = RowResult(
            row=self.row,
            estimate_g=kept.array(found["estimate_g"]),
            origin=self._origin(day),
            external_g=self._external(),
            seconds=found["seconds"],
            curves=tuple(Curve(tuple(a), tuple(b), best) for a, b, best in found["curves"]),
            settings=json.loads(to_json(self.config)),
        )
        if self.how.rows is not None:
            portable.write_row(self.how.rows, result, self.config, self.shared.prints)
        return result

    def _origin(self, day: str) -> Origin:
        """What made a result of this folder: its name is a hash of the same."""
        if self.row.rival:
            return Origin(elvmass.__version__, kept.code(), day)
        device = resolve_device(self.config.device)
        precision = resolve_precision(self.config.precision, device)
        return Origin(elvmass.__version__, kept.code(), day, device.type, precision)

    def _train(self, folder: Path) -> dict[str, Any]:
        started = time.perf_counter()
        cohort = self.shared.views.view(self.config.beat)
        splits = cohort_splits(cohort, self.config)
        curves: list[Any] = []
        if self.row.rival:
            estimate_g = self._rival(cohort, splits)
        else:
            estimate_g, curves = self._network(cohort, folder)
        return {
            "estimate_g": kept.plain(estimate_g),
            "seconds": time.perf_counter() - started,
            "curves": curves,
            "day": _day(time.time()),
        }

    def _rival(self, cohort: Cohort, splits: Sequence[Split]) -> FloatArray:
        rival = next(each for each in RIVALS if each.key == self.row.rival)
        show = self.how.folds(self.row, 1)
        return out_of_fold(
            rival, cohort, splits, self.config.seed, lambda text, done: show(0, text, done)
        )

    def _network(self, cohort: Cohort, folder: Path) -> tuple[FloatArray, list[Any]]:
        folder.mkdir(parents=True, exist_ok=True)
        show = self.how.folds(self.row, self.config.folds)
        options = RunOptions(workers=self.how.workers)
        done = train_bundle(cohort, self.config, folder / BUNDLE, show, options)
        estimate_g = np.full(len(cohort), np.nan)
        estimate_g[done.rows] = done.estimate_g
        history = kept.read(folder / BUNDLE / HISTORY_FILE) or {"folds": []}
        return estimate_g, [_curve(fold) for fold in history["folds"]]

    def _external_at(self, outside: Views) -> Path:
        """Where the estimates of the external cohort are kept."""
        digest = kept.name_of(outside.digest(self.config.beat))
        return self.folder / _EXTERNAL_FILE.format(digest)

    def _external(self) -> FloatArray | None:
        """Estimates [m] of the external cohort by a model of the whole cohort."""
        outside = self.shared.outside
        if outside is None:
            return None
        at = self._external_at(outside)
        found = kept.read(at)
        if found is None:
            if not self.how.train:
                return None
            found = {"estimate_g": kept.plain(self._estimate_outside(self.folder, outside))}
            kept.write(at, found)
        return kept.array(found["estimate_g"])

    def _estimate_outside(self, folder: Path, outside: Views) -> FloatArray:
        cohort = outside.view(self.config.beat)
        who = cohort.of_sex(self.row.sex)
        estimate_g = np.full(len(cohort), np.nan)
        if who.any() and self.row.rival:
            rival = next(each for each in RIVALS if each.key == self.row.rival)
            inside = self.shared.views.view(self.config.beat)
            train = inside.subset(inside.of_sex(self.row.sex))
            estimate_g[who] = estimates(rival, train, cohort.subset(who), self.config.seed)
        elif who.any():
            masses, _ = estimate_cohort(load_bundle(folder / BUNDLE), cohort.subset(who))
            estimate_g[who] = masses.mean(axis=1)
        return estimate_g


def _curve(fold: dict[str, Any]) -> list[Any]:
    epochs = fold["epochs"]
    return [
        [epoch["train_mae_sd"] for epoch in epochs],
        [epoch["validation_mae_sd"] for epoch in epochs],
        fold["best_epoch"],
    ]


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
