"""`Analysis | Failure` → one flat CSV row per file, for batches."""

from __future__ import annotations

from elvmass.beat import SEGMENTS
from elvmass.clinical.body import HEIGHT_POWERS
from elvmass.result import GROUPS, Analysis, Failure, Interval

Row = dict[str, str | float | None]

_IMPORTANCE = tuple(f"{g}_{s.value.lower()}_percent" for g in GROUPS for s in SEGMENTS)

_PER_HEIGHT = {power: f"index_g_per_m{power:g}" for power in HEIGHT_POWERS}

#: Columns of the table, in order. A failure fills ``file``, ``error`` and ``message`` only.
COLUMNS: tuple[str, ...] = (
    "file", "mass_g", "interval_low_g", "interval_high_g", "coverage", "beat_sd_g", "eligible",
    "index_g_per_m2", *_PER_HEIGHT.values(),
    "bsa_m2", "bsa_formula", "lvh_verdict", "lvh_settled", "lvh_threshold", "lvh_probability",
    "model", "inputs", "trained_on", "imputed", "sex", "age_years", "height_cm", "weight_kg",
    "rate_bpm", "pr_ms", "qrs_ms", "qt_ms", "qrs_axis_deg", *_IMPORTANCE, "warnings", "sha256",
    "error", "message",
)  # fmt: skip


def row(result: Analysis | Failure) -> Row:
    """One row with exactly the keys of :data:`COLUMNS`."""
    filled = _failure(result) if isinstance(result, Failure) else _analysis(result)
    return {name: filled.get(name) for name in COLUMNS}


def _failure(failure: Failure) -> Row:
    return {
        "file": str(failure.path),
        "error": type(failure.error).__name__,
        "message": str(failure.error),
    }


def _analysis(analysis: Analysis) -> Row:
    e, record, ours = analysis.estimate, analysis.record, analysis.measured
    patient = record.patient
    verdict = {True: "above", False: "below", None: "not computed"}[e.lvh.positive]
    return {
        "file": str(record.source.path),
        "mass_g": round(e.mass_g, 2),
        **_interval(e.interval),
        "beat_sd_g": None if e.beat_sd_g is None else round(e.beat_sd_g, 2),
        "eligible": str(not e.ineligible).lower(),
        "index_g_per_m2": e.index_g_per_m2 and round(e.index_g_per_m2, 2),
        **{
            name: (index := e.per_height(power)) and round(index, 2)
            for power, name in _PER_HEIGHT.items()
        },
        "bsa_m2": e.bsa_m2 and round(e.bsa_m2, 3),
        "bsa_formula": e.bsa_formula,
        "lvh_verdict": verdict,
        "lvh_settled": str(e.lvh.certain).lower(),
        "lvh_threshold": e.lvh.threshold.key,
        "lvh_probability": e.lvh_probability and round(e.lvh_probability, 4),
        "model": e.card.name,
        "inputs": e.card.inputs,
        "trained_on": e.card.trained_on,
        "imputed": ";".join(e.imputed),
        "sex": patient.sex.value if patient.sex else None,
        "age_years": patient.age_years,
        "height_cm": patient.height_cm,
        "weight_kg": patient.weight_kg,
        "rate_bpm": ours.rate_bpm,
        "pr_ms": ours.pr_ms,
        "qrs_ms": ours.qrs_ms,
        "qt_ms": ours.qt_ms,
        "qrs_axis_deg": ours.qrs_axis_deg,
        "warnings": ";".join(notice.code for notice in e.notices),
        "sha256": record.source.sha256,
        **_importance(analysis),
    }


def _interval(interval: Interval | None) -> Row:
    if interval is None:
        return {}
    return {
        "interval_low_g": round(interval.low_g, 2),
        "interval_high_g": round(interval.high_g, 2),
        "coverage": interval.coverage,
    }


def _importance(analysis: Analysis) -> Row:
    if analysis.importance is None:
        return {}
    percent = (100 * analysis.importance.by_group()).round(2).ravel().tolist()
    return dict(zip(_IMPORTANCE, percent, strict=True))
