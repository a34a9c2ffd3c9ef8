"""HL7 annotated ECG, aECG (root ``AnnotatedECG``, in any namespace or none).

============================  ===================================================================
read                          how
============================  ===================================================================
rhythm                        component/series/component/sequenceSet only: the representative beat
                              stands in a derivedSeries nested inside and is never read, nor is a
                              series that its code calls a beat; of several sets that hold twelve
                              leads, the longest; sets of one absolute start and length are joined
sampling rate                 increment of the TIME_ABSOLUTE or TIME_RELATIVE sequence (s, ms, us)
amplitudes                    SLIST_PQ and SLIST_INT: origin + digits x scale, each with its own
                              unit; without any, mV or µV by the size of the ECG and a notice, or
                              a refusal if neither fits
leads                         by code (MDC, SCP-ECG), else by its displayed name, in any order and
                              case; limb leads computed if absent
patient                       sex, reported age (LOINC 21612-7), height, weight; the birth date
                              gives the age only if none is reported
measurements                  global annotations, in the unit that they state; those of the
                              representative beat, else of the first annotated beat; never those
                              of a single lead
not read                      samples at uneven times (no increment); leads recorded one after
                              another; samples without a scale
============================  ===================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import codes, leads, values
from elvmass.io.leads import Strip
from elvmass.io.plausibility.amplitude import factor_without_unit
from elvmass.io.rawfile import RawFile
from elvmass.io.xml import Node, attribute, find, find_all, listed_numbers, parse, text
from elvmass.record import FloatArray, Patient, Record, Source

FORMAT = "HL7 aECG"
_TIME_CODES = ("TIME_ABSOLUTE", "TIME_RELATIVE")


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    root = parse(raw)
    strip = _rhythm(root, raw)
    series = strip.source
    signal, derived = leads.complete(strip.found, raw.path)
    recorded_at = _recorded_at(root, strip)
    subject = root.find("{*}componentOf//{*}trialSubject")
    person = None if subject is None else find(subject, "subjectDemographicPerson")
    age, notices = values.settle_age(_stated_age(root, person), _birth(person), recorded_at)
    return Record(
        signal_mv=signal,
        rate_hz=strip.rate_hz,
        patient=Patient(
            sex=values.sex(_code(person, "administrativeGenderCode")),
            age_years=age,
            height_cm=_first(root, codes.HEIGHT, values.height_in),
            weight_kg=_first(root, codes.WEIGHT, values.weight_in),
            id=_id(subject, person),
            name=_name(person),
        ),
        reported=codes.measurements(_annotated(series)),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(series)),
        derived_leads=derived,
        device_filter=_filter(series),
        notices=(*notices, *strip.notices),
    )


def _rhythm(root: Node, raw: RawFile) -> Strip[Node]:
    """Choose the series and the strip to read."""
    strips = [
        strip
        for series in find_all(root, "component/series")
        if "BEAT" not in _code(series, "code").upper()
        for block in find_all(series, "component/sequenceSet")
        if (strip := _strip(series, block, raw))
    ]
    if not strips:
        raise LeadsError(raw.path, "holds no rhythm waveform", "Export the ECG with its rhythm.")
    return leads.choose(strips, raw.path)


def _strip(series: Node, block: Node, raw: RawFile) -> Strip[Node] | None:
    """Decode one sequence set, None if it has no standard lead."""
    time, scaled = None, []
    for sequence in find_all(block, "component/sequence"):
        code, value = find(sequence, "code"), find(sequence, "value")
        if attribute(code, "code").upper() in _TIME_CODES:
            time = sequence
        elif value is not None and (name := _lead(code)):
            scaled.append((name, *_scaled(value, raw)))
    if not scaled:
        return None
    if time is None:
        raise CorruptFileError(raw.path, "does not say its sampling rate", "Export the ECG again.")
    bare = [samples for _, samples, in_mv in scaled if not in_mv]
    factor, notices = factor_without_unit(bare, raw.path) if bare else (1.0, ())
    found = leads.collect(
        [(name, part if in_mv else part * factor) for name, part, in_mv in scaled], raw.path
    )
    return Strip(found, _rate_hz(time, raw), series, _start(time), notices)


def _lead(code: Node | None) -> str | None:
    return codes.lead(attribute(code, "code")) or leads.canonical(attribute(code, "displayName"))


def _rate_hz(time: Node, raw: RawFile) -> float:
    step = find(time, "value/increment")
    rate_hz = values.rate_hz(attribute(step, "value"), attribute(step, "unit"))
    if not rate_hz:
        raise UnsupportedFileError(
            raw.path, "gives no time step in seconds", "Export with evenly spaced samples."
        )
    return rate_hz


def _start(time: Node) -> str:
    """Absolute time of the first sample; relative ones may count from different instants."""
    absolute = _code(time, "code").upper() == "TIME_ABSOLUTE"
    return attribute(find(time, "value/head"), "value") if absolute else ""


def _scaled(value: Node, raw: RawFile) -> tuple[FloatArray, bool]:
    """Samples [n], and whether they are in mV or in a unit that the file does not give."""
    digits, scale, origin = find(value, "digits"), find(value, "scale"), find(value, "origin")
    if scale is None or digits is None:
        raise UnsupportedFileError(raw.path, "stores no scaled samples", "Export as SLIST_PQ.")
    if len(digits):
        raise ValueError("elements between the digits")
    gain, shift = values.required(attribute(scale, "value")), attribute(origin, "value")
    if not gain:
        raise ValueError("the scale of a lead is zero")
    moved = values.required(shift or 0)
    scale_unit, origin_unit = _unit(scale), _unit(origin)
    unit = scale_unit or origin_unit
    if unit:
        gain *= values.to_mv(unit, raw.path)
    if moved and unit:
        moved *= values.to_mv(origin_unit or unit, raw.path)
    samples = listed_numbers(text(digits))
    samples *= gain
    samples += moved
    return samples, bool(unit)


def _unit(quantity: Node | None) -> str:
    """Unit of a physical quantity; "1" is what the schema puts where nothing is stated."""
    return attribute(quantity, "unit").removeprefix("1")


def _code(node: Node | None, step: str) -> str:
    return "" if node is None else attribute(find(node, step), "code")


def _recorded_at(root: Node, strip: Strip[Node]) -> datetime | None:
    spans = (find(strip.source, "effectiveTime"), find(root, "effectiveTime"))
    stated = [attribute(span, "value") for span in spans]
    for edge in ("low", "center"):
        stated += [attribute(find(span, edge), "value") for span in spans if span is not None]
    stated.append(strip.start)
    stated += [attribute(find(span, "high"), "value") for span in spans if span is not None]
    moments = (values.compact_moment(at) or values.iso_moment(at) for at in stated)
    return next((at for at in moments if at), None)


def _birth(person: Node | None) -> date | None:
    if person is None:
        return None
    stated = attribute(find(person, "birthTime"), "value")
    return values.day(stated[:10]) or values.day(stated[:8])


def _id(subject: Node | None, person: Node | None) -> str | None:
    if subject is None:
        return None
    return attribute(find(subject, "id"), "extension") or text(person, "PatientID") or None


def _name(person: Node | None) -> str | None:
    """Name as plain text or in parts (family, given)."""
    node = None if person is None else find(person, "name")
    parts = [] if node is None else " ".join(map(str, node.itertext())).split()
    return " ".join(parts) or None


def _observations(root: Node, wanted: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Value and unit of the subject's observations with one of these codes."""
    inside = "controlVariable/relatedObservation"
    places = (inside, f"component/series/{inside}")
    for observation in (node for place in places for node in find_all(root, place)):
        if _code(observation, "code") in wanted:
            value = find(observation, "value")
            yield attribute(value, "value"), attribute(value, "unit")


def _first(
    root: Node, wanted: tuple[str, ...], parsed: Callable[[str, str], float | None]
) -> float | None:
    found = (parsed(value, unit) for value, unit in _observations(root, wanted))
    return next((value for value in found if value is not None), None)


def _stated_age(root: Node, person: Node | None) -> float | None:
    """Age as an observation; Mindray writes it, in years, beside the birth date."""
    stated = _first(root, codes.AGE, lambda value, unit: values.age_years(value, unit or "a"))
    return values.age_years(text(person, "Age")) if stated is None else stated


def _annotated(series: Node) -> dict[str, tuple[str, str]]:
    """First value and unit of each kind: representative beat first, then the rhythm."""
    found: dict[str, tuple[str, str]] = {}
    for steps in ("derivation/derivedSeries/subjectOf/annotationSet", "subjectOf/annotationSet"):
        for notes in find_all(series, steps):
            for kind, note in _global_notes(notes):
                value = find(note, "value")
                if attribute(value, "value"):
                    found.setdefault(kind, (attribute(value, "value"), attribute(value, "unit")))
    return found


def _global_notes(notes: Node) -> Iterator[tuple[str, Node]]:
    """Measurements at any depth, with their kind, but none from within the notes on one lead."""
    for note in find_all(notes, "component/annotation"):
        code = _code(note, "code")
        if "_LEAD_" in code.upper():
            continue
        if kind := codes.kind(code):
            yield kind, note
        yield from _global_notes(note)


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
        kind = _code(variable, "code").upper().rpartition("FILTER_")[2]
        for part in find_all(variable, "component/controlVariable"):
            if _code(part, "code").upper().endswith("_FREQ"):
                corners[kind] = values.positive(attribute(find(part, "value"), "value"))
    return values.band_text(corners.get("HIGH_PASS"), corners.get("LOW_PASS"), corners.get("NOTCH"))
