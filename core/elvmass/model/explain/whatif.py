"""What if the patient were another: change a scalar or one segment, and the estimate follows.

A model's answer to a patient who does not exist: what it makes of the change, not what nature does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from elvmass.beat import SEGMENTS, Beat, Segment
from elvmass.card import SCALAR_WORDS
from elvmass.errors import ConfigError, SignalError
from elvmass.model.bundle import Bundle
from elvmass.model.estimate import fold_inputs, predict_many
from elvmass.model.explain.references import bridge
from elvmass.record import FloatArray
from elvmass.result import GROUPS

POINTS = 13
_ROWS = {"limb": slice(0, 6), "precordial": slice(6, 12), "all": slice(0, 12)}
_SHORT = {name.split("_")[0]: name for name in ("age_years", "sex_male", "height_cm", "weight_kg")}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is changed, and the values that it takes.

    Attributes
    ----------
    scalar
        Name of a scalar (its values in its own unit), or None.
    segment, group
        Segment and lead group ("limb", "precordial", "all") whose shape is multiplied by the
        values: 1 leaves it, 0 flattens it to the straight line between its ends.
    values
        At least one.
    """

    values: tuple[float, ...]
    scalar: str | None = None
    segment: Segment | None = None
    group: str = "all"

    @property
    def words(self) -> str:
        """Name of what is changed."""
        if self.scalar is not None:
            return self.scalar
        assert self.segment is not None
        leads = "all" if self.group == "all" else self.group
        return f"{self.segment.value} of the {leads} leads, factor"


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """Estimates in grams: ``mass_g`` [values] is the mean of ``fold_masses_g`` [values, folds]."""

    change: Change
    mass_g: FloatArray
    fold_masses_g: FloatArray


def what_if(
    bundle: Bundle, beat: Beat, scalars: Mapping[str, float | None], change: Change
) -> Response:
    """Estimate the patient under each value of a change.

    Raises
    ------
    ConfigError
        If the model does not take the scalar, or never saw another value of it.
    SignalError
        If the beat does not have the segment, or the model sees a strip.
    """
    if change.scalar is not None:
        check_scalar(bundle, change.scalar)
        patients = [
            fold_inputs(bundle, beat, {**scalars, change.scalar: value}) for value in change.values
        ]
    else:
        assert change.segment is not None
        patients = [
            fold_inputs(bundle, scale_segment(beat, change.segment, value, change.group), scalars)
            for value in change.values
        ]
    masses = predict_many(bundle, patients)
    return Response(change, masses.mean(axis=1), masses)


def scale_segment(beat: Beat, segment: Segment, factor: float, group: str = "all") -> Beat:
    """The beat with the shape of one segment multiplied by ``factor``; its ends stay.

    Raises
    ------
    SignalError
        If the beat does not have the segment.
    """
    labels = beat.labels()
    inside = labels == SEGMENTS.index(segment)
    if not inside.any():
        raise SignalError(f"This beat has no {segment.value} segment; change another one.")
    line = bridge(beat.signal_mv, labels)
    signal = beat.signal_mv.copy()
    cell = np.ix_(np.arange(12)[_ROWS[group]], np.flatnonzero(inside))
    signal[cell] = line[cell] + factor * (signal[cell] - line[cell])
    return replace(beat, signal_mv=signal)


def parse_change(text: str) -> Change:
    """Read ``weight=80``, ``weight_kg=50:110``, ``QRS=0.5:1.5`` or ``T/precordial=0``.

    Raises
    ------
    ConfigError
        If the text is none of these.
    """
    match = re.fullmatch(r"(\w+)(?:/(\w+))?=([-\d.]+)(?::([-\d.]+))?", text)
    if match is None:
        raise ConfigError(
            f"'{text}' is no change; write weight=80, weight=50:110 or QRS/precordial=0.5:1.5."
        )
    name, group, first, last = match.groups()
    values = _values(text, first, last)
    if name in Segment.__members__:
        if group not in (None, *GROUPS, "all"):
            raise ConfigError(f"'{group}' is no lead group; choose limb, precordial or all.")
        return Change(values, segment=Segment(name), group=group or "all")
    scalar = _SHORT.get(name, name)
    if scalar not in SCALAR_WORDS or group is not None:
        known = ", ".join([*_SHORT, *list(SCALAR_WORDS)[4:], *Segment.__members__])
        raise ConfigError(f"'{name}' cannot be changed; choose {known}.")
    return Change(values, scalar=scalar)


def _values(text: str, first: str, last: str | None) -> tuple[float, ...]:
    try:
        low = float(first)
        return (low,) if last is None else tuple(np.linspace(low, float(last), POINTS).tolist())
    except ValueError:
        raise ConfigError(f"'{text}' has no number behind '='.") from None


def check_scalar(bundle: Bundle, name: str) -> None:
    """Raise ConfigError unless the model takes the scalar and has seen more than one value."""
    words = SCALAR_WORDS[name]
    if name not in bundle.spec.scalars:
        raise ConfigError(f"The model {bundle.card.name} does not take the {words}.")
    if bundle.spec.sd[bundle.spec.scalars.index(name)] == 0:
        raise ConfigError(
            f"The model {bundle.card.name} never saw another {words}; use the pooled model."
        )
