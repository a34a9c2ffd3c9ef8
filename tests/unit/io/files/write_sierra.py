"""A small writer of Philips Sierra XML 1.03 and 1.04, from its published schema."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
from unit.io.files.ecg_files import UV_PER_COUNT, counts_of, xli_payload

from elvmass.record import LEADS, Record

_TYPES = {8: "i1", 16: "<i2", 32: "<i4"}


def write(
    record: Record,
    path: Path,
    *,
    version: str = "1.04",
    compression: str = "XLI",
    encoding: str = "Base64",
    bits: int = 16,
    labels: tuple[str, ...] = LEADS,
    charset: str = "utf-16",
    patient: str = "<age><years>61</years></age><sex>Male</sex>",
    interpretation: str = "<globalmeasurements><heartrate>72</heartrate></globalmeasurements>",
) -> Path:
    """Write the record at 2.5 µV per unit (20 µV with 8 bits)."""
    step_uv = UV_PER_COUNT if bits > 8 else 8 * UV_PER_COUNT
    leads = {k: s if bits > 8 else np.rint(s / 8).astype(int) for k, s in counts_of(record).items()}
    n = leads["I"].size
    if compression == "XLI":
        payload = _encoded(xli_payload(leads), encoding)
    elif encoding == "Plain":
        payload = " ".join(str(value) for name in LEADS for value in leads[name])
    else:
        samples = np.stack([leads[name] for name in LEADS]).astype(_TYPES[bits])
        payload = _encoded(samples.tobytes(), encoding)
    duration = f'durationperchannel="{n * 1000 / record.rate_hz:g}"'
    when = record.recorded_at
    day = f'date="{when:%Y-%m-%d}" time="{when:%H:%M:%S}"' if when else ""
    if version == "1.03":
        flag = "True" if compression else "False"
        wave = f'compressflag="{flag}" compressmethod="{compression}" nbitspersample="{bits}"'
        setup = (
            f"<samplingrate>{record.rate_hz:g}</samplingrate>"
            f"<signalresolution>{step_uv}</signalresolution>"
            "<signalbandwidth>0.05-150</signalbandwidth><acquisitiontype>STD-12</acquisitiontype>"
        )
    else:
        wave = f'compression="{compression}"' if compression else ""
        wave += (
            f' leadlabels="{" ".join(labels)}" samplespersecond="{record.rate_hz:g}" '
            f'resolution="{step_uv}" bitspersample="{bits}" signalsigned="True" '
            f'hipass="0.05" lowpass="150"'
        )
        setup = "<acquisitiontype>10-WIRE</acquisitiontype>"
    text = f"""<?xml version="1.0" encoding="{charset}"?>
<restingecgdata xmlns="http://www3.medical.philips.com">
<documentinfo><documentversion>{version}</documentversion></documentinfo>
<dataacquisition {day}><machine detaildescription="Philips Medical Products:860306:A.07">
PageWriter TC</machine><signalcharacteristics>{setup}</signalcharacteristics></dataacquisition>
<patient><generalpatientdata><patientid>T-1</patientid>{patient}</generalpatientdata></patient>
<interpretations><interpretation>{interpretation}</interpretation></interpretations>
<waveforms><parsedwaveforms dataencoding="{encoding}" {duration} {wave}>{payload}</parsedwaveforms>
<repbeats dataencoding="Base64" resolution="1"><repbeat leadname="I">AAAA</repbeat></repbeats>
</waveforms></restingecgdata>"""
    path.write_bytes(text.encode(charset))
    return path


def _encoded(data: bytes, encoding: str) -> str:
    return data.hex() if encoding == "Hex" else base64.b64encode(data).decode()
