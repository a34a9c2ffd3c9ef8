"""What a report is made of, before anything is painted."""

from __future__ import annotations

from dataclasses import dataclass, fields

from elvmass.pipeline import Options
from elvmass.record import Patient, Record
from elvmass.result import Analysis
from elvmass_gui.geometry.calipers import Calipers
from elvmass_gui.geometry.paper import SHEET_S
from elvmass_gui.painting.ecg_page import NO_MARKS, Marks
from elvmass_gui.pointing import analysed_s

#: Kinds of report by key, as they are offered.
PAGES: dict[str, str] = {"detailed": "Detailed, three pages", "one": "One page"}


@dataclass(frozen=True, slots=True, eq=False)
class ReportContent:
    """What to report.

    Attributes
    ----------
    record
        The recording.
    analysis
        Its analysis, or None when there is none.
    failure
        Why there is no estimate, one sentence; stands where the number would be.
    start_s
        First second of the ECG page; None shows the analysed beat.
    anonymous
        Leave out name, id, date and device; ages above 89 are not told.
    calipers
        Measurements of the reader, painted on the ECG.
    pages
        Key of :data:`PAGES`.
    options
        What the analysis was made with, for the provenance; None if there was none.
    corrected
        Fields of the patient that the reader changed.
    """

    record: Record
    analysis: Analysis | None = None
    failure: str | None = None
    start_s: float | None = None
    anonymous: bool = False
    calipers: Calipers = ()
    pages: str = "detailed"
    options: Options | None = None
    corrected: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pages not in PAGES:
            raise ValueError(f"unknown kind of report '{self.pages}'")


def corrected_fields(patient: Patient, original: Patient) -> tuple[str, ...]:
    """Names of the fields that the reader changed."""
    names = (each.name for each in fields(Patient))
    return tuple(name for name in names if getattr(patient, name) != getattr(original, name))


def page_count(content: ReportContent) -> int:
    """3 of a detailed report with an analysis, else 1."""
    return 1 if content.analysis is None or content.pages == "one" else 3


def marks_of(analysis: Analysis | None) -> Marks:
    """Beats found and what of them is analysed."""
    return NO_MARKS if analysis is None else Marks(analysis.marks, analysed_s(analysis))


def first_second(content: ReportContent) -> float:
    """Start of the ECG page, s: as asked, else 0, else so late that the beat is in its middle."""
    if content.start_s is not None:
        return content.start_s
    if content.analysis is None:
        return 0.0
    beat = content.analysis.beat
    if beat.start_s + beat.duration_s <= SHEET_S:
        return 0.0
    return float(round(beat.start_s + beat.duration_s / 2 - SHEET_S / 2))
