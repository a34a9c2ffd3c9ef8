"""The what-if window in words. No Qt."""

from __future__ import annotations

from elvmass.beat import Segment
from elvmass.beside import Point, Supposed, Supposition
from elvmass.card import SCALAR_WORDS
from elvmass_gui.painting.result_words import span_words
from elvmass_gui.painting.wording import signed_grams

QUESTION = "A question to the model, not a patient"
QUESTION_TIP = (
    "The answer is what the model makes of the change, not what nature would do: an obese patient\n"
    "has another heart and another ECG; here only the number that the model is told changes.\n"
    "Axes and durations stay as they were measured."
)
GROUPS: dict[str, str] = {
    "all": "all leads",
    "limb": "limb leads",
    "precordial": "precordial leads",
}
_ALTERED = (
    "Altered ECG: nobody's heart made it, and how good the model's answer to it is, is not known."
)


def segment_title(segment: Segment, group: str) -> str:
    """What the scale of the ECG works on: "QRS voltage, limb leads"."""
    return f"{segment.value} voltage, {GROUPS[group]}"


def grams_between(supposed: Supposed) -> str:
    """By how much the answer moved."""
    return signed_grams(supposed.changed.mass_g - supposed.original.mass_g, 1)


def interval(point: Point) -> str:
    """The interval of one answer, or that there is none to stand for."""
    span = point.interval
    if span is None:
        return "no interval can be stood for"
    return span_words(span)


def folds(point: Point) -> str:
    """How far the fold models disagree; "" for a single one."""
    masses = point.fold_masses_g
    if len(masses) < 2:
        return ""
    return f"{len(masses)} fold models {min(masses):.0f}–{max(masses):.0f} g"


def doubts(supposed: Supposed) -> str:
    """Why the answer is worth less than an estimate; "" if nothing but the question is against it.

    The first line is about the patient, the second about the ECG.
    """
    lines = []
    if supposed.outside:
        names = ", ".join(SCALAR_WORDS[name] for name in supposed.outside)
        lines.append(f"Outside the trained range: {names}. The model has not seen such patients.")
    if supposed.supposition.alters_ecg:
        lines.append(_ALTERED)
    return "\n".join(lines)


def is_nothing(supposition: Supposition) -> bool:
    """Whether nothing is supposed."""
    return not supposition.scalars and not supposition.alters_ecg
