"""Files that Keras 2 and Keras 3 wrote: our answers against Keras's own."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from elvmass.errors import BundleError
from elvmass.model.bundle import load_bundle, save_bundle
from elvmass.model.keras.importing import MASS_MEAN_G, MASS_SD_G, import_keras

DATA = Path(__file__).parent / "data"
STEMS = ("keras2", "keras3")


def keras_inputs() -> dict[str, torch.Tensor]:
    """The same three patients as in ``data/make_keras_files.py``."""
    t, c = np.arange(5000)[:, None], np.arange(1, 13)[None, :]
    ecg = np.stack([0.1 * np.sin(0.01 * (k + 1) * c * t + k) for k in range(3)])
    return {
        "input_ecg_rest_raw_continuous": torch.tensor(ecg, dtype=torch.float32),
        "input_age_2_continuous": torch.tensor([[-1.0], [0.2], [1.5]]),
        "input_sex_categorical": torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]),
        "input_bmi_continuous": torch.tensor([[0.7], [-0.4], [2.0]]),
    }


@pytest.mark.parametrize("stem", STEMS)
def test_answers_equal_keras(stem):
    net = import_keras(DATA / f"tiny_{stem}.h5", "tiny").folds[0].net.eval()
    expected = json.loads((DATA / f"tiny_{stem}.json").read_text(encoding="utf-8"))
    with torch.inference_mode():
        values = net.run(keras_inputs())
    for key, output in (("mass", net.config.mass_output), ("lvh", net.config.lvh_output)):
        np.testing.assert_allclose(values[output].numpy(), expected[key], rtol=0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None,
    reason="compares with Keras itself: pip install '.[keras]'",
)
def test_answers_of_the_whole_lvm_ai_equal_keras(tmp_path):
    maker = [sys.executable, DATA / "make_keras_files.py", "lvm_ai"]
    subprocess.run(maker, cwd=tmp_path, check=True, capture_output=True)
    for stem, parameters in (("lvm_ai_ecg", 1_047_497), ("lvm_ai_all", 1_216_091)):
        net = import_keras(tmp_path / f"{stem}.h5", stem).folds[0].net.eval()
        assert sum(each.numel() for each in net.parameters()) == parameters
        expected = json.loads((tmp_path / f"{stem}.json").read_text(encoding="utf-8"))
        with torch.inference_mode():
            values = net.run(keras_inputs())
        outputs = {"mass": net.config.mass_output, "lvh": net.config.lvh_output}
        for key, answers in expected.items():
            got = values[outputs[key]].numpy()
            assert np.ptp(got) > 0.01  # else equal answers would say little
            np.testing.assert_allclose(got, answers, rtol=0, atol=1e-5)


def test_an_imported_model_is_an_ordinary_bundle(tmp_path):
    made = import_keras(DATA / "tiny_keras2.h5", "tiny")
    save_bundle(tmp_path / "tiny", made)
    loaded = load_bundle(tmp_path / "tiny")
    assert (loaded.folds[0].target_mean_g, loaded.folds[0].target_sd_g) == (MASS_MEAN_G, MASS_SD_G)
    waveform, features = torch.randn(2, 12, 5000), torch.randn(2, 4)
    with torch.inference_mode():
        before = made.folds[0].net.eval()(waveform, features)
        after = loaded.folds[0].net.eval()(waveform, features)
    assert torch.equal(before, after)


def test_the_ecg_goes_in_by_the_order_and_scale_of_the_publication():
    net = import_keras(DATA / "tiny_keras2.h5", "tiny").folds[0].net
    waveform = torch.arange(12.0)[None, :, None].expand(1, 12, 5000)
    ecg = net.encoded(waveform, torch.zeros(1, 4))[net.config.ecg_input][0, 0]
    # I, II, III, V1-V6, aVF, aVL, aVR of rows I, II, III, aVR, aVL, aVF, V1-V6; mV -> µV / 10,000
    rows = [0, 1, 2, 6, 7, 8, 9, 10, 11, 5, 4, 3]
    np.testing.assert_allclose(ecg.numpy(), 0.1 * np.array(rows), rtol=1e-6)


def _with_config(tmp_path: Path, change) -> Path:
    path = tmp_path / "changed.h5"
    shutil.copy(DATA / "tiny_keras2.h5", path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config)
    return path


def test_lambda_layers_are_refused_by_name(tmp_path):
    def as_lambda(config):
        layer = next(x for x in config["config"]["layers"] if x["class_name"] == "Activation")
        layer["class_name"] = "Lambda"

    with pytest.raises(BundleError, match="Lambda"):
        import_keras(_with_config(tmp_path, as_lambda), "x")


@pytest.mark.parametrize("size", [0, 10, 4000, 40000])
def test_damaged_files_are_refused(size, tmp_path):
    data = (DATA / "tiny_keras2.h5").read_bytes()[:size]
    (tmp_path / "x.h5").write_bytes(data)
    with pytest.raises(BundleError):
        import_keras(tmp_path / "x.h5", "x")
