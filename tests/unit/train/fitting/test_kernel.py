"""The kernel path is solved, not learned; with selection "last" nothing is set aside."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from unit.train.toy_cohort import toy_cohort, toy_config

from elvmass.errors import ConfigError
from elvmass.model.nets.kernel_path import KernelPath, binned
from elvmass.train.cross_validation.fold import train_fold
from elvmass.train.data.folds import make_folds
from elvmass.train.fitting.kernel import fit_kernel
from elvmass.train.fitting.linear import design, ridge_cv
from elvmass.train.rivals.ridge import EIGHT_LEADS

COHORT = toy_cohort(240)
Z = ((COHORT.scalars - COHORT.scalars.mean(0)) / COHORT.scalars.std(0)).astype(np.float32)


def solved(target, rows=slice(0, 160), seed=0):
    path = KernelPath(80, 8, components=6, centres=60)
    fit_kernel(path, COHORT.beats_mv[rows], Z[rows], target[rows], COHORT.patients[rows], seed)
    return path


def answers(path, rows=slice(160, 240)):
    return path(torch.as_tensor(COHORT.beats_mv[rows]), torch.as_tensor(Z[rows])).numpy()


def test_it_learns_products_that_a_ridge_cannot():
    target = Z[:, 3] * Z[:, 0] + 0.5 * Z[:, 3]
    x = design(COHORT.beats_mv[:, EIGHT_LEADS], Z)
    weight, level, _ = ridge_cv(x[:160], target[:160], COHORT.patients[:160], [0.01, 0.1, 1.0])
    linear = np.abs(x[160:] @ weight + level - target[160:]).mean()
    assert np.abs(answers(solved(target)) - target[160:]).mean() < 0.6 * linear


def test_no_centre_is_a_patient_and_the_seed_decides_all():
    path = solved(Z[:, 3])
    places = path.place(torch.as_tensor(COHORT.beats_mv[:160]), torch.as_tensor(Z[:160]))
    assert torch.cdist(places, path.centres).min() > 0.01
    np.testing.assert_array_equal(answers(path), answers(solved(Z[:, 3])))
    assert not torch.equal(path.centres, solved(Z[:, 3], seed=1).centres)


def test_single_precision_is_enough():
    path = solved(Z[:, 3])
    beats, z = torch.as_tensor(COHORT.beats_mv), torch.as_tensor(Z)
    place = (
        torch.cat([(binned(beats).double() - path.mean_mv) @ path.basis.double(), z], dim=1)
        * path.scale
    )
    squared = torch.cdist(place, path.centres.double()).square()
    exact = torch.exp(-squared) @ path.weight.double() + path.level
    np.testing.assert_allclose(path(beats, z).numpy(), exact.numpy(), atol=2e-3)


def test_the_last_epoch_is_kept_and_has_seen_the_validation_rows():
    split = make_folds(COHORT.lvm_g, COHORT.patients, 3)[0]
    config = toy_config(epochs=3, selection="last", kernel_centres=40, log_mass=True, pool=2)
    result = train_fold(COHORT, config, split, 0)
    seen = np.concatenate([split.train, split.validation])
    assert result.best_epoch == 2
    assert result.fold.target_mean_g == pytest.approx(COHORT.lvm_g[seen].mean())
    net = result.fold.net
    variation = COHORT.lvm_g[seen].std() / COHORT.lvm_g[seen].mean()
    assert float(net.variation) == pytest.approx(variation)
    error = np.abs(result.estimate_g - COHORT.lvm_g[split.test]).mean()
    assert error < 0.5 * np.abs(COHORT.lvm_g - COHORT.lvm_g.mean()).mean()


def test_it_needs_no_validation_error_to_follow():
    with pytest.raises(ConfigError, match="it has seen the validation rows"):
        toy_config(selection="last", schedule="plateau")
