"""Units that a person may type in; inside the program it is always years, cm and kg."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isfinite

from elvmass.record import AGE_YEARS, HEIGHT_CM, WEIGHT_KG

#: Unit → how many of the program's unit it is.
FACTORS: dict[str, float] = {
    "years": 1.0, "g": 1.0, "cm": 1.0, "in": 2.54, "kg": 1.0, "lb": 0.45359237,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of the patient panel: field name, title, units (ours first), plausible range."""

    field: str
    title: str
    units: tuple[str, ...]
    low: float
    high: float

    def parse(self, text: str, unit: str) -> float | None:
        """The typed text in the program's unit; None if the field is empty.

        Raises
        ------
        ValueError
            Not a number, or outside the plausible range; the text says which range.
        """
        text = text.strip().replace(",", ".")
        if not text:
            return None
        try:
            value = float(text) * FACTORS[unit]
        except ValueError:
            value = float("nan")
        if not (isfinite(value) and self.low <= value <= self.high):
            low, high = ceil(self.low / FACTORS[unit]), floor(self.high / FACTORS[unit])
            raise ValueError(f"{self.title} must be {low} to {high} {unit}")
        return value

    def show(self, value: float | None, unit: str) -> str:
        """The value as it is typed: at most one decimal, none if it is whole."""
        if value is None:
            return ""
        return f"{value / FACTORS[unit]:.1f}".removesuffix(".0")


AGE = Quantity("age_years", "Age", ("years",), *AGE_YEARS)
HEIGHT = Quantity("height_cm", "Height", ("cm", "in"), *HEIGHT_CM)
WEIGHT = Quantity("weight_kg", "Weight", ("kg", "lb"), *WEIGHT_KG)
QUANTITIES: tuple[Quantity, ...] = (AGE, HEIGHT, WEIGHT)
