"""`Comparison` → sentences, a few plain lines for the terminal, and a JSON-able dictionary.

Patient name and identifier are never part of it.
"""

from __future__ import annotations

from typing import Any

from elvmass.compare import NOISE_COVERAGE, ChangeParts, Comparison, MassChange, Row, turn_deg
from elvmass.report.as_json import model_json, notices_json, record_json
from elvmass.result import Analysis

SCHEMA = "elvmass-comparison/1"

_NO_INTERVAL = (
    "No interval of the change is given: how far a model errs the same way on two ECGs of one "
    "patient has not been measured."
)


def verdict(comparison: Comparison) -> tuple[str, ...]:
    """What the change in grams means and what it does not, in whole sentences."""
    mass = comparison.mass
    if not comparison.comparable:
        return (_mixed(comparison), _noise(mass))
    return (*_parts(comparison.parts), _noise(mass), _intervals(mass), _NO_INTERVAL)


def change_text(comparison: Comparison) -> str:
    """The change in whole grams with its noise, e.g. "+12 g (beat-to-beat noise ±15 g)".

    As everywhere here, it is that of the rounded values beside it: a reader will subtract them.
    """
    mass = comparison.mass
    noise = (
        "noise not known" if mass.noise_g is None else f"beat-to-beat noise ±{mass.noise_g:.0f} g"
    )
    first, second = (e.estimate.mass_g for e in (comparison.first, comparison.second))
    return f"{signed(round(second) - round(first))} g ({noise})"


def signed(value: float, decimals: int = 0) -> str:
    """With its sign; what rounds to zero has none."""
    rounded = round(value, decimals) + 0.0
    return f"{rounded:+.{decimals}f}".replace("-", "−") if rounded else f"{0:.{decimals}f}"


def row_texts(row: Row) -> tuple[str, str, str]:
    """First, second and change of a row as they are shown; "–" for what is unknown."""
    decimals = 2 if row.unit == "mV" else 0
    first, second = (
        "–" if value is None else f"{value:z.{decimals}f}".replace("-", "−")
        for value in (row.first, row.second)
    )
    if row.first is None or row.second is None:
        return first, second, "–"
    change = round(row.second, decimals) - round(row.first, decimals)
    return first, second, signed(turn_deg(change) if row.unit == "°" else change, decimals)


def comparison_text(comparison: Comparison) -> str:
    """What ``elvmass compare`` prints."""
    lines = [
        f"first      {_when(comparison.first)}",
        f"second     {_when(comparison.second)}",
        *(f"caution    {each.message}" for each in comparison.cautions),
        f"LV mass    {_mass(comparison.first)}  →  {_mass(comparison.second)}",
        f"change     {change_text(comparison)}",
        *(f"           {sentence}" for sentence in verdict(comparison)),
        f"{'':<22}{'first':>8}{'second':>8}{'change':>8}",
    ]
    for row in comparison.rows:
        first, second, change = row_texts(row)
        lines.append(f"{row.name:<22}{first:>8}{second:>8}{change:>8} {row.unit}")
    card = comparison.second.estimate.card
    lines.append(f"trained on {card.trained_on}. Research use only, not a medical device.")
    return "\n".join(lines)


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """What ``elvmass compare --json`` prints."""
    mass = comparison.mass
    return {
        "schema": SCHEMA,
        "order": "by recording date" if comparison.dated else "as given",
        "comparable": comparison.comparable,
        "first": _side(comparison.first),
        "second": _side(comparison.second),
        "mass": {
            "change_g": round(mass.change_g, 2),
            "noise_g": None if mass.noise_g is None else round(mass.noise_g, 2),
            "noise_coverage": NOISE_COVERAGE,
            "why_no_noise": mass.why_no_noise,
            "ecg_g": comparison.parts and round(comparison.parts.ecg_g, 2),
            "patient_g": comparison.parts and round(comparison.parts.patient_g, 2),
            "within_noise": mass.within_noise,
            "intervals_share_g": mass.shared_g and [round(end, 2) for end in mass.shared_g],
            "says": list(verdict(comparison)),
        },
        "rows": [
            {
                "key": row.key, "name": row.name, "unit": row.unit, "first": _number(row.first),
                "second": _number(row.second), "change": _number(row.change),
            }
            for row in comparison.rows
        ],
        "cautions": notices_json(comparison.cautions),
        "research_use_only": True,
    }  # fmt: skip


def _side(analysis: Analysis) -> dict[str, Any]:
    e = analysis.estimate
    return {
        "mass_g": round(e.mass_g, 2),
        "interval_g": e.interval and [round(e.interval.low_g, 2), round(e.interval.high_g, 2)],
        "coverage": e.interval and e.interval.coverage,
        "beat_sd_g": _number(e.beat_sd_g),
        "clean_beats": len(e.beat_masses_g),
        "filter": analysis.filter_text,
        "model": model_json(e),
        "warnings": notices_json(e.notices),
        "record": record_json(analysis.record),
    }


def _mixed(comparison: Comparison) -> str:
    codes = {each.code for each in comparison.cautions}
    what = "patients" if "other_patient" in codes else "models"
    return f"Two {what}: read the difference as one between {what}, not as a change."


def _parts(parts: ChangeParts | None) -> tuple[str, ...]:
    if parts is None:
        return ()
    return (
        f"By the model's own contributions {signed(parts.ecg_g)} g come from the ECG (beat, axes, "
        f"QRS duration) and {signed(parts.patient_g)} g from age, sex and body size.",
    )


def _noise(mass: MassChange) -> str:
    if mass.noise_g is None:
        return f"Whether this is noise cannot be said: {mass.why_no_noise}."
    percent = f"{100 * NOISE_COVERAGE:.0f} %"
    if mass.within_noise:
        return (
            f"Within the beat-to-beat noise (±{mass.noise_g:.1f} g, {percent}): other beats of "
            "the same two recordings could give this difference."
        )
    return (
        f"More than the beat-to-beat noise (±{mass.noise_g:.1f} g, {percent}). Electrode "
        "placement, posture and the day add noise that these recordings cannot show."
    )


def _intervals(mass: MassChange) -> str:
    if not mass.intervals:
        return "One estimate has no prediction interval to set against the other."
    if mass.shared_g is None:
        return "The prediction intervals do not meet."
    low, high = mass.shared_g
    return (
        f"Both prediction intervals hold {low:.0f} to {high:.0f} g: an unchanged mass is not "
        "excluded."
    )


def _mass(analysis: Analysis) -> str:
    e = analysis.estimate
    if e.interval is None:
        return f"{e.mass_g:.0f} g (no interval)"
    percent = f"{100 * e.interval.coverage:.0f} %"
    return f"{e.mass_g:.0f} g ({percent} {e.interval.low_g:.0f} to {e.interval.high_g:.0f} g)"


def _when(analysis: Analysis) -> str:
    record = analysis.record
    return f"{record.source.path}  recorded {record.recorded_at or 'at an unknown time'}"


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
