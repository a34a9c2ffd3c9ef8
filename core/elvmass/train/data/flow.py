"""Which ECGs of a cohort are analysed and what became of the others, as the paper's Figure 1.

Each ECG goes through :data:`STEPS` in their order and leaves at the first that it fails. The paper
takes the ECG closest to imaging and then excludes patients; here the exclusions judge ECGs, by our
own measurements, and the closest of those that are left is taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from elvmass.result import PAPER_EXCLUSIONS

#: The steps at which an ECG may leave, in words.
STEPS: dict[str, str] = {
    "unreadable": "file cannot be read",
    "leads": "not a complete 12-lead ECG",
    "quality": "no usable heartbeat",
    "wide_qrs": "QRS of 120 ms or more (bundle branch block, pre-excitation)",
    "pacing_suspected": "paced",
    "atrial_fibrillation_suspected": "atrial fibrillation or flutter",
    "imaging": "not the closest ECG within six months of imaging",
}
#: Those that are codes of notices: what the study excluded.
EXCLUSIONS = PAPER_EXCLUSIONS

SIX_MONTHS_DAYS = 183


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not analysed: line of the table, file, why, and key of :data:`STEPS`."""

    line: int
    path: Path
    reason: str
    step: str


class Candidate(NamedTuple):
    """What is known of a row before it is chosen.

    ``trouble`` is a step and a reason if its ECG became no beat, else None; ``codes`` are those
    of the notices on its signal. Dates are None where unknown, ``qrs_ms`` is NaN.
    """

    line: int
    path: Path
    patient: str
    imaging_date: date | None
    ecg_date: date | None
    trouble: tuple[str, str] | None = None
    codes: frozenset[str] = frozenset()
    qrs_ms: float = math.nan


@dataclass(frozen=True, slots=True)
class Flow:
    """The way from the rows of a table to the rows that are analysed.

    Attributes
    ----------
    recorded, patients
        Rows of the table; patients among the rows that are analysed.
    excluding
        Whether :data:`EXCLUSIONS` were applied.
    refused
        Rows that left, in the order of the table.
    """

    recorded: int
    patients: int
    excluding: bool
    refused: tuple[Refused, ...] = ()

    @property
    def analysed(self) -> int:
        """Rows that are left."""
        return self.recorded - len(self.refused)

    def lines(self, step: str) -> tuple[int, ...]:
        """Lines of the table that left at a step."""
        return tuple(r.line for r in self.refused if r.step == step)

    def table(self) -> tuple[str, ...]:
        """One line of text for each step: how many left, how many remained."""
        return tuple(self._rows())

    def as_dict(self) -> dict[str, Any]:
        """Counts and lines of the table for JSON; no file names, which may name patients."""
        return {
            "recorded": self.recorded,
            "analysed": self.analysed,
            "patients": self.patients,
            "excluding": self.excluding,
            "left": {step: list(self.lines(step)) for step in STEPS},
        }

    def _rows(self) -> Iterator[str]:
        remaining = self.recorded
        yield f"{'recorded':<62}{'':>8}{remaining:>8}"
        for step, words in STEPS.items():
            if step in EXCLUSIONS and not self.excluding:
                yield f"  {words + ': kept':<60}"
                continue
            left = len(self.lines(step))
            remaining -= left
            yield f"  {words:<60}{-left:>8}{remaining:>8}"
        yield f"{f'analysed, of {self.patients} patients':<62}{'':>8}{remaining:>8}"


def choose(candidates: Sequence[Candidate], *, excluding: bool = True) -> Flow:
    """Decide which rows of a cohort are analysed.

    A row with a date of imaging needs an ECG within :data:`SIX_MONTHS_DAYS` of it; of several
    rows for one imaging the closest ECG is taken, of equally close ones the first. Rows without
    a date of imaging are not compared.
    """
    refused = {c.line: r for c in candidates if (r := _unfit(c, excluding))}
    left = [c for c in candidates if c.line not in refused and c.imaging_date]
    refused |= {r.line: r for r in _too_far(left)}
    refused |= {r.line: r for r in _not_closest([c for c in left if c.line not in refused])}
    patients = {c.patient for c in candidates if c.line not in refused}
    ordered = tuple(refused[c.line] for c in candidates if c.line in refused)
    return Flow(len(candidates), len(patients), excluding, ordered)


def _unfit(candidate: Candidate, excluding: bool) -> Refused | None:
    if candidate.trouble is not None:
        step, reason = candidate.trouble
        return Refused(candidate.line, candidate.path, reason, step)
    found = [code for code in EXCLUSIONS if excluding and code in candidate.codes]
    return _refuse(candidate, _why_excluded(found[0], candidate), found[0]) if found else None


def _why_excluded(code: str, candidate: Candidate) -> str:
    """What we measured, where it is a number; else the step."""
    if code == "wide_qrs" and math.isfinite(candidate.qrs_ms):
        return f"excluded: QRS measured {candidate.qrs_ms:.0f} ms"
    return f"excluded: {STEPS[code]}"


def _refuse(candidate: Candidate, reason: str, step: str = "imaging") -> Refused:
    return Refused(candidate.line, candidate.path, reason, step)


def _days(candidate: Candidate) -> int:
    """Days between ECG and imaging, both of which must be known."""
    assert candidate.ecg_date is not None
    assert candidate.imaging_date is not None
    return abs((candidate.ecg_date - candidate.imaging_date).days)


def _too_far(candidates: Sequence[Candidate]) -> Iterator[Refused]:
    for candidate in candidates:
        if candidate.ecg_date is None:
            yield _refuse(candidate, "the date of the ECG is unknown; state it as ecg_date")
        elif (days := _days(candidate)) > SIX_MONTHS_DAYS:
            yield _refuse(candidate, f"the ECG was recorded {days} days from imaging")


def _not_closest(candidates: Sequence[Candidate]) -> Iterator[Refused]:
    closest: dict[tuple[str, date | None], Candidate] = {}
    for candidate in sorted(candidates, key=_days):  # stable: the first of equally close ones
        kept = closest.setdefault((candidate.patient, candidate.imaging_date), candidate)
        if kept is not candidate:
            yield _refuse(candidate, f"the ECG on line {kept.line} is closer to imaging")
