from __future__ import annotations

import pytest

from elvmass.beat import BeatKind
from elvmass.errors import ConfigError
from elvmass.train.settings.config import TrainConfig, load_config

STATED = {"name": "m", "trained_on": "simulated ECGs", "simulated": True}


def test_defaults_are_the_papers():
    config = load_config(**STATED)
    assert (config.folds, config.epochs, config.batch_size) == (5, 100, 32)
    assert (config.learning_rate, config.validation_share) == (1e-3, 0.1)
    assert (config.linear_path, config.average, config.schedule) == ("none", 0.0, "constant")
    assert config.groups == "limb_precordial"


def test_toml_and_overrides(tmp_path):
    path = tmp_path / "train.toml"
    path.write_text(
        'name = "m"\ntrained_on = "x"\nsimulated = false\nepochs = 7\nlearning_rate = 1\n'
        '[beat]\nrate_hz = 500\nkind = "median"\nband_hz = [0.5, 40]\n'
    )
    config = load_config(path, epochs=3, sex="female")
    assert (config.epochs, config.sex, config.simulated) == (3, "female", False)
    assert config.learning_rate == 1.0
    assert isinstance(config.learning_rate, float)
    assert config.beat.kind is BeatKind.MEDIAN
    assert config.beat.band_hz == (0.5, 40.0)
    assert config.beat.n_samples == 500


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epoch": 3}, "did you mean 'epochs'"),
        ({"zzz": 3}, "Unknown setting 'zzz'"),
        ({"beat": {"rate": 500}}, "did you mean 'rate_hz'"),
        ({"beat": {"kind": "best"}}, "beat"),
        ({"beat": {"band_hz": [1]}}, "beat"),
        ({"epochs": 3.5}, "epochs must be int"),
        ({"epochs": True}, "epochs must be int"),
        ({"simulated": "yes"}, "simulated must be bool"),
        ({"sex": "both"}, "sex must be one of pooled, male, female"),
        ({"groups": "6"}, "groups must be one of"),
        ({"precision": "fp8"}, "precision"),
        ({"learning_rate": 0.0}, "learning_rate must be positive"),
        ({"dropout": 1.0}, "dropout"),
        ({"folds": 1}, "folds"),
        ({"kernel": 4}, "kernel"),
    ],
)
def test_mistakes_are_named(change, message):
    with pytest.raises(ConfigError, match=message):
        load_config(**(STATED | change))


@pytest.mark.parametrize("name", ["name", "trained_on", "simulated"])
def test_what_the_card_must_state_is_never_assumed(name):
    with pytest.raises(ConfigError, match=name):
        load_config(**{k: v for k, v in STATED.items() if k != name})


def test_unreadable_files_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        load_config(tmp_path / "absent.toml")
    (tmp_path / "bad.toml").write_text("epochs = = 3")
    with pytest.raises(ConfigError, match=r"bad\.toml"):
        load_config(tmp_path / "bad.toml")


def test_config_is_immutable():
    with pytest.raises(AttributeError):
        TrainConfig(**STATED).epochs = 3  # type: ignore[misc]
