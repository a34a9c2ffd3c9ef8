from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from unit.train.toy_cohort import toy_cohort, toy_config

from elvmass.card import BeatSpec
from elvmass.errors import Cancelled, CohortError
from elvmass.model.bundle import load_bundle
from elvmass.model.conformal import fold_residuals
from elvmass.model.estimate import predict_fold
from elvmass.model.inputs import features
from elvmass.model.net import ELVMassNet
from elvmass.record import Sex
from elvmass.train.cross_validation.fold import net_config
from elvmass.train.cross_validation.run import RunOptions, cohort_splits, train_bundle
from elvmass.train.evaluation.evaluate import Scoring, baselines, estimate_cohort, evaluate
from elvmass.train.evaluation.metrics import figures, figures_with_ci
from elvmass.train.fitting.linear import design, fit_ridge
from elvmass.train.fitting.loop import Arrays, start_from_ridge, train_net, validation_mae

COHORT = toy_cohort()


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train_bundle(COHORT, toy_config(), tmp_path_factory.mktemp("b") / "toy")


def parts(n_train=100) -> tuple[Arrays, Arrays]:
    target = (COHORT.lvm_g - COHORT.lvm_g.mean()) / COHORT.lvm_g.std()
    z = (COHORT.scalars - COHORT.scalars.mean(0)) / COHORT.scalars.std(0)
    whole = Arrays(COHORT.beats_mv, z.astype(np.float32), target)
    return Arrays(*(a[:n_train] for a in whole)), Arrays(*(a[n_train:] for a in whole))


def test_a_trained_bundle_beats_the_mean_on_new_patients(trained):
    assert trained.card.metrics["mae_g"] < 0.7 * np.abs(COHORT.lvm_g - COHORT.lvm_g.mean()).mean()
    new = toy_cohort(80, seed=9)
    masses, intervals = estimate_cohort(load_bundle(trained.folder), new)
    error = np.abs(masses.mean(axis=1) - new.lvm_g).mean()
    assert error < 0.6 * np.abs(new.lvm_g - COHORT.lvm_g.mean()).mean()
    inside = (intervals[:, 0] <= new.lvm_g) & (new.lvm_g <= intervals[:, 1])
    assert 0.8 <= inside.mean() <= 1.0


def test_the_card_reports_the_out_of_fold_figures(trained):
    card = trained.card
    np.testing.assert_array_equal(trained.rows, np.arange(len(COHORT)))
    assert card.metrics["mae_g"] == pytest.approx(np.abs(trained.estimate_g - COHORT.lvm_g).mean())
    assert card.metrics["n"] == len(COHORT)
    male = COHORT.male
    assert card.metrics["male_mae_g"] == pytest.approx(
        np.abs(trained.estimate_g - COHORT.lvm_g)[male].mean()
    )
    assert (card.sex, card.simulated, card.n_train) == (None, True, len(COHORT))
    history = json.loads((trained.folder / "training.json").read_text())
    assert len(history["folds"]) == 3
    assert len(history["folds"][0]["epochs"]) == 8
    assert history["config"]["learning_rate"] == 0.01


def test_each_fold_model_estimated_its_own_test_rows(trained):
    bundle = load_bundle(trained.folder)
    for fold, split in zip(bundle.folds, cohort_splits(COHORT, toy_config()), strict=True):
        values = COHORT.columns(fold.spec.scalars)[split.test]
        again = predict_fold(fold, COHORT.beats_mv[split.test], features(values, fold.spec))
        np.testing.assert_allclose(trained.estimate_g[split.test], again, rtol=1e-6)
        assert fold.residuals["complete"].n == len(split.test)
        assert fold.target_mean_g == pytest.approx(COHORT.lvm_g[split.train].mean())
        np.testing.assert_allclose(
            fold.mean_beat_mv, COHORT.beats_mv[split.train].mean(0), atol=1e-6
        )


def test_a_pooled_model_keeps_the_residuals_of_each_sex(trained):
    for fold, split in zip(
        load_bundle(trained.folder).folds, cohort_splits(COHORT, toy_config()), strict=True
    ):
        for sex, who in (("male", COHORT.male), ("female", COHORT.female)):
            rows = split.test[who[split.test]]
            expected = fold_residuals(COHORT.lvm_g[rows], trained.estimate_g[rows])
            assert fold.residuals[f"complete_{sex}"].n == len(rows)
            np.testing.assert_allclose(
                fold.residuals[f"complete_{sex}"].grid, expected.grid, atol=1e-6
            )


def test_hiding_informative_scalars_widens_the_residuals(trained):
    spreads = [
        load_bundle(trained.folder).folds[0].residuals[p].grid.std()
        for p in ("complete", "no_demographics")
    ]
    assert spreads[1] > 1.3 * spreads[0]


def test_training_is_deterministic_and_leaves_no_trace():
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    config = toy_config(epochs=2)
    nets = [train_net(net_config(config), config, *parts(), seed=s).net for s in (3, 3, 4)]
    first, second, other = (torch.cat([p.flatten() for p in n.parameters()]) for n in nets)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(state, torch.random.get_rng_state())
    assert torch.get_num_threads() == threads


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["tcn", "tcn_published"])  # the latter has weight norm
def test_two_processes_give_the_same_weights_as_one(tmp_path, architecture):
    config = toy_config(epochs=1, folds=2, architecture=architecture)
    told = []
    here = train_bundle(COHORT, config, tmp_path / "a")
    there = train_bundle(
        COHORT, config, tmp_path / "b", lambda *now: told.append(now), RunOptions(workers=2)
    )
    np.testing.assert_array_equal(here.estimate_g, there.estimate_g)
    assert here.card.sha256 == there.card.sha256
    assert all(0 <= done <= 1 for _, _, done in told)
    assert {(0, 1.0), (1, 1.0)} <= {(fold, done) for fold, _, done in told}


@pytest.mark.slow
def test_processes_can_be_cancelled(tmp_path):
    def progress(fold, text, done):
        raise Cancelled

    config = toy_config(epochs=200, folds=2)
    with pytest.raises(Cancelled):
        train_bundle(COHORT, config, tmp_path / "x", progress, RunOptions(workers=2))
    assert not (tmp_path / "x").exists()


def test_progress_can_cancel(tmp_path):
    calls = []

    def progress(fold, text, done):
        calls.append(done)
        if len(calls) == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        train_bundle(COHORT, toy_config(), tmp_path / "x", progress)
    assert calls == sorted(calls)
    assert not (tmp_path / "x" / "card.json").exists()


def test_the_best_validation_epoch_is_returned():
    config = toy_config(epochs=6, learning_rate=0.05)
    train, validation = parts()
    found = train_net(net_config(config), config, train, validation, seed=1)
    errors = [row.validation_mae_sd for row in found.history]
    assert found.best_epoch == int(np.argmin(errors))
    assert validation_mae(found.net, validation) == pytest.approx(min(errors), rel=1e-5)


def test_patience_stops_early():
    config = toy_config(epochs=50, learning_rate=0.1, patience=2)
    config_net = net_config(config)
    found = train_net(config_net, config, *parts(), seed=1)
    assert len(found.history) < 50


def test_cosine_schedule_and_average_reach_their_ends():
    config = toy_config(epochs=4, schedule="cosine", average=0.9)
    history = train_net(net_config(config), config, *parts(), seed=1).history
    rates = [row.learning_rate for row in history]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.1 * 0.01
    assert history[-1].validation_mae_sd < history[0].validation_mae_sd


def test_bf16_training_learns_too():
    config = toy_config(epochs=4, precision="bf16")
    found = train_net(net_config(config), config, *parts(), seed=1)
    assert found.precision == "bf16"
    assert found.history[-1].validation_mae_sd < 0.8 * found.history[0].validation_mae_sd


def test_divergence_is_an_error_not_a_model():
    train, validation = parts()
    broken = Arrays(train.waveform, train.features, train.target * np.nan)
    config = toy_config(epochs=1)
    with pytest.raises(FloatingPointError, match="diverged"):
        train_net(net_config(config), config, broken, validation, seed=1)


def test_ridge_start_gives_the_network_the_answers_of_the_ridge():
    train, validation = parts()
    weight, bias = fit_ridge(train, validation)
    flat = np.concatenate([train.waveform.reshape(100, -1), train.features], axis=1)
    linear = flat @ weight + bias
    assert np.corrcoef(linear, train.target)[0, 1] > 0.95
    torch.manual_seed(0)
    net = ELVMassNet(net_config(toy_config(linear_path="ridge"))).eval()
    start_from_ridge(net, train, validation)
    with torch.no_grad():
        answer = net(torch.tensor(train.waveform), torch.tensor(train.features)).numpy()
    np.testing.assert_allclose(answer, linear, atol=1e-4)


def test_binned_coefficients_expand_to_the_same_answer():
    rng = np.random.default_rng(0)
    waveform = rng.normal(0, 1, (5, 12, 80)).astype(np.float32)  # 80 = 26 bins of 3 and 2 samples
    z = rng.normal(0, 1, (5, 2)).astype(np.float32)
    from elvmass.train.fitting.linear import _expand

    weight = rng.normal(0, 1, 12 * 27 + 2)
    flat = np.concatenate([waveform.reshape(5, -1), z], axis=1)
    np.testing.assert_allclose(flat @ _expand(weight, 12, 80), design(waveform, z) @ weight)


def test_sex_models_train_on_the_pooled_folds_of_their_sex(tmp_path):
    config = toy_config(sex="female", epochs=1)
    trained = train_bundle(COHORT, config, tmp_path / "f")
    assert set(trained.rows) == set(np.flatnonzero(COHORT.female))
    assert trained.card.sex is Sex.FEMALE
    pooled = cohort_splits(COHORT, toy_config())
    for a, b in zip(pooled, cohort_splits(COHORT, config), strict=True):
        assert set(b.test) == set(a.test) & set(np.flatnonzero(COHORT.female))


def test_cohorts_that_cannot_be_used_are_refused(tmp_path):
    with pytest.raises(CohortError, match="too few"):
        train_bundle(COHORT.subset(np.arange(160) < 12), toy_config(), tmp_path)
    with pytest.raises(CohortError, match="another beat"):
        train_bundle(COHORT, toy_config(beat=BeatSpec()), tmp_path)


def test_evaluation_lists_models_and_baselines_with_intervals(trained):
    test = toy_cohort(90, seed=4)
    rows = evaluate(
        [load_bundle(trained.folder)], test, train=COHORT, scoring=Scoring(bootstrap=200)
    )
    table = {(row.model, row.group): row for row in rows}
    assert {row.model for row in rows if "mae_g" in row.figures} == {
        "toy", "baseline: mean", "baseline: sex mean", "baseline: ridge, 8 scalars",
        "baseline: ridge, raw beat + 8 scalars",
    }  # fmt: skip
    mae = {
        m: r.figures["mae_g"] for (m, g), r in table.items() if g == "all" and "mae_g" in r.figures
    }
    order = [mae[f"baseline: {n}"].value for n in
             ("mean", "sex mean", "ridge, 8 scalars", "ridge, raw beat + 8 scalars")]  # fmt: skip
    assert order == sorted(order, reverse=True)
    assert all(f.low <= f.value <= f.high for f in mae.values())
    toy = table["toy", "all"].figures
    assert 0.75 <= toy["coverage"].value <= 1
    assert toy["interval_width_g"].value > 0
    assert sum(table["toy", g].n for g in ("male", "female")) == table["toy", "all"].n


def test_sex_models_are_scored_on_their_sex_only(tmp_path):
    trained = train_bundle(COHORT, toy_config(sex="male", epochs=1), tmp_path / "m")
    test = toy_cohort(60, seed=5)
    rows = evaluate(
        [load_bundle(trained.folder)], test, train=COHORT, scoring=Scoring(bootstrap=50)
    )
    ours = [row for row in rows if row.model == "toy"]
    assert {(row.group, row.n) for row in ours} == {
        ("all", test.male.sum()), ("male", test.male.sum()),
    }  # fmt: skip


def test_baselines_are_cross_validated_without_a_training_cohort():
    found = baselines(COHORT)
    mean = found["baseline: mean"]
    assert len(np.unique(mean)) == 5  # one mean for each fold, none of the whole
    assert not np.isclose(mean, COHORT.lvm_g.mean(), atol=1e-9).any()


def test_figures_by_hand():
    found = figures(np.array([100.0, 200.0, 150.0]), np.array([110.0, 190.0, 150.0]))
    assert found["mae_g"] == pytest.approx(20 / 3)
    assert found["mape_percent"] == pytest.approx((10 + 5 + 0) / 3)
    assert found["rmse_g"] == pytest.approx(np.sqrt(200 / 3))
    assert found["bias_g"] == pytest.approx(0.0)
    assert found["r2"] == pytest.approx(1 - 200 / 5000)
    assert found["r"] == pytest.approx(1.0)


def test_bootstrap_interval_has_the_width_of_theory():
    rng = np.random.default_rng(1)
    truth = rng.uniform(80, 160, 400)
    error = rng.normal(0, 10, 400)
    bias = figures_with_ci(truth, truth + error, times=2000)["bias_g"]
    assert bias.high - bias.low == pytest.approx(2 * 1.96 * error.std() / 20, rel=0.1)
