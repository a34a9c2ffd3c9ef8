"""Deterministic values for tests: no files, no models, no randomness from outside.

``synthetic_record`` is a plausible 12-lead ECG made of Gaussian waves with known boundaries;
``toy_analysis`` is a complete :class:`elvmass.result.Analysis` around it, made up but consistent,
for tests of outlets (views, reports, JSON) that must not depend on a trained model.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from elvmass.beat import SEGMENTS, Beat, BeatGrade, BeatKind, BeatMark, Fiducials
from elvmass.card import BeatSpec, ModelCard
from elvmass.clinical.criteria import criteria
from elvmass.model.importance import segment_importance
from elvmass.record import (
    LEADS,
    LeadMeasurements,
    LeadQuality,
    Measurements,
    Notice,
    Patient,
    Record,
    Sex,
    Source,
)
from elvmass.result import (
    Analysis,
    Estimate,
    Interval,
    LvhJudgement,
    LvhThreshold,
    SaliencyMap,
    SegmentImportance,
)

SHARED = Path(__file__).resolve().parents[2] / "shared"

# Wave: centre (s after R), width (s, SD), amplitude in I, II, V1..V6 (mV).
_WAVES = (
    (-0.160, 0.022, (0.08, 0.15, 0.06, 0.07, 0.07, 0.07, 0.07, 0.06)),
    (-0.022, 0.008, (-0.08, -0.06, 0.10, 0.15, 0.05, -0.05, -0.12, -0.10)),
    (0.000, 0.011, (0.80, 1.00, 0.20, 0.40, 0.90, 1.80, 1.50, 1.10)),
    (0.026, 0.010, (-0.10, -0.15, -1.00, -1.40, -0.90, -0.50, -0.20, -0.08)),
    (0.260, 0.045, (0.18, 0.25, 0.02, 0.40, 0.45, 0.40, 0.30, 0.20)),
)


def twelve(eight: np.ndarray) -> np.ndarray:
    """[8, n] I, II, V1..V6 -> [12, n] in the standard order."""
    i, ii = eight[0], eight[1]
    return np.vstack([i, ii, ii - i, -(i + ii) / 2, i - ii / 2, ii - i / 2, eight[2:]])


def synthetic_signal(
    rate_hz: float = 500.0, seconds: float = 10.0, bpm: float = 72.0
) -> np.ndarray:
    """[12, n] mV; R peaks at 0.5 s, 0.5 s + 60/bpm, ..."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    eight = np.zeros((8, t.size))
    for r in np.arange(0.5, seconds + 1, 60 / bpm):
        for centre, sd, amplitude in _WAVES:
            eight += np.outer(amplitude, np.exp(-0.5 * ((t - r - centre) / sd) ** 2))
    return twelve(eight)


def synthetic_record(
    rate_hz: float = 500.0, seconds: float = 10.0, bpm: float = 72.0, noise_mv: float = 0.003
) -> Record:
    """A man of 61 with a normal ECG."""
    rng = np.random.default_rng(7)
    signal = synthetic_signal(rate_hz, seconds, bpm)
    eight = signal[[0, 1, 6, 7, 8, 9, 10, 11]]
    signal = twelve(eight + noise_mv * rng.standard_normal(eight.shape))
    return Record(
        signal_mv=signal,
        rate_hz=rate_hz,
        patient=Patient(Sex.MALE, 61.0, 172.0, 78.0, id="T-1", name="Test, Case"),
        reported=Measurements(rate_bpm=bpm, qrs_ms=92.0),
        recorded_at=datetime(2026, 3, 4, 10, 20, 30),
        source=Source(Path("synthetic.xml"), "GE MUSE XML", "0" * 64, "test device"),
        device_filter="0.05-150 Hz",
    )


def toy_card(**changes: object) -> ModelCard:
    """A complete card of a model that does not exist."""
    fields: dict[str, object] = {
        "name": "toy-male-model2",
        "version": "1",
        "sex": Sex.MALE,
        "inputs": "model2",
        "trained_on": "simulated ECGs (toy)",
        "simulated": True,
        "n_train": 940,
        "metrics": {"mae_g": 15.0, "mape_percent": 12.9, "r2": 0.6},
        "licence": "Apache-2.0",
        "created": "2026-03-04",
        "sha256": "ab" * 32,
        "limitations": "Research use only.",
    }
    return ModelCard(**(fields | changes))  # type: ignore[arg-type]


def toy_beat(record: Record, spec: BeatSpec | None = None) -> Beat:
    """The beat of ``synthetic_record`` that begins near 4.6 s, with its known boundaries."""
    spec = spec or BeatSpec()
    r_s = 0.5 + 6 * 60 / 72.0
    step = record.rate_hz / spec.rate_hz
    start = round((r_s - spec.before_s) * record.rate_hz)
    index = start + np.round(np.arange(spec.n_samples) * step).astype(int)

    def at(seconds: float) -> int:
        return round((seconds + spec.before_s) * spec.rate_hz)

    return Beat(
        signal_mv=record.signal_mv[:, index],
        rate_hz=spec.rate_hz,
        r_index=spec.r_index,
        fiducials=Fiducials(at(-0.21), at(-0.11), at(-0.042), at(0.052), at(0.16), at(0.36)),
        kind=BeatKind.MIDDLE,
        start_s=start / record.rate_hz,
        number=6,
        count=12,
        likeness=0.99,
        valid_from=0,
        valid_to=spec.n_samples,
    )


def toy_leads(**given: dict[str, float]) -> LeadMeasurements:
    """Waves by field and lead; what is not given is absent."""
    columns = {each.name: np.full(12, np.nan) for each in fields(LeadMeasurements)}
    for name, by_lead in given.items():
        for lead, value in by_lead.items():
            columns[name][LEADS.index(lead)] = value
    return LeadMeasurements(**columns)


def toy_analysis(record: Record | None = None) -> Analysis:
    """Consistent in every sum, but invented: nothing in it is a model's answer."""
    record = record or synthetic_record()
    beat = toy_beat(record)
    values = beat.signal_mv * np.linspace(0.4, 1.6, 12)[:, None]
    values = 12.0 * values / values.sum()
    scalars = {"age_years": 0.5, "sex_male": 0.0, "height_cm": 1.5, "weight_kg": 4.0}
    reference = 123.0
    mass = reference + 12.0 + sum(scalars.values())
    threshold = LvhThreshold("ct_fuchs_2016", 80.0, 65.0, "CT", "Fuchs 2016, 97.5th percentile")
    estimate = Estimate(
        mass_g=mass,
        fold_masses_g=(mass - 4, mass - 1, mass, mass + 2, mass + 3),
        interval=Interval(mass - 30.0, mass + 38.0, 0.9),
        bsa_m2=1.91,
        bsa_formula="Du Bois",
        index_g_per_m2=mass / 1.91,
        lvh=LvhJudgement(threshold, 80.0, False, False, "the interval contains the limit"),
        card=toy_card(),
        chosen_because="sex is male; axes and QRS duration are known",
        scalars={"age_years": 61.0, "sex_male": 1.0, "height_cm": 172.0, "weight_kg": 78.0},
        imputed=(),
        notices=(
            Notice("simulated_training", "Model trained on simulated ECGs; research use only."),
        ),
    )
    labels = beat.labels()
    total = np.abs(values).sum()
    share = np.stack(
        [np.abs(values[:, labels == k]).sum(axis=1) / total for k in range(len(SEGMENTS))], axis=1
    )
    net = np.stack([values[:, labels == k].sum(axis=1) for k in range(len(SEGMENTS))], axis=1)
    seconds = np.bincount(labels, minlength=len(SEGMENTS)) / beat.rate_hz
    measured = Measurements(72.0, 168.0, 94.0, 402.0, 440.0, 60.0, 45.0, 50.0)
    leads = toy_leads(r_mv={"aVL": 1.0, "V5": 1.9}, s_mv={"V1": 1.4, "V3": 1.1, "V4": 0.5})
    return Analysis(
        record=record,
        beat=beat,
        clean_beats=(beat,),
        marks=tuple(
            BeatMark(0.5 + k * 60 / 72.0, BeatGrade.DOMINANT, 0.99, k) for k in range(1, 11)
        ),
        measured=measured,
        leads=leads,
        lead_quality=LeadQuality(np.full(12, 0.02), np.full(12, 0.3), np.zeros(12)),
        criteria=criteria(leads, measured, record.patient.sex),
        filter_text="band-pass 0.5-100 Hz, notch 50 Hz",
        estimate=estimate,
        saliency=SaliencyMap(values, scalars, reference, mass, 0.001, "integrated gradients"),
        importance=SegmentImportance(share, net, seconds),
    )


def explained_analysis(record: Record | None = None) -> Analysis:
    """:func:`toy_analysis` with the importance that the core makes of its map."""
    made = toy_analysis(record)
    assert made.saliency is not None
    return replace(made, importance=segment_importance(made.saliency, made.beat))


def pick(box: Any, key: object) -> None:
    """Choose the row of a key in a QComboBox, as a user does."""
    box.setCurrentIndex(box.findData(key))
    box.activated.emit(box.currentIndex())
