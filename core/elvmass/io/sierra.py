"""Philips Sierra XML, schema 1.03 and 1.04 (root ``restingecgdata``).

============================  ===================================================================
read                          how
============================  ===================================================================
waveforms                     ``parsedwaveforms``; the ``repbeats`` are never read
compression                   XLI or none; the limb leads are residuals only under XLI
leads                         1.04: attribute ``leadlabels``; 1.03 has none, so its ``leadset`` or
                              ``acquisitiontype`` must say STD-12, whose order is standard
rate, microvolts per unit     1.04: attributes of ``parsedwaveforms``; else signalcharacteristics
calibration                   PageWriter and HeartStart append zeros and a 1 mV pulse in all leads;
                              from there on, in whole seconds, the signal is dropped
patient                       ``years``, else computed from the birth date; ``age/@defaultage`` is
                              the device's fallback, not the patient's age; cm or inch, kg or lb
measurements                  the final ones of the interpretation; none if the heart rate failed
not read                      other encodings than Base64, other compressions, bits other than 16
============================  ===================================================================
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elvmass.errors import CorruptFileError, UnsupportedFileError
from elvmass.io import leads, values, xli
from elvmass.io.rawfile import RawFile
from elvmass.io.xml import Node, attribute, base64_bytes, find, find_all, parse, text
from elvmass.record import LEADS, FloatArray, Measurements, Notice, Patient, Record, Source

FORMAT = "Philips Sierra XML"
_CALIBRATION_MV = 1.0
_CALIBRATION_MIN_S = 0.15


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    root = parse(raw)
    wave = find(root, "waveforms/parsedwaveforms")
    if wave is None:
        raise CorruptFileError(raw.path, "holds no parsedwaveforms", "Export the ECG again.")
    setup = find(root, "dataacquisition/signalcharacteristics")
    rate_hz = values.required(_setting(wave, "samplespersecond", setup, ("samplingrate",)))
    found = leads.collect(_channels_mv(wave, setup, rate_hz, raw), raw.path)
    signal, derived = leads.complete(found, raw.path)
    signal, cut = _without_calibration(signal, rate_hz)
    acquisition = find(root, "dataacquisition")
    recorded_at = values.moment(attribute(acquisition, "date"), attribute(acquisition, "time"))
    person = find(root, "patient/generalpatientdata")
    age, notices = values.settle_age(
        values.age_years(text(person, "age/years")),
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
        notices=(*notices, *cut, *_leads_off(root, signal.shape[1] / rate_hz)),
    )


def _setting(wave: Node, name: str, setup: Node | None, older: tuple[str, ...]) -> str:
    """Return a setting of the waveforms themselves, else one of the whole acquisition."""
    return attribute(wave, name) or next((t for tag in older if (t := text(setup, tag))), "")


def _channels_mv(
    wave: Node, setup: Node | None, rate_hz: float, raw: RawFile
) -> list[tuple[str, FloatArray]]:
    """Label and samples [n] in mV of every stored lead."""
    labels = _labels(wave, setup, raw)
    payload = _payload(wave, raw)
    if _compression(wave) == "XLI":
        counts = _from_xli(labels, payload, raw)
    else:
        signed = _setting(wave, "signalsigned", setup, ("signalsigned",)).lower() != "false"
        counts = _from_plain(labels, payload, "<i2" if signed else "<u2", raw)
    length = round(values.required(attribute(wave, "durationperchannel")) * rate_hz / 1000)
    microvolts = _setting(wave, "resolution", setup, ("signalresolution", "resolution"))
    per_count_mv = values.required(microvolts) / 1000
    offset = values.required(_setting(wave, "signaloffset", setup, ("signaloffset",)) or 0)
    if not 0 < length <= min(samples.size for samples in counts.values()):
        raise CorruptFileError(raw.path, "holds fewer samples than it announces", "Export again.")
    return [
        (name, (samples[:length].astype(np.float64) - offset) * per_count_mv)
        for name, samples in counts.items()
    ]


def _labels(wave: Node, setup: Node | None, raw: RawFile) -> list[str]:
    stated = attribute(wave, "leadlabels").split()
    if stated:
        return stated
    if "STD-12" in (text(setup, "leadset"), text(setup, "acquisitiontype")):
        return list(LEADS)
    raise UnsupportedFileError(
        raw.path, "does not name its leads", "Export the ECG as Sierra XML 1.04."
    )


def _payload(wave: Node, raw: RawFile) -> bytes:
    encoding = attribute(wave, "dataencoding")
    bits = attribute(wave, "bitspersample") or attribute(wave, "nbitspersample") or "16"
    if encoding.lower() != "base64" or bits != "16":
        raise UnsupportedFileError(
            raw.path,
            "stores its samples in an encoding that is not read",
            "Export as Base64 with 16 bits per sample.",
        )
    return base64_bytes(text(wave))


def _compression(wave: Node) -> str:
    """1.04 names the method alone; 1.03 names it beside a flag."""
    if attribute(wave, "compressflag").lower() == "false":
        return ""
    name = attribute(wave, "compression") or attribute(wave, "compressmethod")
    return "" if name.lower() in ("none", "uncompressed") else name.upper()


def _from_xli(labels: list[str], payload: bytes, raw: RawFile) -> dict[str, NDArray[np.int64]]:
    stored = xli.decode(payload, len(labels))
    if len(stored) < len(labels):
        raise CorruptFileError(raw.path, "holds fewer leads than it names", "Export again.")
    names = [leads.canonical(label) or label for label in labels]
    found = {name: s.astype(np.int64) for name, s in zip(names, stored, strict=False)}
    if not set(LEADS[:6]) <= found.keys():
        return found
    if len({found[name].size for name in LEADS[:6]}) != 1:
        raise CorruptFileError(raw.path, "has leads of different length", "Export the ECG again.")
    return xli.restore_limb_leads(found)


def _from_plain(
    labels: list[str], payload: bytes, dtype: str, raw: RawFile
) -> dict[str, NDArray[np.int64]]:
    """Lead after lead, each whole."""
    counts = np.frombuffer(payload, dtype)
    if counts.size % len(labels):
        raise CorruptFileError(raw.path, "has leads of different length", "Export the ECG again.")
    return dict(zip(labels, counts.astype(np.int64).reshape(len(labels), -1), strict=True))


def _without_calibration(
    signal: FloatArray, rate_hz: float
) -> tuple[FloatArray, tuple[Notice, ...]]:
    """Drop the calibration tail: zeros, a pulse of 1 mV in all leads at once, zeros.

    The recording is cut to the whole seconds before the zeros, where the real signal ends.
    """
    pulse = np.all(np.abs(signal - _CALIBRATION_MV) < 0.05 * _CALIBRATION_MV, axis=0)
    silent = np.all(signal == 0, axis=0)
    active = np.flatnonzero(~pulse & ~silent)
    end = int(active[-1]) + 1 if active.size else 0
    if pulse[end:].sum() < _CALIBRATION_MIN_S * rate_hz or pulse[end]:
        return signal, ()
    keep = int(int(end / rate_hz) * rate_hz)
    if keep == 0:
        return signal, ()
    notice = Notice(
        "calibration_dropped",
        f"The device's calibration pulse at the end was dropped; {keep / rate_hz:g} s remain.",
    )
    return signal[:, :keep], (notice,)


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
    """Leads that the device calls inoperative for half of the recording or more."""
    off = []
    for steps in ("internalmeasurements", "measurements"):
        for lead in find_all(root, f"{steps}/leadmeasurements/leadmeasurement"):
            name = leads.canonical(attribute(lead, "leadname"))
            inops = find_all(lead, "leadqualitystates/inops/inop")
            lost_ms = sum(values.positive(attribute(i, "duration"), 1e9) or 0 for i in inops)
            if name and lost_ms >= 500 * seconds:
                off.append(name)
    if not off:
        return ()
    return (Notice("leads_off", f"The device reports electrodes off in leads {', '.join(off)}."),)


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
