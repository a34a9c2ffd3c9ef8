"""The model for both sexes beside the one for this sex, or the reverse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from elvmass.beside import Given
from elvmass.model.bundle import Bundle
from elvmass.model.cards import counterpart
from elvmass.model.ensemble import predict
from elvmass.model.estimate import fold_inputs, interval
from elvmass.model.library import installed
from elvmass.record import Sex
from elvmass.result import Analysis, SecondEstimate


def second_estimate(given: Given, sex: Sex | None) -> SecondEstimate | None:
    """Ask the counterpart of the model in use about the same beat.

    None if the sex is unknown, no counterpart is installed, or it sees another kind of beat.

    Raises
    ------
    BundleError
        If a model is damaged.
    """
    at = counterpart(installed.installed_models(given.models), given.card, sex)
    if at is None:
        return None
    bundle = installed.open_bundle(at.card, given.models)
    if bundle.spec.beat != installed.open_bundle(given.card, given.models).spec.beat:
        return None
    return _ask(bundle, given)


def _ask(bundle: Bundle, given: Given) -> SecondEstimate:
    inputs = fold_inputs(bundle, given.beat, given.scalars)
    masses = predict(bundle, inputs)
    return SecondEstimate(
        mass_g=float(masses.mean()),
        fold_masses_g=tuple(masses.tolist()),
        interval=interval(bundle, masses, given.scalars),
        card=bundle.card,
    )


def with_second(analysis: Analysis, models: Path | None = None) -> Analysis:
    """The same analysis with :func:`second_estimate` in it."""
    second = second_estimate(Given.of(analysis, models), analysis.record.patient.sex)
    return replace(analysis, second=second)
