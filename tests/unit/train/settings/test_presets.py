"""Every named recipe trains on a small simulated cohort; settings that do not fit are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import toy_card
from unit.model.toys import SPEC
from unit.train.toy_cohort import toy_cohort, toy_config

from elvmass.beat import BeatKind
from elvmass.card import BeatSpec, View
from elvmass.errors import ConfigError
from elvmass.model.bundle import Bundle, load_bundle, save_bundle
from elvmass.model.inputs import ALL_SCALARS, collect_scalars, features, scalar_row
from elvmass.model.net import ARCHITECTURES, architecture_of, build_net
from elvmass.signal.prepare import prepare
from elvmass.simulate.subject import simulate_subject
from elvmass.train.cross_validation.fold import train_fold
from elvmass.train.data.folds import Split
from elvmass.train.evaluation.evaluate import baselines
from elvmass.train.fitting.architecture import net_config
from elvmass.train.settings.config import _CHOICES, TrainConfig, load_config
from elvmass.train.settings.presets import PRESETS, preset

STATED = {"name": "m", "trained_on": "simulated ECGs", "simulated": True}
BUNDLED = Path(__file__).resolve().parents[4] / "packaging" / "bundled.toml"
SUBJECTS = [simulate_subject(7, k) for k in range(20)]
STRIPS = replace(SPEC, view=View.STRIP, strip_s=0.8)  # as many samples as a beat of the toys
STRIP_COHORT = replace(toy_cohort(), spec=STRIPS)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def simulated_cohort(spec: BeatSpec):
    """The same twenty subjects, as this recipe sees them."""
    prepared = [prepare(s.record, spec) for s in SUBJECTS]
    scalars = [
        scalar_row(collect_scalars(s.record, p.measured), ALL_SCALARS)
        for s, p in zip(SUBJECTS, prepared, strict=True)
    ]
    return replace(
        toy_cohort(20),
        beats_mv=np.stack([p.seen.signal_mv for p in prepared]).astype(np.float32),
        scalars=np.stack(scalars),
        lvm_g=np.array([s.truth["label_g"] for s in SUBJECTS]),
        spec=spec,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_trains_one_epoch_and_its_bundle_loads(name, tmp_path):
    config = preset(name, **STATED, epochs=1, batch_size=8)
    cohort = simulated_cohort(config.beat)
    rows = np.arange(20)
    result = train_fold(cohort, config, Split(rows[:12], rows[12:15], rows[15:]), 0)
    assert np.isfinite(result.estimate_g).all()
    assert result.estimate_g.std() > 0
    assert architecture_of(result.fold.net.config) == config.architecture
    save_bundle(tmp_path / name, Bundle(toy_card(), (result.fold,)))
    again = load_bundle(tmp_path / name).folds[0]
    assert again.spec.beat == config.beat
    assert again.net.config == net_config(config)
    if config.precision == "fp32":
        assert result.precision == "fp32"


def test_presets_say_what_their_authors_say():
    named = ("elvmass", "elvmass_tcn", "paper", "lvm_ai_like", "qmul_like")
    assert set(named) == set(PRESETS)
    ours, tcn, paper, lvm_ai, qmul = (preset(name, **STATED) for name in named)
    assert ours.architecture == "tcn"
    assert replace(ours, kernel_centres=0) == tcn
    assert (paper.architecture, paper.precision, paper.loss) == ("tcn_published", "fp32", "mae")
    assert (paper.optimiser, paper.learning_rate, paper.epochs) == ("adam", 1e-3, 100)
    assert (paper.beat.n_samples, paper.average, paper.patience) == (500, 0.0, 0)
    assert (lvm_ai.beat.n_samples, lvm_ai.beat.raw, lvm_ai.beat.view) == (5000, True, View.STRIP)
    assert (lvm_ai.optimiser, lvm_ai.learning_rate, lvm_ai.batch_size) == ("radam", 2e-4, 16)
    assert (qmul.beat.n_samples, qmul.beat.kind) == (400, BeatKind.MEDIAN)
    assert (qmul.learning_rate, qmul.batch_size, qmul.patience) == (5e-4, 32, 20)


def test_the_bundled_models_follow_our_preset_and_stay_small():
    """Six bundles of five fold models, below 30 MB of weights."""
    bundled = load_config(BUNDLED, name="m", simulated=True)
    ours = preset("elvmass", **STATED)
    free = ("trained_on", "intended_use", "limitations", "epochs", "kernel_share")
    own = {key: getattr(ours, key) for key in free}
    assert replace(bundled, **own) == ours
    state = build_net(net_config(bundled)).state_dict()
    assert 6 * 5 * 4 * sum(t.numel() for t in state.values()) < 28_000_000


def test_the_exact_lvm_ai_network_is_the_preset_without_scalars():
    config = net_config(preset("lvm_ai_like", **STATED, inputs="ecg"))
    net = ARCHITECTURES["lvm_ai"].net(config)
    assert sum(p.numel() for p in net.parameters()) == 1_047_497


def test_presets_can_be_overridden_and_unknown_ones_are_named():
    assert preset("paper", **STATED, loss="huber", inputs="ecg").loss == "huber"
    with pytest.raises(ConfigError, match="did you mean 'paper'"):
        preset("papers", **STATED)
    with pytest.raises(ConfigError, match="trained_on"):
        preset("paper", name="m", simulated=True)


def test_configurations_and_networks_name_the_same_architectures():
    assert set(_CHOICES["architecture"]) == set(ARCHITECTURES) - {"imported"}  # not trained here


@pytest.mark.parametrize("name", _CHOICES["architecture"])
def test_settings_reach_the_network(name):
    given = {
        "tcn": {"channels": 8, "levels": 2, "kernel": 5, "groups": "coronary", "head_width": 9},
        "tcn_published": {
            "channels": 8,
            "kernel": 2,
            "precision": "fp32",
            "projection": 7,
            "scalar_width": 3,
        },
        "efficientnet1d": {"width": 0.5, "dropout": 0.3, "lead_zscore": True},
        "lvm_ai": {"ecg_scale": "microvolt", "dropout": 0.1},
        "fcn": {},
    }[name]
    config = load_config(**STATED, architecture=name, inputs="model1", **given)
    found = net_config(config)
    assert architecture_of(found) == name
    assert (found.n_samples, found.n_scalars) == (250, 4)
    reached = {key: value for key, value in given.items() if key != "precision"}
    assert all(getattr(found, key) == value for key, value in reached.items())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architecture": "resnet"}, "architecture must be one of tcn,"),
        ({"architecture": "fcn", "channels": 8}, "channels has no effect in the network 'fcn'"),
        ({"architecture": "fcn", "dropout": 0.3}, "dropout has no effect"),
        ({"architecture": "lvm_ai", "linear_path": "ridge"}, "linear_path has no effect"),
        ({"architecture": "lvm_ai", "groups": "none"}, "groups has no effect"),
        ({"architecture": "efficientnet1d", "kernel": 5}, "kernel has no effect"),
        ({"width": 0.5}, "width has no effect.*use efficientnet1d"),
        ({"ecg_scale": "microvolt"}, "ecg_scale has no effect"),
        ({"architecture": "tcn_published", "kernel": 8}, "even kernel needs precision 'fp32'"),
        ({"loss": "mse"}, "loss must be one of mae,"),
        ({"optimiser": "sgd"}, "optimiser"),
        ({"schedule": "step"}, "schedule"),
        ({"axis_encoding": "radians"}, "axis_encoding"),
        ({"augmentation": "crop"}, "crop.*needs strips"),
        ({"rate_patience": 0}, "rate_patience must be positive"),
        ({"beat": {"view": "strip"}, "linear_path": "learned"}, "linear_path needs beats"),
        ({"beat": {"view": "strip"}, "kernel_centres": 9}, "kernel_centres needs beats"),
        ({"kernel_centres": -1}, "kernel_centres must be 0 or more"),
        ({"selection": "last", "patience": 3}, "goes with a schedule"),
        ({"architecture": "fcn", "log_mass": True}, "log_mass has no effect"),
        ({"architecture": "efficientnet1d", "pool": 2}, "pool has no effect"),
        ({"beat": {"view": "strips"}}, r"\[beat\] is not understood"),
        (
            {"beat": {"view": "strip"}, "architecture": "lvm_ai", "augmentation": "crop"},
            "any length",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        load_config(**(STATED | change))


def test_strips_are_configured_in_toml(tmp_path):
    path = tmp_path / "strip.toml"
    path.write_text(
        'name = "m"\ntrained_on = "x"\nsimulated = false\narchitecture = "lvm_ai"\n'
        '[beat]\nview = "strip"\nrate_hz = 500\nraw = true\n'
    )
    config = load_config(path)
    assert config.beat == BeatSpec(rate_hz=500.0, view=View.STRIP, raw=True)
    assert net_config(config).n_samples == 5000


def fold_of(config: TrainConfig, cohort=STRIP_COHORT):
    rows = np.arange(len(cohort))
    return train_fold(cohort, config, Split(rows[:90], rows[90:120], rows[120:]), 0)


@pytest.mark.parametrize("loss", ["log_cosh", "huber", "asymmetric", "cdf_weighted"])
def test_other_losses_learn_and_their_history_is_comparable(loss):
    cohort = toy_cohort()
    result = fold_of(toy_config(loss=loss, epochs=10), cohort)
    assert np.corrcoef(result.estimate_g, cohort.lvm_g[result.test])[0, 1] > 0.7
    last = result.history[-1]  # absolute errors, whatever the loss
    assert 0.5 < last.train_mae_sd / last.validation_mae_sd < 2


@pytest.mark.parametrize(
    "change",
    [
        {"augmentation": "crop", "crop_s": 0.4, "beat": STRIPS},
        {"augmentation": "rerecord", "beat": STRIPS},
        {"optimiser": "radam", "schedule": "halving", "rate_patience": 2, "beat": STRIPS},
        {"axis_encoding": "sincos", "lead_zscore": True, "beat": STRIPS},
    ],
    ids=lambda c: next(iter(c)),
)
def test_options_learn(change):
    result = fold_of(toy_config(epochs=8, **change))
    history = result.history
    assert min(r.validation_mae_sd for r in history) < 0.9 * history[0].validation_mae_sd
    assert result.fold.net(torch.zeros(2, 12, 80), torch.zeros(2, 8)).shape == (2,)


def test_sine_and_cosine_know_that_180_degrees_is_minus_180():
    cohort = toy_cohort()
    fold = fold_of(toy_config(epochs=1, axis_encoding="sincos"), cohort).fold
    values = np.repeat(cohort.scalars[:1], 2, axis=0)
    values[:, ALL_SCALARS.index("qrs_axis_deg")] = 180.0, -180.0
    z = torch.tensor(features(values, fold.spec))
    waveform = torch.tensor(cohort.beats_mv[:1]).expand(2, -1, -1)
    near, far = fold.net(waveform, z)
    assert near.item() == pytest.approx(far.item(), abs=1e-4)
    assert fold.spec.sd[4:7] == pytest.approx([180 / np.pi] * 3)


def test_averaged_weights_keep_the_running_statistics_of_batch_normalisation():
    config = TrainConfig(**STATED, architecture="fcn", beat=SPEC, average=0.9, epochs=3,
                         batch_size=16, precision="fp32")  # fmt: skip
    net = fold_of(config, toy_cohort()).fold.net
    norm = next(m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d))
    assert int(norm.num_batches_tracked) > 0
    assert not torch.equal(norm.running_mean, torch.zeros_like(norm.running_mean))


def test_a_cohort_of_strips_has_no_ridge_on_raw_samples():
    assert "baseline: ridge, raw beat + 8 scalars" not in baselines(STRIP_COHORT)
    assert "baseline: ridge, 8 scalars" in baselines(STRIP_COHORT)
