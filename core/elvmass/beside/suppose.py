"""What if the patient were another: one supposition, and a curve through it.

All answers are made in one batch, so that a slider can be followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import numpy as np

from elvmass.beat import Beat
from elvmass.beside import Curve, Given, Point, Supposed, Supposition, Sweep
from elvmass.card import InputSpec, View
from elvmass.errors import SignalError
from elvmass.model.bundle import Bundle
from elvmass.model.estimate import fold_inputs, interval, predict_many
from elvmass.model.explain.whatif import check_scalar, scale_segment
from elvmass.model.inputs import ModelInputs
from elvmass.model.library import installed
from elvmass.model.notices import FAR_SD
from elvmass.record import FloatArray

Inputs = tuple[ModelInputs, ...]


def suppose(given: Given, supposition: Supposition, sweep: Sweep) -> Supposed:
    """Ask the model about a patient who does not exist.

    An interval is given only for scalars that the training cohort had, beside an ECG as it was
    recorded: its coverage was measured on patients, and an altered ECG is no patient's.

    Raises
    ------
    ConfigError
        If the model does not take a scalar, or never saw another value of it.
    SignalError
        If the beat does not have the segment, or the model sees a strip.
    BundleError
        If the model is no longer installed.
    """
    bundle = installed.open_bundle(given.card, given.models)
    _check(bundle, supposition, sweep)
    scalars = {**given.scalars, **supposition.scalars}
    beat = _altered(given.beat, supposition, supposition.factor)
    patients = [
        fold_inputs(bundle, given.beat, given.scalars),
        fold_inputs(bundle, beat, scalars),
        *(_swept(bundle, given.beat, scalars, supposition, sweep, value) for value in sweep.values),
    ]
    masses = predict_many(bundle, patients)
    outside = outside_training(bundle.spec, scalars)
    honest = not supposition.alters_ecg and not outside
    return Supposed(
        given=given,
        supposition=supposition,
        original=_point(bundle, masses[0], given.scalars, honest=True),
        changed=_point(bundle, masses[1], scalars, honest=honest),
        curve=_curve(bundle, masses[2:], supposition, sweep, scalars),
        outside=outside,
    )


def outside_training(spec: InputSpec, scalars: Mapping[str, float]) -> tuple[str, ...]:
    """Names of scalars that lie further from the training mean than a notice allows."""
    found = []
    for name in spec.scalars:
        low, high = trained_range(spec, name)
        if name in scalars and not low <= scalars[name] <= high:
            found.append(name)
    return tuple(found)


def trained_range(spec: InputSpec, name: str) -> tuple[float, float]:
    """From where to where a scalar counts as known to the model; as the notices say it."""
    k = spec.scalars.index(name)
    if spec.sd[k] == 0 or name == "sex_male":
        return -np.inf, np.inf
    reach = FAR_SD * spec.sd[k]
    return spec.mean[k] - reach, spec.mean[k] + reach


def _check(bundle: Bundle, supposition: Supposition, sweep: Sweep) -> None:
    if bundle.spec.beat.view is View.STRIP:
        raise SignalError(
            f"The model {bundle.card.name} sees a strip of the recording, not one heartbeat; "
            "what-if needs a model of heartbeats."
        )
    for name in chain(supposition.scalars, [sweep.scalar] if sweep.scalar else []):
        check_scalar(bundle, name)


def _altered(beat: Beat, supposition: Supposition, factor: float) -> Beat:
    if factor == 1.0:
        return beat
    return scale_segment(beat, supposition.segment, factor, supposition.group)


def _swept(
    bundle: Bundle, beat: Beat, scalars: Mapping[str, float], supposition: Supposition,
    sweep: Sweep, value: float,
) -> Inputs:  # fmt: skip
    if sweep.scalar:
        seen = _altered(beat, supposition, supposition.factor)
        return fold_inputs(bundle, seen, {**scalars, sweep.scalar: value})
    return fold_inputs(bundle, _altered(beat, supposition, value), scalars)


def _point(
    bundle: Bundle, masses: FloatArray, scalars: Mapping[str, float | None], *, honest: bool
) -> Point:
    span = interval(bundle, masses, scalars) if honest else None
    return Point(float(masses.mean()), tuple(masses.tolist()), span)


def _curve(
    bundle: Bundle,
    masses: FloatArray,
    supposition: Supposition,
    sweep: Sweep,
    scalars: Mapping[str, float],
) -> Curve:
    along: list[Mapping[str, float]]
    if sweep.scalar:
        along = [{**scalars, sweep.scalar: value} for value in sweep.values]
        honest = [not supposition.alters_ecg] * len(along)
    else:
        along = [scalars] * len(sweep.values)
        honest = [value == 1.0 for value in sweep.values]
    outside = np.array([bool(outside_training(bundle.spec, each)) for each in along])
    points = [
        _point(bundle, row, each, honest=ok and not far)
        for row, each, ok, far in zip(masses, along, honest, outside, strict=True)
    ]
    spans = [(p.interval.low_g, p.interval.high_g) if p.interval else (np.nan,) * 2 for p in points]
    low, high = np.array(spans).T
    return Curve(sweep, masses.mean(axis=1), masses, low, high, outside)
