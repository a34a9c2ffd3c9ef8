"""Train the rows of an experiment one after another, or find them trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from elvmass.card import BeatSpec
from elvmass.errors import CohortError
from elvmass.experiment import portable
from elvmass.experiment.job import Conduct, Job
from elvmass.experiment.rows import Design, Row, row_config
from elvmass.experiment.store import Store
from elvmass.experiment.trial import RowResult, Trial, without_waveforms
from elvmass.experiment.views import Site, Views
from elvmass.train.cross_validation.run import cohort_splits
from elvmass.train.data.dataset import Cohort
from elvmass.train.settings.config import TrainConfig


def conduct(
    rows: Sequence[Row],
    design: Design,
    site: Site,
    store: Store,
    external: Site | None = None,
    how: Conduct = Conduct(),  # noqa: B008 - frozen
) -> Trial:
    """Run all rows on a cohort, and on an external one if given.

    Raises
    ------
    CohortError
        If the cohort is too small, no ECG serves all rows, or an added row is of other patients
        or folds.
    ConfigError
        If an added row is damaged or of other settings.
    """
    configs = {row.key: row_config(row, design) for row in rows}
    specs = [config.beat for config in configs.values()]
    views = Views(site.load, specs)
    outside = None if external is None else Views(external.load, specs)
    plain = next(iter(configs.values()))
    subjects = without_waveforms(views.view(plain.beat))
    splits = cohort_splits(subjects, _folds_only(plain, subjects.spec))
    others = None if outside is None else without_waveforms(outside.view(plain.beat))
    prints = portable.prints_of(subjects, splits, others)
    jobs = [Job(row, configs[row.key], views, outside, store, how, prints) for row in rows]
    added = [job.taken() for job in jobs]  # what does not agree shall not show after hours
    results: list[RowResult] = []
    missing: dict[str, str] = {}
    for number, (row, job, found) in enumerate(zip(rows, jobs, added, strict=True)):
        try:
            result = job.result() if found is None else found
        except (CohortError, FloatingPointError) as error:
            result, missing[row.key] = None, str(error)
        if result is None:
            missing.setdefault(row.key, "not trained yet")
            how.say(number, len(rows), row, missing[row.key])
            continue
        results.append(result)
        how.say(number, len(rows), row, _outcome(result, subjects) + job.remark(result))
    return Trial(
        label=site.label,
        design=design,
        subjects=subjects,
        splits=splits,
        results=tuple(results),
        missing=missing,
        left_out=views.left_out,
        external=others,
        external_label=external.label if external else "",
        external_simulated=bool(external and external.simulated),
    )


def _folds_only(config: TrainConfig, spec: BeatSpec) -> TrainConfig:
    """The pooled folds that all rows share."""
    return TrainConfig(
        name="folds", trained_on="", simulated=config.simulated, folds=config.folds,
        seed=config.seed, validation_share=config.validation_share, beat=spec,
    )  # fmt: skip


def _outcome(result: RowResult, subjects: Cohort) -> str:
    known = ~np.isnan(result.estimate_g)
    mae = np.abs(result.estimate_g - subjects.lvm_g)[known].mean()
    return f"MAE {mae:.2f} g on {known.sum()} patients, {result.seconds:.0f} s"
