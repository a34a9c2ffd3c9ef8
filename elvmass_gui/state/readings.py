"""What a reader thought of an ECG before the estimate was shown, and the log of it. No Qt.

The log is a text file of the user, one JSON object per line. It names an ECG by the hash of its
file and holds nothing else of file or patient.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import elvmass
from elvmass.result import Estimate
from elvmass_gui.messages import ReadingLogError

#: Of the lines of the log; raised when a field changes its meaning.
FORMAT = 1


class Lvh(str, Enum):
    """A reader's answer to "left ventricular hypertrophy?"."""

    YES = "yes"
    NO = "no"
    CANNOT_SAY = "cannot say"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reader entered: the answer and, if given, an own estimate in grams."""

    lvh: Lvh
    mass_g: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """An opinion with its circumstances.

    Attributes
    ----------
    time
        When it was entered, with the time zone.
    ecg_sha256
        Of the ECG file; "" if it is not known.
    seconds
        From the ECG's appearance on the screen to the opinion.
    seen_before
        The program had already shown an estimate of this ECG since it was started.
    """

    opinion: Opinion
    time: datetime
    ecg_sha256: str
    seconds: float
    seen_before: bool

    @property
    def words(self) -> str:
        """One line for the panel."""
        if self.opinion.lvh is Lvh.DISMISSED:
            return "Shown without a reading."
        mass = "" if self.opinion.mass_g is None else f" · {self.opinion.mass_g:.0f} g"
        return f"Your reading: LVH {self.opinion.lvh.value}{mass} · after {self.seconds:.0f} s"


def line(reading: Reading, estimate: Estimate | None, failure: str = "") -> str:
    """A reading and what the model said, as one line of JSON without its end.

    ``failure`` is the kind of error that came instead of an estimate; "" with neither means that
    the reader went on before it came.
    """
    opinion = reading.opinion
    fields: dict[str, Any] = {
        "format": FORMAT,
        "time": reading.time.isoformat(timespec="seconds"),
        "elvmass": elvmass.__version__,
        "ecg_sha256": reading.ecg_sha256 or None,
        "lvh": opinion.lvh.value,
        "own_mass_g": opinion.mass_g,
        "seconds_to_opinion": round(reading.seconds, 1),
        "seen_before": reading.seen_before,
        **_answer(estimate),
        "no_estimate": None if estimate else failure or "left before it came",
    }
    return json.dumps(fields, ensure_ascii=False)


def _answer(estimate: Estimate | None) -> dict[str, Any]:
    if estimate is None:
        return dict.fromkeys(("model", "estimate_g", "interval_g", "verdict"))
    card, span, judgement = estimate.card, estimate.interval, estimate.lvh
    return {
        "model": {"name": card.name, "version": card.version, "sha256": card.sha256},
        "estimate_g": round(estimate.mass_g, 1),
        "interval_g": span
        and {
            "low": round(span.low_g, 1), "high": round(span.high_g, 1), "coverage": span.coverage,
        },
        "verdict": {
            "limit": judgement.threshold.key,
            "limit_g_per_m2": judgement.limit_g_per_m2,
            "above": judgement.positive,
            "settled": judgement.certain,
        },
    }  # fmt: skip


class ReadingLog:
    """Appends lines to a file; what cannot be written waits in memory for the next chance.

    Parameters
    ----------
    path
        The log; it and its folder need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        #: Lines that are not on the disk yet.
        self.waiting: tuple[str, ...] = ()

    def add(self, text: str) -> None:
        """Append a line, after those that still wait.

        Raises
        ------
        elvmass_gui.messages.ReadingLogError
            The file cannot be written. The line waits; nothing half stays in the file.
        """
        self.waiting += (text,)
        self.write_waiting()

    def write_waiting(self) -> None:
        """Write what waits; raises as :meth:`add`."""
        if not self.waiting:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _append(self.path, self.waiting)
        except OSError as error:
            raise ReadingLogError(_not_written(self.path, len(self.waiting), error)) from error
        self.waiting = ()

    def save_waiting(self, path: Path) -> None:
        """Write what waits to another file; raises as :meth:`add`."""
        try:
            _append(path, self.waiting)
        except OSError as error:
            raise ReadingLogError(_not_written(path, len(self.waiting), error)) from error
        self.waiting = ()


def _append(path: Path, lines: tuple[str, ...]) -> None:
    """Append whole lines or none."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        # A line that another crash left without its end must not swallow ours.
        broken = size > 0 and _last_byte(path) != b"\n"
        block = ("\n" if broken else "") + "".join(f"{text}\n" for text in lines)
        try:
            _write_all(handle, block.encode("utf-8"))
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)


def _write_all(handle: int, block: bytes) -> None:
    while block:
        block = block[os.write(handle, block) :]


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)


def _not_written(path: Path, count: int, error: OSError) -> str:
    noun = "The reading" if count == 1 else f"{count} readings"
    return f"{noun} could not be written to '{path}' ({error.strerror})"
