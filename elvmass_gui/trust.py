"""How far a saliency method can be trusted on the model in use, in words for a badge. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from elvmass.card import ModelCard
from elvmass.errors import BundleError
from elvmass.model.explain import METHODS
from elvmass.model.explain.trust import CHECKS, MethodTrust, Trust, TrustFigure, read_trust
from elvmass.model.library import installed

PASSED, FAILED, UNCHECKED = "passed", "failed", "unchecked"
_HOW = "`elvmass explain --check` finds out how far its explanations can be trusted."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the badge says: its look, its text, and each check for the tooltip."""

    look: str
    text: str
    tip: str


def verdict(models: Path | None, card: ModelCard | None, method: str) -> Verdict:
    """The badge of a method on the model with this card."""
    if card is None:
        return Verdict(UNCHECKED, "checks follow the estimate", "No model is in use yet.")
    try:
        return in_words(trust_of(models, card.sha256), method)
    except BundleError as error:
        return Verdict(UNCHECKED, "not checked on this model", str(error))


@lru_cache(maxsize=32)
def trust_of(models: Path | None, sha256: str) -> Trust | None:
    """What was found for these weights; read once for each model and process.

    Raises
    ------
    BundleError
        If the file is damaged, or there is no model.
    """
    for at in installed.installed_models(models):
        if at.card.sha256 == sha256:
            return read_trust(at.path, sha256)
    return None


def in_words(trust: Trust | None, method: str) -> Verdict:
    """The badge for what was found, or for nothing found."""
    found = trust.methods.get(method) if trust is not None else None
    if trust is None or found is None or not any(f.passed is not None for f in _figures(found)):
        return Verdict(UNCHECKED, "not checked on this model", _unchecked(trust, method))
    lines = [f"{METHODS[method].words}: checked on this model with {trust.n} ECGs"]
    lines += [check_line(name, found.figures.get(name)) for name in CHECKS]
    tip = "\n".join(lines)
    if found.failed:
        names = ", ".join(name.replace("_", " ") for name in found.failed)
        return Verdict(FAILED, f"fails: {names}", tip)
    return Verdict(PASSED, "passes all checks on this model", tip)


def of_this_ecg(found: MethodTrust) -> Verdict:
    """The badge for what was found on one ECG; a single figure has no spread."""
    figures = {n: replace(f, low=None, high=None) for n, f in found.figures.items()}
    tip = "\n".join(["On this ECG:", *(check_line(name, figures.get(name)) for name in CHECKS)])
    passed = [_plain(name) for name, f in figures.items() if f.passed]
    failed = [f"{_plain(name)} ({_against(name, figures[name])})" for name in found.failed]
    parts = [f"fails {', '.join(failed)}"] * bool(failed)
    parts += [f"passes {', '.join(passed)}"] * bool(passed)
    text = f"On this ECG: {'; '.join(parts) or 'no check applies'}."
    return Verdict(FAILED if failed else PASSED if passed else UNCHECKED, text, tip)


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _against(name: str, figure: TrustFigure) -> str:
    check = CHECKS[name]
    return f"{figure.value:.2f}, at {'least' if check.at_least else 'most'} {check.limit:g}"


def check_line(name: str, figure: TrustFigure | None) -> str:
    """One check: its question, the value, the limit, and whether it was passed."""
    check = CHECKS[name]
    title = f"{name.replace('_', ' ')} ({check.words})"
    if figure is None or figure.value is None or figure.passed is None:
        return f"• {title}: does not apply"
    span = ""
    if figure.low is not None and figure.high is not None:
        span = f" ({figure.low:.2f} to {figure.high:.2f})"
    limit = f"at {'least' if check.at_least else 'most'} {check.limit:g}"
    return f"• {title}: {figure.value:.2f}{span}, {limit}: {'pass' if figure.passed else 'FAIL'}"


def _figures(found: MethodTrust) -> list[TrustFigure]:
    return [figure for name, figure in found.figures.items() if name in CHECKS]


def _unchecked(trust: Trust | None, method: str) -> str:
    if trust is None:
        return f"Nobody has checked the saliency methods on this model.\n{_HOW}"
    return f"{METHODS[method].words} was not among the methods that were checked.\n{_HOW}"
