"""What the ECG knows of hypertrophy: much, nothing when switched off, one cell when planted."""

from __future__ import annotations

import numpy as np
import pytest

from elvmass.simulate.body import draw_body
from elvmass.simulate.heart import draw_heart
from elvmass.simulate.options import Loadings, Plant, SimulationOptions
from elvmass.simulate.recording import Rhythm, render

N = 500
NOTHING = Loadings().only()


def one_beat(seed: int, options: SimulationOptions) -> tuple[np.ndarray, float]:
    """[8, 125] µV of one beat without noise, 8 ms steps, reference instant at 0.4 s; and h."""
    body = draw_body(np.random.default_rng([seed, 0]))
    heart = draw_heart(body, np.random.default_rng([seed, 1]), options)
    rhythm = Rhythm(np.array([0.4]), np.ones(1), np.ones((1, 8)), 0.25, 0.0, False)
    beat = render(heart, rhythm, options)[:, : round(options.rate_hz)]
    return beat[:, ::4], body.hypertrophy


def cohort(options: SimulationOptions) -> tuple[np.ndarray, np.ndarray]:
    """[n, 8, 125] beats with 20 µV of noise, [n] hypertrophy."""
    beats, h = zip(*(one_beat(seed, options) for seed in range(N)), strict=True)
    noise = np.random.default_rng(0).standard_normal((N, *beats[0].shape))
    return np.stack(beats) + 20 * noise, np.array(h)


def cross_validated_r2(features: np.ndarray, target: np.ndarray) -> float:
    """R² of a dual ridge, five folds, the penalty at the mean eigenvalue of the kernel."""
    x = features.reshape(len(features), -1)
    fold = np.arange(len(x)) % 5
    estimate = np.empty(len(x))
    for k in range(5):
        train, test = fold != k, fold == k
        centre = x[train].mean(axis=0)
        kernel = (x[train] - centre) @ (x[train] - centre).T
        kernel += 0.3 * np.trace(kernel) / len(kernel) * np.eye(len(kernel))
        dual = np.linalg.solve(kernel, target[train] - target[train].mean())
        estimate[test] = (x[test] - centre) @ (x[train] - centre).T @ dual + target[train].mean()
    return 1 - ((estimate - target) ** 2).mean() / target.var()


def options(loadings: Loadings = NOTHING, *plants: Plant) -> SimulationOptions:
    return SimulationOptions(loadings=loadings, plants=plants, seconds=2.0, rate_hz=500.0)


def test_the_ecg_knows_hypertrophy():
    assert cross_validated_r2(*cohort(options(Loadings()))) > 0.3


def test_without_loadings_the_ecg_knows_nothing():
    assert cross_validated_r2(*cohort(options())) < 0.02


@pytest.mark.parametrize(
    ("plant", "leads", "elsewhere"),
    [
        (Plant("limb", "QRS", 0.7), slice(0, 2), slice(2, 8)),
        (Plant("precordial", "QRS", 0.7), slice(2, 8), slice(0, 2)),
        (Plant("precordial", "ST-T", 0.7), slice(2, 8), slice(0, 2)),
        (Plant("precordial", "T", 0.7), slice(2, 8), slice(0, 2)),
        (Plant("limb", "ST", 0.35), slice(0, 2), slice(2, 8)),
    ],
)
def test_a_planted_effect_is_found_in_its_leads_only(plant, leads, elsewhere):
    beats, h = cohort(options(NOTHING, plant))
    assert cross_validated_r2(beats[:, leads], h) > 0.1
    assert cross_validated_r2(beats[:, elsewhere], h) < 0.02
