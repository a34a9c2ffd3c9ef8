"""Read and cut every ECG of a cohort, in several processes if wanted, once (then from a cache)."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np

import elvmass.io
import elvmass.signal
from elvmass.card import BeatSpec
from elvmass.errors import CohortError, FileError, SignalError
from elvmass.io import read
from elvmass.model.inputs import (
    ALL_SCALARS,
    Float32Array,
    collect_scalars,
    scalar_row,
    waveforms,
)
from elvmass.record import FloatArray
from elvmass.signal.prepare import prepare
from elvmass.train.dataset import (
    Cohort,
    CohortRow,
    Progress,
    Refused,
    ignore,
    patient_of,
    read_table,
)

#: What one ECG becomes: beat [12, m] and scalars [8]; or why it is refused.
Outcome = tuple[Float32Array, FloatArray] | str

_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def load_cohort(
    table: Path,
    spec: BeatSpec,
    jobs: int = 1,
    cache: Path | None = None,
    progress: Progress = ignore,
) -> Cohort:
    """Read a cohort table and all its ECGs.

    Parameters
    ----------
    table
        See :mod:`elvmass.train.dataset`.
    spec
        Which beat to cut.
    jobs
        Processes that read and cut.
    cache
        Folder for the finished arrays. The name of a cache file is a hash of the table, of
        size and time of every ECG, of ``spec`` and of the reading and signal code.

    Raises
    ------
    CohortError
        If the table has bad rows, or no ECG of it can be used.
    """
    table = Path(table)
    rows = read_table(table)
    kept = None if cache is None else cache / f"cohort-{_key(table, rows, spec)}.npz"
    if kept is not None and kept.is_file():
        return _load(kept, spec)
    cohort = _assemble(rows, list(_outcomes(rows, spec, jobs, progress)), spec)
    if kept is not None:
        _store(kept, cohort)
    return cohort


def prepare_row(row: CohortRow, spec: BeatSpec) -> Outcome:
    """Read and cut one ECG of a cohort."""
    try:
        record = read(row.path)
        prepared = prepare(record, spec)
    except (FileError, SignalError) as error:
        return str(error)
    record = replace(record, patient=patient_of(row, record.patient))
    scalars = collect_scalars(record, prepared.measured) | row.given
    return waveforms(prepared.beat.signal_mv), scalar_row(scalars, ALL_SCALARS)


def _outcomes(
    rows: Sequence[CohortRow], spec: BeatSpec, jobs: int, progress: Progress
) -> Iterator[Outcome]:
    work = partial(prepare_row, spec=spec)
    if jobs <= 1:
        yield from _watched(map(work, rows), len(rows), progress)
        return
    # spawn: a forked child of a threaded parent (torch, Qt) may hang
    context = multiprocessing.get_context("spawn")
    with one_thread_children(), ProcessPoolExecutor(jobs, mp_context=context) as pool:
        try:
            yield from _watched(pool.map(work, rows, chunksize=16), len(rows), progress)
        except BaseException:  # also when the caller cancels: do not finish the queue first
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _watched(outcomes: Iterator[Outcome], n: int, progress: Progress) -> Iterator[Outcome]:
    for i, outcome in enumerate(outcomes):
        yield outcome
        progress(f"reading ECG {i + 1} of {n}", (i + 1) / n)


@contextmanager
def one_thread_children() -> Iterator[None]:
    """Make processes that start now use one thread each in their numeric libraries."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _assemble(rows: Sequence[CohortRow], outcomes: Sequence[Outcome], spec: BeatSpec) -> Cohort:
    pairs = list(zip(rows, outcomes, strict=True))
    good = [(row, out) for row, out in pairs if not isinstance(out, str)]
    refused = tuple(Refused(r.line, r.path, out) for r, out in pairs if isinstance(out, str))
    if not good:
        raise CohortError(f"No ECG of the cohort can be used; the first: {refused[0].reason}")
    return Cohort(
        beats_mv=np.stack([out[0] for _, out in good]),
        scalars=np.stack([out[1] for _, out in good]),
        lvm_g=np.array([row.lvm_g for row, _ in good]),
        patients=tuple(row.patient for row, _ in good),
        lines=tuple(row.line for row, _ in good),
        spec=spec,
        refused=refused,
    )


def _key(table: Path, rows: Sequence[CohortRow], spec: BeatSpec) -> str:
    """Hash of everything that the arrays depend on."""
    digest = hashlib.sha256(table.read_bytes())
    digest.update(repr(spec).encode())
    for row in rows:
        if row.path.exists():
            stat = row.path.stat()
            digest.update(f"{stat.st_size} {stat.st_mtime_ns};".encode())
    for package in (elvmass.io, elvmass.signal):
        for source in sorted(Path(str(package.__file__)).parent.glob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:24]


def _store(path: Path, cohort: Cohort) -> None:
    """Write by rename, so that an interrupted run leaves no half file behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_path = path.with_name(f"{path.name}.{os.getpid()}.part")
    refused = [{**asdict(r), "path": str(r.path)} for r in cohort.refused]
    with partial_path.open("wb") as file:
        np.savez(
            file,
            beats_mv=cohort.beats_mv,
            scalars=cohort.scalars,
            lvm_g=cohort.lvm_g,
            patients=np.array(cohort.patients),
            lines=np.array(cohort.lines),
            refused=np.array(json.dumps(refused)),
        )
    partial_path.replace(path)


def _load(path: Path, spec: BeatSpec) -> Cohort:
    with np.load(path, allow_pickle=False) as kept:
        refused = json.loads(str(kept["refused"]))
        return Cohort(
            beats_mv=kept["beats_mv"],
            scalars=kept["scalars"],
            lvm_g=kept["lvm_g"],
            patients=tuple(kept["patients"].tolist()),
            lines=tuple(kept["lines"].tolist()),
            spec=spec,
            refused=tuple(Refused(r["line"], Path(r["path"]), r["reason"]) for r in refused),
        )
