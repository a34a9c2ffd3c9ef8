"""HL7 annotated ECG, aECG (root ``AnnotatedECG``, namespace ``urn:hl7-org:v3``).

============================  ===================================================================
read                          how
============================  ===================================================================
rhythm                        component/series/component/sequenceSet only: the representative beat
                              stands in a derivedSeries nested inside and is never read; of several
                              sets that hold twelve leads, the longest
sampling rate                 increment of the TIME_ABSOLUTE or TIME_RELATIVE sequence (s, ms, us)
amplitudes                    SLIST_PQ: origin + digits x scale, each with its own unit
leads                         by MDC code, in any order and case; limb leads computed if absent
patient                       sex, reported age (LOINC 21612-7), height, weight; the birth date
                              gives the age only if none is reported
measurements                  global annotations; those of the representative beat, else of the
                              first annotated beat
============================  ===================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.rawfile import RawFile
from elvmass.io.xml import Node, attribute, find, find_all, parse, text
from elvmass.record import FloatArray, Measurements, Patient, Record, Source

FORMAT = "HL7 aECG"
_TIME_CODES = ("TIME_ABSOLUTE", "TIME_RELATIVE")
_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "min": 1 / 60}
_AGE, _HEIGHTS, _WEIGHTS = ("21612-7", "30525-0"), ("8302-2", "3137-7"), ("29463-7", "3141-9")
_CM = {"cm": 1.0, "m": 100.0, "mm": 0.1, "[in_i]": 2.54}
_KG = {"kg": 1.0, "g": 0.001, "[lb_av]": 0.45359237}

Strip = tuple[dict[str, FloatArray], float]


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    root = parse(raw)
    series, (found, rate_hz) = _rhythm(root, raw)
    signal, derived = leads.complete(found, raw.path)
    recorded_at = values.compact_moment(
        _time(find(series, "effectiveTime")) or _time(find(root, "effectiveTime"))
    )
    person = find(root, "componentOf/timepointEvent/componentOf/subjectAssignment/subject")
    subject = None if person is None else find(person, "trialSubject")
    demographic = None if subject is None else find(subject, "subjectDemographicPerson")
    age, notices = values.settle_age(_stated_age(root), _birth(demographic), recorded_at)
    return Record(
        signal_mv=signal,
        rate_hz=rate_hz,
        patient=Patient(
            sex=values.sex(_code(demographic, "administrativeGenderCode")),
            age_years=age,
            height_cm=_quantity(root, _HEIGHTS, _CM),
            weight_kg=_quantity(root, _WEIGHTS, _KG),
            id=None if subject is None else attribute(find(subject, "id"), "extension") or None,
            name=text(demographic, "name") or None,
        ),
        reported=_measurements(series),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(series)),
        derived_leads=derived,
        device_filter=_filter(series),
        notices=notices,
    )


def _rhythm(root: Node, raw: RawFile) -> tuple[Node, Strip]:
    """Choose the series and the strip to read: most leads first, then the longest."""
    strips = [
        (series, _strip(block, raw))
        for series in find_all(root, "component/series")
        if _code(series, "code") != "REPRESENTATIVE_BEAT"
        for block in find_all(series, "component/sequenceSet")
    ]
    if not strips:
        raise LeadsError(raw.path, "holds no rhythm waveform", "Export the ECG with its rhythm.")

    def size(choice: tuple[Node, Strip]) -> tuple[int, float]:
        found, rate_hz = choice[1]
        return -len(leads.missing(found)), max(
            (s.size for s in found.values()), default=0
        ) / rate_hz

    return max(strips, key=size)


def _strip(block: Node, raw: RawFile) -> Strip:
    """Leads [n] in mV and samples per second of one sequence set."""
    rate_hz, labelled = 0.0, []
    for sequence in find_all(block, "component/sequence"):
        code, value = _code(sequence, "code"), find(sequence, "value")
        if value is None:
            continue
        if code in _TIME_CODES:
            rate_hz = _rate_hz(value, raw)
        elif leads.canonical(code):
            labelled.append((code, _samples_mv(value, raw)))
    if not rate_hz:
        raise CorruptFileError(raw.path, "does not say its sampling rate", "Export the ECG again.")
    return leads.collect(labelled, raw.path), rate_hz


def _rate_hz(value: Node, raw: RawFile) -> float:
    step = find(value, "increment")
    seconds = values.positive(attribute(step, "value"))
    per_second = _PER_SECOND.get(attribute(step, "unit"))
    if seconds is None or per_second is None:
        raise UnsupportedFileError(
            raw.path, "gives no time step in seconds", "Export with evenly spaced samples."
        )
    return round(per_second / seconds, 6)


def _samples_mv(value: Node, raw: RawFile) -> FloatArray:
    digits = np.array(text(value, "digits").split(), dtype=np.float64)
    scale, origin = find(value, "scale"), find(value, "origin")
    if scale is None:
        raise UnsupportedFileError(raw.path, "stores no scaled samples", "Export as SLIST_PQ.")
    factor = values.required(attribute(scale, "value")) * values.to_mv(
        attribute(scale, "unit"), raw.path
    )
    shift = values.required(attribute(origin, "value") or 0)
    if shift:
        shift *= values.to_mv(attribute(origin, "unit"), raw.path)
    return digits * factor + shift


def _code(node: Node | None, step: str) -> str:
    return "" if node is None else attribute(find(node, step), "code")


def _time(node: Node | None) -> str:
    """Value of a point in time, or the beginning of an interval."""
    if node is None:
        return ""
    places = (node, find(node, "low"), find(node, "center"))
    return next((t for place in places if (t := attribute(place, "value"))), "")


def _birth(demographic: Node | None) -> date | None:
    if demographic is None:
        return None
    return values.day(attribute(find(demographic, "birthTime"), "value")[:8])


def _observations(root: Node, codes: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Value and unit of the subject's observations with one of these LOINC codes."""
    for observation in find_all(root, "controlVariable/relatedObservation"):
        if _code(observation, "code") in codes:
            value = find(observation, "value")
            yield attribute(value, "value"), attribute(value, "unit")


def _stated_age(root: Node) -> float | None:
    ages = (values.age_years(value, unit or "a") for value, unit in _observations(root, _AGE))
    return next((age for age in ages if age is not None), None)


def _quantity(root: Node, codes: tuple[str, ...], factors: dict[str, float]) -> float | None:
    for value, unit in _observations(root, codes):
        amount, factor = values.positive(value), factors.get(unit)
        if amount is not None and factor is not None:
            return amount * factor
    return None


def _annotated(series: Node) -> dict[str, str]:
    """First value of each annotation code: representative beat first, then the rhythm."""
    found: dict[str, str] = {}
    sets = [
        *find_all(series, "derivation/derivedSeries/subjectOf/annotationSet"),
        *find_all(series, "subjectOf/annotationSet"),
    ]
    for one in sets:
        for note in one.iterfind(".//{*}annotation"):
            value = attribute(find(note, "value"), "value")
            if value:
                found.setdefault(_code(note, "code").upper(), value)
    return found


def _measurements(series: Node) -> Measurements:
    found = _annotated(series)
    return Measurements(
        rate_bpm=values.rate_bpm(found.get("MDC_ECG_HEART_RATE")),
        pr_ms=values.interval_ms(found.get("MDC_ECG_TIME_PD_PR")),
        qrs_ms=values.interval_ms(found.get("MDC_ECG_TIME_PD_QRS")),
        qt_ms=values.interval_ms(found.get("MDC_ECG_TIME_PD_QT")),
        qtc_ms=values.interval_ms(
            found.get("MDC_ECG_TIME_PD_QTC", found.get("MDC_ECG_TIME_PD_QTC_BAZETT"))
        ),
        p_axis_deg=values.axis_deg(found.get("MDC_ECG_ANGLE_P_FRONT")),
        qrs_axis_deg=values.axis_deg(found.get("MDC_ECG_ANGLE_QRS_FRONT")),
        t_axis_deg=values.axis_deg(found.get("MDC_ECG_ANGLE_T_FRONT")),
    )


def _device(series: Node) -> str:
    author = find(series, "author/seriesAuthor")
    parts = (
        text(author, "manufacturerOrganization/name"),
        text(author, "manufacturedSeriesDevice/manufacturerModelName"),
        text(author, "manufacturedSeriesDevice/softwareName"),
    )
    return " ".join(part for part in parts if part)


def _filter(series: Node) -> str:
    corners: dict[str, float | None] = {}
    for variable in find_all(series, "controlVariable/controlVariable"):
        kind = _code(variable, "code").rpartition("FILTER_")[2]
        for part in find_all(variable, "component/controlVariable"):
            if _code(part, "code").endswith("_FREQ"):
                corners[kind] = values.positive(attribute(find(part, "value"), "value"))
    return values.band_text(corners.get("HIGH_PASS"), corners.get("LOW_PASS"), corners.get("NOTCH"))
