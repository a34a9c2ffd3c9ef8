"""GE MUSE XML as the system exports it: median first, DOCTYPE, base64 in lines of 76."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import numpy as np
from unit.io.files.ecg_files import UV_PER_COUNT, counts_of

from elvmass.record import Record

EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
_DTYPES = {1: "i1", 2: "<i2", 4: "<i4"}


def lead(name: str, counts: np.ndarray, *, size: int = 2, baseline: int = 0, text: str = "") -> str:
    """One ``LeadData``; ``text`` separates numbers that stand there instead of base64."""
    stored = (counts + baseline).astype(_DTYPES[size])
    data = stored.tobytes()
    encoded = base64.encodebytes(data).decode() if not text else text.join(map(str, stored))
    return f"""<LeadData><LeadByteCountTotal>{len(data)}</LeadByteCountTotal>
<LeadTimeOffset>0</LeadTimeOffset><LeadSampleCountTotal>{counts.size}</LeadSampleCountTotal>
<LeadAmplitudeUnitsPerBit>{UV_PER_COUNT}</LeadAmplitudeUnitsPerBit>
<LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits><LeadID>{name}</LeadID>
<LeadOffsetFirstSample>0</LeadOffsetFirstSample><FirstSampleBaseline>{baseline}</FirstSampleBaseline>
<LeadSampleSize>{size}</LeadSampleSize><LeadOff>FALSE</LeadOff>
<LeadDataCRC32>{zlib.crc32(data)}</LeadDataCRC32>
<WaveFormData>   {encoded}</WaveFormData></LeadData>
"""


def waveform(kind: str, leads: str, rate_hz: float) -> str:
    return f"""<Waveform><WaveformType>{kind}</WaveformType><WaveformStartTime>0</WaveformStartTime>
<SampleType>CONTINUOUS_SAMPLES</SampleType><SampleBase>{rate_hz * 10:.0f}</SampleBase>
<SampleExponent>-1</SampleExponent><HighPassFilter>5</HighPassFilter>
<LowPassFilter>150</LowPassFilter><ACFilter>NONE</ACFilter>
{leads}</Waveform>"""


def write(
    record: Record,
    path: Path,
    *,
    names: tuple[str, ...] = EIGHT,
    size: int = 2,
    baseline: int = 0,
    text: str = "",
    encoding: str = "ISO-8859-1",
    replace: tuple[tuple[str, str], ...] = (),
) -> Path:
    """Write one file; leads that are no standard ones repeat V1; ``replace`` alters its text."""
    counts = counts_of(record)
    median = "".join(lead(name, np.full(300, 9999)) for name in EIGHT)
    rhythm = "".join(
        lead(name, counts.get(name, counts["V1"]), size=size, baseline=baseline, text=text)
        for name in names
    )
    whole = f"""<?xml version="1.0" encoding="{encoding}"?>
<!DOCTYPE RestingECG SYSTEM "restecg.dtd">
<RestingECG><MuseInfo><MuseVersion>9.0.10.18530</MuseVersion></MuseInfo>
<PatientDemographics><PatientID>T-1</PatientID><PatientAge>61</PatientAge>
<AgeUnits>YEARS</AgeUnits><DateofBirth>12-31-1964</DateofBirth><Gender>MALE</Gender>
<HeightCM>172</HeightCM><WeightLBS>172</WeightLBS>
<PatientLastName>Sécretname</PatientLastName></PatientDemographics>
<TestDemographics><AcquisitionDevice>MAC55</AcquisitionDevice>
<AcquisitionTime>10:20:30</AcquisitionTime><AcquisitionDate>03-04-2026</AcquisitionDate>
</TestDemographics>
<RestingECGMeasurements><QRSDuration>92</QRSDuration></RestingECGMeasurements>
<OriginalRestingECGMeasurements><QRSDuration>96</QRSDuration></OriginalRestingECGMeasurements>
<Diagnosis><DiagnosisStatement><StmtText>Sinus rhythm</StmtText></DiagnosisStatement></Diagnosis>
<MeasurementMatrix>AAAA</MeasurementMatrix>
{waveform("Median", median, record.rate_hz)}
{waveform("Rhythm", rhythm, record.rate_hz)}
</RestingECG>"""
    for old, new in replace:
        assert old in whole
        whole = whole.replace(old, new)
    path.write_bytes(whole.encode(encoding))
    return path
