"""Train the rows of an experiment one after another, or find them trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from elvmass.errors import CohortError
from elvmass.experiment import portable
from elvmass.experiment.job import Conduct, Job
from elvmass.experiment.rows import Design, Row, row_config
from elvmass.experiment.store import Store
from elvmass.experiment.trial import RowResult, Trial
from elvmass.experiment.views import Site, share
from elvmass.train.data.dataset import Cohort
from elvmass.train.settings.config import TrainConfig

_UNTRAINED = "not trained yet"


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
    jobs = {job.row.key: job for job in _jobs(rows, design, site, store, external, how)}
    shared = next(iter(jobs.values())).shared
    # before any is trained: what does not agree shall not show after hours
    added = {key: job.taken() for key, job in jobs.items()}
    results: list[RowResult] = []
    missing: dict[str, str] = {}
    for number, row in enumerate(rows):
        job = jobs.get(row.key)
        found = _UNTRAINED if job is None else _found(job, added[row.key])
        if job is None or isinstance(found, str):
            text = missing[row.key] = str(found)
        else:
            results.append(found)
            text = _outcome(found, shared.subjects) + job.remark(found)
        how.say(number, len(rows), row, text)
    return Trial(
        label=site.label,
        design=design,
        subjects=shared.subjects,
        splits=shared.splits,
        results=tuple(results),
        missing=missing,
        left_out=shared.views.left_out,
        external=shared.others,
        external_label=external.label if external else "",
        external_simulated=bool(external and external.simulated),
    )


def _jobs(
    rows: Sequence[Row],
    design: Design,
    site: Site,
    store: Store,
    external: Site | None,
    how: Conduct,
) -> tuple[Job, ...]:
    """The work on each row; without training, on each row that sees what a finished one saw.

    Each view of a cohort takes minutes to prepare, and that of an unfinished row tells nothing but
    which ECGs serve it too. This matters only to results that were made beside such rows: they are
    of fewer patients, and where one is not found among all, every view is prepared after all.
    """
    every = [(row, row_config(row, design)) for row in rows]

    def work(on: Sequence[tuple[Row, TrainConfig]]) -> tuple[Job, ...]:
        shared = share(site, external, [config for _, config in on])
        return tuple(Job(row, config, shared, store, how) for row, config in on)

    if how.train:
        return work(every)
    begun = [each for each in every if _may_be_finished(each[0], store, how)] or every[:1]
    views = {config.beat for _, config in begun}
    some = [each for each in every if each[1].beat in views]
    jobs = work(some)
    agree = all(job.finished() for job in jobs if _may_be_finished(job.row, store, how))
    return jobs if agree or len(some) == len(every) else work(every)


def _may_be_finished(row: Row, store: Store, how: Conduct) -> bool:
    """Whether there is a result of the row, be it of other patients, settings or code."""
    return store.has(row.key) or portable.find(how.added, row.key) is not None


def _found(job: Job, taken: RowResult | None) -> RowResult | str:
    """The result of a row, or why it has none."""
    try:
        result = job.result() if taken is None else taken
    except (CohortError, FloatingPointError) as error:
        return str(error)
    return _UNTRAINED if result is None else result


def _outcome(result: RowResult, subjects: Cohort) -> str:
    known = ~np.isnan(result.estimate_g)
    mae = np.abs(result.estimate_g - subjects.lvm_g)[known].mean()
    return f"MAE {mae:.2f} g on {known.sum()} patients, {result.seconds:.0f} s"
