"""A record that tells nobody who was recorded, when, where and on which device.

Kept are sex, age, height and weight, the device's measurements, and its filter as numbers. Ages
above 89 become 90, as the HIPAA safe harbour rule asks. The signal itself is not changed: whoever
holds the original can still match it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from elvmass.io import values
from elvmass.record import Notice, Record, Source

_OLDEST_TOLD, _OLDER = 89, 90.0


def anonymous(record: Record) -> Record:
    """Return the record without name, id, recording time, device and path."""
    age, notices = record.patient.age_years, record.notices
    if age is not None and age >= _OLDEST_TOLD + 1:
        notices = (*notices, Notice("age_capped", "The age is written as 90: above 89."))
        age = _OLDER
    return replace(
        record,
        patient=replace(record.patient, id=None, name=None, age_years=age),
        recorded_at=None,
        source=Source(format=record.source.format),
        device_filter=values.band_text(*values.band_of(record.device_filter)),
        notices=notices,
    )


def is_anonymous(record: Record) -> bool:
    """Tell whether nothing but the signal and the body says who was recorded."""
    patient, age = record.patient, record.patient.age_years or 0.0
    named = patient.id or patient.name or record.recorded_at or record.source.device
    return not named and age <= _OLDER


def anonymous_stem(record: Record) -> str:
    """File name without a suffix that depends on the signal alone."""
    return f"ecg-{hashlib.sha256(record.signal_mv.tobytes()).hexdigest()[:8]}"
