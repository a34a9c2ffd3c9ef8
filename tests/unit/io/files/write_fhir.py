"""FHIR Observation with SampledData, R4 or R5, alone or in a Bundle, as JSON or XML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from unit.io.files.ecg_files import SHUFFLED, UV_PER_COUNT, counts_of

from elvmass.record import LEADS, Record

Json = dict[str, Any]

MDC = {
    "I": 131329, "II": 131330, "III": 131389, "aVR": 131390, "aVL": 131391, "aVF": 131392,
    "V1": 131331, "V2": 131332, "V3": 131333, "V4": 131334, "V5": 131335, "V6": 131336,
}  # fmt: skip
LOINC = dict(
    zip(
        ("aVF", "aVL", "aVR", "I", "II", "III", "V1", "V2", "V3", "V4", "V5", "V6"),
        ("LP7383-5", "LP7384-3", "LP7385-0", "LP7386-8", "LP7387-6", "LP7388-4", "LP7389-2",
         "LP7390-0", "LP7391-8", "LP7392-6", "LP7393-4", "LP7394-2"),
        strict=True,
    )
)  # fmt: skip


def codeable(name: str, style: str) -> Json:
    """The lead as a concept: by MDC number or name, LOINC, or words alone."""
    upper = name.upper()
    if style == "mdc":
        display = f"MDC_ECG_ELEC_POTL_{upper}"
        system = "urn:oid:2.16.840.1.113883.6.24"
        return {"coding": [{"system": system, "code": str(MDC[name]), "display": display}]}
    if style == "mdc_name":
        return {"coding": [{"code": f"MDC_ECG_LEAD_{upper}"}]}
    if style == "loinc":
        return {"coding": [{"system": "http://loinc.org", "code": LOINC[name]}]}
    return {"text": f"Lead {name}"}


def sampled(samples: np.ndarray, rate_hz: float, release: str, unit: str | None) -> Json:
    """SampledData of integer counts; without a unit, the numbers are millivolts."""
    factor = UV_PER_COUNT if unit == "uV" else UV_PER_COUNT / 1000
    origin: Json = {"value": 0}
    if unit:
        origin |= {"unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    if release == "R4":
        step: Json = {"period": 1000 / rate_hz}
    else:
        step = {"interval": 1 / rate_hz, "intervalUnit": "s"}
    data = " ".join(map(str, samples))
    return {"origin": origin, **step, "factor": factor, "dimensions": 1, "data": data}


def quantity(code: str, value: float, unit: str, at: str) -> Json:
    return {
        "resourceType": "Observation", "status": "final", "effectiveDateTime": at,
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/p1"},
        "valueQuantity": {"value": value, "unit": unit, "code": unit},
    }  # fmt: skip


def observation(
    record: Record,
    *,
    names: tuple[str, ...] = SHUFFLED,
    release: str = "R4",
    style: str = "mdc",
    unit: str | None = "uV",
) -> Json:
    counts = counts_of(record)
    return {
        "resourceType": "Observation",
        "id": "ecg",
        "status": "final",
        "code": {"coding": [{"code": "131328", "display": "MDC_ECG_ELEC_POTL"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-04T10:20:30.5+01:00",
        "device": {"reference": "Device/d1"},
        "component": [
            {
                "code": codeable(name, style),
                "valueSampledData": sampled(counts[name], record.rate_hz, release, unit),
            }
            for name in names
        ],
    }


def bundle(ecg: list[Json], patient: Json | None = None) -> Json:
    """The ECG with its patient, device, size, and the device's measurements."""
    at = ecg[0]["effectiveDateTime"]
    person = {
        "resourceType": "Patient", "id": "p1", "gender": "male", "birthDate": "1964-12-31",
        "identifier": [{"value": "T-1"}], "name": [{"family": "Secretname", "given": ["Case"]}],
    }  # fmt: skip
    device = {
        "resourceType": "Device", "id": "d1", "manufacturer": "Maker",
        "deviceName": [{"name": "Cart", "type": "model-name"}], "modelNumber": "7",
    }  # fmt: skip
    others = [
        quantity("8302-2", 1.72, "m", "2026-03-01"), quantity("29463-7", 78, "kg", "2026-03-01"),
        quantity("8633-0", 0.092, "s", at), quantity("8867-4", 50, "/min", "2025-01-01"),
    ]  # fmt: skip
    resources = [patient or person, device, *ecg, *others]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each} for each in resources],
    }


def as_xml(resource: Json) -> str:
    """The same resource in XML: values in attributes, lists as repeated elements."""

    def element(name: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(element(name, each) for each in value)
        if isinstance(value, dict):
            inner = "".join(element(k, v) for k, v in value.items() if k != "resourceType")
            if kind := value.get("resourceType"):
                inner = f"<{kind}>{inner}</{kind}>"
            return f"<{name}>{inner}</{name}>"
        return f'<{name} value="{value}"/>'

    kind = resource["resourceType"]
    inner = "".join(element(k, v) for k, v in resource.items() if k != "resourceType")
    return f'<?xml version="1.0"?><{kind} xmlns="http://hl7.org/fhir">{inner}</{kind}>'


def write(
    record: Record,
    path: Path,
    *,
    names: tuple[str, ...] = LEADS,
    release: str = "R4",
    style: str = "mdc",
    unit: str | None = "uV",
    xml: bool = False,
) -> Path:
    """Write a Bundle around one Observation."""
    ecg = observation(record, names=names, release=release, style=style, unit=unit)
    resource = bundle([ecg])
    text = as_xml(resource) if xml else json.dumps(resource, indent=1)
    path.write_text(text, encoding="utf-8")
    return path
