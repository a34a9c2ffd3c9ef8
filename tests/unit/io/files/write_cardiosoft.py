"""GE CardioSoft XML as the program exports it: median and loops around the strip, tabs in lists."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from unit.io.files.ecg_files import SHUFFLED, UV_PER_COUNT, counts_of

from elvmass.record import LEADS, Record


def _list(samples: Iterable[int]) -> str:
    words = [str(s) for s in samples]
    lines = [",".join(words[at : at + 500]) for at in range(0, len(words), 500)]
    return "\t\t" + ",\n\t\t".join(lines)


def _block(rate_hz: float, leads: dict[str, np.ndarray], unit: str) -> str:
    size = max(samples.size for samples in leads.values())
    waves = "".join(
        f'<WaveformData lead="{name}">{_list(samples)}</WaveformData>\n'
        for name, samples in leads.items()
    )
    return f"""<NumberOfLeads>{len(leads)}</NumberOfLeads>
<SampleRate units="Hz">{rate_hz:g}</SampleRate>
<ChannelSampleCountTotal>{size}</ChannelSampleCountTotal>
<Resolution units="{unit}">{UV_PER_COUNT}</Resolution>
{waves}"""


def _full_disclosure(rate_hz: float, leads: dict[str, np.ndarray], unit: str) -> str:
    """Blocks of one second, lead after lead, each line ending with a comma."""
    second = round(rate_hz)
    blocks = np.stack(list(leads.values())).reshape(len(leads), -1, second).swapaxes(0, 1)
    lines = "".join(",".join(map(str, row)) + ",\n" for block in blocks for row in block)
    return f"""<FullDisclosure><NumberOfChannels>{len(leads)}</NumberOfChannels>
<SampleRate units="Hz">{rate_hz:g}</SampleRate>
<Resolution units="{unit}">{UV_PER_COUNT}</Resolution>
<LeadOrder>{",".join(leads)}</LeadOrder>
<FullDisclosureData>
{lines}<SampleCountTotal>{blocks.size}</SampleCountTotal></FullDisclosureData></FullDisclosure>"""


def write(
    record: Record,
    path: Path,
    *,
    names: tuple[str, ...] = SHUFFLED,
    strip: bool = True,
    full: bool = False,
    unit: str = "uVperLsb",
    replace: tuple[tuple[str, str], ...] = (),
) -> Path:
    """Write one file; ``replace`` alters its text at the end."""
    counts = counts_of(record)
    leads = {name: counts[name] for name in names}
    beat = {name: np.full(60, 9999) for name in LEADS}
    text = f"""<?xml version="1.0" encoding="ISO-8859-1" ?>
<CardiologyXML><ObservationType>RestECG</ObservationType>
<ObservationDateTime><Hour>10</Hour><Minute>20</Minute><Second>30</Second>
<Day>4</Day><Month>3</Month><Year>2026</Year></ObservationDateTime>
<ClinicalInfo><DeviceInfo><Desc>CardioSoft</Desc><SoftwareVer>V6.73</SoftwareVer></DeviceInfo>
</ClinicalInfo>
<PatientInfo><PID>T-1</PID><Name><FamilyName>Secretname</FamilyName><GivenName>Case</GivenName>
</Name><Age units="YEARS">61</Age>
<BirthDateTime><Day>31</Day><Month>12</Month><Year>1964</Year></BirthDateTime>
<Gender>MALE</Gender><Height units="CENTIMETERS">172</Height><Weight units="KILOGRAMS">78.0</Weight>
</PatientInfo>
<FilterSetting><Filter50Hz>Yes</Filter50Hz><Filter60Hz>No</Filter60Hz>
<LowPass units="Hz">150</LowPass><HighPass units="Hz">0.05</HighPass></FilterSetting>
<RestingECGMeasurements><VentricularRate units="BPM">72</VentricularRate>
<PQInterval units="ms">168</PQInterval><QRSDuration units="ms">92</QRSDuration>
<QTInterval units="ms"></QTInterval><QTCInterval units="ms">440</QTCInterval>
<PAxis units="degrees"></PAxis><RAxis units="degrees">-1</RAxis><TAxis units="degrees">50</TAxis>
<MedianSamples>{_block(record.rate_hz, beat, unit)}</MedianSamples></RestingECGMeasurements>
<VectorLoops><Resolution units="uVperLsb">5</Resolution>
<Frontal Lead="X">7,7,7</Frontal></VectorLoops>
{f"<StripData>{_block(record.rate_hz, leads, unit)}</StripData>" if strip else ""}
{_full_disclosure(record.rate_hz, leads, unit) if full else ""}
</CardiologyXML>"""
    for old, new in replace:
        assert old in text, old
        text = text.replace(old, new)
    path.write_bytes(text.encode("latin-1"))
    return path
