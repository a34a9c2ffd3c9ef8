"""All rivals without a network, from the simplest to the strongest."""

from __future__ import annotations

from elvmass.train.rivals.boosting import (
    fit_boosting_measurements,
    fit_ecgai_all,
    fit_ecgai_signal,
)
from elvmass.train.rivals.ridge import (
    fit_kernel_ridge,
    fit_ridge_beat,
    fit_ridge_measurements,
    fit_ridge_scalars,
)
from elvmass.train.rivals.rival import Rival
from elvmass.train.rivals.simple import fit_mean, fit_sex_mean

#: Always beside a model.
BASELINES: tuple[Rival, ...] = (
    Rival("mean", "baseline: mean", fit_mean),
    Rival("sex_mean", "baseline: sex mean", fit_sex_mean),
    Rival("ridge_scalars", "baseline: ridge, 8 scalars", fit_ridge_scalars),
    Rival("ridge_beat", "baseline: ridge, raw beat + 8 scalars", fit_ridge_beat, True),
)
#: All of them.
RIVALS: tuple[Rival, ...] = (
    *BASELINES,
    Rival(
        "ridge_measurements",
        "ridge of log mass, raw beat + scalars + measurements",
        fit_ridge_measurements,
        True,
    ),
    Rival("kernel_ridge", "kernel ridge of log mass, raw beat + scalars", fit_kernel_ridge, True),
    Rival("boosting", "gradient boosting, scalars + measurements", fit_boosting_measurements),
    Rival("ecgai_signal", "ecgAI-like, signal only", fit_ecgai_signal, True),
    Rival("ecgai_all", "ecgAI-like, all features", fit_ecgai_all, True),
)
