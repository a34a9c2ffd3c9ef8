"""A folder of simulated ECG files with a table of what is true about each: a whole cohort."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path

from elvmass.errors import ConfigError
from elvmass.io.write import TARGETS, write
from elvmass.io.write.faults import write_error
from elvmass.io.write.muse import write_muse
from elvmass.processes import in_order
from elvmass.simulate.options import DEFAULT_OPTIONS, SimulationOptions
from elvmass.simulate.subject import Simulated, simulate_subject

Progress = Callable[[str, float], None]
Row = dict[str, str]
_MARKS = "fiducials"


def ignore(_text: str, _fraction: float) -> None:
    """Take no notice of progress."""


def simulate_cohort(  # noqa: PLR0913 - every one is a choice of the user
    out: Path,
    n: int,
    seed: int,
    options: SimulationOptions = DEFAULT_OPTIONS,
    progress: Progress = ignore,
    jobs: int = 1,
    target: str = "muse",
    fiducials: bool = False,
) -> Path:
    """Write ``n`` simulated subjects, and ``cohort.csv`` beside them.

    The folder appears whole or not at all. Subject i is the same whatever ``n`` and ``jobs`` are.

    Parameters
    ----------
    out
        Folder to make; it may exist if it is empty.
    n, seed
        Number of subjects; seed of the cohort.
    options
        See :class:`elvmass.simulate.options.SimulationOptions`.
    progress
        Called with a text and a fraction after every subject; may raise to stop.
    jobs
        Worker processes. Results do not depend on it.
    target
        Format of the ECGs, one of :data:`elvmass.io.write.TARGETS`.
    fiducials
        Also write the true wave boundaries of every beat, in seconds, ``fiducials/000000.json``.

    Returns
    -------
    Path
        ``cohort.csv``: path (relative to the table), patient, sex, age_years, height_cm,
        weight_kg, lvm_g (the label, with its reading error if asked for), and the truth of
        :class:`elvmass.simulate.subject.Simulated` with ``truth_`` before each name.

    Raises
    ------
    ConfigError
        The folder is not empty, or a number is out of range.
    WriteError
        The folder cannot be written.
    """
    out = Path(out)
    _check(out, n, seed, jobs)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        (part / "ecg").mkdir(parents=True)
        if fiducials:
            (part / _MARKS).mkdir()
        work = partial(_write_subject, part, seed, options, target)
        with closing(in_order(work, range(n), jobs)) as rows:
            _write_table(part / "cohort.csv", _watched(rows, n, progress))
        if out.exists():
            out.rmdir()
        part.rename(out)
    except OSError as error:
        raise write_error(out, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return out / "cohort.csv"


def read_truth(table: Path) -> list[dict[str, float]]:
    """Truth of every row of a ``cohort.csv`` that :func:`simulate_cohort` wrote."""
    with table.open(newline="", encoding="utf-8") as lines:
        return [
            {
                name.removeprefix("truth_"): float(cell)
                for name, cell in row.items()
                if name.startswith("truth_")
            }
            for row in csv.DictReader(lines)
        ]


def _check(out: Path, n: int, seed: int, jobs: int) -> None:
    if n < 1 or seed < 0 or jobs < 1:
        raise ConfigError(
            f"A cohort needs at least one subject and process and a seed from 0, "
            f"not n = {n}, jobs = {jobs}, seed = {seed}."
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"The folder {out.name} already holds something; choose a new one.")


def _watched(rows: Iterator[Row], n: int, progress: Progress) -> Iterator[Row]:
    for i, row in enumerate(rows, start=1):
        progress(f"simulating ECG {i} of {n}", i / n)
        yield row


def _write_subject(
    folder: Path, seed: int, options: SimulationOptions, target: str, index: int
) -> Row:
    simulated = simulate_subject(seed, index, options)
    name = f"ecg/{index:06d}{TARGETS[target]}"
    if target == "muse":  # in the steps of an electrocardiograph
        write_muse(simulated.record, folder / name)
    else:
        write(simulated.record, folder / name, target)
    if (folder / _MARKS).is_dir():
        beats = [asdict(beat) for beat in simulated.marks]
        (folder / _MARKS / f"{index:06d}.json").write_text(json.dumps(beats, indent=1) + "\n")
    return _row(name, simulated)


def _row(name: str, simulated: Simulated) -> Row:
    patient = simulated.record.patient
    assert patient.sex is not None
    return {
        "path": name,
        "patient": patient.id or "",
        "sex": patient.sex.value,
        "age_years": f"{patient.age_years:g}",
        "height_cm": f"{patient.height_cm:g}",
        "weight_kg": f"{patient.weight_kg:g}",
        "lvm_g": f"{simulated.truth['label_g']:.2f}",
        **{f"truth_{key}": repr(float(value)) for key, value in simulated.truth.items()},
    }


def _write_table(path: Path, rows: Iterator[Row]) -> None:
    made = list(rows)
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(made[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)
