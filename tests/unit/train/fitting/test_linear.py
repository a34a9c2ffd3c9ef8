from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from elvmass.train.fitting.linear import ridge_cv, ridge_path


def problem(n=90, k=20, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, k)) @ rng.normal(0, 1, (k, k))
    return x, x @ rng.normal(0, 1, k) + rng.normal(0, 8, n) + 40


def test_the_path_holds_the_ridges_of_sklearn():
    x, y = problem()
    penalties = (1e-3, 0.1, 10.0)
    weights, levels = ridge_path(x, y, penalties)
    for j, penalty in enumerate(penalties):
        wanted = Ridge(alpha=penalty * len(x)).fit(x, y)  # sklearn sums where we average
        np.testing.assert_allclose(weights[:, j], wanted.coef_, rtol=1e-6)
        assert levels[j] == pytest.approx(wanted.intercept_)


def test_the_penalty_is_that_of_a_grid_search():
    x, y = problem()
    penalties = tuple(10.0 ** np.arange(-4, 3.0))
    found = ridge_cv(x, y, [f"{i:03}" for i in range(90)], penalties, seed=7)
    parts = np.random.default_rng(7).permutation(90) % 5
    errors = {}
    for penalty in penalties:
        search = GridSearchCV(
            Ridge(), {"alpha": [penalty * 72]}, cv=PredefinedSplit(parts),
            scoring="neg_mean_absolute_error",
        )  # fmt: skip
        errors[penalty] = -search.fit(x, y).best_score_
    assert found[2] == min(errors, key=errors.__getitem__)
    np.testing.assert_allclose(found[0], Ridge(alpha=found[2] * 90).fit(x, y).coef_, rtol=1e-6)


def test_several_ecgs_of_a_heart_do_not_weaken_the_penalty():
    """Noise shared by the copies of a patient looks learnable if copies lie on both sides."""
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(0, 1, (40, 60)), 5, axis=0) + rng.normal(0, 0.01, (200, 60))
    y = np.repeat(x[::5, 0] + rng.normal(0, 2, 40), 5)
    penalties = tuple(10.0 ** np.arange(-5, 3.0))
    by_patient = ridge_cv(x, y, np.repeat(np.arange(40), 5).astype(str), penalties)
    by_row = ridge_cv(x, y, [str(i) for i in range(200)], penalties)
    assert by_patient[2] >= 100 * by_row[2]
