"""HL7 aECG with what vendors do differently: prefixes, units, time lists, per-lead annotations."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from unit.io.files.ecg_files import SHUFFLED, UV_PER_COUNT, counts_of

from elvmass.record import LEADS, Record

HEAD = "20260304102030.000"


def sequence(code: str, counts: Iterable[int], unit: str = "uV") -> str:
    scale = UV_PER_COUNT if unit == "uV" else UV_PER_COUNT / 1000
    stated = f' unit="{unit}"' if unit else ""
    return (
        f'<component><sequence><code code="{code}" codeSystem="2.16.840.1.113883.6.24"/>'
        f'<value xsi:type="SLIST_PQ"><origin value="0"{stated}/><scale value="{scale}"{stated}/>'
        f"<digits> {' '.join(map(str, counts))}\n</digits></value></sequence></component>\n"
    )


def time(rate_hz: float, kind: str = "GLIST_TS", head: str = HEAD) -> str:
    code = "TIME_ABSOLUTE" if kind == "GLIST_TS" else "TIME_RELATIVE"
    unit = "" if kind == "GLIST_TS" else ' unit="s"'
    head = head if kind == "GLIST_TS" else "0.000"
    return (
        f'<component><sequence><code code="{code}"/><value xsi:type="{kind}"><head value="{head}"'
        f'{unit}/><increment value="{1 / rate_hz}" unit="s"/></value></sequence></component>\n'
    )


def sequence_set(*sequences: str) -> str:
    return f"<component><sequenceSet>{''.join(sequences)}</sequenceSet></component>\n"


def note(code: str, value: str, inner: str = "") -> str:
    whole = f'<annotation><code code="{code}"/><value {value}/>{inner}</annotation>'
    return f"<component>{whole}</component>"


def write(
    record: Record,
    path: Path,
    *,
    names: tuple[str, ...] = SHUFFLED,
    unit: str = "uV",
    kind: str = "GLIST_TS",
    prefix: str = "",
    sets: str = "",
    replace: tuple[tuple[str, str], ...] = (),
) -> Path:
    """Write one file; ``sets`` stand instead of the rhythm; ``replace`` alters the text."""
    counts = counts_of(record)
    rhythm = sets or sequence_set(
        time(record.rate_hz, kind),
        *(sequence(f"MDC_ECG_LEAD_{n.upper()}", counts[n], unit) for n in names),
    )
    beat = sequence_set(
        time(record.rate_hz, "GLIST_PQ"),
        *(sequence(f"MDC_ECG_LEAD_{n.upper()}", np.full(300, 9999)) for n in LEADS),
    )
    of_one_lead = note("MDC_ECG_TIME_PD_QRS", 'value="44" unit="ms"')
    notes = (
        note("MDC_ECG_LEAD_I", 'nullFlavor="NA"', of_one_lead)
        + note("MDC_ECG_TIME_PD_QRS", 'value="0.092" unit="s"')
        + note("MDC_ECG_TIME_PD_QTc", 'value="430" unit="ms"')
        + note("MDC_ECG_TIME_PD_RR", 'value="800" unit="ms"')
        + note("MDC_ECG_ANGLE_QRS_FRONT", 'value="-1" unit="deg"')
    )
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<effectiveTime><low value="{HEAD}-0500"/></effectiveTime>
<componentOf><timepointEvent><componentOf><subjectAssignment><subject><trialSubject>
<id extension="T-1"/><subjectDemographicPerson><name><family>Secretname</family><given>Case</given>
</name><administrativeGenderCode code="F"/><birthTime value="19641231"/>
</subjectDemographicPerson></trialSubject></subject></subjectAssignment></componentOf>
</timepointEvent></componentOf>
<controlVariable><relatedObservation><code code="8302-2"/><value value="64" unit="[in_i]"/>
</relatedObservation></controlVariable>
<controlVariable><relatedObservation><code code="21612-7"/><value value="732" unit="mo"/>
</relatedObservation></controlVariable>
<component><series><code code="RHYTHM"/>
<author><seriesAuthor><manufacturedSeriesDevice><manufacturerModelName>Cart</manufacturerModelName>
</manufacturedSeriesDevice></seriesAuthor></author>
{rhythm}
<subjectOf><annotationSet>{notes}</annotationSet></subjectOf></series></component>
<component><series><code code="REPRESENTATIVE_BEAT"/>{beat}</series></component>
</AnnotatedECG>"""
    for old, new in replace:
        assert old in text
        text = text.replace(old, new)
    if prefix:
        text = text.replace("xmlns=", f"xmlns:{prefix}=").replace("</", f"</{prefix}:")
        text = text.replace("<", f"<{prefix}:").replace(f"<{prefix}:/", "</")
        text = text.replace(f"<{prefix}:?", "<?").replace(f"<{prefix}:!", "<!")
    path.write_text(text, encoding="utf-8")
    return path
