"""A toy model explained on one beat, for the tests of saliency."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from helpers import synthetic_record, toy_beat
from unit.model.toys import NET, SPEC, toy_bundle

from elvmass.model.estimate import fold_inputs
from elvmass.model.explain.attribution import make_cases
from elvmass.model.explain.methods import explain
from elvmass.model.explain.references import (
    References,
)

BEAT = toy_beat(synthetic_record(), SPEC)


KNOWN = {
    "age_years": 75.0,
    "sex_male": 1.0,
    "height_cm": 181.0,
    "weight_kg": 99.0,
    "p_axis_deg": 70.0,
    "qrs_axis_deg": -10.0,
    "t_axis_deg": 90.0,
    "qrs_ms": 111.0,
}


OTHERS = References(
    np.random.default_rng(3).normal(0, 0.4, (5, 12, 80)).astype(np.float32),
    np.array([list(KNOWN.values())] * 5) * np.linspace(0.8, 1.1, 5)[:, None],
)


def explained(bundle, **options):
    return explain(bundle, fold_inputs(bundle, BEAT, KNOWN), BEAT, **options)


def one_case(config=NET, net=None):
    bundle = toy_bundle(1, config)
    if net is not None:
        bundle = replace(bundle, folds=(replace(bundle.folds[0], net=net.eval()),))
    return make_cases(bundle, fold_inputs(bundle, BEAT, KNOWN), BEAT)[0]
