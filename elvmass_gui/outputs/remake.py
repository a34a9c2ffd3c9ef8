"""Make a report again from its side file and the ECG: the same, or a clear word why not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from elvmass import io, pipeline
from elvmass.beside.second import with_second
from elvmass.errors import BundleError, ConfigError, FileError, SignalError
from elvmass.record import Record
from elvmass.result import Analysis
from elvmass_gui.outputs import side_file
from elvmass_gui.outputs.side_file import EcgPage, SideFile
from elvmass_gui.painting.fit import PAPERS
from elvmass_gui.painting.report_content import PAGES, ReportContent
from elvmass_gui.versions import versions

#: Numbers are compared as they are written, which is rounded.
_TOLERANCE = 0.011
_MOST_TOLD = 4


@dataclass(frozen=True, slots=True, eq=False)
class Remade:
    """The content of the report, its paper, and what differs from the first one, in sentences."""

    content: ReportContent
    paper: str
    differences: tuple[str, ...]


def remake(side: Path, ecg: Path) -> Remade:
    """Read, check and analyse again.

    Raises
    ------
    FileError
        The side file or the ECG cannot be read, or the ECG is not the one of the report.
    BundleError
        The model of the report is not installed, or another one would be used.
    ConfigError
        A setting cannot be followed, or then there was an estimate and now there is none.
    """
    told = side_file.read(side)
    _check_settings(told)
    record = _same_ecg(told, ecg)
    content = _content(told, record)
    differences = (*_versions(told), *_numbers(told, content))
    return Remade(content, told.paper, differences)


def _check_settings(told: SideFile) -> None:
    if told.pages not in PAGES or told.paper not in PAPERS or told.ecg_page != EcgPage():
        raise ConfigError(
            "The side file asks for pages, paper or an ECG page that this version does not draw. "
            "Use the version of elvmass that wrote it."
        )


def _same_ecg(told: SideFile, ecg: Path) -> Record:
    record = io.read(ecg)
    if record.source.sha256 != told.ecg.sha256:
        raise FileError(
            ecg,
            f"is not the ECG of this report: its SHA-256 begins {record.source.sha256[:12]}, "
            f"that of the report {told.ecg.sha256[:12]}",
            f"Choose the unchanged file{_called(told.ecg.file)}.",
        )
    return replace(record, patient=side_file.corrected(record.patient, told.patient))


def _called(name: str | None) -> str:
    return f" '{name}'" if name else ""


def _content(told: SideFile, record: Record) -> ReportContent:
    analysis, failure = _analysed(told, record)
    return ReportContent(
        record, analysis, failure, told.start_s, told.anonymous, told.calipers, told.pages,
        told.options, told.patient.changed,
    )  # fmt: skip


def _analysed(told: SideFile, record: Record) -> tuple[Analysis | None, str | None]:
    """The analysis, or why there is none: as it was when the report was made."""
    if told.options is None:
        return None, told.failure
    try:
        analysis = pipeline.analyse(record, told.options)
        if told.result is not None and told.result.get("second") is not None:
            analysis = with_second(analysis, told.options.models)
    except SignalError as error:
        if told.model is not None:
            raise ConfigError(f"The report held an estimate; now there is none: {error}") from error
        return None, str(error)
    if told.model is None:
        raise ConfigError(
            f"The report held no estimate ({told.failure}); now there is one. "
            "Use the version of elvmass that wrote it."
        )
    _check_model(told.model, analysis)
    return analysis, None


def _check_model(model: side_file.Model, analysis: Analysis) -> None:
    card = analysis.estimate.card
    if card.sha256 != model.sha256:
        raise BundleError(
            f"The report was made with model {model.name}, version {model.version} (SHA-256 "
            f"{model.sha256[:12]}…); here {card.name}, version {card.version} "
            f"({card.sha256[:12]}…) would be used. Install that model, and remove others that fit."
        )


# ---- what differs -----------------------------------------------------------------------------


def _versions(told: SideFile) -> tuple[str, ...]:
    now = versions()
    return tuple(
        f"{name}: {then} then, {now.get(name, 'not present')} now"
        for name, then in told.versions.items()
        if then != now.get(name)
    )


def _numbers(told: SideFile, content: ReportContent) -> tuple[str, ...]:
    """The first numbers that differ, and how many more."""
    now = side_file.result(content)
    if told.result is None or now is None:
        return ()
    # Where the file lies and what it is called is no result.
    then, now = ({k: v for k, v in each.items() if k != "record"} for each in (told.result, now))
    found = [f"{name}: {a} then, {b} now" for name, a, b in _unequal(then, now, "")]
    more = len(found) - _MOST_TOLD
    return (*found[:_MOST_TOLD], *([f"and {more} further values"] if more > 0 else []))


def _unequal(then: Any, now: Any, where: str) -> list[tuple[str, Any, Any]]:
    if isinstance(then, dict) and isinstance(now, dict):
        names = dict.fromkeys((*then, *now))
        parts = (_unequal(then.get(n), now.get(n), f"{where}.{n}".lstrip(".")) for n in names)
        return [each for part in parts for each in part]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        pairs = enumerate(zip(then, now, strict=True), start=1)
        parts = (_unequal(a, b, f"{where} {k}") for k, (a, b) in pairs)
        return [each for part in parts for each in part]
    if _is_number(then) and _is_number(now):
        near = abs(then - now) <= _TOLERANCE + 1e-4 * abs(then)
        return [] if near else [(where, then, now)]
    return [] if then == now else [(where, then, now)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
