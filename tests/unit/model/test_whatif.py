from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import synthetic_record, toy_beat
from unit.model.toys import NET, SPEC, toy_bundle

from elvmass.beat import Fiducials, Segment
from elvmass.errors import ConfigError, SignalError
from elvmass.model.ensemble import predict
from elvmass.model.estimate import fold_inputs, predict_many
from elvmass.model.explain.whatif import POINTS, Change, parse_change, scale_segment, what_if

BEAT = toy_beat(synthetic_record(), SPEC)
SCALARS = {"age_years": 75.0, "sex_male": 1.0, "height_cm": 181.0, "weight_kg": 99.0}


def test_a_changed_scalar_is_the_estimate_of_that_patient():
    bundle = toy_bundle(2)
    response = what_if(bundle, BEAT, SCALARS, Change((60.0, 99.0), scalar="weight_kg"))
    assert response.fold_masses_g.shape == (2, 2)
    np.testing.assert_allclose(response.mass_g, response.fold_masses_g.mean(axis=1))
    here = predict(bundle, fold_inputs(bundle, BEAT, SCALARS))
    np.testing.assert_allclose(response.fold_masses_g[1], here, rtol=1e-6)
    light = predict(bundle, fold_inputs(bundle, BEAT, {**SCALARS, "weight_kg": 60.0}))
    np.testing.assert_allclose(response.fold_masses_g[0], light, rtol=1e-6)
    assert response.mass_g[0] != response.mass_g[1]


def test_a_linear_model_answers_to_voltage_in_a_line():
    bundle = toy_bundle(1, replace(NET, linear_path=True))
    with torch.no_grad():
        bundle.folds[0].net.out.weight.zero_()
    factors = (0.0, 0.5, 1.0, 1.5)
    mass = what_if(bundle, BEAT, SCALARS, Change(factors, segment=Segment.QRS)).mass_g
    np.testing.assert_allclose(np.diff(mass, 2), 0, atol=1e-3)
    assert np.ptp(mass) > 0.1
    assert mass[2] == pytest.approx(predict(bundle, fold_inputs(bundle, BEAT, SCALARS))[0])


@pytest.mark.parametrize(("group", "rows"), [("limb", range(6)), ("precordial", range(6, 12))])
def test_only_the_cell_changes_and_its_ends_stay(group, rows):
    part = BEAT.segments()[Segment.QRS][0]
    changed = scale_segment(BEAT, Segment.QRS, 2.0, group).signal_mv
    difference = changed - BEAT.signal_mv
    inside = np.zeros((12, 80), dtype=bool)
    inside[rows.start : rows.stop, part] = True
    assert np.abs(difference[inside]).max() > 0.3
    assert np.abs(difference[~inside]).max() == 0
    np.testing.assert_allclose(difference[:, part.start], 0, atol=1e-12)
    flat = scale_segment(BEAT, Segment.QRS, 0.0, group).signal_mv[rows.start, part]
    np.testing.assert_allclose(np.diff(flat, 2), 0, atol=1e-12)


def test_limb_leads_stay_an_einthoven_triangle():
    signal = scale_segment(BEAT, Segment.T, 0.3, "limb").signal_mv
    np.testing.assert_allclose(signal[0] + signal[2], signal[1], atol=1e-12)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("weight=80", Change((80.0,), scalar="weight_kg")),
        ("qrs_axis_deg=-30", Change((-30.0,), scalar="qrs_axis_deg")),
        ("T/precordial=0", Change((0.0,), segment=Segment.T, group="precordial")),
        ("QRS=2", Change((2.0,), segment=Segment.QRS)),
    ],
)
def test_changes_as_they_are_typed(text, change):
    assert parse_change(text) == change


def test_a_range_is_a_curve():
    values = parse_change("height=150:190").values
    assert len(values) == POINTS
    assert (values[0], values[-1]) == (150.0, 190.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("weight", "no change"),
        ("weight=1.2.3", "no number"),
        ("shoes=43", "cannot be changed; choose age"),
        ("T/left=0", "no lead group"),
        ("weight/limb=3", "cannot be changed"),
    ],
)
def test_what_is_no_change_is_refused(text, says):
    with pytest.raises(ConfigError, match=says):
        parse_change(text)


def test_what_the_model_cannot_answer_is_refused():
    no_axes = toy_bundle(1, replace(NET, n_scalars=4))
    with pytest.raises(ConfigError, match="does not take the QRS axis"):
        what_if(no_axes, BEAT, SCALARS, Change((0.0,), scalar="qrs_axis_deg"))
    bundle = toy_bundle(1)
    fold = bundle.folds[0]
    sd = tuple(
        0.0 if n == "sex_male" else s for n, s in zip(fold.spec.scalars, fold.spec.sd, strict=True)
    )
    of_men = replace(bundle, folds=(replace(fold, spec=replace(fold.spec, sd=sd)),))
    with pytest.raises(ConfigError, match="never saw another sex; use the pooled"):
        what_if(of_men, BEAT, SCALARS, Change((0.0,), scalar="sex_male"))
    no_t = replace(BEAT, fiducials=Fiducials(9, 19, 26, 35, None, None))
    with pytest.raises(SignalError, match="no T segment"):
        what_if(bundle, no_t, SCALARS, Change((0.0,), segment=Segment.T))


def test_one_beat_beside_many_patients_is_encoded_once(monkeypatch):
    bundle, beat = toy_bundle(), BEAT
    louder = replace(beat, signal_mv=1.1 * beat.signal_mv)
    weights = (50.0, 70.0, 90.0)
    patients = [fold_inputs(bundle, beat, {**SCALARS, "weight_kg": kg}) for kg in weights]
    patients.insert(1, fold_inputs(bundle, louder, SCALARS))
    alone = np.concatenate([predict_many(bundle, [each]) for each in patients])
    seen, kind = [], type(bundle.folds[0].net)
    encode = kind.encode
    monkeypatch.setattr(kind, "encode", lambda net, x: seen.append(len(x)) or encode(net, x))
    np.testing.assert_allclose(predict_many(bundle, patients), alone, rtol=1e-5)
    assert seen == [2] * len(bundle.folds)
    assert len(set(alone[:, 0].tolist())) == len(patients)
