"""The units check names the preset under which ordinary adults have ordinary masses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import toy_card

from elvmass.beat import Strip
from elvmass.card import BeatSpec, InputSpec, View
from elvmass.errors import BundleError
from elvmass.model.bundle import Bundle, Fold
from elvmass.model.keras.units import UnitCheck, check_units, conclusion
from elvmass.model.nets.imported import ImportedConfig, ImportedNet
from elvmass.model.nets.keras_nodes import Node
from elvmass.model.nets.lvm_ai import ECG_SCALES

NODES = (
    Node("ecg", "InputLayer", (), {"shape": (5000, 12)}),
    Node("mean", "GlobalAveragePooling1D", ("ecg",), {}),
    Node("mass", "Dense", ("mean",), {"units": 1, "use_bias": True, "activation": "linear"}),
)


def reader_of_the_mean(ecg_scale: str, slope_per_mv: float) -> Bundle:
    """A network whose z-score is the mean of lead I times ``slope_per_mv``, in ``ecg_scale``."""
    config = ImportedConfig(nodes=NODES, ecg_input="ecg", mass_output="mass", ecg_scale=ecg_scale)
    net = ImportedNet(config)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        net.layers[2].weight[0, 0] = slope_per_mv / ECG_SCALES[ecg_scale]
    spec = BeatSpec(rate_hz=500.0, view=View.STRIP, raw=True)
    fold = Fold(net, InputSpec(spec, (), (), (), ()), 89.7, 24.8,
                np.zeros((12, 5000), np.float32), {})  # fmt: skip
    return Bundle(replace(toy_card(), name="reader", metrics={}), (fold,))


def adults(n: int = 24) -> list[tuple[Strip, dict[str, float | None]]]:
    """Lead I of each at a constant level: SD over the adults exactly 1 mV, mean 0."""
    levels = np.random.default_rng(1).standard_normal(n)
    levels = (levels - levels.mean()) / levels.std(ddof=1)
    strips = []
    for level in levels:
        signal = np.zeros((12, 5000))
        signal[0] = level
        strips.append((Strip(signal, 500.0, 0.0), {}))
    return strips


def test_right_preset_is_confirmed():
    checks = check_units(reader_of_the_mean("counts5uv", 0.8), adults())
    found = {check.ecg_scale: check for check in checks}
    assert found["counts5uv"].sd_g == pytest.approx(0.8 * 24.8, rel=1e-5)
    assert found["counts5uv"].mean_g == pytest.approx(89.7, abs=1e-3)
    assert found["microvolt"].sd_g == pytest.approx(5 * 0.8 * 24.8, rel=1e-5)
    assert found["counts5uv"].plausible
    assert not found["microvolt"].plausible
    assert conclusion(checks) == (
        "Only counts5uv gives masses of ordinary adults: the model is set right."
    )


def test_wrong_preset_is_named_with_the_remedy():
    """The network wants microvolts, but the model was imported for counts."""
    checks = check_units(reader_of_the_mean("counts5uv", 0.8 / 5), adults())
    assert "Import it again with --ecg-scale microvolt" in conclusion(checks)


def test_what_cannot_be_told_is_said():
    same = check_units(reader_of_the_mean("counts5uv", 0.0), adults())
    assert conclusion(same).startswith("No preset gives")
    used = UnitCheck("counts5uv", True, 24, 90.0, 12.0, 70.0, 110.0)
    other = UnitCheck("microvolt", False, 24, 100.0, 38.0, 40.0, 160.0)
    assert conclusion((used, other)).startswith("Both presets give")


def test_too_few_recordings_are_refused():
    with pytest.raises(BundleError, match="9 recordings cannot tell"):
        check_units(reader_of_the_mean("counts5uv", 1.0), adults(9))
