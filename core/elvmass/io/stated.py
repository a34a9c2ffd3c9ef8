"""What text files and NPZ archives state beside the signal, as keys and values.

Keys are read in any spelling ("Sample Rate (Hz)", ``sampling_rate_hz``); those of
``elvmass convert`` are rate_hz, unit, samples, sex, age_years, height_cm, weight_kg, recorded_at,
device, device_filter, derived_leads, patient_id, patient_name, and reported_qrs_ms and its kin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from elvmass.io import values
from elvmass.io.leads import FROM_I_AND_II
from elvmass.record import Measurements, Notice, Patient

Facts = Mapping[str, str]

_KEYS = {
    **dict.fromkeys((
        "sample_rate", "sampling_rate", "samplerate", "samplingrate", "sampling_frequency",
        "sample_frequency", "sample_rate_hz", "sampling_rate_hz", "sampling_frequency_hz",
        "sample_frequency_hz", "sfreq", "fs", "fs_hz",
    ), "rate_hz"),
    **dict.fromkeys(("units", "amplitude_unit", "voltage_unit", "voltage_units"), "unit"),
    **dict.fromkeys(("recorded_date", "recording_date", "recorded", "date_time"), "recorded_at"),
    **dict.fromkeys(("date_of_birth", "birthdate"), "birth_date"),
    "gender": "sex", "age": "age_years", "height": "height_cm", "weight": "weight_kg",
    "filter": "device_filter",
}  # fmt: skip

_AMOUNT = re.compile(r"([-+.\deE]+)[\s,;]*([a-zA-Z]*)")


def facts(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Bring keys to one spelling; the first value of a key wins."""
    found: dict[str, str] = {}
    for key, value in pairs:
        plain = re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")
        found.setdefault(_KEYS.get(plain, plain), value.strip())
    return found


def amount(text: str | None) -> tuple[str, str]:
    """Part "172 cm" into number and unit; what is no number becomes ""."""
    match = _AMOUNT.fullmatch((text or "")[:40])
    return match.groups() if match else ("", "")  # type: ignore[return-value]


def recorded_at(stated: Facts) -> datetime | None:
    """Local time of the recording; a zone is dropped."""
    text = stated.get("recorded_at", "")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        at, _, clock = text.partition(" ")
        return values.moment(at, clock.strip()[:8])


def patient(stated: Facts) -> tuple[Patient, tuple[Notice, ...]]:
    """Demographics, with a notice if age and birth date contradict each other."""
    years, unit = amount(stated.get("age_years"))
    age, notices = values.settle_age(
        values.age_years(years, unit or "y"),
        values.day(stated.get("birth_date")),
        recorded_at(stated),
    )
    tall, heavy = amount(stated.get("height_cm")), amount(stated.get("weight_kg"))
    return Patient(
        sex=values.sex(stated.get("sex")),
        age_years=age,
        height_cm=values.height_in(tall[0], tall[1] or "cm"),
        weight_kg=values.weight_in(heavy[0], heavy[1] or "kg"),
        id=stated.get("patient_id") or None,
        name=stated.get("patient_name") or stated.get("name") or None,
    ), notices


def measurements(stated: Facts) -> Measurements:
    """Read what the device measured."""
    return Measurements(
        rate_bpm=values.rate_bpm(stated.get("reported_rate_bpm")),
        pr_ms=values.interval_ms(stated.get("reported_pr_ms")),
        qrs_ms=values.interval_ms(stated.get("reported_qrs_ms")),
        qt_ms=values.interval_ms(stated.get("reported_qt_ms")),
        qtc_ms=values.interval_ms(stated.get("reported_qtc_ms")),
        p_axis_deg=values.axis_deg(stated.get("reported_p_axis_deg")),
        qrs_axis_deg=values.axis_deg(stated.get("reported_qrs_axis_deg")),
        t_axis_deg=values.axis_deg(stated.get("reported_t_axis_deg")),
    )


def derived_leads(stated: Facts, computed: tuple[str, ...]) -> tuple[str, ...]:
    """Limb leads that were computed: before the file was written, or just now."""
    before = set(stated.get("derived_leads", "").replace(",", " ").split())
    if not before <= FROM_I_AND_II.keys():
        raise ValueError("derived_leads names other leads than III, aVR, aVL, aVF")
    return tuple(name for name in FROM_I_AND_II if name in before or name in computed)
