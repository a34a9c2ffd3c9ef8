"""Write HL7 annotated ECG (aECG): one rhythm series, whole numbers with origin 0.

The step of each lead is that of :mod:`elvmass.io.write.quantise`: the largest rounding error is
0.25 µV within 16 mV and never above 2.5 µV. Age, height and weight are observations with LOINC
codes; the device's measurements one annotation set. What the schema demands and the record does
not know is marked ``nullFlavor="UNK"``; the format has no mark for computed leads. The text is
built directly: a tree would cost ten times more.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path

from elvmass.io import values
from elvmass.io.write.quantise import quantise
from elvmass.io.write.store import Encoded
from elvmass.io.write.text import figure, xml
from elvmass.record import LEADS, Measurements, Patient, Record, Sex

_MDC = 'codeSystem="2.16.840.1.113883.6.24" codeSystemName="MDC"'
_ACT = 'codeSystem="2.16.840.1.113883.5.4" codeSystemName="ActCode"'
_LOINC = 'codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"'
_UNKNOWN = 'nullFlavor="UNK"'
_SEXES = {
    Sex.FEMALE: 'code="F" codeSystem="2.16.840.1.113883.5.1"',
    Sex.MALE: 'code="M" codeSystem="2.16.840.1.113883.5.1"',
    None: _UNKNOWN,
}
_ANNOTATIONS = (
    ("MDC_ECG_HEART_RATE", "rate_bpm", "bpm"), ("MDC_ECG_TIME_PD_PR", "pr_ms", "ms"),
    ("MDC_ECG_TIME_PD_QRS", "qrs_ms", "ms"), ("MDC_ECG_TIME_PD_QT", "qt_ms", "ms"),
    ("MDC_ECG_TIME_PD_QTC", "qtc_ms", "ms"), ("MDC_ECG_ANGLE_P_FRONT", "p_axis_deg", "deg"),
    ("MDC_ECG_ANGLE_QRS_FRONT", "qrs_axis_deg", "deg"),
    ("MDC_ECG_ANGLE_T_FRONT", "t_axis_deg", "deg"),
)  # fmt: skip


def encode(record: Record, path: Path) -> Encoded:
    """Return the file."""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' type="Observation">\n'
        f'<id root="{uuid.uuid4()}"/>\n'
        '<code code="93000" codeSystem="2.16.840.1.113883.6.12" codeSystemName="CPT-4"/>\n'
        f"{_interval(record)}\n{_subject(record.patient)}{_body(record.patient)}"
        f"<component>\n{_series(record, path)}</component>\n</AnnotatedECG>\n"
    )
    return Encoded({path: text.encode()})


def _interval(record: Record) -> str:
    """First instant, and the instant after the last sample."""
    start = record.recorded_at
    if start is None:
        return f"<effectiveTime {_UNKNOWN}/>"
    end = start + timedelta(seconds=record.duration_s)
    return (
        f'<effectiveTime><low value="{_instant(start)}" inclusive="true"/>'
        f'<high value="{_instant(end)}" inclusive="false"/></effectiveTime>'
    )


def _instant(at: datetime) -> str:
    return f"{at.year:04d}{at:%m%d%H%M%S}.{at.microsecond // 1000:03d}"


def _subject(patient: Patient) -> str:
    """The subject inside the trial that the schema always asks for."""
    known = f'root="{uuid.uuid4()}" extension="{xml(patient.id)}"' if patient.id else _UNKNOWN
    name = f"<name>{xml(patient.name)}</name>\n" if patient.name else ""
    return (
        f"<componentOf><timepointEvent><componentOf><subjectAssignment>\n"
        f"<subject><trialSubject><id {known}/><subjectDemographicPerson>\n"
        f"{name}<administrativeGenderCode {_SEXES[patient.sex]}/>\n"
        f"</subjectDemographicPerson></trialSubject></subject>\n"
        f"<componentOf><clinicalTrial><id {_UNKNOWN}/></clinicalTrial></componentOf>\n"
        f"</subjectAssignment></componentOf></timepointEvent></componentOf>\n"
    )


def _body(patient: Patient) -> str:
    observations = (
        ("21612-7", "Reported Age", patient.age_years, "a"),
        ("8302-2", "Body height", patient.height_cm, "cm"),
        ("29463-7", "Body weight", patient.weight_kg, "kg"),
    )
    return "".join(
        f'<controlVariable><relatedObservation><code code="{code}" {_LOINC} displayName="{name}"/>'
        f"{_quantity(value, unit)}</relatedObservation></controlVariable>\n"
        for code, name, value, unit in observations
        if value is not None
    )


def _quantity(value: float, unit: str) -> str:
    return f'<value xsi:type="PQ" value="{figure(value)}" unit="{unit}"/>'


def _series(record: Record, path: Path) -> str:
    device = record.source.device
    author = (
        "<author><seriesAuthor><manufacturedSeriesDevice>"
        f"<id {_UNKNOWN}/><manufacturerModelName>{xml(device)}</manufacturerModelName>"
        "</manufacturedSeriesDevice></seriesAuthor></author>\n"
    )
    return (
        f'<series>\n<id root="{uuid.uuid4()}"/>\n<code code="RHYTHM" {_ACT}/>\n'
        f"{_interval(record)}\n{author if device else ''}{_filters(record.device_filter)}"
        f"<component><sequenceSet>\n{_time(record)}{_leads(record, path)}"
        f"</sequenceSet></component>\n{_measurements(record.reported)}</series>\n"
    )


def _filters(words: str) -> str:
    low, high, notch = values.band_of(words)
    return "".join(
        f'<controlVariable><controlVariable><code code="MDC_ECG_CTL_VBL_ATTR_FILTER_{kind}" '
        f"{_MDC}/><component><controlVariable>"
        f'<code code="MDC_ECG_CTL_VBL_ATTR_FILTER_{corner}_FREQ" {_MDC}/>'
        f"{_quantity(hertz, 'Hz')}</controlVariable></component>"
        f"</controlVariable></controlVariable>\n"
        for kind, corner, hertz in (
            ("LOW_PASS", "CUTOFF", high),
            ("HIGH_PASS", "CUTOFF", low),
            ("NOTCH", "NOTCH", notch),
        )
        if hertz
    )


def _time(record: Record) -> str:
    at = record.recorded_at
    if at is None:
        kind, code, head = "GLIST_PQ", "TIME_RELATIVE", 'value="0" unit="s"'
    else:
        kind, code, head = "GLIST_TS", "TIME_ABSOLUTE", f'value="{_instant(at)}"'
    step = figure(1 / record.rate_hz)
    return (
        f'<component><sequence><code code="{code}" {_ACT}/><value xsi:type="{kind}">'
        f'<head {head}/><increment value="{step}" unit="s"/></value></sequence></component>\n'
    )


def _leads(record: Record, path: Path) -> str:
    counts = quantise(record, path)
    return "".join(
        f'<component><sequence><code code="MDC_ECG_LEAD_{lead}" {_MDC}/>'
        f'<value xsi:type="SLIST_PQ"><origin value="0" unit="uV"/>'
        f'<scale value="{figure(step)}" unit="uV"/>'
        f"<digits>{' '.join(map(str, row.tolist()))}</digits></value></sequence></component>\n"
        for lead, row, step in zip(LEADS, counts.samples, counts.step_uv.tolist(), strict=True)
    )


def _measurements(reported: Measurements) -> str:
    notes = "".join(
        f'<component><annotation><code code="{code}" {_MDC}/>'
        f"{_quantity(value, unit)}</annotation></component>\n"
        for code, name, unit in _ANNOTATIONS
        if (value := getattr(reported, name)) is not None
    )
    return f"<subjectOf><annotationSet>\n{notes}</annotationSet></subjectOf>\n" if notes else ""
