"""Read and cut every ECG of a cohort, in several processes if wanted, once (then from a cache)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np

from elvmass.card import BeatSpec
from elvmass.errors import CohortError, FileError, LeadsError, SignalError
from elvmass.io import read
from elvmass.model.inputs import (
    ALL_SCALARS,
    Float32Array,
    collect_scalars,
    scalar_row,
    waveforms,
)
from elvmass.processes import in_order
from elvmass.record import FloatArray
from elvmass.signal.prepare import prepare
from elvmass.train.data.dataset import Cohort, CohortRow, read_table
from elvmass.train.data.ecg_cache import EcgCache, Outcome, PreparedEcg, Unusable
from elvmass.train.data.flow import Candidate, choose
from elvmass.train.data.measurements import EcgMeasurements
from elvmass.train.runtime.progress import Progress, ignore

#: An ECG file and its key in the cache.
_Work = tuple[Path, str | None]


def load_cohort(
    table: Path,
    spec: BeatSpec,
    jobs: int = 1,
    cache: Path | None = None,
    progress: Progress = ignore,
    *,
    excluding: bool = True,
) -> Cohort:
    """Read a cohort table and all its ECGs, and choose those that are analysed.

    Parameters
    ----------
    table
        See :mod:`elvmass.train.data.dataset`.
    spec
        Which beat to cut.
    jobs
        Processes that read and cut.
    cache
        Folder for what the ECGs become (:mod:`elvmass.train.data.ecg_cache`).
    progress
        Called after each ECG; whatever it raises stops the preparation.
    excluding
        Leave out what the study excluded (:data:`elvmass.train.data.flow.EXCLUSIONS`).

    Raises
    ------
    CohortError
        If the table has bad rows, no ECG of it can be used, or the cache cannot be written.
    """
    rows = read_table(Path(table))
    shelf = _Shelf(len(rows))
    outcomes = _outcomes([row.path for row in rows], EcgCache(cache, spec), jobs, progress, shelf)
    candidates = [_candidate(*pair) for pair in zip(rows, outcomes, strict=True)]
    flow = choose(candidates, excluding=excluding)
    gone = {refused.line for refused in flow.refused}
    good = [
        (number, row, outcome)
        for number, (row, outcome) in enumerate(zip(rows, outcomes, strict=True))
        if row.line not in gone and isinstance(outcome, PreparedEcg)
    ]
    if not good:
        raise CohortError(f"No ECG of the cohort can be used; the first: {flow.refused[0].reason}")
    return Cohort(
        beats_mv=shelf.moved_up([number for number, _, _ in good]),
        scalars=np.stack([_scalars(row, ecg) for _, row, ecg in good]),
        lvm_g=np.array([row.lvm_g for _, row, _ in good]),
        patients=tuple(row.patient for _, row, _ in good),
        lines=tuple(row.line for _, row, _ in good),
        spec=spec,
        ecg=EcgMeasurements.stack([ecg.measurements for _, _, ecg in good]),
        flow=flow,
    )


def prepare_ecg(path: Path, spec: BeatSpec) -> Outcome:
    """Read and cut one ECG of a cohort."""
    try:
        record = read(path)
        prepared = prepare(record, spec)
    except FileError as error:  # its own words would name the file, which may name the patient
        step = "leads" if isinstance(error, LeadsError) else "unreadable"
        return Unusable(step, f"the file {error.fact}. {error.remedy}")
    except SignalError as error:
        return Unusable("quality", str(error))
    return PreparedEcg(
        waveform=waveforms(prepared.seen.signal_mv),
        scalars=scalar_row(collect_scalars(record, prepared.measured), ALL_SCALARS),
        measurements=EcgMeasurements.of(prepared),
        codes=frozenset(notice.code for notice in prepared.notices),
        recorded_on=record.recorded_at.date() if record.recorded_at else None,
    )


def _candidate(row: CohortRow, outcome: Outcome) -> Candidate:
    known = (row.line, row.path, row.patient, row.imaging_date)
    if isinstance(outcome, Unusable):
        return Candidate(*known, row.ecg_date, trouble=(outcome.step, outcome.reason))
    return Candidate(
        *known,
        row.ecg_date or outcome.recorded_on,
        codes=outcome.codes,
        qrs_ms=float(outcome.measurements.interval("qrs_ms")),
    )


def _scalars(row: CohortRow, ecg: PreparedEcg) -> FloatArray:
    """[8] scalars of a row: the table's where it states them, else the file's."""
    given = [row.given.get(name, np.nan) for name in ALL_SCALARS]
    return np.where(np.isnan(given), ecg.scalars, given)


class _Shelf:
    """Waveforms of all rows in one array; stacked at the end they would take twice the memory."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._array = np.empty((0,), dtype=np.float32)

    def place(self, number: int, outcome: Outcome) -> Outcome:
        """The same outcome, its waveform on the shelf."""
        if isinstance(outcome, Unusable):
            return outcome
        if not self._array.size:
            self._array = np.empty((self._rows, *outcome.waveform.shape), dtype=np.float32)
        self._array[number] = outcome.waveform
        return outcome._replace(waveform=self._array[number])

    def moved_up(self, numbers: Sequence[int]) -> Float32Array:
        """[k, 12, m] those of ascending ``numbers``; all others are overwritten."""
        for k, number in enumerate(numbers):
            if k != number:
                self._array[k] = self._array[number]
        return self._array[: len(numbers)]


def _outcomes(
    paths: Sequence[Path], cache: EcgCache, processes: int, progress: Progress, shelf: _Shelf
) -> list[Outcome]:
    """Outcome of each file, in order; only what is not kept yet is read."""
    keys = [cache.key(path) for path in paths]
    kept = ((i, cache.get(key)) for i, key in enumerate(keys))
    outcomes = [None if known is None else shelf.place(i, known) for i, known in kept]
    missing = [i for i, known in enumerate(outcomes) if known is None]
    done, n = len(paths) - len(missing), len(paths)
    work = [(paths[i], keys[i]) for i in missing]
    with closing(in_order(partial(_make, cache=cache), work, processes)) as made:
        for outcome, i in zip(made, missing, strict=True):
            outcomes[i] = shelf.place(i, outcome)
            done += 1
            progress(f"reading ECG {done} of {n}", done / n)
    return [outcome for outcome in outcomes if outcome is not None]


def _make(work: _Work, cache: EcgCache) -> Outcome:
    path, key = work
    outcome = prepare_ecg(path, cache.spec)
    cache.put(key, outcome)
    return outcome
