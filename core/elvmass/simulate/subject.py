"""One simulated patient with a known left ventricular mass: :func:`simulate_subject`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from elvmass.record import FloatArray, Patient, Record, Source
from elvmass.signal.measure import axis_deg
from elvmass.simulate.body import Body, draw_body
from elvmass.simulate.conditions import draw_conditions, with_conditions
from elvmass.simulate.heart import Heart, draw_heart
from elvmass.simulate.options import DEFAULT_OPTIONS, SimulationOptions
from elvmass.simulate.recording import BeatMarks, record_heart

DEVICE = "elvmass simulator"
RECORDED_AT = datetime(2025, 1, 1, 12, 0, 0)

#: Numbers of the random streams; a heart recorded again uses ``_RECORDING + take``.
_BODY, _ANATOMY, _LABEL, _RECORDING = 0, 1, 2, 3
_CONDITIONS = 1  # a stream beside that of the anatomy, so that conditions change nothing else
_OF_P = ("p_on_ms", "p_off_ms", "p_ms", "pr_ms", "p_axis_deg")


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """A record as a device would store it, and what only the simulator knows.

    ``truth`` holds plain numbers by name, units in the names:

    * ``lvm_g``, ``label_g`` (the same with reading error, if asked for), ``index_g_per_m2``,
      ``bsa_m2``, ``male`` (0, 1) and the unrounded ``age_years``, ``height_cm``, ``weight_kg``
    * ``h`` (hypertrophy), ``l`` (standardised log mass), ``c_voltage`` ... ``c_slur``
    * ``p_on_ms``, ``p_off_ms``, ``qrs_on_ms``, ``qrs_off_ms``, ``t_off_ms`` from the beat's
      reference instant (which is not the R peak); ``p_ms``, ``pr_ms``, ``qrs_ms``, ``qt_ms``,
      ``rate_bpm``
    * ``p_axis_deg``, ``qrs_axis_deg``, ``t_axis_deg`` of the noise-free net areas in I and aVF,
      electrodes in their places
    * ``plant_1`` ... size c of each planted effect; ``has_af``, ``has_RA-LA`` ... (0, 1) for each
      condition that was asked for. With atrial fibrillation what P has is NaN

    ``marks`` are the true boundaries beat by beat.
    """

    record: Record
    truth: dict[str, float]
    marks: tuple[BeatMarks, ...]


def simulate_subject(
    seed: int, index: int, options: SimulationOptions = DEFAULT_OPTIONS
) -> Simulated:
    """Simulate subject ``index`` of cohort ``seed``.

    The subject depends on ``seed``, ``index`` and ``options`` alone. Body, anatomy, label error
    and recording draw from streams of their own: the same heart can be recorded again
    (``options.take``), with other noise, or with a planted effect at another strength, and
    everything else stays as it was.

    Parameters
    ----------
    seed, index
        Not negative.
    options
        See :class:`elvmass.simulate.options.SimulationOptions`.

    Returns
    -------
    Simulated
        The record has the patient's rounded data as a clinic would enter them (whole years,
        1 cm, 0.5 kg) and no device measurements.
    """
    body, heart, truth = _draw(seed, index, options)
    signal, marks = record_heart(heart, _stream(seed, index, _RECORDING + options.take), options)
    record = Record(
        signal_mv=signal,
        rate_hz=options.rate_hz,
        patient=_patient(body, f"SIM-{seed}-{index:06d}"),
        recorded_at=RECORDED_AT,
        source=Source(format="simulated", device=DEVICE),
        derived_leads=("III", "aVR", "aVL", "aVF"),
    )
    return Simulated(record, truth, marks)


def simulate_truth(
    seed: int, index: int, options: SimulationOptions = DEFAULT_OPTIONS
) -> dict[str, float]:
    """Give the truth of :func:`simulate_subject` without recording it, 20 times faster."""
    return _draw(seed, index, options)[2]


def _draw(
    seed: int, index: int, options: SimulationOptions
) -> tuple[Body, Heart, dict[str, float]]:
    body = draw_body(_stream(seed, index, _BODY))
    heart = draw_heart(body, _stream(seed, index, _ANATOMY), options)
    if options.conditions:
        rng = _stream(seed, index, _ANATOMY, _CONDITIONS)
        heart = with_conditions(heart, draw_conditions(options, rng), rng)
    error_g = options.label_noise_g * float(_stream(seed, index, _LABEL).standard_normal())
    truth = _truth(body, heart, error_g)
    truth |= {f"plant_{k + 1}": c for k, c in enumerate(heart.plants)}
    truth |= {f"has_{c.kind}": float(c.kind in heart.conditions) for c in options.conditions}
    if "af" in heart.conditions:
        truth |= dict.fromkeys(_OF_P, math.nan)
    return body, heart, truth


def _stream(seed: int, index: int, *numbers: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed, index, *numbers]))


def _patient(body: Body, identity: str) -> Patient:
    return Patient(
        sex=body.sex,
        age_years=float(int(body.age_years)),
        height_cm=float(round(body.height_cm)),
        weight_kg=round(body.weight_kg * 2) / 2,
        id=identity,
        name="Simulated",
    )


def _truth(body: Body, heart: Heart, label_error_g: float) -> dict[str, float]:
    times = heart.times
    return {
        "lvm_g": body.lvm_g,
        "label_g": max(body.lvm_g + label_error_g, 1.0),
        "index_g_per_m2": body.lvm_g / body.bsa_m2,
        "bsa_m2": body.bsa_m2,
        "male": body.of(1.0, 0.0),
        "age_years": body.age_years,
        "height_cm": body.height_cm,
        "weight_kg": body.weight_kg,
        "h": body.hypertrophy,
        "l": body.size,
        **{f"c_{name}": value for name, value in heart.channels.items()},
        "p_on_ms": times.p_on,
        "p_off_ms": times.p_off,
        "qrs_on_ms": times.qrs_on,
        "qrs_off_ms": times.qrs_off,
        "t_off_ms": times.t_off,
        "p_ms": times.p_off - times.p_on,
        "pr_ms": times.qrs_on - times.p_on,
        "qrs_ms": times.qrs_off - times.qrs_on,
        "qt_ms": times.t_off - times.qrs_on,
        "rate_bpm": times.rate_bpm,
        "p_axis_deg": _axis_deg(heart.p.area()),
        "qrs_axis_deg": _axis_deg(heart.qrs.area()),
        "t_axis_deg": _axis_deg(heart.st_t.area()),
    }


def _axis_deg(area_uv_ms: FloatArray) -> float:
    """Frontal axis of net areas [8] in the stored leads, by the rule of our own measurement."""
    lead_i, lead_ii = (area_uv_ms[:2] / 1000.0).tolist()
    axis = axis_deg(lead_i, lead_ii - lead_i / 2)
    return math.nan if axis is None else axis
