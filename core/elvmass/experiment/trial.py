"""What an experiment on one cohort produced, before anything is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from elvmass.experiment.rows import Design, Row
from elvmass.record import FloatArray
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Split


class Curve(NamedTuple):
    """Training of one fold: errors [epochs] in SD of the mass, and the epoch that was kept."""

    train_mae_sd: tuple[float, ...]
    validation_mae_sd: tuple[float, ...]
    best_epoch: int


class Origin(NamedTuple):
    """What made the estimates of a row.

    Attributes
    ----------
    code
        Of :func:`elvmass.experiment.store.code`.
    day
        In UTC, 2026-11-29.
    device, precision
        Of a network: "cpu" or "cuda", "fp32" or "bf16".
    """

    version: str
    code: str
    day: str
    device: str = ""
    precision: str = ""

    def __str__(self) -> str:
        return f"elvmass {self.version}, code {self.code[:8]}, {self.day}"


@dataclass(frozen=True, slots=True, eq=False)
class RowResult:
    """Estimates of one row.

    Attributes
    ----------
    estimate_g
        [n] out-of-fold estimates in grams; NaN for patients of the other sex.
    external_g
        [m] estimates of the external cohort, or None.
    seconds
        Wall time of training and estimating.
    curves
        One for each fold of a network.
    settings
        The configuration as plain values.
    added
        Whether it was taken from another experiment's folder (:mod:`elvmass.experiment.portable`).
    """

    row: Row
    estimate_g: FloatArray
    origin: Origin
    external_g: FloatArray | None = None
    seconds: float = 0.0
    curves: tuple[Curve, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    added: bool = False

    @property
    def source(self) -> str:
        """Where it comes from, for people."""
        return f"added: {self.origin}" if self.added else "here"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """All rows on one cohort.

    Attributes
    ----------
    label
        What the cohort is called on pages; no identifier of a patient.
    subjects, external
        The patients that every row saw, without waveforms.
    splits
        Row numbers of the pooled folds.
    missing
        Why rows have no result, by their key.
    left_out
        ECGs that some row could use, but not all; no row saw them.
    """

    label: str
    design: Design
    subjects: Cohort
    splits: tuple[Split, ...]
    results: tuple[RowResult, ...]
    missing: Mapping[str, str] = field(default_factory=dict)
    left_out: int = 0
    external: Cohort | None = None
    external_label: str = ""
    external_simulated: bool = False

    def result(self, key: str) -> RowResult | None:
        """Result of a row, if there is one."""
        return next((each for each in self.results if each.row.key == key), None)


def without_waveforms(cohort: Cohort) -> Cohort:
    """The same patients; scores need no waveforms, which are large."""
    return replace(cohort, beats_mv=np.zeros((len(cohort), 12, 0), dtype=np.float32))


def groups_of(row: Row) -> tuple[str, ...]:
    """Groups of patients that a row is scored on: a model of one sex on that sex only."""
    return ("all", "male", "female") if row.sex == "pooled" else (row.sex,)
