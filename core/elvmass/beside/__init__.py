"""What is asked of the models beside the estimate: these are the questions' values, no torch here.

``second`` asks the other model, ``suppose`` another patient, ``control`` a network with random
weights, and ``check`` the lie detector about this one ECG. An estimate never waits for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from elvmass.beat import Beat, Segment
from elvmass.card import ModelCard
from elvmass.record import FloatArray, freeze
from elvmass.result import Analysis, Interval, SaliencyMap, SegmentImportance

#: What must stand wherever the map of a control stands.
CONTROL_WORDS = "RANDOM WEIGHTS – control, not an explanation"


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What a model was given for an estimate.

    ``scalars`` holds the known ones by name in their own unit; ``models`` as in
    :class:`elvmass.pipeline.Options`.
    """

    beat: Beat
    scalars: dict[str, float]
    card: ModelCard
    models: Path | None = None

    @classmethod
    def of(cls, analysis: Analysis, models: Path | None = None) -> Given:
        """What the estimate of an analysis rests on."""
        estimate = analysis.estimate
        known = {n: v for n, v in estimate.scalars.items() if n not in estimate.imputed}
        return cls(analysis.beat, known, estimate.card, models)


@dataclass(frozen=True, slots=True)
class Supposition:
    """How the patient would differ.

    Attributes
    ----------
    scalars
        Changed scalars by name, in their own unit.
    segment, group, factor
        The shape of this segment in this lead group ("limb", "precordial", "all") times
        ``factor``; 1 leaves the ECG as it is, 0 flattens the segment to the line between its ends.
    """

    scalars: dict[str, float] = field(default_factory=dict)
    segment: Segment = Segment.QRS
    group: str = "all"
    factor: float = 1.0

    @property
    def alters_ecg(self) -> bool:
        """Whether the model is shown an ECG that nobody recorded."""
        return self.factor != 1.0


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a curve runs over: a scalar by its name, or "" for the factor of the segment."""

    scalar: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One answer of a model; ``interval`` is None where none can be stood for."""

    mass_g: float
    fold_masses_g: tuple[float, ...]
    interval: Interval | None


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Answers along a sweep.

    ``mass_g`` [n] is the mean of ``fold_masses_g`` [n, folds]. ``low_g`` and ``high_g`` [n] are
    the prediction interval, NaN where none can be stood for; ``outside`` [n] marks values that
    lie far outside the training cohort.
    """

    sweep: Sweep
    mass_g: FloatArray
    fold_masses_g: FloatArray
    low_g: FloatArray
    high_g: FloatArray
    outside: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def __post_init__(self) -> None:
        for name in ("mass_g", "fold_masses_g", "low_g", "high_g"):
            object.__setattr__(self, name, freeze(getattr(self, name)))


@dataclass(frozen=True, slots=True, eq=False)
class Supposed:
    """A model's answers to a supposition.

    ``original`` is its answer to what was recorded, ``changed`` to the supposition, ``outside``
    names the scalars that lie far outside the training cohort.
    """

    given: Given
    supposition: Supposition
    original: Point
    changed: Point
    curve: Curve
    outside: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Control:
    """The map of the first fold model with random weights in every layer.

    ``likeness`` is |Spearman| of its absolute values with those of the same fold model as it was
    trained: near 1, the map shows little of what the network has learned.
    """

    saliency: SaliencyMap
    importance: SegmentImportance
    likeness: float
