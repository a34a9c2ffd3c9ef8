"""Score bundles on a cohort, always beside simple baselines.

A mean error in grams says little by itself: predicting the mean of this population is 26 g wrong,
the mean of the sex 21 g, and a ridge regression on the raw beat is hard to beat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elvmass.errors import CohortError
from elvmass.model.bundle import Bundle
from elvmass.model.conformal import cross_conformal, pattern_for
from elvmass.model.estimate import predict_fold
from elvmass.model.inputs import ALL_SCALARS, features, fit_spec
from elvmass.record import FloatArray, Sex
from elvmass.train.dataset import Cohort
from elvmass.train.folds import make_folds
from elvmass.train.linear import design
from elvmass.train.metrics import Figure, figures_with_ci, mean_with_ci

#: Rows of I, II, V1-V6; the other four leads are sums of I and II.
EIGHT_LEADS = [0, 1, 6, 7, 8, 9, 10, 11]
PENALTIES = 10.0 ** np.arange(-3, 5.1, 0.5)


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """Figures of one model on one group of patients ("all", "male", "female")."""

    model: str
    group: str
    n: int
    figures: dict[str, Figure]


def evaluate(
    bundles: Sequence[Bundle],
    cohort: Cohort,
    *,
    train: Cohort | None = None,
    coverage: float = 0.9,
    bootstrap: int = 1000,
    seed: int = 0,
) -> list[ScoreRow]:
    """Score bundles and baselines on a cohort that the bundles have not seen.

    Parameters
    ----------
    bundles
        A model of one sex is scored on that sex; a pooled one on all and on each sex.
    train
        Cohort for fitting the baselines; without it they are cross-validated on ``cohort``.
    coverage
        Of the prediction intervals, whose true coverage and mean width are reported.
    bootstrap
        Resamples behind each 95 % interval.
    """
    rows: list[ScoreRow] = []
    for bundle in bundles:
        rows += _score_bundle(bundle, cohort, coverage, bootstrap, seed)
    for name, estimate_g in baselines(cohort, train, seed).items():
        rows += _score(name, cohort, estimate_g, np.ones(len(cohort), bool), bootstrap, seed)
    return rows


def estimate_cohort(
    bundle: Bundle, cohort: Cohort, coverage: float = 0.9
) -> tuple[FloatArray, FloatArray]:
    """Masses [n, folds] and intervals [n, 2] in grams of every row of a cohort."""
    if cohort.spec != bundle.spec.beat:
        raise CohortError(
            f"The cohort was cut for another beat than model {bundle.card.name!r} takes."
        )
    values = cohort.columns(bundle.spec.scalars)
    columns = [predict_fold(f, cohort.beats_mv, features(values, f.spec)) for f in bundle.folds]
    masses = np.stack(columns, axis=1)
    intervals = np.empty((len(cohort), 2))
    for i, row in enumerate(values):
        missing = [n for n, v in zip(bundle.spec.scalars, row, strict=True) if np.isnan(v)]
        residuals = [f.residuals[pattern_for(missing)] for f in bundle.folds]
        intervals[i] = cross_conformal(masses[i], residuals, coverage)
    return masses, intervals


def baselines(cohort: Cohort, train: Cohort | None = None, seed: int = 0) -> dict[str, FloatArray]:
    """Estimates [n] in grams of the baselines: mean, sex mean, two ridge regressions.

    Fitted on ``train``, or cross-validated in five folds by patient on ``cohort`` itself.
    """
    fits: dict[str, _Fit] = {
        "baseline: mean": _fit_mean,
        "baseline: sex mean": _fit_sex_mean,
        "baseline: ridge, 8 scalars": _ridge_on(with_beat=False),
        "baseline: ridge, raw beat + 8 scalars": _ridge_on(with_beat=True),
    }
    found = {name: np.empty(len(cohort)) for name in fits}
    for fitted_on, rows in _train_test(cohort, train, seed):
        part = cohort.subset(rows)
        for name, fit in fits.items():
            found[name][rows] = fit(fitted_on)(part)
    return found


_Predict = Callable[[Cohort], FloatArray]
_Fit = Callable[[Cohort], _Predict]


def _train_test(
    cohort: Cohort, train: Cohort | None, seed: int
) -> Iterator[tuple[Cohort, NDArray[np.bool_]]]:
    everyone = np.ones(len(cohort), dtype=bool)
    if train is not None:
        yield train, everyone
        return
    for split in make_folds(cohort.lvm_g, cohort.patients, seed=seed):
        rows = np.zeros(len(cohort), dtype=bool)
        rows[split.test] = True
        yield cohort.subset(~rows), rows


def _fit_mean(train: Cohort) -> _Predict:
    mean_g = float(train.lvm_g.mean())
    return lambda cohort: np.full(len(cohort), mean_g)


def _fit_sex_mean(train: Cohort) -> _Predict:
    pooled = float(train.lvm_g.mean())
    male = float(train.lvm_g[train.male].mean()) if train.male.any() else pooled
    female = float(train.lvm_g[train.female].mean()) if train.female.any() else pooled
    return lambda c: np.where(c.male, male, np.where(c.female, female, pooled))


def _ridge_on(*, with_beat: bool) -> _Fit:
    def fit(train: Cohort) -> _Predict:
        from sklearn.linear_model import RidgeCV
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        known = tuple(n for n in ALL_SCALARS if not np.isnan(train.columns((n,))).all())
        spec = fit_spec(train.columns(known), known, train.spec)

        def matrix(cohort: Cohort) -> FloatArray:
            scalars = features(cohort.columns(known), spec)
            # the beat stays in mV: standardising would raise the noise of flat stretches
            return np.asarray(
                design(cohort.beats_mv[:, EIGHT_LEADS], scalars) if with_beat else scalars,
                dtype=np.float64,
            )

        steps: list[Any] = [] if with_beat else [StandardScaler()]
        model = make_pipeline(*steps, RidgeCV(PENALTIES)).fit(matrix(train), train.lvm_g)
        return lambda cohort: np.asarray(model.predict(matrix(cohort)), dtype=np.float64)

    return fit


def _score_bundle(
    bundle: Bundle, cohort: Cohort, coverage: float, bootstrap: int, seed: int
) -> list[ScoreRow]:
    of_sex = {Sex.MALE: cohort.male, Sex.FEMALE: cohort.female}
    card = bundle.card
    part = cohort if card.sex is None else cohort.subset(of_sex[card.sex])
    if len(part) == 0:
        raise CohortError(f"The cohort has nobody of the sex of model {card.name!r}.")
    masses, intervals = estimate_cohort(bundle, part, coverage)
    mass = masses.mean(axis=1)
    everyone = np.ones(len(part), dtype=bool)
    return _score(card.name, part, mass, everyone, bootstrap, seed, intervals)


def _score(  # noqa: PLR0913 - one row needs all of them
    model: str,
    cohort: Cohort,
    estimate_g: FloatArray,
    keep: NDArray[np.bool_],
    bootstrap: int,
    seed: int,
    intervals: FloatArray | None = None,
) -> list[ScoreRow]:
    groups = {"all": keep, "male": keep & cohort.male, "female": keep & cohort.female}
    rows: list[ScoreRow] = []
    for group, chosen in groups.items():
        if chosen.sum() < 2:
            continue
        truth = cohort.lvm_g[chosen]
        found = figures_with_ci(truth, estimate_g[chosen], bootstrap, seed)
        if intervals is not None:
            low, high = intervals[chosen].T
            inside = ((low <= truth) & (truth <= high)).astype(np.float64)
            found["coverage"] = mean_with_ci(inside, bootstrap, seed)
            found["interval_width_g"] = mean_with_ci(high - low, bootstrap, seed)
        rows.append(ScoreRow(model, group, int(chosen.sum()), found))
    return rows
