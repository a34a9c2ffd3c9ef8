"""How far a number may be trusted, in words: eligibility and repeatability. No Qt."""

from __future__ import annotations

from elvmass.card import ModelCard
from elvmass.record import Sex
from elvmass.result import Analysis, Estimate, Interval, SecondEstimate
from elvmass_gui.painting.wording import percent

#: What a difference between the two estimates means.
SECOND_TIP = (
    "The same beat, read by a model that was trained on other people of the same cohort:\n"
    "on both sexes instead of one, or the reverse (circle and thin line on the scale).\n"
    "A difference as small as between the fold models is what two trainings differ by anyway.\n"
    "A larger one says that the answer depends on whom the model was trained on: then the number\n"
    "is less certain than either interval says. It does not say which of the two is right."
)

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


def second_line(analysis: Analysis) -> str:
    """The second estimate with its model and interval, and how it differs; "" without one."""
    second = analysis.second
    if second is None:
        return ""
    found = f"{second.mass_g:.0f} g, {_second_span(second)}"
    difference = _difference(round(second.mass_g) - round(analysis.estimate.mass_g))
    return f"{_whose(second.card)} ({second.card.name}): {found}; {difference}"


def second_mark(second: SecondEstimate) -> str:
    """The second mark of the scale in one line."""
    span = second.interval
    ends = "no interval" if span is None else f"{span.low_g:.0f}–{span.high_g:.0f} g"
    return f"circle, thin line: {second.card.name} {second.mass_g:.0f} g, {ends}"


def _whose(card: ModelCard) -> str:
    if card.sex is None:
        return "Model for both sexes"
    return "Model for men" if card.sex is Sex.MALE else "Model for women"


def _second_span(second: SecondEstimate) -> str:
    span = second.interval
    if span is None:
        return "no interval"
    return span_words(span)


def span_words(span: Interval) -> str:
    """A prediction interval with its coverage."""
    return f"{percent(span.coverage)} interval {span.low_g:.0f} to {span.high_g:.0f} g"


def _difference(grams: int) -> str:
    """Of the whole grams that are shown: readers subtract them."""
    if grams == 0:
        return "no difference"
    return f"{abs(grams)} g {'more' if grams > 0 else 'less'}"


def _span(masses: tuple[float, ...]) -> str:
    low, high = f"{min(masses):.0f}", f"{max(masses):.0f}"
    return f"{low} g" if low == high else f"{low}–{high} g"
