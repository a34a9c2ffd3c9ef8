"""A made-up cohort whose mass is written into the QRS of V5 and into the body weight."""

from __future__ import annotations

import numpy as np
from unit.model.toys import SPEC

from elvmass.train.data.dataset import Cohort
from elvmass.train.data.measurements import BOUNDARIES, INTERVALS, WAVES, EcgMeasurements
from elvmass.train.settings.config import TrainConfig


def toy_cohort(n: int = 160, seed: int = 0) -> Cohort:
    rng = np.random.default_rng(seed)
    male = (rng.random(n) < 0.6).astype(float)
    weight = rng.normal(62 + 12 * male, 9)
    voltage = rng.normal(1.2, 0.35, n)
    lvm = 20 + 25 * male + 0.5 * weight + 30 * voltage + rng.normal(0, 3, n)
    time = (np.arange(80) - 30) / 100
    wave = np.exp(-0.5 * (time / 0.03) ** 2)
    beats = 0.02 * rng.standard_normal((n, 12, 80))
    beats[:, 10] += voltage[:, None] * wave
    scalars = np.column_stack([
        rng.normal(60, 10, n), male, rng.normal(165, 8, n), weight,
        rng.normal(50, 20, n), rng.normal(30, 30, n), rng.normal(40, 30, n), rng.normal(92, 9, n),
    ])  # fmt: skip
    return Cohort(
        beats_mv=beats.astype(np.float32),
        scalars=scalars,
        lvm_g=lvm,
        patients=tuple(f"P{i}" for i in range(n)),
        lines=tuple(range(2, n + 2)),
        spec=SPEC,
        ecg=toy_measurements(voltage, rng),
    )


def toy_measurements(voltage: np.ndarray, rng: np.random.Generator) -> EcgMeasurements:
    """The voltage is R of V5; P waves are absent in every tenth ECG."""
    n = len(voltage)
    intervals = rng.normal([70, 160, 92, 400, 420, 50, 30, 40], 5.0, (n, len(INTERVALS)))
    waves = rng.uniform(0.0, 0.3, (n, 12, len(WAVES)))
    waves[:, 10, WAVES.index("r_mv")] = voltage
    fiducials = np.tile([10.0, 18.0, 25.0, 36.0, 48.0, 64.0], (n, 1))
    fiducials[::10, :2] = np.nan
    assert fiducials.shape[1] == len(BOUNDARIES)
    return EcgMeasurements(intervals, waves, fiducials)


def toy_config(**changes: object) -> TrainConfig:
    fields: dict[str, object] = {
        "name": "toy",
        "trained_on": "made-up beats",
        "simulated": True,
        "channels": 6,
        "levels": 3,
        "kernel": 3,
        "dropout": 0.1,
        "folds": 3,
        "epochs": 8,
        "batch_size": 16,
        "learning_rate": 0.01,
        "precision": "fp32",
        "beat": SPEC,
    }
    return TrainConfig(**(fields | changes))  # type: ignore[arg-type]
