"""The best that any method can reach on a simulated cohort: Bayes' answer, from the generator.

Who knows a subject's body and hidden channels exactly knows the distribution of the hypertrophy:
its prior times one normal density per channel, a curve over one number. Its median is the
estimate with the least mean absolute error. A recording shows the channels only through a beat,
so no method on recordings gets there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elvmass.record import FloatArray, Sex
from elvmass.simulate.body import hypertrophy_at, hypertrophy_weight, mass_g
from elvmass.simulate.options import CHANNELS, SimulationOptions

Truth = Mapping[str, float]

_Z: FloatArray = np.linspace(-6.0, 6.0, 2401)
_H = hypertrophy_at(_Z)
_LEAST_VARIANCE = 1e-4  # of a channel with loading 1: the grid's own resolution


@dataclass(frozen=True, slots=True)
class BestReachable:
    """Mean absolute errors in grams of all, men and women (NaN where there is nobody).

    ``body_g`` knows sex, age, height and weight alone, ``channels_g`` the channels and planted
    effects as well.
    """

    body_g: tuple[float, float, float]
    channels_g: tuple[float, float, float]


def best_reachable(truths: Sequence[Truth], options: SimulationOptions) -> BestReachable:
    """Compute the least mean absolute error against the label (``label_g``) of a cohort.

    Parameters
    ----------
    truths
        Truth of each subject, as of :func:`elvmass.simulate.subject.simulate_truth`.
    options
        Those that the cohort was made with.
    """
    label = np.array([truth["label_g"] for truth in truths])
    male: NDArray[np.bool_] = np.array([truth["male"] == 1 for truth in truths])
    body = np.array([best_estimate_g(truth, None) for truth in truths])
    all_known = np.array([best_estimate_g(truth, options) for truth in truths])
    return BestReachable(_errors(body - label, male), _errors(all_known - label, male))


def best_estimate_g(truth: Truth, options: SimulationOptions | None) -> float:
    """Give the median of the mass in grams, given body and, with options, all channels."""
    sex = Sex.MALE if truth["male"] == 1 else Sex.FEMALE
    weight = hypertrophy_weight(sex)
    base = truth["l"] - weight * truth["h"]
    log_density = -0.5 * _Z**2
    if options is not None:
        log_density = log_density + _evidence(truth, options, base + weight * _H)
    density = np.exp(log_density - log_density.max())
    share = np.cumsum(density)
    z = np.interp(0.5 * share[-1], share - 0.5 * density, _Z)
    return mass_g(sex, base + weight * float(hypertrophy_at(np.array(z))))


def _evidence(truth: Truth, options: SimulationOptions, size: FloatArray) -> FloatArray:
    """Log density of the channels and plants at each hypertrophy of the grid."""
    column = 0 if truth["male"] == 1 else 1
    evidence = np.zeros_like(_Z)
    for name in CHANNELS:
        loading = getattr(options.loadings, name)[column]
        source = size if name == "duration" else _H
        evidence -= _misfit(truth[f"c_{name}"], loading, source)
    for k, plant in enumerate(options.plants):
        evidence -= _misfit(truth[f"plant_{k + 1}"], plant.share, _H)
    return evidence


def _misfit(value: float, loading: float, source: FloatArray) -> FloatArray:
    variance = max(1 - loading**2, _LEAST_VARIANCE)
    return np.asarray((value - loading * source) ** 2 / (2 * variance))


def _errors(error_g: FloatArray, male: NDArray[np.bool_]) -> tuple[float, float, float]:
    groups = (np.ones(error_g.size, dtype=bool), male, ~male)
    first, second, third = (
        float(np.abs(error_g[g]).mean()) if g.any() else math.nan for g in groups
    )
    return first, second, third
