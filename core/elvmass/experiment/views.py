"""A cohort as the rows of an experiment see it.

Rows see recordings in different ways (a beat, a median beat, ten seconds). Only those ECGs are
analysed that serve all rows, so that all have the same patients in the same folds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elvmass.card import BeatSpec
from elvmass.errors import CohortError
from elvmass.experiment.portable import Prints, prints_of
from elvmass.experiment.trial import without_waveforms
from elvmass.train.cross_validation.run import cohort_splits, digest_of
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Split
from elvmass.train.settings.config import TrainConfig

Load = Callable[[BeatSpec], Cohort]


@dataclass(frozen=True, slots=True)
class Site:
    """A cohort: what pages call it, whether it is simulated, and how a row's view is loaded."""

    label: str
    simulated: bool
    load: Load


class Views:
    """A cohort as each row sees it, restricted to the ECGs that serve all rows.

    All views are read once to know their ECGs; one is held at a time.

    Attributes
    ----------
    lines
        Of the table, of the ECGs that serve all rows.
    """

    def __init__(self, load: Load, specs: Iterable[BeatSpec]) -> None:
        self._load = load
        self._digest: dict[BeatSpec, str] = {}
        each: list[set[int]] = []
        for spec in reversed(dict.fromkeys(specs)):  # the first is needed first
            self._whole = (spec, load(spec))
            self._digest[spec] = digest_of(self._whole[1])
            each.append(set(self._whole[1].lines))
        self.lines = set.intersection(*each)
        if not self.lines:
            raise CohortError("No ECG of the cohort serves all rows; choose fewer with --rows.")
        self.left_out = len(set.union(*each)) - len(self.lines)

    def digest(self, spec: BeatSpec) -> str:
        """Hash of what a row sees of the cohort."""
        return f"{self._digest[spec]} {sorted(self.lines)}"

    def view(self, spec: BeatSpec) -> Cohort:
        """The cohort as a row sees it."""
        if self._whole[0] != spec:
            self._whole = (spec, self._load(spec))
        whole = self._whole[1]
        keep: NDArray[np.bool_] = np.array([line in self.lines for line in whole.lines])
        return whole if keep.all() else whole.subset(keep)


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What rows have in common: the ECGs that serve all of them, the patients, the folds.

    Attributes
    ----------
    views, subjects
        Of the cohort: with waveforms, and without.
    outside, others
        The same of the external cohort, or None.
    splits
        Row numbers of the pooled folds.
    prints
        By which rows of another machine are known to be of the same.
    """

    views: Views
    subjects: Cohort
    outside: Views | None
    others: Cohort | None
    splits: tuple[Split, ...]
    prints: Prints


def share(site: Site, external: Site | None, configs: Sequence[TrainConfig]) -> Shared:
    """Prepare the cohorts for rows of these configurations.

    Raises
    ------
    CohortError
        If the cohort is too small, or no ECG serves all rows.
    """
    specs = [config.beat for config in configs]
    views = Views(site.load, specs)
    outside = None if external is None else Views(external.load, specs)
    subjects = without_waveforms(views.view(specs[0]))
    others = None if outside is None else without_waveforms(outside.view(specs[0]))
    splits = cohort_splits(subjects, _folds_only(configs[0]))
    return Shared(views, subjects, outside, others, splits, prints_of(subjects, splits, others))


def _folds_only(config: TrainConfig) -> TrainConfig:
    """The pooled folds that all rows share."""
    return TrainConfig(
        name="folds", trained_on="", simulated=config.simulated, folds=config.folds,
        seed=config.seed, validation_share=config.validation_share, beat=config.beat,
    )  # fmt: skip
