"""The lie detector about one method on one ECG."""

from __future__ import annotations

from collections.abc import Callable

from elvmass import pipeline
from elvmass.model.explain.check import Person, check_person, summarise
from elvmass.model.explain.trust import MethodTrust
from elvmass.pipeline import Options
from elvmass.record import Record


def check_record(
    record: Record,
    options: Options,
    progress: Callable[[str, float], None] = lambda _text, _done: None,
) -> MethodTrust:
    """Check the method of ``options`` on one record; a figure of one ECG has no spread.

    ``progress`` gets what is done now and the share that is done, and may raise
    :class:`elvmass.errors.Cancelled`.

    Raises
    ------
    SignalError, ConfigError, BundleError
        As :func:`elvmass.pipeline.analyse`.
    """
    case = pipeline.open_case(record, options)
    person = Person(case.prepared.seen, case.scalars)
    return summarise([check_person(case.bundle, person, options.method, progress=progress)])
