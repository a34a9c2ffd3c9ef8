"""Mortara (Burdick, Welch Allyn) ELI Link XML (root ``ECG``).

No specification is public; the layout is that on which independent readers agree.

============================  ===================================================================
read                          how
============================  ===================================================================
rhythm                        ``CHANNEL`` elements; TYPICAL_CYCLE_CHANNEL is the median, never
                              read
sampling rate                 SAMPLE_FREQ, the same in all leads
amplitudes                    (raw + OFFSET) / UNITS_PER_MV, per lead; raw is base64 of
                              little-endian integers of BITS 8, 16 or 32, or numbers in plain text
                              if ENCODING does not say BASE64
length                        DURATION, samples or milliseconds, must be that of the data
patient                       age, height and weight in the unit that stands beside them
measurements                  VENT_RATE, and the attributes of TYPICAL_CYCLE
filter                        low-pass only; BASELINE_ROLL_FILTER and FILTER_BITMAP are codes of
                              unknown meaning
not read                      unsigned samples, other encodings, leads with different rates
============================  ===================================================================
"""

from __future__ import annotations

import re

import numpy as np

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import leads, values
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
from elvmass.record import FloatArray, Measurements, Patient, Record, Source

FORMAT = "Mortara ELI XML"
_DTYPES = {8: "i1", 16: "<i2", 32: "<i4"}
_SEPARATED = re.compile(r"[-+\d.]+[\s,][-+\d.\s,]+", re.ASCII)


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    root = parse(raw)
    channels = [c for c in find_all(root, "CHANNEL") if leads.canonical(attribute(c, "NAME"))]
    if not channels:
        raise LeadsError(
            raw.path, "holds no rhythm channel", "Export the ECG with its rhythm, not the median."
        )
    rate_hz = _rate_hz(channels, raw)
    found = leads.collect(
        [(attribute(c, "NAME"), _channel_mv(c, rate_hz, raw)) for c in channels], raw.path
    )
    signal, derived = leads.complete(found, raw.path)
    recorded_at = values.compact_moment(attribute(root, "ACQUISITION_TIME")) or values.iso_moment(
        attribute(root, "ACQUISITION_TIME_XML")
    )
    subject, source = find(root, "SUBJECT"), find(root, "SOURCE")
    age, notices = values.settle_age(
        values.age_years(attribute(root, "AGE"), attribute(root, "AGE_UNITS") or "Y"),
        values.day(attribute(subject, "DOB_XML") or attribute(subject, "DOB")),
        recorded_at,
    )
    return Record(
        signal_mv=signal,
        rate_hz=rate_hz,
        patient=_patient(root, subject, age),
        reported=_measurements(root, find(root, "TYPICAL_CYCLE")),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(source)),
        derived_leads=derived,
        device_filter=values.band_text(None, values.positive(attribute(source, "LOW_PASS_FILTER"))),
        notices=notices,
    )


def _rate_hz(channels: list[Node], raw: RawFile) -> float:
    rates = {values.sampling_rate_hz(attribute(c, "SAMPLE_FREQ")) for c in channels}
    if len(rates) > 1:
        raise UnsupportedFileError(
            raw.path, "holds leads with different sampling rates", "Export all with the same rate."
        )
    return rates.pop()


def _channel_mv(channel: Node, rate_hz: float, raw: RawFile) -> FloatArray:
    """[n] mV of one ``CHANNEL`` element."""
    counts = _counts(channel, raw)
    stated = values.number(attribute(channel, "DURATION"))
    if stated is not None and stated not in (counts.size, counts.size * 1000 / rate_hz):
        raise CorruptFileError(
            raw.path,
            f"announces {stated:g} samples in a lead, but holds {counts.size}",
            "Export the ECG again.",
        )
    per_mv = values.positive(attribute(channel, "UNITS_PER_MV"))
    if per_mv is None:
        raise CorruptFileError(raw.path, "does not say its amplitude scale", "Export it again.")
    offset = values.required(attribute(channel, "OFFSET") or 0)
    scaled: FloatArray = (counts + offset) / per_mv
    return scaled


def _counts(channel: Node, raw: RawFile) -> FloatArray:
    data = attribute(channel, "DATA") or text(channel)
    encoding = attribute(channel, "ENCODING").upper()
    bits = values.number(attribute(channel, "BITS") or 16)
    signed = attribute(channel, "FORMAT").upper() in ("", "SIGNED")
    # No base64 of samples looks like numbers with separators; nothing is guessed here.
    if encoding != "BASE64" and _SEPARATED.fullmatch(data):
        return listed_numbers(data)
    if encoding not in ("", "BASE64") or not signed or bits not in _DTYPES:
        raise UnsupportedFileError(
            raw.path,
            "stores samples in a form that is not read",
            "Export with 16 signed bits in base64.",
        )
    return np.frombuffer(base64_bytes(data), _DTYPES[int(bits)]).astype(np.float64)


def _patient(root: Node, subject: Node | None, age: float | None) -> Patient:
    return Patient(
        sex=values.sex(attribute(subject, "GENDER")),
        age_years=age,
        height_cm=values.height_in(attribute(root, "HEIGHT"), attribute(root, "HEIGHT_UNITS")),
        weight_kg=values.weight_in(attribute(root, "WEIGHT"), attribute(root, "WEIGHT_UNITS")),
        id=attribute(subject, "ID") or None,
        name=values.name(attribute(subject, "LAST_NAME"), attribute(subject, "FIRST_NAME")),
    )


def _measurements(root: Node, cycle: Node | None) -> Measurements:
    return Measurements(
        rate_bpm=values.rate_bpm(attribute(root, "VENT_RATE")),
        pr_ms=values.interval_ms(
            attribute(cycle, "PR_DURATION") or attribute(cycle, "PR_INTERVAL")
        ),
        qrs_ms=values.interval_ms(attribute(cycle, "QRS_DURATION")),
        qt_ms=values.interval_ms(attribute(cycle, "QT")),
        qtc_ms=values.interval_ms(attribute(cycle, "QTC")),
        p_axis_deg=values.axis_deg(attribute(cycle, "P_AXIS")),
        qrs_axis_deg=values.axis_deg(attribute(cycle, "QRS_AXIS")),
        t_axis_deg=values.axis_deg(attribute(cycle, "T_AXIS")),
    )


def _device(source: Node | None) -> str:
    parts = (attribute(source, "MANUFACTURER"), attribute(source, "MODEL"))
    return " ".join(part for part in parts if part)
