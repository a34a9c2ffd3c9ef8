"""Ranges of what a file says of the patient; what lies outside is treated as unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from elvmass.record import AGE_YEARS, HEIGHT_CM, WEIGHT_KG, Notice, Patient

ADULT_YEARS = (18.0, 110.0)


def patient_within_ranges(patient: Patient) -> tuple[Patient, tuple[Notice, ...]]:
    """Return the patient without implausible values, and a notice of each doubt."""
    notices: list[Notice] = []
    kept: dict[str, Any] = {}
    for name, unit, (low, high) in (
        ("age_years", "years", AGE_YEARS),
        ("height_cm", "cm", HEIGHT_CM),
        ("weight_kg", "kg", WEIGHT_KG),
    ):
        value = kept[name] = getattr(patient, name)
        if value is None or low <= value <= high:
            continue
        kept[name] = None
        word = name.partition("_")[0]
        notices.append(
            Notice(
                f"{word}_implausible",
                f"The file gives the {word} as {value:g} {unit}, which is implausible; it is "
                f"treated as unknown. Please enter it.",
            )
        )
    age = kept["age_years"]
    if age is not None and not ADULT_YEARS[0] <= age <= ADULT_YEARS[1]:
        notices.append(
            Notice("age_outside_adults", f"Age {age:g} years is outside the adults' range.")
        )
    return replace(patient, **kept), tuple(notices)
