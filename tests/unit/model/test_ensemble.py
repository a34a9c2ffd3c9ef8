"""Prepared fold models answer what the networks answer, whatever was asked of them before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import synthetic_record, toy_beat
from unit.model.test_bundle import KNOWN
from unit.model.test_nets import SMALL
from unit.model.toys import NET, SPEC, toy_bundle

from elvmass.model.ensemble import encode, predict
from elvmass.model.estimate import fold_inputs, predict_many
from elvmass.model.inputs import ModelInputs
from elvmass.model.net import NetSettings

BEAT = toy_beat(synthetic_record(), SPEC)
OTHERS = ({"weight_kg": 110.0}, {"sex_male": 0.0}, {"height_cm": 150.0}, {"age_years": None})
KINDS: dict[str, NetSettings] = {
    **{name: SMALL[name] for name in ("tcn", "tcn_published", "fcn")},
    "pooled": replace(NET, pool=2),
    "coronary": replace(NET, groups="coronary"),
    "z-scored leads": replace(NET, lead_zscore=True),
    "kernel path": replace(NET, kernel_centres=9, kernel_components=4, log_mass=True),
    "linear path": replace(NET, linear_path=True, axis_columns=(4, 5, 6)),
}


def beats(n: int) -> np.ndarray:
    """[n, 12, m] float32, no two of which are alike."""
    scale = np.linspace(1.0, 5.0, n)
    return (scale[:, None, None] * BEAT.signal_mv).astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "n"),
    [*((kind, n) for kind in KINDS for n in (1, 5)), ("tcn", 70), ("tcn_published", 70)],
)
def test_kept_beats_give_each_patient_the_masses_of_the_networks(kind: str, n: int) -> None:
    bundle, waveforms = toy_bundle(3, KINDS[kind]), beats(n)
    encoded = encode(bundle, waveforms)
    seen = []
    for change in ({}, *OTHERS, {}):
        inputs = fold_inputs(bundle, BEAT, {**KNOWN, **change})
        patients = [[ModelInputs(w, each.features, ()) for each in inputs] for w in waveforms]
        found = encoded.masses([each.features for each in inputs])
        np.testing.assert_allclose(found, predict_many(bundle, patients), atol=1e-3)
        np.testing.assert_array_equal(found, encode(bundle, waveforms).masses(
            [each.features for each in inputs]))  # fmt: skip
        seen.append(found)
    np.testing.assert_array_equal(seen[0], seen[-1])
    assert n == 1 or np.ptp(seen[0][:, 0]) > 0.02


def test_a_bundle_is_not_taken_for_another_one() -> None:
    one, other = toy_bundle(3), toy_bundle(2, replace(NET, channels=4))
    for bundle in (one, other, one):
        inputs = fold_inputs(bundle, BEAT, KNOWN)
        direct = predict_many(bundle, [inputs])[0]
        np.testing.assert_allclose(predict(bundle, inputs), direct, atol=1e-3)
