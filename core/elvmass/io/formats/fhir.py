"""FHIR Observation with SampledData, releases R4 and R5, as JSON or XML.

============================  ===================================================================
read                          how
============================  ===================================================================
file                          an Observation, a Bundle, or a list of resources; with Patient,
                              Device and other Observations beside it or contained in it
leads                         a component (or an Observation) for each, by its code: MDC, LOINC or
                              SNOMED CT, else by its display or text; never by position; a display
                              that contradicts the code is a notice
several ECGs                  the one with most leads, then the longest; Observations of one
                              subject, instant and length are joined
sampling rate                 R4: period in ms; R5: interval in intervalUnit
amplitudes                    origin + data x factor, in the origin's code or unit; without any,
                              mV or µV by the size of the ECG and a notice, or a refusal if neither
                              fits; samples marked E, L or U become gaps, with a notice
patient                       gender, birth date; age, height and weight from Observations of the
                              same subject (LOINC)
measurements                  components of the ECG, and Observations of the same instant
time                          effectiveDateTime, effectiveInstant or effectivePeriod; local, the
                              zone is dropped
not read                      several dimensions in one SampledData, R5 offsets (uneven times) and
                              codes of a codeMap; what is marked as entered in error; files above
                              6 MB; keys that stand twice in an object
============================  ===================================================================
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
from lxml import etree

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import codes, leads, values
from elvmass.io.leads import Strip
from elvmass.io.plausibility.amplitude import factor_without_unit
from elvmass.io.rawfile import RawFile
from elvmass.io.xml import Node, listed_numbers, parse
from elvmass.record import FloatArray, Notice, Patient, Record, Source

FORMAT = "FHIR Observation"

#: Ten seconds are below 1 MB; hostile JSON takes up to forty times its size in memory.
MAX_BYTES = 6 * 2**20

#: One ECG has its patient, device, and a few dozen observations beside it.
MAX_RESOURCES = 2000

_WRONG = ("entered-in-error", "cancelled")
_MARKS = ("E", "L", "U")
_MARK = re.compile(r"(?<!\S)[ELU](?!\S)")

Json = dict[str, Any]


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    resources = list(islice(_resources(_parsed(raw)), MAX_RESOURCES + 1))
    if len(resources) > MAX_RESOURCES:
        raise UnsupportedFileError(
            raw.path, f"holds more than {MAX_RESOURCES} resources", "Export a single ECG."
        )
    strips = [
        strip for resource in _of_kind(resources, "Observation") if (strip := _strip(resource, raw))
    ]
    if not strips:
        raise LeadsError(
            raw.path,
            "holds no ECG leads as SampledData",
            "Export the ECG with a coded component for each lead.",
        )
    valid = [strip for strip in strips if _text(strip.source, "status") not in _WRONG]
    strip = leads.choose(valid or strips, raw.path)
    ecg = strip.source
    if not valid:
        raise UnsupportedFileError(
            raw.path, "is marked as entered in error", "Choose the corrected ECG."
        )
    signal, derived = leads.complete(strip.found, raw.path)
    recorded_at = values.iso_moment(_effective(ecg))
    patient, notices = _patient(ecg, resources)
    device = _named(_text(ecg, "device", "reference"), "Device", resources)
    return Record(
        signal_mv=signal,
        rate_hz=strip.rate_hz,
        patient=patient,
        reported=codes.measurements(_measured(ecg, resources)),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(device, ecg)),
        derived_leads=derived,
        notices=(*notices, *strip.notices),
    )


def _parsed(raw: RawFile) -> Any:
    """JSON as it is; XML in the same form, every element as a list of its occurrences."""
    if len(raw.data) > MAX_BYTES:
        raise UnsupportedFileError(
            raw.path, f"is larger than {MAX_BYTES >> 20} MB", "Export a single resting ECG."
        )
    if b"<" in raw.data[:4]:
        root = parse(raw)
        return {**_plain(root), "resourceType": _local(root)}
    try:
        return json.loads(
            raw.data.decode("utf-8-sig"),
            object_pairs_hook=_unambiguous,
            parse_int=float,
            parse_constant=_not_json,
        )
    except RecursionError:
        raise CorruptFileError(raw.path, "is nested too deeply", "Export the ECG again.") from None


def _unambiguous(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _not_json(constant: str) -> float:
    raise ValueError("NaN and Infinity are no JSON")


def _plain(node: Node) -> Any:
    if "value" in node.attrib:
        return node.get("value")
    found: Json = {}
    for child in node.iterchildren(etree.Element):
        name, value = _local(child), _plain(child)
        if name[:1].isupper():  # `resource` and `contained` wrap an element named by its type
            return {**value, "resourceType": name} if isinstance(value, dict) else {}
        found.setdefault(name, []).append(value)
    return found


def _local(node: Node) -> str:
    return str(node.tag).rpartition("}")[2]


def _get(node: Any, *steps: str) -> Any:
    """Value at ``steps``, of lists the first; None where there is none."""
    for step in steps:
        node = node.get(step) if isinstance(node, dict) else None
        if isinstance(node, list):
            node = node[0] if node else None
    return node


def _all(node: Any, step: str) -> list[Any]:
    found = node.get(step) if isinstance(node, dict) else None
    return found if isinstance(found, list) else [] if found is None else [found]


def _text(node: Any, *steps: str) -> str:
    found = _get(node, *steps)
    return str(found).strip() if isinstance(found, str | float) else ""


def _resources(top: Any) -> Iterator[tuple[str, Json]]:
    """Every resource of the file with the address that its Bundle gives it."""
    for one in top if isinstance(top, list) else [top]:
        entries = _all(one, "entry")
        for address, resource in [
            ("", one),
            *((_text(entry, "fullUrl"), _get(entry, "resource")) for entry in entries),
        ]:
            for contained in (resource, *_all(resource, "contained")):
                if isinstance(contained, dict):
                    yield (address if contained is resource else ""), contained


def _of_kind(resources: list[tuple[str, Json]], kind: str) -> list[Json]:
    return [each for _, each in resources if _text(each, "resourceType") == kind]


def _named(reference: str, kind: str, resources: list[tuple[str, Json]]) -> Json:
    """Find the resource that a reference means; without a reference, the only one of its kind."""
    reference = reference.partition("/_history")[0]
    found = _of_kind(resources, kind)
    if not reference:
        return found[0] if len(found) == 1 else {}
    for address, each in resources:
        name = f"{kind}/{_text(each, 'id')}"
        if _text(each, "resourceType") == kind and (
            reference in (address, name, f"#{_text(each, 'id')}") or reference.endswith(f"/{name}")
        ):
            return each
    return {}


def _effective(observation: Json) -> str:
    places = (("effectiveDateTime",), ("effectiveInstant",), ("effectivePeriod", "start"))
    return next((at for steps in places if (at := _text(observation, *steps))), "")


def _strip(observation: Json, raw: RawFile) -> Strip[Json] | None:
    """Decode the leads of one Observation, None if it has none."""
    found: list[tuple[str, FloatArray, str]] = []
    rates, gaps, doubted = set(), [], []
    for part in (observation, *_all(observation, "component")):
        data, (name, contradicted) = _get(part, "valueSampledData"), _lead(part, raw)
        if not isinstance(data, dict) or not name:
            continue
        samples, marked = _samples(data, raw)
        found.append((name, samples, _unit(data, raw)))
        rates.add(_rate_hz(data, raw))
        gaps += [name] * marked
        doubted += [name] * contradicted
    if not found:
        return None
    if len(rates) > 1:
        raise UnsupportedFileError(
            raw.path, "holds leads of different sampling rates", "Export the ECG at one rate."
        )
    in_mv, notices = _millivolts(found, raw)
    at = _effective(observation)
    start = f"{_text(observation, 'subject', 'reference')} {at}" if at else ""
    return Strip(
        leads.collect(in_mv, raw.path),
        rates.pop(),
        observation,
        start,
        (*notices, *_gap_notices(gaps), *_name_notices(doubted)),
    )


def _lead(part: Any, raw: RawFile) -> tuple[str | None, bool]:
    """Lead of a component, and whether its words contradict its code."""
    concept = _get(part, "code")
    codings = _all(concept, "coding")
    coded = {name for coding in codings if (name := codes.lead(_text(coding, "code")))}
    words = [_text(concept, "text"), *(_text(coding, "display") for coding in codings)]
    worded = {name for word in words if (name := leads.canonical(word))}
    named = coded or worded
    if len(named) > 1:
        raise CorruptFileError(
            raw.path, f"names one lead {' and '.join(sorted(named))}", "Export the ECG again."
        )
    return next(iter(named), None), bool(coded and worded - coded)


def _rate_hz(data: Json, raw: RawFile) -> float:
    if "offsets" in data:
        raise UnsupportedFileError(
            raw.path, "holds unevenly spaced samples", "Export with evenly spaced samples."
        )
    if "interval" in data:
        rate_hz = values.rate_hz(_text(data, "interval"), _text(data, "intervalUnit"))
    else:
        rate_hz = values.rate_hz(_text(data, "period"), "ms")
    if not rate_hz:
        raise CorruptFileError(raw.path, "does not say its sampling rate", "Export the ECG again.")
    return rate_hz


def _samples(data: Json, raw: RawFile) -> tuple[FloatArray, bool]:
    """Samples [n] in the unit of the origin, and whether some are marked as missing."""
    if values.required(_text(data, "dimensions") or 1) != 1:
        raise UnsupportedFileError(
            raw.path, "mixes several leads in one SampledData", "Export each lead by itself."
        )
    listed = _text(data, "data")
    marked = bool(_MARK.search(listed))
    samples = _with_marks(listed) if marked else listed_numbers(listed)
    factor = values.required(_text(data, "factor") or 1)
    if not factor:
        raise ValueError("the factor of a lead is zero")
    samples *= factor
    samples += values.required(_text(data, "origin", "value") or 0)
    return samples, marked


def _with_marks(listed: str) -> FloatArray:
    """Numbers with NaN for E (error), L and U (below or above what the device can measure)."""
    return np.array([np.nan if word in _MARKS else float(word) for word in listed.split()])


def _unit(data: Json, raw: RawFile) -> str:
    unit = _text(data, "origin", "code") or _text(data, "origin", "unit")
    if not unit and not _text(data, "factor"):
        raise UnsupportedFileError(
            raw.path, "gives neither unit nor factor of its samples", "Export calibrated samples."
        )
    return unit


def _millivolts(
    found: list[tuple[str, FloatArray, str]], raw: RawFile
) -> tuple[list[tuple[str, FloatArray]], tuple[Notice, ...]]:
    bare = [samples for _, samples, unit in found if not unit]
    factor, notices = factor_without_unit(bare, raw.path) if bare else (1.0, ())
    in_mv = [
        (name, samples * (values.to_mv(unit, raw.path) if unit else factor))
        for name, samples, unit in found
    ]
    return in_mv, notices


def _gap_notices(names: list[str]) -> tuple[Notice, ...]:
    if not names:
        return ()
    return (
        Notice(
            "samples_missing",
            f"Samples of leads {', '.join(names)} are marked as errors or beyond the device's "
            f"range; they are left out.",
        ),
    )


def _name_notices(names: list[str]) -> tuple[Notice, ...]:
    if not names:
        return ()
    return (
        Notice(
            "lead_names_contradict",
            f"The codes of leads {', '.join(names)} contradict the names beside them; the codes "
            f"were followed. Compare the leads with the original.",
        ),
    )


def _patient(ecg: Json, resources: list[tuple[str, Json]]) -> tuple[Patient, tuple[Notice, ...]]:
    person = _named(_text(ecg, "subject", "reference"), "Patient", resources)
    found = dict(_quantities(ecg, resources))

    def first(wanted: tuple[str, ...], parsed: Callable[[str, str], float | None]) -> float | None:
        amounts = (parsed(*found[code]) for code in wanted if code in found)
        return next((amount for amount in amounts if amount is not None), None)

    age, notices = values.settle_age(
        first(codes.AGE, lambda value, unit: values.age_years(value, unit or "a")),
        values.day(_text(person, "birthDate")),
        values.iso_moment(_effective(ecg)),
    )
    given = " ".join(str(part) for part in _all(_get(person, "name"), "given"))
    name = values.name(_text(person, "name", "family"), given) or _text(person, "name", "text")
    return Patient(
        sex=values.sex(_text(person, "gender")),
        age_years=age,
        height_cm=first(codes.HEIGHT, values.height_in),
        weight_kg=first(codes.WEIGHT, values.weight_in),
        id=_text(person, "identifier", "value") or _text(person, "id") or None,
        name=name or None,
    ), notices


def _quantities(
    ecg: Json, resources: list[tuple[str, Json]], *, at_once: bool = False
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Code, value and unit of what was observed in the ECG's subject, the ECG itself last.

    ``at_once`` keeps only what was observed at the instant of the ECG.
    """
    for each in [*_of_kind(resources, "Observation"), ecg]:
        same = _text(each, "subject", "reference") == _text(ecg, "subject", "reference")
        if not same or _text(each, "status") in _WRONG:
            continue
        if at_once and each is not ecg and _effective(each) != _effective(ecg):
            continue
        for part in (each, *_all(each, "component")):
            quantity = _get(part, "valueQuantity")
            unit = _text(quantity, "code") or _text(quantity, "unit")
            for coding in _all(_get(part, "code"), "coding"):
                if quantity is not None:
                    yield _text(coding, "code"), (_text(quantity, "value"), unit)


def _measured(ecg: Json, resources: list[tuple[str, Json]]) -> dict[str, tuple[str, str]]:
    found = _quantities(ecg, resources, at_once=True)
    return {kind: stated for code, stated in found if (kind := codes.kind(code))}


def _device(device: Json, ecg: Json) -> str:
    parts = (
        _text(device, "manufacturer"),
        _text(device, "deviceName", "name")
        or _text(device, "name", "value")
        or _text(ecg, "device", "display"),
        _text(device, "modelNumber"),
    )
    return " ".join(part for part in parts if part)
