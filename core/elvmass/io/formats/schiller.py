"""Schiller SEMA EDI XML (root ``com.xiriuz.sema.xml.schillerEDI.SchillerEDI``).

No specification is public; the layout is that on which independent readers agree.

============================  ===================================================================
read                          how
============================  ===================================================================
rhythm                        ``wavedata`` of type ECG_RHYTHMS, wherever it stands; of several,
                              that with most leads, then the longest; ECG_AVERAGES never
sampling rate                 samplerate/value in Hz. Its exponent is 1 in every known file, with
                              the value as it is; if only value or value x 10^exponent is a rate of
                              ECG devices, that one is taken with a notice, else the file refused
amplitudes                    numbers between commas (datastype COMMASEPARATE) x yres/unitperbit,
                              in yres/units
leads                         by name, in any order and case; limb leads computed if not stored
patient                       sex, height and weight with their units; age from the birth date
measurements                  annotation_global (HR, PQ, QRS, QT, QTC, AXIS_P, AXIS_QRS, AXIS_T)
                              of the same event; "-" is missing
not read                      other data types, leads recorded one after another; the device's
                              filters
============================  ===================================================================
"""

from __future__ import annotations

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.leads import Strip
from elvmass.io.rawfile import RawFile
from elvmass.io.xml import Node, find, find_all, listed_numbers, parse, text
from elvmass.record import FloatArray, Measurements, Notice, Patient, Record, Source

FORMAT = "Schiller XML"
_RHYTHMS = ("ECG_RHYTHMS", "ECG_RHYTHM")
_RATES_HZ = (100.0, 4000.0)


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    root = parse(raw)
    strip = leads.choose(_rhythms(root, raw), raw.path)
    signal, derived = leads.complete(strip.found, raw.path)
    exam, person = find(root, "examdescript"), find(root, "patdata")
    recorded_at = values.moment(text(exam, "startdatetime/date"), text(exam, "startdatetime/time"))
    age, notices = values.settle_age(None, values.day(text(person, "birthdate")), recorded_at)
    return Record(
        signal_mv=signal,
        rate_hz=strip.rate_hz,
        patient=_patient(person, age),
        reported=_measurements(strip.source),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(exam)),
        derived_leads=derived,
        notices=(*strip.notices, *notices),
    )


def _rhythms(root: Node, raw: RawFile) -> list[Strip[Node]]:
    """Decode every rhythm strip; its source is the event that it belongs to."""
    strips = []
    for event in find_all(root, "eventdata/event"):
        for wave in find_all(event, "wavedata"):
            if text(wave, "type").upper() in _RHYTHMS:
                rate_hz, doubts = _rate_hz(wave, raw)
                found = leads.collect(_labelled_mv(wave, raw), raw.path)
                strips.append(Strip(found, rate_hz, event, notices=doubts))
    if not strips:
        raise LeadsError(
            raw.path, "holds no rhythm strip", "Export the ECG with its rhythm, not the averages."
        )
    return strips


def _rate_hz(wave: Node, raw: RawFile) -> tuple[float, tuple[Notice, ...]]:
    rate = find(wave, "resolution/samplerate")
    value, exponent = values.required(text(rate, "value")), int(text(rate, "exponent") or 1)
    low, high = _RATES_HZ
    likely = {hz for hz in (value, value * 10.0**exponent) if low <= hz <= high}
    if text(rate, "units").upper() not in ("", "HZ") or not likely:
        raise _unknown_rate(raw)
    if exponent in (0, 1) and value in likely:
        return value, ()
    if len(likely) > 1:
        raise _unknown_rate(raw)
    guessed = likely.pop()
    return guessed, (
        Notice(
            "sampling_rate_guessed",
            f"The sampling rate is written as {value:g} with exponent {exponent}; {guessed:g} Hz "
            f"is the only likely meaning. Compare the heart rate with the original.",
        ),
    )


def _unknown_rate(raw: RawFile) -> UnsupportedFileError:
    return UnsupportedFileError(
        raw.path, "gives its sampling rate in an unknown form", "Export it in another format."
    )


def _labelled_mv(wave: Node, raw: RawFile) -> list[tuple[str, FloatArray]]:
    """Label and samples [n] in mV of each stored lead."""
    scale = find(wave, "resolution/yres")
    factor = values.required(text(scale, "unitperbit")) * values.to_mv(
        text(scale, "units"), raw.path
    )
    channels = [c for c in find_all(wave, "channel") if leads.canonical(text(c, "name"))]
    return [(text(c, "name"), _samples(c, raw) * factor) for c in channels if text(c, "data")]


def _samples(channel: Node, raw: RawFile) -> FloatArray:
    kind = text(channel, "datastype") or text(channel, "datatype")  # the first is Schiller's
    if kind.upper() not in ("", "COMMASEPARATE"):
        raise UnsupportedFileError(
            raw.path, "stores samples in a form that is not read", "Export them comma-separated."
        )
    samples = listed_numbers(text(channel, "data"))
    stated = values.number(text(channel, "samplecount"))
    if stated is not None and stated != samples.size:
        raise CorruptFileError(
            raw.path,
            f"announces {stated:g} samples in a lead, but holds {samples.size}",
            "Export the ECG again.",
        )
    return samples


def _patient(person: Node | None, age: float | None) -> Patient:
    return Patient(
        sex=values.sex(text(person, "gender")),
        age_years=age,
        height_cm=values.height_in(text(person, "height/value"), text(person, "height/unit")),
        weight_kg=values.weight_in(text(person, "weight/value"), text(person, "weight/unit")),
        id=text(person, "id") or None,
        name=values.name(text(person, "lastname"), text(person, "firstname")),
    )


def _measurements(event: Node) -> Measurements:
    found: dict[str, str] = {}
    for note in find_all(event, "annotation_global"):
        names, stated = find_all(note, "name"), find_all(note, "value")
        if len(names) == len(stated):
            found |= {text(n).upper(): text(v) for n, v in zip(names, stated, strict=True)}
    return Measurements(
        rate_bpm=values.rate_bpm(found.get("HR")),
        pr_ms=values.interval_ms(found.get("PQ")),
        qrs_ms=values.interval_ms(found.get("QRS")),
        qt_ms=values.interval_ms(found.get("QT")),
        qtc_ms=values.interval_ms(found.get("QTC")),
        p_axis_deg=values.axis_deg(found.get("AXIS_P")),
        qrs_axis_deg=values.axis_deg(found.get("AXIS_QRS")),
        t_axis_deg=values.axis_deg(found.get("AXIS_T")),
    )


def _device(exam: Node | None) -> str:
    device = None if exam is None else find(exam, "aquiringdevice")
    parts = (text(device, "hardware/vendor"), text(device, "hardware/model"))
    return " ".join(part for part in parts if part)
