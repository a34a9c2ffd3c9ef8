"""The side file of a report: JSON from which the same report can be made again.

It holds hashes of ECG and model, versions, settings, and the numbers that the report shows; never
the patient's name or identifier, which stay in the ECG file. That of an anonymous report also
leaves out the name of the file, the time of the recording and the device, and caps ages at 90.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from elvmass.errors import ConfigError, CorruptFileError, FileError, WriteError
from elvmass.io.write.anonymous import anonymous as without_identity
from elvmass.pipeline import Options
from elvmass.record import Patient, Record, Sex
from elvmass.report.plain import from_plain, to_plain
from elvmass_gui.geometry.calipers import Calipers
from elvmass_gui.geometry.paper import DEFAULT_LAYOUT, Scale
from elvmass_gui.geometry.shown import AS_RECORDED
from elvmass_gui.painting.fit import PAPERS, Paper
from elvmass_gui.painting.report_content import ReportContent
from elvmass_gui.painting.wording import NOT_A_DEVICE
from elvmass_gui.versions import versions

SCHEMA = "elvmass-report/1"
SUFFIX = ".json"
_LARGEST = 4 * 2**20
_OLDEST_TOLD, _OLDER = 89.0, 90.0


@dataclass(frozen=True, slots=True)
class EcgFile:
    """The ECG: name without its folder (None if anonymous), format, SHA-256 of its bytes."""

    file: str | None
    format: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """The model that spoke."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class EcgPage:
    """How the report draws the ECG; the gain is halved where waves would be cut."""

    layout: str = DEFAULT_LAYOUT.name
    mm_per_s: float = Scale().mm_per_s
    mm_per_mv: float = Scale().mm_per_mv
    display_filter: str = AS_RECORDED.text


@dataclass(frozen=True, slots=True)
class Corrections:
    """What the reader changed of the patient; ``changed`` names the fields that count."""

    changed: tuple[str, ...] = ()
    sex: Sex | None = None
    age_years: float | None = None
    height_cm: float | None = None
    weight_kg: float | None = None


@dataclass(frozen=True, slots=True)
class SideFile:
    """All of it; ``options`` is None for a report that was made before any analysis."""

    ecg: EcgFile
    model: Model | None
    versions: dict[str, str]
    pages: str
    paper: str
    anonymous: bool
    start_s: float | None
    calipers: Calipers
    ecg_page: EcgPage
    options: Options | None
    patient: Corrections
    failure: str | None
    result: dict[str, Any] | None
    schema: str = SCHEMA
    notice: str = field(default=NOT_A_DEVICE)


def files(content: ReportContent, report: Path, paper: Paper) -> dict[Path, bytes]:
    """The side file that belongs beside a report.

    Raises
    ------
    WriteError
        Something else stands there under this name, such as an ECG in JSON.
    """
    path = report.with_suffix(SUFFIX)
    if os.path.exists(path) and not _is_ours(path):
        raise WriteError(
            path,
            "exists already and is no side file of a report",
            "Choose another name for the report, or leave the side file out.",
        )
    text = json.dumps(to_plain(describe(content, paper)), indent=2, allow_nan=False)
    return {path: f"{text}\n".encode()}


def describe(content: ReportContent, paper: Paper) -> SideFile:
    """What a report is made of."""
    record, card = content.record, content.analysis and content.analysis.estimate.card
    name = None if content.anonymous or record.source.path is None else record.source.path.name
    return SideFile(
        ecg=EcgFile(name, record.source.format, record.source.sha256),
        model=Model(card.name, card.version, card.sha256) if card else None,
        versions=versions(),
        pages=content.pages,
        paper=next(key for key, each in PAPERS.items() if each == paper),
        anonymous=content.anonymous,
        start_s=content.start_s,
        calipers=content.calipers,
        ecg_page=EcgPage(),
        options=_options(content),
        patient=_corrections(content),
        failure=content.failure,
        result=result(content),
    )


def read(path: Path) -> SideFile:
    """Read a side file.

    Raises
    ------
    FileError
        It cannot be read, is none, or is of another version.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise _foreign(path)
        plain = json.loads(path.read_bytes())
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}", "Choose another file.") from None
    except ValueError:
        raise _foreign(path) from None
    if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
        raise _foreign(path)
    try:
        return from_plain(SideFile, plain)
    except ConfigError as error:
        remedy = "Use the version of elvmass that wrote it, or an unchanged copy."
        raise CorruptFileError(path, str(error).rstrip("."), remedy) from None


def result(content: ReportContent) -> dict[str, Any] | None:
    """The numbers of a report as JSON; None if it has none."""
    from elvmass.report.as_json import estimate_json, explain_json  # scipy, of no use before

    analysis = content.analysis
    if analysis is None:
        return None
    shown = replace(analysis, record=_shown_record(content))
    made = estimate_json(shown) if analysis.saliency is None else explain_json(shown)
    scalars = made["model"]["scalars"]
    if content.anonymous and "age_years" in scalars:
        scalars["age_years"] = _capped(scalars["age_years"])
    told: dict[str, Any] = json.loads(json.dumps(made))
    return told


def _shown_record(content: ReportContent) -> Record:
    """The record without its folder, and without identity in an anonymous report."""
    record = content.record
    if content.anonymous:
        return without_identity(record)
    path = record.source.path
    return replace(record, source=replace(record.source, path=path and Path(path.name)))


def _options(content: ReportContent) -> Options | None:
    """The options in force; the folder of models is a matter of this computer."""
    if content.options is None:
        return None
    explained = content.analysis is not None and content.analysis.saliency is not None
    return replace(content.options, explain=explained, models=None)


def _corrections(content: ReportContent) -> Corrections:
    names = tuple(name for name in content.corrected if name in _CORRECTABLE)
    values = {name: getattr(content.record.patient, name) for name in names}
    if content.anonymous and values.get("age_years"):
        values["age_years"] = _capped(values["age_years"])
    return Corrections(names, **values)


def corrected(patient: Patient, changes: Corrections) -> Patient:
    """The patient of the file with the reader's corrections."""
    return replace(patient, **{name: getattr(changes, name) for name in changes.changed})


def _capped(age_years: float) -> float:
    return _OLDER if age_years > _OLDEST_TOLD else age_years


_CORRECTABLE = ("sex", "age_years", "height_cm", "weight_kg")


def _is_ours(path: Path) -> bool:
    try:
        read(path)
    except FileError:
        return False
    return True


def _foreign(path: Path) -> CorruptFileError:
    return CorruptFileError(
        path,
        "is no side file of an elvmass report",
        "Choose the .json file that was written beside the report.",
    )
