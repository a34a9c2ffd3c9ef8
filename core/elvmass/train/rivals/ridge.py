"""Linear and kernel ridge regression on the raw beat: hard to beat at a thousand patients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from elvmass.model.inputs import ALL_SCALARS, features, fit_spec
from elvmass.record import FloatArray
from elvmass.train.data.dataset import Cohort
from elvmass.train.fitting.linear import design, ridge_cv
from elvmass.train.rivals.rival import Predict

#: Rows of I, II, V1-V6; the other four leads are sums of I and II.
EIGHT_LEADS = [0, 1, 6, 7, 8, 9, 10, 11]
#: Penalties that are tried, on the mean squared error against mV and standard deviations.
PENALTIES: tuple[float, ...] = tuple(float(p) for p in 10.0 ** np.arange(-6, 3.01, 0.25))
#: Weight of z-scored measurements beside z-scored scalars and a beat in mV.
_MEASUREMENTS_WEIGHT = 0.1
#: Width of the kernel: exp(-share · distance² / median distance²). Its shape, like the penalties'
#: grid, was chosen once on a simulated cohort.
_KERNEL_SHARE = 0.1
_LANDMARKS = 800

#: Columns [n, k] of a cohort, as the training patients scale them.
Matrix = Callable[[Cohort], FloatArray]


def fit_ridge_scalars(train: Cohort, seed: int) -> Predict:
    """Ridge on the z-scored scalars."""
    return _fit(train, seed, _scalars(train))


def fit_ridge_beat(train: Cohort, seed: int) -> Predict:
    """Ridge on eight leads of the beat, averaged in bins of 12 ms, and the z-scored scalars.

    The beat stays in mV: standardising each sample would raise the noise of flat stretches.
    """
    return _fit(train, seed, _beat(train))


def fit_ridge_measurements(train: Cohort, seed: int) -> Predict:
    """Ridge of log mass on beat, scalars and measurements.

    The logarithm makes what body size and voltage do multiply; the exponential of its estimate lies
    nearer the median than the mean of the mass, which suits absolute errors.
    """
    beat, measurements = _beat(train), _measurements(train)
    return _fit_log(train, seed, lambda c: np.concatenate([beat(c), measurements(c)], axis=1))


def fit_kernel_ridge(train: Cohort, seed: int) -> Predict:
    """Ridge of log mass with a Gaussian kernel of beat and scalars (Nyström, 800 patients)."""
    from sklearn.kernel_approximation import Nystroem

    beat = _beat(train)
    x = beat(train)
    chosen = np.random.default_rng(seed).permutation(len(x))[:_LANDMARKS]
    squares = ((x[chosen] - x[chosen].mean(axis=0)) ** 2).sum(axis=1)
    # twice the median squared distance from the centre, about that between two patients
    kernel = Nystroem(
        gamma=_KERNEL_SHARE / (2.0 * float(np.median(squares))),
        n_components=len(chosen),
        random_state=seed,
    ).fit(x)
    return _fit_log(train, seed, lambda cohort: np.asarray(kernel.transform(beat(cohort))))


def _beat(train: Cohort) -> Matrix:
    scalars = _scalars(train)
    return lambda cohort: design(cohort.beats_mv[:, EIGHT_LEADS], scalars(cohort))


def _scalars(train: Cohort) -> Matrix:
    """Imputed and z-scored scalars of those that the training patients have."""
    known = tuple(n for n in ALL_SCALARS if not np.isnan(train.columns((n,))).all())
    spec = fit_spec(train.columns(known), known, train.spec)
    return lambda cohort: features(cohort.columns(known), spec).astype(np.float64)


def _measurements(train: Cohort) -> Matrix:
    """Weighted z-scores of intervals and waves; an absent interval is the mean, a wave 0 mV."""

    def table(cohort: Cohort) -> FloatArray:
        waves = np.nan_to_num(cohort.ecg.waves.reshape(len(cohort), -1))
        return np.concatenate([cohort.ecg.intervals, waves], axis=1)

    known = ~np.isnan(table(train)).all(axis=0)
    mean = np.nanmean(table(train)[:, known], axis=0)
    sd = np.nanstd(table(train)[:, known], axis=0)
    used = sd > 0

    def matrix(cohort: Cohort) -> FloatArray:
        z = (table(cohort)[:, known] - mean)[:, used] / sd[used]
        return np.asarray(_MEASUREMENTS_WEIGHT * np.nan_to_num(z))

    return matrix


def _fit(train: Cohort, seed: int, matrix: Matrix) -> Predict:
    weights, level, _ = ridge_cv(matrix(train), train.lvm_g, train.patients, PENALTIES, seed=seed)
    return lambda cohort: np.asarray(matrix(cohort) @ weights + level)


def _fit_log(train: Cohort, seed: int, matrix: Matrix) -> Predict:
    target = np.log(train.lvm_g)
    weights, level, _ = ridge_cv(matrix(train), target, train.patients, PENALTIES, seed=seed)
    return lambda cohort: np.asarray(np.exp(matrix(cohort) @ weights + level))
