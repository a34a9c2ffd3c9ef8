"""A what-if curve as CSV: one row for each value; no name or identifier of the patient."""

from __future__ import annotations

import math

from elvmass.beside import Supposed
from elvmass.report.tables import Cell, as_csv

_UNITS = {"age_years": "years", "height_cm": "cm", "weight_kg": "kg"}


def curve_csv(supposed: Supposed) -> str:
    """The curve of a supposition as a table.

    ``variable`` names what runs ("weight_kg", or "QRS/limb" in percent of the recorded voltage),
    ``supposed`` what else differs from the patient. ``low_g`` and ``high_g`` are empty where no
    interval can be stood for, ``far_outside_training`` is 1 where the cohort had no such patient.
    """
    curve, card = supposed.curve, supposed.given.card
    rows: list[dict[str, Cell]] = []
    for k, value in enumerate(curve.sweep.values):
        masses = enumerate(curve.fold_masses_g[k].tolist(), start=1)
        rows.append(
            {
                "variable": variable(supposed),
                "unit": _UNITS.get(curve.sweep.scalar, "percent"),
                "value": value if curve.sweep.scalar else 100.0 * value,
                "mass_g": float(curve.mass_g[k]),
                "low_g": _known(float(curve.low_g[k])),
                "high_g": _known(float(curve.high_g[k])),
                **{f"fold_{number}_g": mass for number, mass in masses},
                "far_outside_training": int(curve.outside[k]),
                "original_g": supposed.original.mass_g,
                "supposed": _others(supposed),
                "model": card.name,
                "model_sha256": card.sha256,
                "note": "question to a model, not a patient; research use only",
            }
        )
    return as_csv(rows)


def variable(supposed: Supposed) -> str:
    """Stable name of what the curve runs over."""
    asked = supposed.supposition
    return supposed.curve.sweep.scalar or f"{asked.segment.value}/{asked.group}"


def _others(supposed: Supposed) -> str:
    """What else is supposed than the variable of the curve."""
    asked, running = supposed.supposition, supposed.curve.sweep.scalar
    parts = [f"{name}={value:g}" for name, value in asked.scalars.items() if name != running]
    if asked.alters_ecg and running:
        parts.append(f"{asked.segment.value}/{asked.group}={100 * asked.factor:g}%")
    return " ".join(parts)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
