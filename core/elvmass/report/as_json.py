"""`Analysis` → plain JSON-able dictionaries. The README documents this form; keep them in step.

Patient name and identifier are never part of it.
"""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any

from elvmass.beat import SEGMENTS, Beat, BeatMark, Fiducials
from elvmass.boundaries import intervals_ms
from elvmass.clinical.body import HEIGHT_POWERS
from elvmass.record import LEADS, LeadMeasurements, LeadQuality, Measurements, Notice, Record
from elvmass.result import (
    GROUPS,
    Analysis,
    Estimate,
    Failure,
    LvhJudgement,
    SaliencyMap,
    SecondEstimate,
    SegmentImportance,
    group_sums,
)
from elvmass.signal.measure import qtc_ms

SCHEMA = "elvmass-estimate/1"


def estimate_json(analysis: Analysis) -> dict[str, Any]:
    """What ``elvmass estimate --json`` prints for one file."""
    e = analysis.estimate
    return {
        "schema": SCHEMA,
        "mass_g": round(e.mass_g, 2),
        "interval_g": e.interval and [round(e.interval.low_g, 2), round(e.interval.high_g, 2)],
        "coverage": e.interval and e.interval.coverage,
        "fold_masses_g": [round(m, 2) for m in e.fold_masses_g],
        "beat_masses_g": [round(m, 2) for m in e.beat_masses_g],
        "beat_sd_g": _round(e.beat_sd_g, 2),
        "index_g_per_m2": _round(e.index_g_per_m2, 2),
        "bsa_m2": _round(e.bsa_m2, 3),
        "bsa_formula": e.bsa_formula,
        "index_per_height": {
            f"g_per_m{power:g}": _round(e.per_height(power), 2) for power in HEIGHT_POWERS
        },
        "lvh": lvh_json(e.lvh),
        "lvh_probability": _round(e.lvh_probability, 4),
        "second": analysis.second and second_json(analysis.second),
        "model": model_json(e),
        "eligibility": {
            "eligible": not e.ineligible,
            "reasons": [notice.code for notice in e.ineligible],
        },
        "beat": beat_json(analysis.beat, analysis.filter_text)
        | {"boundaries_by_hand": by_hand_json(analysis)},
        "beats": [beat_mark_json(mark) for mark in analysis.marks],
        "measurements": measurements_json(analysis.record.reported, analysis.measured),
        "qtc_ms": {name: _round(ms, 1) for name, ms in qtc_ms(analysis.measured).items()},
        "leads": leads_json(analysis.leads),
        "lead_quality": leads_json(analysis.lead_quality),
        "criteria": [asdict(each) for each in analysis.criteria],
        "warnings": notices_json(e.notices),
        "record": record_json(analysis.record),
    }


def explain_json(analysis: Analysis, samples: bool = False) -> dict[str, Any]:
    """:func:`estimate_json` plus saliency and importance; ``samples`` adds every sample."""
    if analysis.saliency is None or analysis.importance is None:
        raise ValueError("the analysis was made without an explanation")
    out = estimate_json(analysis)
    out["importance"] = importance_json(analysis.importance)
    out["saliency"] = saliency_json(analysis.saliency, samples)
    return out


def failure_json(failure: Failure) -> dict[str, Any]:
    """A file that gave no estimate."""
    return {
        "schema": SCHEMA,
        "error": type(failure.error).__name__,
        "message": str(failure.error),
        "record": {"file": str(failure.path)},
    }


def record_json(record: Record) -> dict[str, Any]:
    """Provenance and demographics; no name, no identifier."""
    patient = record.patient
    return {
        "file": str(record.source.path) if record.source.path else None,
        "format": record.source.format,
        "device": record.source.device,
        "sha256": record.source.sha256,
        "recorded_at": record.recorded_at.isoformat() if record.recorded_at else None,
        "rate_hz": record.rate_hz,
        "duration_s": round(record.duration_s, 3),
        "derived_leads": list(record.derived_leads),
        "device_filter": record.device_filter,
        "sex": patient.sex.value if patient.sex else None,
        "age_years": patient.age_years,
        "height_cm": patient.height_cm,
        "weight_kg": patient.weight_kg,
    }


def model_json(e: Estimate) -> dict[str, Any]:
    """Which model spoke, and on what it was trained."""
    card = e.card
    return {
        "name": card.name,
        "version": card.version,
        "sex": card.sex.value if card.sex else "pooled",
        "inputs": card.inputs,
        "trained_on": card.trained_on,
        "simulated": card.simulated,
        "research_use_only": True,
        "sha256": card.sha256,
        "chosen_because": e.chosen_because,
        "scalars": {name: round(value, 4) for name, value in e.scalars.items()},
        "imputed": list(e.imputed),
        "out_of_fold": {name: round(value, 4) for name, value in card.metrics.items()},
    }


def second_json(second: SecondEstimate) -> dict[str, Any]:
    """What the model for both sexes says beside the one for this sex, or the reverse."""
    span = second.interval
    return {
        "mass_g": round(second.mass_g, 2),
        "interval_g": span and [round(span.low_g, 2), round(span.high_g, 2)],
        "coverage": span and span.coverage,
        "fold_masses_g": [round(m, 2) for m in second.fold_masses_g],
        "model": {
            "name": second.card.name,
            "version": second.card.version,
            "sex": second.card.sex.value if second.card.sex else "pooled",
            "sha256": second.card.sha256,
        },
    }


def lvh_json(lvh: LvhJudgement) -> dict[str, Any]:
    """The verdict with the threshold and the modality that it belongs to."""
    verdict = {True: "above", False: "below", None: "not computed"}[lvh.positive]
    return {
        "verdict": verdict,
        "settled": lvh.certain,
        "threshold_g_per_m2": lvh.limit_g_per_m2,
        "threshold": lvh.threshold.key,
        "modality": lvh.threshold.modality,
        "source": lvh.threshold.source,
        "reason": lvh.reason,
    }


def beat_json(beat: Beat, filter_text: str) -> dict[str, Any]:
    """The beat that was analysed: place, kind, boundaries in ms from its first sample."""
    to_ms = 1000.0 / beat.rate_hz
    return {
        "kind": beat.kind.value,
        "number": beat.number + 1,
        "count": beat.count,
        "members": [number + 1 for number in beat.members] or None,
        "start_s": round(beat.start_s, 4),
        "duration_s": beat.duration_s,
        "rate_hz": beat.rate_hz,
        "r_ms": round(beat.r_index * to_ms, 1),
        "fiducials_ms": _points_ms(beat.fiducials, beat.rate_hz),
        "likeness": round(beat.likeness, 4),
        "filter": filter_text,
    }


def by_hand_json(analysis: Analysis) -> dict[str, Any] | None:
    """What the reader changed of the boundaries, and what had been found; None if nothing.

    The intervals are those of this beat; ``measurements`` and the estimate keep the automatic ones.
    """
    if analysis.automatic is None:
        return None
    beat = analysis.beat
    intervals = intervals_ms(beat.fiducials, beat.rate_hz)
    return {
        "moved_ms": {name: round(ms, 1) for name, ms in analysis.moved_ms.items()},
        "automatic_ms": _points_ms(analysis.automatic, beat.rate_hz),
        "intervals_ms": {name: round(ms, 1) for name, ms in intervals.items()},
    }


def _points_ms(fiducials: Fiducials, rate_hz: float) -> dict[str, float | None]:
    points = asdict(fiducials)
    return {
        name: None if sample is None else round(1000.0 * sample / rate_hz, 1)
        for name, sample in points.items()
    }


def beat_mark_json(mark: BeatMark) -> dict[str, Any]:
    """A beat of the recording: R peak, grade, likeness, and its number among the complete ones."""
    return {
        "r_s": round(mark.time_s, 4),
        "grade": mark.grade.value,
        "likeness": round(mark.likeness, 4),
        "number": None if mark.number is None else mark.number + 1,
    }


def measurements_json(reported: Measurements, measured: Measurements) -> dict[str, Any]:
    """Each measurement as the device reported it and as we measured it."""
    ours = asdict(measured)
    return {
        name: {"reported": value, "measured": _round(ours[name], 1)}
        for name, value in asdict(reported).items()
    }


def leads_json(leads: LeadMeasurements | LeadQuality) -> dict[str, dict[str, float | None]]:
    """Values by lead in the units of their names; None where the lead has no such wave."""
    columns = {each.name: getattr(leads, each.name).tolist() for each in fields(leads)}
    return {
        lead: {
            name: None if math.isnan(column[row]) else round(column[row], 4)
            for name, column in columns.items()
        }
        for row, lead in enumerate(LEADS)
    }


def importance_json(importance: SegmentImportance) -> dict[str, Any]:
    """Percent of the saliency by group and segment, absolute and net, and per lead; grams net."""
    names = [s.value for s in SEGMENTS]
    groups = importance.by_group()
    return {
        "percent": {
            group: dict(zip(names, (100 * groups[g]).round(3).tolist(), strict=True))
            for g, group in enumerate(GROUPS)
        },
        "percent_net": {
            group: dict(zip(names, row.round(3).tolist(), strict=True))
            for group, row in zip(GROUPS, 100 * importance.net_by_group(), strict=True)
        },
        "percent_by_lead": {
            lead: dict(zip(names, (100 * importance.share[row]).round(3).tolist(), strict=True))
            for row, lead in enumerate(LEADS)
        },
        "net_g_by_lead": {
            lead: dict(zip(names, importance.net_g[row].round(4).tolist(), strict=True))
            for row, lead in enumerate(LEADS)
        },
        "percent_seed_like": None
        if importance.seed_like is None
        else {
            group: dict(zip(names, row.round(3).tolist(), strict=True))
            for group, row in zip(GROUPS, 100 * group_sums(importance.seed_like), strict=True)
        },
        "segment_s": dict(zip(names, importance.seconds.round(4).tolist(), strict=True)),
    }


def saliency_json(saliency: SaliencyMap, samples: bool) -> dict[str, Any]:
    """How the estimate is built up from the reference patient; sums to the mass."""
    out: dict[str, Any] = {
        "method": saliency.method,
        "unit": saliency.unit,
        "reference_g": round(saliency.reference_g, 3),
        "ecg_g": round(float(saliency.values_g.sum()), 3),
        "scalars_g": {name: round(g, 3) for name, g in saliency.scalars_g.items()},
        "completeness_error": _finite(saliency.completeness_error),
    }
    if samples:
        out["values_g"] = dict(zip(LEADS, saliency.values_g.tolist(), strict=True))
        if saliency.spread_g is not None:
            out["spread_g"] = dict(zip(LEADS, saliency.spread_g.tolist(), strict=True))
    return out


def notices_json(notices: tuple[Notice, ...]) -> list[dict[str, str]]:
    """Warnings as code and sentence."""
    return [asdict(notice) for notice in notices]


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
