"""Schiller SEMA EDI XML: averages before the rhythms, names in capitals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from unit.io.files.ecg_files import SHUFFLED, UV_PER_COUNT, counts_of

from elvmass.record import LEADS, Record

ROOT = "com.xiriuz.sema.xml.schillerEDI.SchillerEDI"


def _wavedata(kind: str, leads: dict[str, np.ndarray], rate: tuple[str, int], unit: str) -> str:
    channels = "".join(
        f"<channel><name>{name.upper()}</name><samplecount>{samples.size}</samplecount>"
        f"<datastype>COMMASEPARATE</datastype><data>{','.join(map(str, samples))},</data>"
        f"<annotation_lead><name>R_AMPL</name><value>-</value></annotation_lead></channel>\n"
        for name, samples in leads.items()
    )
    scale = {"UV": UV_PER_COUNT, "MV": UV_PER_COUNT / 1000}.get(unit, UV_PER_COUNT)
    return f"""<wavedata><type>{kind}</type><resolution>
<samplerate><value>{rate[0]}</value><units>HZ</units><exponent>{rate[1]}</exponent></samplerate>
<yres><unitperbit>{scale}</unitperbit><units>{unit}</units></yres></resolution>
<channelconfiguration>STANDARD</channelconfiguration>
{channels}</wavedata>"""


def write(
    record: Record,
    path: Path,
    *,
    names: tuple[str, ...] = SHUFFLED,
    root: str = ROOT,
    rate: tuple[str, int] | None = None,
    unit: str = "UV",
    replace: tuple[tuple[str, str], ...] = (),
) -> Path:
    """Write one file; ``rate`` is value and exponent, ``replace`` alters the text at the end."""
    counts = counts_of(record)
    rate = rate or (f"{record.rate_hz:g}", 1)
    notes = {"HR": 72, "RR": 833, "P": 111, "PQ": 168, "QRS": 92, "QT": "-", "QTC": 440}
    notes |= {"AXIS_P": 60, "AXIS_QRS": -35, "AXIS_T": "-"}
    measured = "".join(
        f"<annotation_global><name>{k}</name><value>{v}</value></annotation_global>"
        for k, v in notes.items()
    )
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<{root}>
<patdata><id>T-1</id><lastname>Secretname</lastname><firstname>Case</firstname>
<birthdate>19641231</birthdate><gender>MALE</gender>
<weight><value>78</value><unit>kg</unit></weight><height><value>172</value><unit>cm</unit></height>
</patdata>
<examdescript><startdatetime><date>20260304</date><time>102030</time></startdatetime>
<aquiringdevice><hardware><vendor>SCHILLER</vendor><model>AT-102</model></hardware></aquiringdevice>
</examdescript>
<eventdata><event>
{_wavedata("ECG_AVERAGES", {name: np.full(60, 9999) for name in LEADS}, rate, unit)}
{_wavedata("ECG_RHYTHMS", {name: counts[name] for name in names}, rate, unit)}
{measured}</event></eventdata>
</{root}>
"""
    for old, new in replace:
        assert old in text, old
        text = text.replace(old, new)
    path.write_bytes(text.encode())
    return path
