from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import synthetic_record, toy_beat, toy_card
from unit.model.test_nets import SMALL
from unit.model.toys import NET, SPEC, toy_bundle

from elvmass.card import View
from elvmass.errors import BundleError
from elvmass.model.bundle import Bundle, load_bundle, save_bundle
from elvmass.model.cards import CardAt, choose, list_bundles, read_card
from elvmass.model.ensemble import predict
from elvmass.model.estimate import fold_inputs, interval, predict_many, scalars_used
from elvmass.record import Sex

BEAT = toy_beat(synthetic_record(), SPEC)
KNOWN = {
    "age_years": 61.0,
    "sex_male": 1.0,
    "height_cm": 172.0,
    "weight_kg": 78.0,
    "p_axis_deg": 50.0,
    "qrs_axis_deg": 20.0,
    "t_axis_deg": 40.0,
    "qrs_ms": 95.0,
}


@pytest.fixture
def folder(tmp_path):
    save_bundle(tmp_path / "toy", toy_bundle())
    return tmp_path / "toy"


def edit(path, change):
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def test_a_saved_bundle_gives_the_same_answers_to_the_bit(folder):
    before, after = toy_bundle(), load_bundle(folder)
    a = predict(before, fold_inputs(before, BEAT, KNOWN))
    b = predict(after, fold_inputs(after, BEAT, KNOWN))
    np.testing.assert_array_equal(a, b)
    assert interval(before, a, KNOWN) == interval(after, b, KNOWN)
    np.testing.assert_array_equal(before.folds[1].mean_beat_mv, after.folds[1].mean_beat_mv)
    assert (
        after.card.sha256
        == hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    )


@pytest.mark.parametrize("groups", ["none", "limb_precordial", "coronary"])
def test_every_grouping_survives_the_round_trip(tmp_path, groups):
    bundle = toy_bundle(1, replace(NET, groups=groups, linear_path=True))
    save_bundle(tmp_path / "b", bundle)
    again = load_bundle(tmp_path / "b")
    inputs = fold_inputs(bundle, BEAT, KNOWN)
    np.testing.assert_array_equal(predict(bundle, inputs), predict(again, inputs))


@pytest.mark.parametrize("name", SMALL)
def test_every_architecture_survives_the_round_trip(tmp_path, name):
    bundle = toy_bundle(2, SMALL[name])
    for fold in bundle.folds:  # numbers that were learned outside the gradient travel too
        for key, buffer in fold.net.named_buffers():
            if buffer.is_floating_point():
                buffer.add_(0.5 if "var" in key else 0.1)
    save_bundle(tmp_path / "b", bundle)
    again = load_bundle(tmp_path / "b")
    assert again.folds[0].net.config == SMALL[name]
    inputs = fold_inputs(bundle, BEAT, KNOWN)
    before = predict(bundle, inputs)
    np.testing.assert_array_equal(before, predict(again, inputs))
    assert before[0] != before[1]


def test_settings_of_leads_axes_and_strips_survive_the_round_trip(tmp_path):
    bundle = toy_bundle(1, replace(NET, n_samples=1000, lead_zscore=True, axis_columns=(4, 5, 6)))
    spec = replace(SPEC, view=View.STRIP, raw=True)
    fold = replace(bundle.folds[0], spec=replace(bundle.folds[0].spec, beat=spec))
    fold.net.fit_inputs(torch.randn(4, 12, 1000))
    save_bundle(tmp_path / "b", Bundle(bundle.card, (fold,)))
    again = load_bundle(tmp_path / "b").folds[0]
    assert again.spec.beat == spec
    assert again.net.config.axis_columns == (4, 5, 6)
    assert torch.equal(again.net.lead_sd_mv, fold.net.lead_sd_mv)


def to_format_1(config):
    """As it was written before strips and other architectures."""
    config["format"] = 1
    del config["architecture"], config["net"]["lead_zscore"], config["net"]["axis_columns"]
    for fold in config["folds"]:
        for name in ("view", "strip_s", "raw"):
            del fold["spec"]["beat"][name]


def test_format_1_is_read_and_means_the_same(folder):
    rebind(folder, to_format_1)
    inputs = fold_inputs(toy_bundle(), BEAT, KNOWN)
    again = load_bundle(folder)
    np.testing.assert_array_equal(predict(toy_bundle(), inputs), predict(again, inputs))
    assert again.spec == toy_bundle().spec


@pytest.mark.parametrize(
    "change",
    [
        lambda c: (to_format_1(c), c["folds"][0]["spec"].pop("beat")),
        lambda c: (to_format_1(c), c.update(net=None)),
        lambda c: (to_format_1(c), c.update(architecture="tcn")),
    ],
)
def test_a_broken_format_1_is_refused(folder, change):
    rebind(folder, change)
    with pytest.raises(BundleError, match="incomplete"):
        load_bundle(folder)


def test_loaded_networks_cannot_be_trained_or_dropped_out(folder):
    for fold in load_bundle(folder).folds:
        assert not fold.net.training
        assert not any(p.requires_grad for p in fold.net.parameters())


@pytest.mark.parametrize("name", ["weights.safetensors", "config.json", "card.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(BundleError, match=name):
        load_bundle(folder)


def test_altered_weights_are_refused(folder):
    path = folder / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(BundleError, match="altered"):
        load_bundle(folder)


def test_altered_config_is_refused_even_if_it_is_well_formed(folder):
    edit(folder / "config.json", lambda c: c["folds"][0].update(target_mean_g=150.0))
    with pytest.raises(BundleError, match="altered"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(format=99), "format 99"),
        (lambda c: c.pop("architecture"), "incomplete"),
        (lambda c: c.update(extra=1), "incomplete"),
        (lambda c: c.pop("net"), "incomplete"),
    ],
)
def test_other_formats_are_refused(folder, change, message):
    edit(folder / "config.json", change)
    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("licence"), "lacks licence"),
        (lambda c: c.update(colour="red"), "unknown colour"),
        (lambda c: c.update(sex="other"), "other"),
        (lambda c: c.update(inputs="model9"), "inputs"),
        (lambda c: c.update(unit="z"), "in z"),
    ],
)
def test_cards_with_missing_or_unknown_content_are_refused(folder, change, message):
    edit(folder / "card.json", change)
    with pytest.raises(BundleError, match=message):
        read_card(folder)


def rebind(folder, change):
    """Alter the configuration and forge both hashes, as a program of another version would."""
    from safetensors.torch import load_file, save

    edit(folder / "config.json", change)
    digest = hashlib.sha256((folder / "config.json").read_bytes()).hexdigest()
    tensors = load_file(folder / "weights.safetensors")
    weights = save(tensors, metadata={"config_sha256": digest})
    (folder / "weights.safetensors").write_bytes(weights)
    edit(folder / "card.json", lambda c: c.update(sha256=hashlib.sha256(weights).hexdigest()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(architecture="transformer"), "'transformer' is not known"),
        (lambda c: c.update(architecture=["tcn"]), "is not known"),
        (lambda c: c.update(architecture="fcn"), "unknown axis_columns"),
        (lambda c: c.update(net=[]), "expected an object"),
        (lambda c: c["folds"][0]["spec"]["beat"].update(view="strip"), "do not fit"),
        (lambda c: c["folds"][0]["spec"]["beat"].update(view="loop"), "beat"),
        (lambda c: c["net"].update(channels=7), "do not fit"),
        (lambda c: c["net"].update(attention=True), "unknown attention"),
        (lambda c: c["net"].pop("kernel"), "lacks kernel"),
        (lambda c: c["folds"].pop(), "unknown weights"),
        (lambda c: c["folds"][0]["spec"].update(unit="uV"), "uV"),
        (lambda c: c["folds"][0]["spec"]["leads"].reverse(), "not understood"),
        (lambda c: c["folds"][0]["spec"]["beat"].update(kind="mode"), "beat"),
        (lambda c: c["folds"][0]["n_residuals"].pop("complete"), "residuals"),
    ],
)
def test_inputs_that_are_not_understood_are_refused(folder, change, message):
    rebind(folder, change)
    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


def test_a_bundle_needs_folds():
    with pytest.raises(BundleError, match="at least one"):
        Bundle(toy_card(), ())


def test_cards_are_read_without_torch(folder):
    code = (
        "import sys; from pathlib import Path; from elvmass.model.cards import list_bundles; "
        f"print(list_bundles(Path({str(folder.parent)!r}))[0].card.name); "
        "sys.exit(any(m in sys.modules for m in ('torch', 'scipy', 'safetensors')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "toy-male-model2"), done.stderr


def test_list_bundles_skips_other_folders_and_sorts(folder, tmp_path):
    (tmp_path / "notes").mkdir()
    save_bundle(tmp_path / "z", replace_name(toy_bundle(1), "a-first"))
    names = [at.card.name for at in list_bundles(tmp_path, tmp_path / "absent")]
    assert names == ["a-first", "toy-male-model2"]


def replace_name(bundle: Bundle, name: str) -> Bundle:
    return Bundle(replace(bundle.card, name=name), bundle.folds)


def cards(*wanted):
    return [
        CardAt(replace(toy_card(), sex=sex, inputs=inputs, name=f"{sex}-{inputs}"), None)
        for sex, inputs in wanted
    ]


ALL = cards(*[(s, i) for s in (None, Sex.MALE, Sex.FEMALE) for i in ("model1", "model2")])


@pytest.mark.parametrize(
    ("sex", "missing", "expected", "words"),
    [
        (Sex.MALE, (), (Sex.MALE, "model2"), "sex is male; axes and QRS duration are known"),
        (Sex.FEMALE, ("qrs_ms",), (Sex.FEMALE, "model1"), "sex is female; QRS duration missing"),
        (None, (), (None, "model2"), "sex is unknown, so the pooled model"),
        (Sex.MALE, ("p_axis_deg", "t_axis_deg"), (Sex.MALE, "model1"), "P, T axis missing"),
    ],
)
def test_the_choice_of_model_and_its_reason(sex, missing, expected, words):
    at, reason = choose(ALL, sex, KNOWN | dict.fromkeys(missing))
    assert (at.card.sex, at.card.inputs) == expected
    assert words in reason


def test_a_choice_that_is_not_the_preferred_one_says_so():
    at, reason = choose(cards((None, "model1")), Sex.MALE, KNOWN)
    assert at.card.sex is None
    assert "only the pooled model is installed" in reason
    assert "model2 is not installed" in reason


def test_no_fitting_model_is_an_error():
    with pytest.raises(BundleError, match="No installed model"):
        choose(cards((Sex.MALE, "model2")), None, KNOWN)


def test_many_patients_are_estimated_as_one_by_one():
    bundle = toy_bundle()
    patients = [fold_inputs(bundle, BEAT, KNOWN | {"age_years": a}) for a in (40.0, 60.0, None)]
    together = predict_many(bundle, patients, batch=2)
    assert together.shape == (3, 2)
    for row, inputs in zip(together, patients, strict=True):
        np.testing.assert_allclose(predict(bundle, inputs), row, rtol=1e-5)
    assert len(np.unique(together[:, 0])) == 3


def test_scalars_used_include_what_was_filled_in():
    used = scalars_used(toy_bundle(), KNOWN | {"height_cm": None})
    assert used["height_cm"] == 165.0
    assert used["weight_kg"] == 78.0


def test_missing_scalars_widen_the_interval_and_it_holds_the_mass():
    bundle = toy_bundle()
    masses = predict(bundle, fold_inputs(bundle, BEAT, KNOWN))
    widths = []
    for missing in ((), ("height_cm",), ("age_years", "height_cm"), ("qrs_ms",)):
        found = interval(bundle, masses, KNOWN | dict.fromkeys(missing))
        assert found.low_g <= masses.mean() <= found.high_g
        widths.append(found.high_g - found.low_g)
    assert widths == sorted(widths)
    assert len(set(widths)) == 4


def test_predictions_do_not_depend_on_torch_settings_of_the_caller():
    bundle = toy_bundle(1)
    inputs = fold_inputs(bundle, BEAT, KNOWN)
    plain = predict(bundle, inputs)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=False), torch.no_grad():
        np.testing.assert_array_equal(predict(bundle, inputs), plain)
