"""The best reachable error: between nothing known and everything known, and never beaten."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from elvmass.simulate.best import best_estimate_g, best_reachable
from elvmass.simulate.options import CHANNELS, Loadings, Plant, SimulationOptions
from elvmass.simulate.subject import simulate_truth

N = 600


def truths(options: SimulationOptions) -> list[dict[str, float]]:
    return [simulate_truth(31, i, options) for i in range(N)]


def test_no_regression_on_the_hidden_channels_does_better():
    options = SimulationOptions()
    rows = truths(options)
    best = best_reachable(rows, options)
    y = np.log([row["lvm_g"] for row in rows])
    names = ("age_years", "height_cm", "weight_kg", *(f"c_{name}" for name in CHANNELS))
    x = np.array([[row[name] for name in names] for row in rows])
    male = np.array([row["male"] for row in rows]) == 1
    error = np.empty(N)
    for group in (male, ~male):  # fitted on the very subjects: at an advantage
        fitted = LinearRegression().fit(x[group], y[group]).predict(x[group])
        error[group] = np.abs(np.exp(fitted) - np.exp(y[group]))
    assert best.channels_g[0] < error.mean() * 1.05
    assert best.channels_g[0] < 0.6 * best.body_g[0]
    assert best.body_g[0] == pytest.approx(
        male.mean() * best.body_g[1] + (~male).mean() * best.body_g[2]
    )


def test_without_loadings_the_channels_are_worth_nothing():
    options = SimulationOptions(loadings=Loadings().only())
    best = best_reachable(truths(options), options)
    duration_free = [abs(a - b) for a, b in zip(best.body_g, best.channels_g, strict=True)]
    assert max(duration_free) < 1e-9


def test_a_plant_that_is_hypertrophy_itself_gives_the_mass():
    options = SimulationOptions(
        loadings=Loadings().only(), plants=(Plant("limb", "QRS", share=1.0),)
    )
    for truth in truths(options)[:20]:
        assert best_estimate_g(truth, options) == pytest.approx(truth["lvm_g"], rel=0.01)


def test_reading_errors_of_the_label_bound_the_best():
    noisy = SimulationOptions(label_noise_g=15.0)
    assert best_reachable(truths(noisy), noisy).channels_g[0] > 12.0
