"""What a record knows besides its signal, as key and value: the heads of csv and npz."""

from __future__ import annotations

from dataclasses import asdict

from elvmass.io.write.text import figure, one_line
from elvmass.record import Record


def meta(record: Record) -> dict[str, str | float]:
    """Numbers and one-line texts by key; what is not known has no key."""
    patient = record.patient
    known: dict[str, str | float | None] = {
        "rate_hz": record.rate_hz,
        "unit": "mV",
        "samples": record.signal_mv.shape[1],
        "sex": patient.sex.value if patient.sex else None,
        "age_years": patient.age_years,
        "height_cm": patient.height_cm,
        "weight_kg": patient.weight_kg,
        "recorded_at": record.recorded_at.isoformat() if record.recorded_at else None,
        "device": one_line(record.source.device),
        "device_filter": one_line(record.device_filter),
        "derived_leads": " ".join(record.derived_leads),
        **{f"reported_{name}": value for name, value in asdict(record.reported).items()},
        "patient_id": one_line(patient.id or ""),
        "patient_name": one_line(patient.name or ""),
    }
    return {key: value for key, value in known.items() if value not in (None, "")}


def spelled(value: str | float) -> str:
    """A value of :func:`meta` as text."""
    return value if isinstance(value, str) else figure(value)
