"""How far the chosen saliency method can be trusted on the model in use, in one line."""

from __future__ import annotations

from elvmass.model.explain.trust import CHECKS, MethodTrust, Trust, TrustFigure

_UNCHECKED = "Not checked on this model"


def badge(trust: Trust | None, method: str) -> tuple[str, str, str]:
    """Text, role and tooltip of the line below the selector of methods."""
    found = None if trust is None else trust.methods.get(method)
    if trust is None or found is None:
        return _UNCHECKED, "small", "`elvmass explain --check` checks the methods on a model."
    if found.failed:
        text, role = f"Fails on this model: {', '.join(map(_plain, found.failed))}", "mark"
    else:
        text, role = "Passes every check on this model", "small"
    return text, role, _details(found, trust.n)


def _details(found: MethodTrust, n: int) -> str:
    lines = [_line(name, figure) for name, figure in found.figures.items()]
    return "\n".join([f"Checked on {n} ECGs that the model had not seen:", *lines])


def _line(name: str, figure: TrustFigure) -> str:
    check = CHECKS[name]
    if figure.value is None:
        return f"{_plain(name)}: does not apply"
    bound = "at least" if check.at_least else "at most"
    verdict = "passes" if figure.passed else "FAILS"
    return f"{_plain(name)}: {figure.value:.3f}, {bound} {check.limit:g} ({check.words}): {verdict}"


def _plain(name: str) -> str:
    return name.replace("_", " ")
