"""The lie detector, on toys whose answer is known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import synthetic_record, toy_beat
from unit.model.toys import NET, SPEC, toy_bundle

from elvmass.errors import BundleError
from elvmass.model.ensemble import predict
from elvmass.model.estimate import fold_inputs
from elvmass.model.explain.check import (
    Found,
    Person,
    check_bundle,
    check_person,
    likeness,
    simulated_people,
    summarise,
)
from elvmass.model.explain.faithfulness import SHARES, faithfulness
from elvmass.model.explain.randomise import STEPS, randomised
from elvmass.model.explain.trust import CHECKS, TRUST_FILE, read_trust, write_trust

BEAT = toy_beat(synthetic_record(), SPEC)
SCALARS = {"age_years": 75.0, "sex_male": 1.0, "height_cm": 181.0, "weight_kg": 99.0}
PERSON = Person(BEAT, SCALARS)


def found(**figures):
    return Found(dict.fromkeys(CHECKS, 1.0) | figures, {"4 of 4": 0.1})


def one_lead_bundle():
    """A linear model that reads nothing but V4, at every sample alike."""
    bundle = toy_bundle(1, replace(NET, linear_path=True))
    net = bundle.folds[0].net
    with torch.no_grad():
        net.out.weight.zero_()
        net.linear.weight.zero_()
        net.linear.weight[0, 9 * NET.n_samples : 10 * NET.n_samples] = 0.5
    return bundle


def test_randomisation_changes_more_and_more_layers_and_leaves_the_model_alone():
    bundle = toy_bundle(2)
    before = [p.clone() for p in bundle.folds[0].net.parameters()]
    state = torch.random.get_rng_state()
    steps = list(randomised(bundle))
    changed = [
        sum(not torch.equal(a, b) for a, b in zip(before, s.folds[0].net.parameters(), strict=True))
        for _, s in steps
    ]
    assert len(steps) == STEPS
    assert changed == sorted(changed)
    assert 0 < changed[0] < changed[-1] == len(before)
    assert all(
        torch.equal(a, b) for a, b in zip(before, bundle.folds[0].net.parameters(), strict=True)
    )
    assert torch.equal(state, torch.random.get_rng_state())
    after_first = dict(steps[0][1].folds[0].net.named_parameters())
    assert not torch.equal(after_first["out.weight"], bundle.folds[0].net.out.weight)
    conv = "encoders.0.blocks.0.conv1.weight"
    assert torch.equal(after_first[conv], dict(bundle.folds[0].net.named_parameters())[conv])


def test_a_true_map_is_faithful_and_a_false_one_is_not():
    bundle = one_lead_bundle()
    inputs = fold_inputs(bundle, BEAT, SCALARS)
    values = np.zeros((12, 80))
    values[9] = inputs[0].waveform[9] - inputs[0].waveform[9].mean()
    good = faithfulness(bundle, inputs, values)
    bad = faithfulness(bundle, inputs, np.roll(values, 6, axis=0))  # a rival of it falls on V4
    assert good.deletion_g > 3 * good.random_deletion_g
    assert good.insertion_g < 0.5 * good.random_insertion_g
    assert bad.deletion_g < 0.5 * bad.random_deletion_g
    assert bad.deletion_g < 0.1 * good.deletion_g


def test_everything_inserted_is_the_whole_signal():
    bundle = one_lead_bundle()
    inputs = fold_inputs(bundle, BEAT, SCALARS)
    values = np.zeros((12, 80))
    values[9] = 1.0  # 1/12 of the samples: all of V4 is back from 10 % on
    found_ = faithfulness(bundle, inputs, values)
    whole = float(predict(bundle, inputs)[0])
    flat = BEAT.signal_mv.copy()
    flat[9] = np.median(flat[9])
    without = float(predict(bundle, fold_inputs(bundle, replace(BEAT, signal_mv=flat), SCALARS))[0])
    assert SHARES[3] > 1 / 12 > SHARES[2]
    assert found_.insertion_g < 0.5 * abs(whole - without)


def test_likeness_asks_for_order_not_for_size():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(12, 80))
    assert likeness(a, -3 * a) == pytest.approx(1.0)
    assert abs(likeness(a, rng.normal(size=(12, 80)))) < 0.15
    assert likeness(a, np.ones((12, 80))) == 0.0


def test_a_person_gets_every_figure():
    result = check_person(toy_bundle(3), PERSON, "gradient_x_input")
    assert set(result.figures) == set(CHECKS)
    assert np.isnan(result.figures["completeness"])  # not promised
    assert list(result.cascade) == [f"{k} of {n}" for k, n in _shares(result.cascade)]
    assert result.figures["randomisation"] == abs(list(result.cascade.values())[-1])
    assert -1 <= result.figures["fold_agreement"] < 1
    assert 0 < result.figures["noise"] < 1
    assert check_person(toy_bundle(3), PERSON, "ig_mean").figures["completeness"] <= 0.01
    assert np.isnan(check_person(toy_bundle(1), PERSON, "gradient").figures["fold_agreement"])


def _shares(cascade):
    return [tuple(map(int, step.split(" of "))) for step in cascade]


def test_passing_is_a_matter_of_the_limit_and_its_side():
    trust = summarise([found(randomisation=0.4), found(randomisation=0.7)])
    assert trust.figures["randomisation"].value == pytest.approx(0.55)
    assert "randomisation" in trust.failed
    assert summarise([found(randomisation=0.4)] * 2).figures["randomisation"].passed
    assert "completeness" in trust.failed  # 1.0 is far above 0.01
    assert trust.figures["noise"].passed
    unknown = summarise([found(completeness=np.nan)]).figures["completeness"]
    assert (unknown.value, unknown.passed) == (None, None)


def test_deletion_must_beat_chance_beyond_the_luck_of_the_draw():
    lucky = [found(deletion=d) for d in (0.2, 0.3, 3.0, 0.9, 2.5)]
    assert np.mean([f.figures["deletion"] for f in lucky]) > 1
    assert "deletion" in summarise(lucky).failed
    assert "deletion" not in summarise([found(deletion=d) for d in (2.0, 2.5, 3.0)]).failed


def test_trust_travels_beside_the_card(tmp_path):
    bundle = toy_bundle(2)
    bundle = replace(bundle, card=replace(bundle.card, sha256="ab" * 32))
    assert read_trust(tmp_path, "ab" * 32) is None
    seen: list[float] = []
    trust = check_bundle(
        bundle, [PERSON], ["gradient", "ig_mean"], progress=lambda _text, done: seen.append(done)
    )
    assert seen[-1] == 1.0
    write_trust(tmp_path, trust)
    assert read_trust(tmp_path, "ab" * 32) == trust
    assert read_trust(tmp_path, "cd" * 32) is None  # other weights
    path = tmp_path / TRUST_FILE
    damaged = json.loads(path.read_text())
    del damaged["methods"]["gradient"]["cascade"]
    path.write_text(json.dumps(damaged))
    with pytest.raises(BundleError, match="--check"):
        read_trust(tmp_path, "ab" * 32)


def test_simulated_people_fit_the_model():
    people = simulated_people(toy_bundle(1), 2)
    assert [p.seen.signal_mv.shape for p in people] == [(12, 80)] * 2
    assert people[0].scalars != people[1].scalars
