"""GE CardioSoft and Marquette XML (root ``CardiologyXML``), the format of the UK Biobank.

============================  ===================================================================
read                          how
============================  ===================================================================
rhythm strip                  ``StripData`` below the root; MedianSamples and VectorLoops never
full disclosure               only of a resting ECG without strip, and with all twelve leads
sampling rate                 SampleRate of the strip itself, in Hz
amplitudes                    numbers between commas x Resolution (uVperLsb); NaN is a gap
full disclosure's order       one second of the first lead, of the second, ...; the limb leads
                              must agree with it
leads                         by name; an empty one counts as not stored
patient                       age, height and weight in the unit that stands beside them
measurements                  RestingECGMeasurements
not read                      strips of an exercise test (``Strip``), leads of unequal length
============================  ===================================================================
"""

from __future__ import annotations

import re
from datetime import date

import numpy as np

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.rawfile import RawFile
from elvmass.io.xml import Node, attribute, find, find_all, listed_numbers, parse, text
from elvmass.record import FloatArray, Measurements, Patient, Record, Source

FORMAT = "GE CardioSoft XML"

# The parser takes 10 MB of text in one place; a full disclosure of minutes has more.
_LONG_BYTES = 10_000_000
_FULL_DISCLOSURE = re.compile(rb"<FullDisclosureData>[^<]*")
_MISFIT_STEPS = 3  # by which rounding may separate III from II - I


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    root = _parsed(raw)
    strip, found = _rhythm(root, raw)
    signal, derived = leads.complete(found, raw.path)
    recorded_at = values.moment(*_date_and_time(find(root, "ObservationDateTime")))
    person = find(root, "PatientInfo")
    age, notices = values.settle_age(
        values.age_years(text(person, "Age"), _unit(person, "Age") or "YEARS"),
        _birth(person),
        recorded_at,
    )
    return Record(
        signal_mv=signal,
        rate_hz=_rate_hz(strip, raw),
        patient=_patient(person, age),
        reported=_measurements(find(root, "RestingECGMeasurements")),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(root)),
        derived_leads=derived,
        device_filter=_filter(find(root, "FilterSetting")),
        notices=notices,
    )


def _parsed(raw: RawFile) -> Node:
    """Parse the file; a full disclosure that is too long for the parser and not needed is cut."""
    if len(raw.data) > _LONG_BYTES and b"<StripData" in raw.data:
        return parse(RawFile(raw.path, _FULL_DISCLOSURE.sub(b"<FullDisclosureData>", raw.data)))
    return parse(raw)


def _rhythm(root: Node, raw: RawFile) -> tuple[Node, dict[str, FloatArray]]:
    """Choose the block to read, and decode its leads [n] in mV."""
    strip = find(root, "StripData")
    if strip is not None and find(strip, "WaveformData") is not None:
        return strip, _strip_mv(strip, raw)
    full = find(root, "FullDisclosure")
    if full is None or "exercise" in text(root, "ObservationType").lower():
        raise LeadsError(
            raw.path,
            "holds no resting rhythm strip",
            "Export the resting ECG with its waveforms, not medians or an exercise test.",
        )
    return full, _full_disclosure_mv(full, raw)


def _strip_mv(strip: Node, raw: RawFile) -> dict[str, FloatArray]:
    factor = _mv_per_step(strip, raw)
    labelled = []
    for block in find_all(strip, "WaveformData"):
        samples = listed_numbers(text(block))
        if not np.isnan(samples).all():  # also when there are none
            _check_count(strip, "ChannelSampleCountTotal", samples.size, raw)
            labelled.append((attribute(block, "lead"), samples * factor))
    return leads.collect(labelled, raw.path)


def _full_disclosure_mv(full: Node, raw: RawFile) -> dict[str, FloatArray]:
    names = text(full, "LeadOrder").split(",")
    absent = leads.missing(name for label in names if (name := leads.canonical(label)))
    if absent:
        raise LeadsError(
            raw.path,
            f"holds only a full disclosure without {', '.join(absent)}",
            "Export the resting ECG of ten seconds.",
        )
    samples = listed_numbers(_own_text(find(full, "FullDisclosureData")))
    _check_count(full, "FullDisclosureData/SampleCountTotal", samples.size, raw)
    second = round(_rate_hz(full, raw))
    by_lead = samples.reshape(-1, len(names), second).swapaxes(0, 1).reshape(len(names), -1)
    factor = _mv_per_step(full, raw)
    found = leads.collect(zip(names, by_lead * factor, strict=True), raw.path)
    _check_order(found, factor, raw)
    return found


def _own_text(block: Node | None) -> str:
    """Text of the element without that of its children; the count stands among the samples."""
    if block is None:
        return ""
    return "".join([block.text or "", *(child.tail or "" for child in block)])


def _check_order(found: dict[str, FloatArray], factor: float, raw: RawFile) -> None:
    """Refuse samples in another order than ours: lead III would be anything but II - I."""
    if "III" in found:
        misfit = np.abs(found["II"] - found["I"] - found["III"])
        if np.max(misfit, initial=0.0) > _MISFIT_STEPS * abs(factor):
            raise UnsupportedFileError(
                raw.path,
                "holds only a full disclosure in an unknown order of samples",
                "Export the resting ECG of ten seconds.",
            )


def _check_count(block: Node, step: str, count: int, raw: RawFile) -> None:
    stated = values.number(text(block, step))
    if stated is not None and stated != count:
        raise CorruptFileError(
            raw.path, f"announces {stated:g} samples, but holds {count}", "Export the ECG again."
        )


def _rate_hz(block: Node, raw: RawFile) -> float:
    if _unit(block, "SampleRate").lower() not in ("", "hz"):
        raise UnsupportedFileError(
            raw.path, "gives the sampling rate in an unknown unit", "Export the ECG again."
        )
    return values.sampling_rate_hz(text(block, "SampleRate"))


def _mv_per_step(block: Node, raw: RawFile) -> float:
    unit = _unit(block, "Resolution").lower().removesuffix("perlsb")
    return values.required(text(block, "Resolution")) * values.to_mv(unit, raw.path)


def _unit(node: Node | None, step: str) -> str:
    return "" if node is None else attribute(find(node, step), "units")


def _date_and_time(node: Node | None) -> tuple[str, str]:
    """``YYYY-MM-DD`` and ``HH:MM:SS`` of an element with a child for each part."""
    day = "-".join(text(node, part) for part in ("Year", "Month", "Day"))
    return day, ":".join(text(node, part) for part in ("Hour", "Minute", "Second"))


def _birth(person: Node | None) -> date | None:
    node = None if person is None else find(person, "BirthDateTime")
    return values.day(_date_and_time(node)[0])


def _patient(person: Node | None, age: float | None) -> Patient:
    return Patient(
        sex=values.sex(text(person, "Gender")),
        age_years=age,
        height_cm=values.height_in(text(person, "Height"), _unit(person, "Height")),
        weight_kg=values.weight_in(text(person, "Weight"), _unit(person, "Weight")),
        id=text(person, "PID") or None,
        name=values.name(text(person, "Name/FamilyName"), text(person, "Name/GivenName")),
    )


def _measurements(node: Node | None) -> Measurements:
    return Measurements(
        rate_bpm=values.rate_bpm(text(node, "VentricularRate")),
        pr_ms=_interval_ms(node, "PQInterval") or _interval_ms(node, "PRInterval"),
        qrs_ms=_interval_ms(node, "QRSDuration"),
        qt_ms=_interval_ms(node, "QTInterval"),
        qtc_ms=_interval_ms(node, "QTCInterval"),
        p_axis_deg=values.axis_deg(text(node, "PAxis")),
        qrs_axis_deg=values.axis_deg(text(node, "RAxis")),
        t_axis_deg=values.axis_deg(text(node, "TAxis")),
    )


def _interval_ms(node: Node | None, step: str) -> float | None:
    return values.interval_ms(text(node, step), _unit(node, step))


def _device(root: Node) -> str:
    info = find(root, "ClinicalInfo/DeviceInfo")
    return " ".join(part for part in (text(info, "Desc"), text(info, "SoftwareVer")) if part)


def _filter(node: Node | None) -> str:
    notch = [hz for hz in (50.0, 60.0) if text(node, f"Filter{hz:g}Hz").lower() == "yes"]
    return values.band_text(
        values.positive(text(node, "HighPass")),
        values.positive(text(node, "LowPass")),
        notch[0] if notch else None,
    )
