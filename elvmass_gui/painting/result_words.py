"""How far a number may be trusted, in words: eligibility and repeatability. No Qt."""

from __future__ import annotations

from elvmass.result import Estimate

#: Beginning of a notice's code → what stands in the one line beside the number.
_REASONS: dict[str, str] = {
    "wide_qrs": "wide QRS",
    "pacing_suspected": "pacing suspected",
    "atrial_fibrillation_suspected": "atrial fibrillation suspected",
    "rate_outside_range": "heart rate outside the usual range",
    "few_beats": "too few clean beats",
    "lead_off": "an electrode was off",
    "suspected_": "electrodes may be exchanged",
    "outside_training": "values far from those of the training cohort",
}


def outside_line(estimate: Estimate) -> str:
    """One line that says why the ECG is none for this model; "" if it is one."""
    reasons = dict.fromkeys(_reason(notice.code) for notice in estimate.ineligible)
    if not reasons:
        return ""
    return f"Outside what the model is meant for: {', '.join(reasons)}."


def outside_details(estimate: Estimate) -> str:
    """The notices behind :func:`outside_line`, in full."""
    return "\n".join(dict.fromkeys(notice.message for notice in estimate.ineligible))


def _reason(code: str) -> str:
    return next((text for start, text in _REASONS.items() if code.startswith(start)), code)


def beats_line(estimate: Estimate) -> str:
    """The same estimate on each clean beat; "" if there are none to compare."""
    masses, sd_g = estimate.beat_masses_g, estimate.beat_sd_g
    if not masses:
        return ""
    if sd_g is None:
        return f"only one clean beat: {masses[0]:.0f} g"
    return f"on {len(masses)} clean beats {_span(masses)}, SD {sd_g:.1f} g"


def folds_line(estimate: Estimate) -> str:
    """How far the fold models disagree; "" for a single one."""
    masses = estimate.fold_masses_g
    return f"{len(masses)} fold models {_span(masses)}" if len(masses) > 1 else ""


def _span(masses: tuple[float, ...]) -> str:
    low, high = f"{min(masses):.0f}", f"{max(masses):.0f}"
    return f"{low} g" if low == high else f"{low}–{high} g"
