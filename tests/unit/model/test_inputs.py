from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import synthetic_record, toy_beat
from unit.model.toys import MEANS, SDS, SPEC, input_spec

from elvmass.card import INPUT_SETS, BeatSpec, InputSpec
from elvmass.errors import SignalError
from elvmass.model.inputs import (
    ALL_SCALARS,
    collect_scalars,
    features,
    fit_spec,
    model_inputs,
    scalar_row,
)
from elvmass.record import Measurements, Patient, Sex

RECORD = synthetic_record()
BEAT = toy_beat(RECORD, SPEC)
KNOWN = dict(zip(INPUT_SETS["model2"], (71.0, 1.0, 174.0, 82.0, 55.0, 20.0, 31.0, 102.0),
                 strict=True))  # fmt: skip


def test_beat_stays_in_millivolts_and_scalars_become_z_scores():
    inputs = model_inputs(BEAT, KNOWN, input_spec())
    assert inputs.waveform.dtype == inputs.features.dtype == np.float32
    np.testing.assert_array_equal(inputs.waveform, BEAT.signal_mv.astype(np.float32))
    expected = [(v - m) / s for v, m, s in zip(KNOWN.values(), MEANS, SDS, strict=True)]
    np.testing.assert_allclose(inputs.features, expected, rtol=1e-6)
    assert inputs.imputed == ()


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf")])
def test_missing_scalars_are_imputed_and_named(missing):
    scalars = KNOWN | {"height_cm": missing, "sex_male": missing}
    inputs = model_inputs(BEAT, scalars, input_spec())
    assert inputs.imputed == ("sex_male", "height_cm")
    assert inputs.features[2] == 0.0  # the toy's median is its mean
    assert inputs.features[1] == pytest.approx((0.5 - 0.6) / 0.49)


def test_absent_names_count_as_missing_and_foreign_names_are_ignored():
    inputs = model_inputs(BEAT, {"age_years": 50.0, "shoe_size": 44.0}, input_spec())
    assert inputs.imputed == INPUT_SETS["model2"][1:]


def test_model_without_scalars_has_no_features():
    inputs = model_inputs(BEAT, KNOWN, InputSpec(SPEC, (), (), (), ()))
    assert inputs.features.shape == (0,)
    assert inputs.imputed == ()


def test_another_grid_is_refused_naming_both():
    spec = replace(input_spec(), beat=BeatSpec())
    with pytest.raises(SignalError, match=r"250 samples at 250 Hz.*88.* 80 samples at 100 Hz.*30"):
        model_inputs(BEAT, KNOWN, spec)


def test_device_measurements_win_and_our_own_fill_the_gaps():
    record = replace(RECORD, reported=Measurements(qrs_ms=92.0, p_axis_deg=0.0))
    ours = Measurements(qrs_ms=99.0, p_axis_deg=44.0, t_axis_deg=33.0)
    scalars = collect_scalars(record, ours)
    assert tuple(scalars) == ALL_SCALARS
    assert scalars["qrs_ms"] == 92.0
    assert scalars["p_axis_deg"] == 0.0  # zero degrees is an answer, not a gap
    assert scalars["t_axis_deg"] == 33.0
    assert scalars["qrs_axis_deg"] is None


@pytest.mark.parametrize(("sex", "coded"), [(Sex.MALE, 1.0), (Sex.FEMALE, 0.0), (None, None)])
def test_sex_is_coded_and_never_guessed(sex, coded):
    record = replace(RECORD, patient=Patient(sex=sex))
    scalars = collect_scalars(record, Measurements())
    assert scalars["sex_male"] == coded
    assert scalars["age_years"] is None


def test_fit_spec_takes_medians_and_half_for_sex():
    values = np.array([[50.0, 1.0], [60.0, 0.0], [np.nan, 1.0], [90.0, np.nan]])
    spec = fit_spec(values, ("age_years", "sex_male"), SPEC)
    assert spec.impute == (60.0, 0.5)
    assert spec.mean == pytest.approx((65.0, 0.625))
    z = features(values, spec)
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(z.std(axis=0), 1.0, rtol=1e-6)


def test_model_of_one_sex_ignores_the_sex():
    values = np.array([[50.0, 1.0], [60.0, 1.0], [70.0, np.nan]])
    spec = fit_spec(values, ("age_years", "sex_male"), SPEC)
    assert spec.impute == (60.0, 1.0)
    assert spec.sd[1] == 0.0
    unseen = features(np.array([[60.0, 0.0]]), spec)
    assert unseen[0, 1] == 0.0


def test_scalar_that_nobody_has_is_an_error():
    with pytest.raises(ValueError, match="qrs_ms"):
        fit_spec(np.array([[50.0, np.nan], [60.0, np.nan]]), ("age_years", "qrs_ms"), SPEC)


def test_batches_are_normalised_exactly_as_single_patients():
    """Training normalises arrays, use one patient: the numbers must be the same to the bit."""
    rng = np.random.default_rng(3)
    rows = [{n: float(v) for n, v in KNOWN.items()} for _ in range(20)]
    for row in rows:
        row |= {"age_years": rng.normal(60, 10), "weight_kg": rng.normal(70, 10)}
    values = np.stack([scalar_row(row, ALL_SCALARS) for row in rows])
    spec = fit_spec(values + rng.normal(0, 1, values.shape), ALL_SCALARS, SPEC)
    together = features(values, spec)
    for row, expected in zip(rows, together, strict=True):
        np.testing.assert_array_equal(model_inputs(BEAT, row, spec).features, expected)
