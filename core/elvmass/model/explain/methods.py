"""The one verb of explanation: :func:`explain`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from elvmass.beat import Beat, Strip
from elvmass.errors import ConfigError, SignalError
from elvmass.model.bundle import Bundle
from elvmass.model.explain import DEFAULT_METHOD, METHODS
from elvmass.model.explain.attribution import Attribution, make_cases
from elvmass.model.explain.cells import occlusion, shapley
from elvmass.model.explain.gradcam import gradcam
from elvmass.model.explain.gradients import (
    DRAWS,
    Method,
    expected_gradients,
    gradient,
    gradient_x_input,
    smooth,
)
from elvmass.model.explain.path import Start, integrate, relative_gap
from elvmass.model.explain.references import (
    References,
    flat,
    isoelectric,
    mean_patient,
    simulated_references,
)
from elvmass.model.inputs import ModelInputs
from elvmass.result import SaliencyMap

#: A smoothed path is averaged over fewer noisy copies than a smoothed gradient: each costs a path.
SMOOTH_PATHS = 10


def _path(start: Start) -> Method:
    return partial(integrate, start=start)


def _unrefined(start: Start) -> Method:
    return partial(integrate, start=start, tolerance=math.inf)


_METHODS: dict[str, Method] = {
    "gradient": gradient,
    "gradient_x_input": gradient_x_input,
    "ig_mean": _path(mean_patient),
    "ig_zero": _path(flat),
    "ig_bridge": _path(isoelectric),
    "smooth_gradient": partial(gradient, draws=DRAWS),
    "smooth_gradient_x_input": partial(gradient_x_input, draws=DRAWS),
    "smooth_ig_mean": partial(smooth, method=_unrefined(mean_patient), draws=SMOOTH_PATHS),
    "smooth_ig_zero": partial(smooth, method=_unrefined(flat), draws=SMOOTH_PATHS),
    "smooth_ig_bridge": partial(smooth, method=_unrefined(isoelectric), draws=SMOOTH_PATHS),
    "gradcam": gradcam,
    "occlusion": occlusion,
    "shapley": shapley,
    "shapley_leads": partial(shapley, by_lead=True),
}


def explain(
    bundle: Bundle,
    inputs: Sequence[ModelInputs],
    seen: Beat | Strip,
    method: str = DEFAULT_METHOD,
    references: References | None = None,
) -> SaliencyMap:
    """Explain an estimate: the mean of the fold models' maps, and their spread.

    Parameters
    ----------
    inputs
        One for each fold (:func:`elvmass.model.estimate.fold_inputs`).
    seen
        The beat or strip that the inputs were made of.
    method
        Key of :data:`elvmass.model.explain.METHODS`.
    references
        People for expected gradients; None: simulated ones, if the model knows only those.

    Raises
    ------
    ConfigError
        If there is no such method, or it does not go with this model.
    SignalError
        If the method needs the segments of a beat, and the model sees a strip.
    """
    return mean_map(bundle, method, explain_folds(bundle, inputs, seen, method, references))


def mean_map(bundle: Bundle, method: str, found: Sequence[Attribution]) -> SaliencyMap:
    """Average the maps of all fold models (:func:`explain_folds`)."""
    info = METHODS[method]
    values = np.stack([a.samples for a in found])
    scalars = [a.scalars for a in found if a.scalars is not None]
    grams = np.mean(scalars, axis=0).tolist() if scalars else []
    return SaliencyMap(
        values_g=values.mean(axis=0),
        scalars_g=dict(zip(bundle.spec.scalars, grams, strict=True)) if scalars else {},
        reference_g=float(np.mean([a.reference_g for a in found])),
        mass_g=float(np.mean([a.mass_g for a in found])),
        completeness_error=relative_gap(found) if info.unit == "g" else math.nan,
        method=f"{_words(bundle, method)}, {_of_folds(len(found))}",
        spread_g=values.std(axis=0, ddof=1) if len(found) > 1 else None,
        unit=info.unit,
    )


def _of_folds(count: int) -> str:
    return f"mean of {count} fold models" if count > 1 else "one fold model"


def explain_folds(
    bundle: Bundle,
    inputs: Sequence[ModelInputs],
    seen: Beat | Strip,
    method: str = DEFAULT_METHOD,
    references: References | None = None,
) -> list[Attribution]:
    """Each fold model's own map; see :func:`explain`."""
    if METHODS[check_method(method)].segments and isinstance(seen, Strip):
        raise SignalError(
            f"{METHODS[method].words} needs the segments of one beat; this model sees a strip. "
            f"Choose {', '.join(k for k, i in METHODS.items() if not i.segments)}."
        )
    cases = make_cases(bundle, inputs, seen)
    if method == "expected_gradients":
        return expected_gradients(cases, references or _references(bundle))
    return _METHODS[method](cases)


def check_method(method: str) -> str:
    """The key itself, or ConfigError with the keys that there are."""
    if method not in METHODS:
        raise ConfigError(f"unknown method '{method}'. Choose: {', '.join(METHODS)}.")
    return method


def _references(bundle: Bundle) -> References:
    if not bundle.card.simulated:
        raise ConfigError(
            "Expected gradients compare with other patients, whom a bundle does not hold; give "
            "some of the training cohort with --references COHORT."
        )
    return simulated_references(bundle.spec.beat)


def _words(bundle: Bundle, method: str) -> str:
    """Name of the method; an imported network brings no mean ECG."""
    words = METHODS[method].words
    if not any(fold.mean_beat_mv.any() for fold in bundle.folds):
        words = words.replace(
            "the mean training patient", "a flat ECG of the mean training patient"
        )
    return words
