"""Philips Sierra XML, schema 1.03 to 1.04.02 (root ``restingecgdata``).

============================  ===================================================================
read                          how
============================  ===================================================================
waveforms                     ``parsedwaveforms``; the ``repbeats`` are never read
encoding                      Base64, Hex (8, 16 or 32 bits) and Plain (numbers as text)
compression                   XLI (16 bits) or none; limb leads are residuals only under XLI
leads                         1.04: attribute ``leadlabels``, also -aVR and the derived V1d; 1.03
                              has none, so its ``leadset`` or ``acquisitiontype`` must say STD-12,
                              whose order is standard
rate, microvolts per unit     1.04: attributes of ``parsedwaveforms``; else signalcharacteristics
calibration                   PageWriter and HeartStart append zeros and a 1 mV pulse in all leads;
                              from there on, in whole seconds, the signal is dropped
patient                       age in years to hours, else computed from the birth date;
                              ``age/@defaultage`` is the device's fallback, not the patient's age;
                              cm or inch, kg or lb
measurements                  the final ones of the interpretation; none if the heart rate failed
notices                       electrodes off (inoperative times and statements), a pacemaker, leads
                              that the device derived from others (EASI, MIDA)
not read                      leadwaveforms, waveforms in a file of their own, other compressions
============================  ===================================================================
"""

from __future__ import annotations

import re

import numpy as np

from elvmass.errors import CorruptFileError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.formats.sierra import xli
from elvmass.io.rawfile import RawFile
from elvmass.io.xml import (
    Node,
    attribute,
    base64_bytes,
    find,
    find_all,
    listed_numbers,
    parse,
    text,
)
from elvmass.record import LEADS, FloatArray, Measurements, Notice, Patient, Record, Source

FORMAT = "Philips Sierra XML"
_CALIBRATION_MV = 1.0
_CALIBRATION_MIN_S = 0.15

_SAMPLE_TYPES = {"8": "i1", "16": "<i2", "32": "<i4"}
_AGES = (("years", "y"), ("months", "mo"), ("weeks", "w"), ("days", "d"), ("hours", "h"))
# Electrode placements from which monitors compute twelve leads.
_REDUCED = ("EASI", "MIDA")
_MISSING = re.compile(
    r"\bleads?\b.{0,40}\b(?:missing|off)\b|\bmissing\b.{0,9}\bleads?\b", re.IGNORECASE
)


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    root = parse(raw)
    wave = _waveforms(root, raw)
    setup = find(root, "dataacquisition/signalcharacteristics")
    rate_hz = values.required(_setting(wave, "samplespersecond", setup, ("samplingrate",)))
    found = leads.collect(_channels_mv(wave, setup, rate_hz, raw), raw.path)
    signal, derived = leads.complete(found, raw.path)
    signal, cut = _without_calibration(signal, rate_hz)
    acquisition = find(root, "dataacquisition")
    recorded_at = values.moment(attribute(acquisition, "date"), attribute(acquisition, "time"))
    person = find(root, "patient/generalpatientdata")
    age, notices = values.settle_age(
        _stated_age(person),
        values.day(text(person, "age/dateofbirth")),
        recorded_at,
    )
    return Record(
        signal_mv=signal,
        rate_hz=rate_hz,
        patient=_patient(person, age),
        reported=_measurements(root),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(acquisition)),
        derived_leads=derived,
        device_filter=_filter(wave, setup),
        notices=(
            *notices,
            *cut,
            *_leads_off(root, signal.shape[1] / rate_hz),
            *_reduced(wave, setup),
            *_paced(person),
        ),
    )


def _waveforms(root: Node, raw: RawFile) -> Node:
    wave = find(root, "waveforms/parsedwaveforms")
    if wave is not None:
        return wave
    if find(root, "waveforms/leadwaveforms") is not None:
        raise UnsupportedFileError(
            raw.path, "stores each lead in an element of its own", "Export parsedwaveforms."
        )
    if find(root, "waveforms/unparsedwaveforms") is not None:
        raise UnsupportedFileError(
            raw.path, "keeps its waveforms in another file", "Export the ECG with waveforms."
        )
    raise CorruptFileError(raw.path, "holds no parsedwaveforms", "Export the ECG again.")


def _setting(wave: Node, name: str, setup: Node | None, older: tuple[str, ...]) -> str:
    """Return a setting of the waveforms themselves, else one of the whole acquisition."""
    return attribute(wave, name) or next((t for tag in older if (t := text(setup, tag))), "")


def _channels_mv(
    wave: Node, setup: Node | None, rate_hz: float, raw: RawFile
) -> list[tuple[str, FloatArray]]:
    """Lead and samples [n] in mV of every stored lead."""
    length = round(values.required(attribute(wave, "durationperchannel")) * rate_hz / 1000)
    microvolts = _setting(wave, "resolution", setup, ("signalresolution", "resolution"))
    per_count_mv = values.required(microvolts) / 1000
    if per_count_mv <= 0:
        raise ValueError("the resolution is not positive")
    offset = values.required(_setting(wave, "signaloffset", setup, ("signaloffset",)) or 0)
    counts = _counts(wave, setup, length, raw)
    if not 0 < length <= min(samples.size for samples in counts.values()):
        raise CorruptFileError(raw.path, "holds fewer samples than it announces", "Export again.")
    channels = []
    for label, samples in counts.items():
        name, sign = _lead(label)
        channels.append((name, (samples[:length] - offset) * (sign * per_count_mv)))
    return channels


def _labels(wave: Node, setup: Node | None, raw: RawFile) -> list[str]:
    stated = attribute(wave, "leadlabels").split()
    if len(set(stated)) != len(stated):
        raise ValueError("a lead is named twice")
    if stated:
        return stated
    if "STD-12" in (text(setup, "leadset"), text(setup, "acquisitiontype")):
        return list(LEADS)
    raise UnsupportedFileError(
        raw.path, "does not name its leads", "Export the ECG as Sierra XML 1.04."
    )


def _lead(label: str) -> tuple[str, int]:
    """Name and sign of a lead; "d" marks one that the device derived from others."""
    name = label.removeprefix("-")
    if not leads.canonical(name):
        name = name.removesuffix("d")
    return leads.canonical(name) or label, -1 if label.startswith("-") else 1


def _counts(wave: Node, setup: Node | None, length: int, raw: RawFile) -> dict[str, FloatArray]:
    """Samples by label, as stored."""
    encoding = attribute(wave, "dataencoding").lower()
    bits = attribute(wave, "bitspersample") or attribute(wave, "nbitspersample") or "16"
    way = (_compression(wave), encoding)
    labels = _labels(wave, setup, raw)
    if way in (("XLI", "base64"), ("XLI", "hex")) and bits == "16":
        return _from_xli(labels, _payload(wave, encoding), raw)
    if way == ("", "plain"):
        counts = listed_numbers(text(wave))
    elif way in (("", "base64"), ("", "hex")) and bits in _SAMPLE_TYPES:
        signed = _setting(wave, "signalsigned", setup, ("signalsigned",)).lower() != "false"
        dtype = _SAMPLE_TYPES[bits] if signed else _SAMPLE_TYPES[bits].replace("i", "u")
        counts = np.frombuffer(_payload(wave, encoding), dtype).astype(np.float64)
    else:
        raise UnsupportedFileError(
            raw.path,
            "stores its samples in an encoding that is not read",
            "Export as Base64 with 16 bits per sample.",
        )
    if counts.size != len(labels) * length:
        raise CorruptFileError(
            raw.path, "holds another number of samples than it announces", "Export the ECG again."
        )
    # Lead after lead, each whole.
    return dict(zip(labels, counts.reshape(len(labels), -1), strict=True))


def _payload(wave: Node, encoding: str) -> bytes:
    return bytes.fromhex(text(wave)) if encoding == "hex" else base64_bytes(text(wave))


def _compression(wave: Node) -> str:
    """1.04 names the method alone; 1.03 names it beside a flag."""
    if attribute(wave, "compressflag").lower() == "false":
        return ""
    name = attribute(wave, "compression") or attribute(wave, "compressmethod")
    return "" if name.lower() in ("none", "uncompressed") else name.upper()


def _from_xli(labels: list[str], payload: bytes, raw: RawFile) -> dict[str, FloatArray]:
    stored = xli.decode(payload, len(labels))
    if len(stored) < len(labels):
        raise CorruptFileError(raw.path, "holds fewer leads than it names", "Export again.")
    names = [leads.canonical(label) or label for label in labels]
    found = {name: s.astype(np.int64) for name, s in zip(names, stored, strict=True)}
    if not set(LEADS[:6]) <= found.keys():
        # Unknown what the others are the rest of, but they follow from I and II.
        found = {name: s for name, s in found.items() if _lead(name)[0] not in LEADS[2:6]}
    elif len({found[name].size for name in LEADS[:6]}) != 1:
        raise CorruptFileError(raw.path, "has leads of different length", "Export the ECG again.")
    else:
        found = xli.restore_limb_leads(found)
    return {name: samples.astype(np.float64) for name, samples in found.items()}


def _without_calibration(
    signal: FloatArray, rate_hz: float
) -> tuple[FloatArray, tuple[Notice, ...]]:
    """Drop the calibration tail: zeros, a pulse of 1 mV in all recorded leads at once, zeros.

    The recording is cut to the whole seconds before the zeros, where the real signal ends.
    """
    recorded = signal[[0, 1, *range(6, len(LEADS))]]
    pulse = np.all(np.abs(recorded - _CALIBRATION_MV) < 0.05 * _CALIBRATION_MV, axis=0)
    start, shortest = int(pulse.argmax()), round(_CALIBRATION_MIN_S * rate_hz)
    if not pulse[start : start + shortest].all() or start + shortest > pulse.size:
        return signal, ()
    active = np.flatnonzero(np.any(recorded[:, :start] != 0, axis=0))
    end = int(active[-1]) + 1 if active.size else 0
    keep = int(int(end / rate_hz) * rate_hz)
    if keep == 0:
        return signal, ()
    notice = Notice(
        "calibration_dropped",
        f"The device's calibration pulse at the end was dropped; {keep / rate_hz:g} s remain.",
    )
    return signal[:, :keep], (notice,)


def _stated_age(person: Node | None) -> float | None:
    ages = (values.age_years(text(person, f"age/{step}"), unit) for step, unit in _AGES)
    return next((age for age in ages if age is not None), None)


def _patient(person: Node | None, age: float | None) -> Patient:
    return Patient(
        sex=values.sex(text(person, "sex")),
        age_years=age,
        height_cm=values.height_cm(text(person, "height/cm"), text(person, "height/inch")),
        weight_kg=values.weight_kg(text(person, "weight/kg"), text(person, "weight/lb")),
        id=text(person, "patientid") or None,
        name=values.name(text(person, "name/lastname"), text(person, "name/firstname")),
    )


# Where measurements stand, the final ones first: 1.04, then 1.03.
_MEASUREMENT_PLACES = (
    "interpretations/interpretation/globalmeasurements",
    "interpretations/interpretation/interpretationmeasurements",
    "internalmeasurements/crossleadmeasurements",
    "measurements/globalmeasurements",
)


def _measurements(root: Node) -> Measurements:
    """Take the device's measurements; none when the heart rate failed.

    A failed analysis writes 0 as rate and -1 as axis; -1 alone would be a plausible axis.
    """
    place = next((n for steps in _MEASUREMENT_PLACES if (n := find(root, steps)) is not None), None)

    def first(*tags: str) -> str:
        return next((t for tag in tags if (t := text(place, tag))), "")

    rate = values.rate_bpm(first("heartrate", "meanventrate"))
    if rate is None:
        return Measurements()
    return Measurements(
        rate_bpm=rate,
        pr_ms=values.interval_ms(first("print", "meanprint")),
        qrs_ms=values.interval_ms(first("qrsdur", "meanqrsdur")),
        qt_ms=values.interval_ms(first("qtint", "meanqtint")),
        qtc_ms=values.interval_ms(first("qtcb", "meanqtc")),
        p_axis_deg=values.axis_deg(first("pfrontaxis")),
        qrs_axis_deg=values.axis_deg(first("qrsfrontaxis")),
        t_axis_deg=values.axis_deg(first("tfrontaxis")),
    )


def _leads_off(root: Node, seconds: float) -> tuple[Notice, ...]:
    """Leads that the device calls missing, or inoperative for half of the recording or more."""
    off = set()
    for steps in ("internalmeasurements", "measurements"):
        for lead in find_all(root, f"{steps}/leadmeasurements/leadmeasurement"):
            inops = find_all(lead, "leadqualitystates/inops/inop")
            lost_ms = sum(values.positive(attribute(i, "duration"), 1e9) or 0 for i in inops)
            if lost_ms >= 500 * seconds:
                off.add(leads.canonical(attribute(lead, "leadname")))
    for statement in find_all(root, "interpretations/interpretation/statement/leftstatement"):
        words = text(statement)
        if _MISSING.search(words):
            named = {leads.canonical(word) for word in re.split(r"[^A-Za-z0-9]+", words)} - {None}
            off |= named or set(LEADS)
    named_off = ", ".join(name for name in LEADS if name in off)
    if not named_off:
        return ()
    return (Notice("leads_off", f"The device reports electrodes off in leads {named_off}."),)


def _reduced(wave: Node, setup: Node | None) -> tuple[Notice, ...]:
    """Leads that the device computed from fewer electrodes."""
    stated = [label for label in attribute(wave, "leadlabels").split() if label.endswith("d")]
    derived = {_lead(label)[0] for label in (*stated, *text(setup, "derivedleads").split())}
    placement = text(setup, "acquisitiontype"), text(setup, "electrodeplacement")
    if any(word.upper().startswith(_REDUCED) for word in placement):
        derived |= set(LEADS)
    named = ", ".join(name for name in LEADS if name in derived)
    if not named:
        return ()
    return (
        Notice(
            "leads_derived_by_device",
            f"The device derived leads {named} from other electrodes; such leads only resemble "
            f"recorded ones.",
        ),
    )


def _paced(person: Node | None) -> tuple[Notice, ...]:
    if not text(person, "pacestatus").lower().startswith("paced"):
        return ()
    return (
        Notice("pacemaker", "The device notes a pacemaker; paced beats do not show the LV mass."),
    )


def _device(acquisition: Node | None) -> str:
    if acquisition is None:
        return ""
    machine = find(acquisition, "machine")
    version = attribute(machine, "detaildescription").split(":")[-1]
    return " ".join(part for part in ("Philips", text(machine), version) if part)


def _filter(wave: Node, setup: Node | None) -> str:
    """Tell the filter of the stored samples, which is not that of the printed report."""
    low = _setting(wave, "hipass", setup, ("hipass",))
    high = _setting(wave, "lowpass", setup, ("lowpass",))
    if not (low or high):
        low, _, high = text(setup, "signalbandwidth").partition("-")
    notched = _setting(wave, "notchfiltered", setup, ("notchfiltered",)).lower() == "true"
    notch = _setting(wave, "notchfilterfreqs", setup, ("notchfilterfreqs",)) if notched else ""
    return values.band_text(
        values.positive(low), values.positive(high), values.positive(notch.split(" ")[0])
    )
