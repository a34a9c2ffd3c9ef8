"""The same method on the same ECG, from a network that has learned nothing."""

from __future__ import annotations

from dataclasses import replace

from elvmass import pipeline
from elvmass.beside import CONTROL_WORDS, Control
from elvmass.model.explain.check import Person, random_map
from elvmass.model.importance import segment_importance
from elvmass.pipeline import Options
from elvmass.record import Record


def random_control(record: Record, options: Options) -> Control:
    """Explain a record with random weights; the seed is fixed, so that it repeats.

    The name of the method begins with :data:`elvmass.beside.CONTROL_WORDS`: the map must not be
    taken for one of the trained network wherever it goes.

    Raises
    ------
    SignalError, ConfigError, BundleError
        As :func:`elvmass.pipeline.analyse`; SignalError also if the map is zero everywhere.
    """
    case = pipeline.open_case(record, options)
    person = Person(case.prepared.seen, case.scalars)
    found, likeness = random_map(case.bundle, person, options.method)
    saliency = pipeline.on_beat(case, replace(found, method=f"{CONTROL_WORDS}; {found.method}"))
    return Control(saliency, segment_importance(saliency, case.prepared.beat), likeness)
