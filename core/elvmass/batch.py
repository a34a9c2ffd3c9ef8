"""All ECGs of a folder in one table: in several processes, and carried on where it stopped."""

from __future__ import annotations

import csv
import glob
import hashlib
import os
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import elvmass
from elvmass.errors import ConfigError
from elvmass.io.folder import find_files
from elvmass.io.text_table import TextLayout
from elvmass.io.write.faults import write_error
from elvmass.io.write.store import check_place
from elvmass.lock import hold
from elvmass.model.library.installed import installed_models
from elvmass.pipeline import Options, analyse_many
from elvmass.processes import in_order
from elvmass.report.rows import COLUMNS, Row, row

#: In the column ``error``: an error of this program, not of the file.
UNEXPECTED = "unexpected"
_END = b"\r\n"  # of a row; inside a cell there is none
_BLOCK = 1 << 20

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the files.

    Attributes
    ----------
    estimates, failures
        Rows with an estimate, and with a reason why there is none.
    unexpected
        Those of the failures that are an error of this program.
    found
        Rows that an interrupted batch had left.
    """

    estimates: int = 0
    failures: int = 0
    unexpected: int = 0
    found: int = 0

    def plus(self, filled: Row) -> Tally:
        """One row more."""
        error = filled["error"]
        return replace(
            self,
            estimates=self.estimates + (not error),
            failures=self.failures + bool(error),
            unexpected=self.unexpected + (error == UNEXPECTED),
        )


def write_batch(  # noqa: PLR0913 - every one is a choice of the user
    folder: Path,
    out: Path,
    options: Options,
    layout: TextLayout | None,
    jobs: int,
    progress: Progress,
    *,
    force: bool = False,
) -> Tally:
    """Write a row for every file of a folder, estimate or failure, in natural order.

    Each row is on the disk as soon as it is made, in ``OUT.*.part``, and the table appears whole.
    Called again after an interruption with the same options, models and version, it makes the rows
    that are missing.

    Parameters
    ----------
    force
        Replace a table that is there, and begin anew where an interrupted one was made otherwise.

    Raises
    ------
    ConfigError
        If the folder holds no ECG, the table is being written by another batch, an interrupted one
        was made otherwise, or a process ended by itself.
    WriteError
        If the table exists or cannot be written.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder} is not a folder. Give the folder that holds the ECGs.")
    check_place(out, overwrite=force)
    paths = find_files(folder)
    if not paths:
        raise ConfigError(f"{folder} holds no ECG file of a supported format.")
    asked = repr((folder.resolve(), options, layout))
    make = partial(_row, options=options, layout=layout)
    with _alone(out):
        part = _part(out, asked, options.models, force=force)
        known, tally = _left(part)
        missing = [path for path in paths if path.name not in known]
        with (
            part.open("a", newline="", encoding="utf-8") as file,
            closing(_made(make, missing, jobs)) as rows,
        ):
            table = csv.DictWriter(file, COLUMNS)
            if part.stat().st_size == 0:
                table.writeheader()
            for filled in rows:
                table.writerow(filled)
                file.flush()
                tally = tally.plus(filled)
                done = tally.estimates + tally.failures
                progress(f"{done} of {len(paths)}", done / len(paths))
        os.replace(part, out)
    return tally


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Two batches into one table would each write all rows."""
    at = out.with_name(f"{out.name}.lock")
    try:
        held = hold(at)
        if held is None:
            raise ConfigError(
                f"{out} is being written by another batch. Wait for its end or choose another name."
            )
        try:
            yield
        finally:
            os.close(held)
            at.unlink(missing_ok=True)
    except OSError as error:  # what is there of the table stays, to be carried on
        raise write_error(out, error, whole=False) from error


def _part(out: Path, asked: str, models: Path | None, *, force: bool) -> Path:
    """Where rows are kept until all are there; its name tells how they are made."""
    weights = [at.card.sha256 for at in installed_models(models)]
    how = repr((asked, elvmass.__version__, COLUMNS, weights))
    part = out.with_name(f"{out.name}.{hashlib.sha256(how.encode()).hexdigest()[:8]}.part")
    for other in set(out.parent.glob(f"{glob.escape(out.name)}.????????.part")) - {part}:
        if not force:
            raise ConfigError(
                f"{other} is an interrupted batch of another folder, or with other options, models "
                "or version. Finish it with those, remove it, or add --force to begin anew."
            )
        other.unlink()
    return part


def _left(part: Path) -> tuple[set[str], Tally]:
    """Names of the files that have rows, and the tally of these; a row in pieces is cut off."""
    if not part.is_file():
        return set(), Tally()
    _cut(part)
    known, tally = set(), Tally()
    with part.open(newline="", encoding="utf-8") as file:
        for filled in csv.DictReader(file):
            known.add(Path(filled["file"]).name)
            tally = tally.plus(filled)
    return known, replace(tally, found=len(known))


def _cut(part: Path) -> None:
    """Leave whole rows alone."""
    with part.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        tail = b""
        while end and _END not in tail:
            start = max(0, end - _BLOCK)
            file.seek(start)
            tail = file.read(end - start) + tail[: len(_END) - 1]
            end = start
        file.truncate(end + tail.rfind(_END) + len(_END) if _END in tail else 0)


def _made(
    make: Callable[[Path], Row], paths: Sequence[Path], jobs: int
) -> Generator[Row, None, None]:
    try:
        yield from in_order(make, paths, jobs)
    except BrokenProcessPool as error:
        raise ConfigError(
            "A process of the batch ended by itself, perhaps for want of memory. "
            "Run the same command again, with fewer --jobs: it carries on where it stopped."
        ) from error


def _row(path: Path, options: Options, layout: TextLayout | None) -> Row:
    """The row of one file; an error of this program does not cost the other rows."""
    try:
        filled = row(next(analyse_many([path], options, layout)))
    except Exception as error:  # of any kind: it is told, in the row and in the tally
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        filled = dict.fromkeys(COLUMNS) | {
            "file": str(path),
            "error": UNEXPECTED,
            "message": f"{type(error).__name__}: {error} ({place}). Please report it.",
        }
    end = _END.decode()
    return {
        name: cell.replace(end, " ") if isinstance(cell, str) else cell
        for name, cell in filled.items()
    }
