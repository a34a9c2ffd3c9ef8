"""What the lie detector found, as a file beside the card; no torch here.

``trust.json`` belongs to the weights whose SHA-256 it states. A bundle without it, or with that of
other weights, was not checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from elvmass.errors import BundleError

TRUST_FILE = "trust.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Check:
    """A question to a saliency method: what is measured, and which values pass."""

    words: str
    limit: float
    at_least: bool


CHECKS: dict[str, Check] = {
    "randomisation": Check("|Spearman| with the map of random weights", 0.5, at_least=False),
    "completeness": Check("gap of the sum, relative", 0.01, at_least=False),
    "deletion": Check("change without the top samples / random samples", 1.0, at_least=True),
    "insertion": Check("error with random samples only / the top samples", 1.0, at_least=True),
    "fold_agreement": Check("Spearman between fold models", 0.5, at_least=True),
    "noise": Check("Spearman after 2 % noise", 0.8, at_least=True),
    "shift": Check("Spearman after a shift by one sample", 0.8, at_least=True),
}


@dataclass(frozen=True, slots=True)
class TrustFigure:
    """Mean over ECGs with a 95 % bootstrap interval; None where a check does not apply."""

    value: float | None
    low: float | None
    high: float | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class MethodTrust:
    """The checks of one method, and its similarity after each step of randomisation."""

    figures: dict[str, TrustFigure]
    cascade: dict[str, float]

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the checks that this method does not pass."""
        return tuple(name for name, f in self.figures.items() if f.passed is False)


@dataclass(frozen=True, slots=True)
class Trust:
    """All methods on one model, on ``n`` ECGs."""

    model_sha256: str
    n: int
    methods: dict[str, MethodTrust]


def write_trust(folder: Path, trust: Trust) -> Path:
    """Write ``trust.json`` beside the card."""
    path = folder / TRUST_FILE
    text = json.dumps({"format": FORMAT, **asdict(trust)}, indent=2, allow_nan=False)
    path.write_text(f"{text}\n", encoding="utf-8")
    return path


def read_trust(folder: Path, sha256: str) -> Trust | None:
    """What was found for the weights ``sha256``; None if they were not checked.

    Raises
    ------
    BundleError
        If the file is damaged.
    """
    path = folder / TRUST_FILE
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != FORMAT or values["model_sha256"] != sha256:
            return None
        methods = {name: _method(found) for name, found in values["methods"].items()}
        return Trust(sha256, int(values["n"]), methods)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(
            f"{TRUST_FILE} of model {folder.name!r} is damaged; delete it and check the model "
            "again with `elvmass explain --check`."
        ) from error


def _method(values: Mapping[str, Any]) -> MethodTrust:
    figures = {name: TrustFigure(**figure) for name, figure in values["figures"].items()}
    return MethodTrust(figures, {name: float(v) for name, v in values["cascade"].items()})
