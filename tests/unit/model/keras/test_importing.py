"""Imported Keras networks: Keras's own answers, and LVM-AI's inputs, outputs and constants."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from elvmass.beat import Strip
from elvmass.card import View
from elvmass.errors import BundleError
from elvmass.model.bundle import load_bundle, save_bundle
from elvmass.model.ensemble import predict
from elvmass.model.estimate import fold_inputs, interval, lvh_probability
from elvmass.model.keras import importing as importer
from elvmass.model.keras.importing import bind, import_keras
from elvmass.model.nets.imported import ImportedConfig
from elvmass.record import LEADS

DATA = Path(__file__).parent / "data"
ECG, AGE, SEX, BMI = (
    "input_ecg_rest_raw_continuous", "input_age_2_continuous", "input_sex_categorical",
    "input_bmi_continuous",
)  # fmt: skip
MASS = "output_adjusted_myocardium_mass_continuous"
LVH = "output_lvh_from_indexed_lvm_categorical"
MAN = {"age_years": 61.0, "sex_male": 1.0, "height_cm": 172.0, "weight_kg": 78.0}


def tiny(version: str = "keras2", **changes: str):
    return import_keras(DATA / f"tiny_{version}.h5", "tiny", **changes)


def strip(signal_mv: np.ndarray | None = None) -> Strip:
    if signal_mv is None:
        signal_mv = np.random.default_rng(4).normal(0, 0.4, (12, 5000))
    return Strip(signal_mv, 500.0, 0.0)


def keras_inputs() -> dict[str, torch.Tensor]:
    """As in data/make_keras_files.py."""
    t, c = np.arange(5000)[:, None], np.arange(1, 13)[None, :]
    values = {
        ECG: np.stack([0.1 * np.sin(0.01 * (k + 1) * c * t + k) for k in range(3)]),
        AGE: np.array([[-1.0], [0.2], [1.5]]),
        SEX: np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]),
        BMI: np.array([[0.7], [-0.4], [2.0]]),
    }
    return {name: torch.tensor(value.astype(np.float32)) for name, value in values.items()}


@pytest.mark.parametrize("version", ["keras2", "keras3"])
def test_answers_are_those_of_keras(version):
    """Every class of layer that is read, in a file of Keras 2 and in one of Keras 3."""
    net = tiny(version).folds[0].net
    expected = json.loads((DATA / f"tiny_{version}.json").read_text())
    with torch.inference_mode():
        found = net.run(keras_inputs())
    np.testing.assert_allclose(found[MASS], expected["mass"], atol=1e-5)
    np.testing.assert_allclose(found[LVH], expected["lvh"], atol=1e-5)


def test_ecg_enters_in_the_order_and_unit_of_the_publication():
    """I, II, III, V1-V6, aVF, aVL, aVR; counts of 5 µV / 2000, or µV / 2000."""
    signal = np.zeros((12, 5000))
    signal[:, 0] = np.arange(1, 13)  # each lead's first sample is its number, mV
    number = dict(zip(LEADS, range(1, 13), strict=True))
    order = ["I", "II", "III", "V1", "V2", "V3", "V4", "V5", "V6", "aVF", "aVL", "aVR"]
    for scale, per_mv in (("counts5uv", 1000 / 5 / 2000), ("microvolt", 1000 / 2000)):
        bundle = tiny(ecg_scale=scale)
        part = fold_inputs(bundle, strip(signal), MAN)[0]
        waveform, features = torch.tensor(part.waveform), torch.tensor(part.features)
        ecg = bundle.folds[0].net.encoded(waveform[None], features[None])[ECG]
        assert ecg.shape == (1, 5000, 12)
        np.testing.assert_allclose(ecg[0, 0], [number[lead] * per_mv for lead in order], rtol=1e-6)
        assert not ecg[0, 1:].any()


@pytest.mark.parametrize(
    ("scalars", "age", "sex", "bmi"),
    [
        (MAN, (61 - 63.35798891483556) / 7.554638350423902, [0, 1], 78 / 1.72**2),
        ({**MAN, "sex_male": 0.0}, (61 - 63.35798891483556) / 7.554638350423902, [1, 0],
         78 / 1.72**2),
        ({"height_cm": 150.0, "weight_kg": 90.0}, 0.0, [0.5, 0.5], 40.0),
        ({}, 0.0, [0.5, 0.5], 27.3397),
    ],
)  # fmt: skip
def test_demographics_enter_with_the_published_constants(scalars, age, sex, bmi):
    bundle = tiny()
    part = fold_inputs(bundle, strip(), scalars)[0]
    given = bundle.folds[0].net.encoded(
        torch.tensor(part.waveform)[None], torch.tensor(part.features)[None]
    )
    np.testing.assert_allclose(given[AGE], [[age]], atol=1e-5)
    np.testing.assert_allclose(given[SEX], [sex], atol=1e-6)
    np.testing.assert_allclose(given[BMI], [[(bmi - 27.3397) / 4.7721]], atol=1e-4)


def test_mass_is_in_grams_and_taken_from_the_head_of_one_value():
    """The file gives the LVH head first; heads go by their shape."""
    bundle = tiny()
    assert bundle.folds[0].net.config.mass_output == MASS
    inputs = fold_inputs(bundle, strip(), MAN)
    net, part = bundle.folds[0].net, inputs[0]
    values = net.run(
        net.encoded(torch.tensor(part.waveform)[None], torch.tensor(part.features)[None])
    )
    np.testing.assert_allclose(
        predict(bundle, inputs), [24.80 * float(values[MASS]) + 89.70], rtol=1e-6
    )
    assert lvh_probability(bundle, inputs) == pytest.approx(float(values[LVH][0, 1]))


def test_imported_bundle_survives_its_folder(tmp_path):
    before = tiny()
    card = save_bundle(tmp_path / "tiny", before)
    after = load_bundle(tmp_path / "tiny")
    assert (card.inputs, card.modality, card.metrics) == ("model1", "CMR", {})
    assert (after.spec.beat.view, after.spec.beat.raw) == (View.STRIP, True)
    assert after.spec.beat.n_samples == 5000
    inputs = fold_inputs(after, strip(), MAN)
    np.testing.assert_array_equal(predict(before, inputs), predict(after, inputs))
    assert interval(after, predict(after, inputs), {}) is None


def test_altered_graph_of_a_stored_model_is_refused(tmp_path):
    """A hostile bundle meets the same checks as a hostile .h5 file."""
    config = tiny().folds[0].net.config
    nodes = [node if node.name != "conv" else replace(node, op="Lambda") for node in config.nodes]
    with pytest.raises(ValueError, match="'conv' is a Lambda, which is not known"):
        replace(config, nodes=tuple(nodes))
    with pytest.raises(ValueError, match="does not give 1 value"):
        replace(config, mass_output=LVH)
    with pytest.raises(ValueError, match="not bound"):
        replace(config, age_input="", n_scalars=3)


def test_published_file_is_known_by_size_and_hash(monkeypatch):
    path = DATA / "tiny_keras2.h5"
    assert "does not name" in tiny().card.trained_on
    digest = tiny().card.version
    known = importer.Published(path.stat().st_size, digest, "LVM-AI of this test")
    monkeypatch.setattr(importer, "PUBLISHED", (known,))
    card = tiny().card
    assert "UK Biobank" in card.trained_on
    assert "LVM-AI of this test" in card.trained_on
    assert (card.n_train, card.licence[:7]) == (32_239, "GPL-3.0")


E, ONE, TWO = (5000, 12), (1,), (2,)


@pytest.mark.parametrize(
    ("inputs", "outputs", "found"),
    [
        ({"x": E}, {"y": ONE}, ("x", "", "", "", "y", "")),
        ({"bmi": ONE, "s": TWO, "x": E, "Age": ONE}, {"y": ONE, "p": TWO},
         ("x", "Age", "s", "bmi", "y", "p")),
        ({"x": E, "age": ONE}, {"p": TWO, "y": ONE}, ("x", "age", "", "", "y", "p")),
    ],
)  # fmt: skip
def test_ends_are_bound_by_name_and_shape(inputs, outputs, found):
    bound = bind(inputs, outputs)
    assert (bound.ecg, bound.age, bound.sex, bound.bmi, bound.mass, bound.lvh) == found
    assert bound.warning == ""


def test_order_decides_with_a_warning_where_names_do_not():
    bound = bind({"x": E, "in_1": ONE, "s": TWO, "in_2": ONE}, {"y": ONE})
    assert (bound.age, bound.bmi) == ("in_1", "in_2")
    assert "published order" in bound.warning


@pytest.mark.parametrize(
    ("inputs", "outputs", "words"),
    [
        ({"x": (4096, 12)}, {"y": ONE}, "0 candidates for the ECG"),
        ({"x": E, "z": E}, {"y": ONE}, "2 candidates for the ECG"),
        ({"x": E}, {"p": TWO}, "0 candidates for the output of the mass"),
        ({"x": E}, {"y": ONE, "z": ONE}, "2 candidates for the output of the mass"),
        ({"x": E}, {"y": ONE, "z": (5,)}, "'z' of shape"),
        ({"x": E, "systolic": ONE}, {"y": ONE}, "cannot be told apart"),
        ({"x": E, "age": ONE, "age_2": ONE, "bmi": ONE}, {"y": ONE}, "cannot be told apart"),
    ],
)
def test_ends_that_fit_nothing_are_refused(inputs, outputs, words):
    with pytest.raises(BundleError, match=words):
        bind(inputs, outputs)


def test_settings_name_the_scalars_that_they_need():
    config = tiny().folds[0].net.config
    assert isinstance(config, ImportedConfig)
    assert config.scalars == ("age_years", "sex_male", "height_cm", "weight_kg")
    with pytest.raises(BundleError, match="ecg_scale"):
        tiny(ecg_scale="millivolt")
