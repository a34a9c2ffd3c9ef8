"""What a child process of the lab is asked, as JSON. No Qt, nothing heavy.

Unlike the analyst's pickles these requests lie on the disk (a training is resumed from its own),
so they are plain JSON, checked when they are read.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from elvmass.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortWork:
    """How a cohort is read: its table, the preset whose beat is cut, processes.

    ``excluding`` leaves out what the study excluded.
    """

    table: str
    preset: str
    excluding: bool = True
    processes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCohort:
    """Read a cohort and say what becomes of every row."""

    work: CohortWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Train:
    """Train a bundle in the folder ``run``; ``settings`` win over those of the preset."""

    work: CohortWork
    run: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyModels:
    """Load every bundle named, and say which are damaged."""

    folders: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallModel:
    """Verify a bundle and copy it into ``folder``."""

    source: str
    folder: str
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectKeras:
    """Read a Keras file; with ``recordings`` (files) find out which unit its ECG has."""

    file: str
    name: str
    ecg_scale: str
    recordings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKeras:
    """Read a Keras file and install it in ``folder``."""

    file: str
    name: str
    ecg_scale: str
    folder: str
    replace: bool = False


Request = CheckCohort | Train | VerifyModels | InstallModel | InspectKeras | ImportKeras
_KINDS: dict[str, Any] = {kind.__name__: kind for kind in Request.__args__}


def to_json(request: Request) -> str:
    """One request as a line of JSON."""
    return json.dumps({"task": type(request).__name__, **asdict(request)})


def from_json(text: str) -> Request:
    """Read a request.

    Raises
    ------
    ConfigError
        If it is none: damaged, or of another version.
    """
    try:
        given = json.loads(text)
        kind = _KINDS[given.pop("task")]
        if "work" in given:
            given["work"] = _exactly(CohortWork, given["work"])
        request: Request = _exactly(kind, given)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"The request is damaged or of another version ({error}). Start the work anew."
        ) from error
    return request


def _exactly(kind: Any, values: dict[str, Any]) -> Any:
    known = {f.name for f in fields(kind)}
    if unknown := set(values) - known:
        raise ValueError(f"unknown {', '.join(sorted(unknown))}")
    return kind(**values)
