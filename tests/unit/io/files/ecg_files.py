"""Writers of small ECG files of every format, so that no test needs foreign files."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, TwelveLeadECGWaveformStorage

from elvmass.record import LEADS, Record

UV_PER_COUNT = 2.5
SHUFFLED = ("V6", "aVF", "I", "V1", "aVR", "III", "V3", "II", "V2", "aVL", "V5", "V4")
_SCP_NUMBER = dict(zip(LEADS, (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8), strict=True))


def counts_of(record: Record) -> dict[str, np.ndarray]:
    """Integer samples of each lead at 2.5 µV."""
    counts = np.rint(record.signal_mv * 1000 / UV_PER_COUNT).astype(np.int64)
    return dict(zip(LEADS, counts, strict=True))


def lzw_codes(data: bytes) -> list[int]:
    """Encode with the code book that an XLI decoder builds."""
    book = {bytes((k,)): k for k in range(256)}
    codes, piece = [], b""
    for value in data:
        longer = piece + bytes((value,))
        if longer in book:
            piece = longer
            continue
        codes.append(book[piece])
        if len(book) < 1023:
            book[longer] = len(book)
        piece = bytes((value,))
    return [*codes, book[piece]] if piece else codes


def xli_chunk(samples: np.ndarray) -> bytes:
    """Compress one lead of int16 counts as a Philips device would."""
    s = np.asarray(samples, np.int64)
    words = s.copy()
    bend = s[2:] - 2 * s[1:-1] + s[:-2]
    words[2:-1] = 64 - bend[1:]
    words[-1] = 64
    wrapped = words.astype(np.int16).astype(">i2").tobytes()
    planes = wrapped[::2] + wrapped[1::2]
    bits = "".join(f"{code:010b}" for code in [*lzw_codes(planes), 1023])
    bits += "0" * (-len(bits) % 8)
    body = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return struct.pack("<IHh", len(body), 1, int(np.int64(-bend[0]).astype(np.int16))) + body


def xli_payload(leads: dict[str, np.ndarray]) -> bytes:
    """Compress twelve leads; the limb leads become residuals."""
    i, ii, iii = leads["I"], leads["II"], leads["III"]
    stored = dict(leads)
    stored["III"] = ii - i - iii
    stored["aVR"] = -((i + ii) // 2) - leads["aVR"]
    stored["aVL"] = (i - iii) // 2 - leads["aVL"]
    stored["aVF"] = (ii + iii) // 2 - leads["aVF"]
    return b"".join(xli_chunk(stored[name]) for name in LEADS)


def sierra_text(record: Record, *, compressed: bool, tail: np.ndarray | None = None) -> str:
    """Sierra 1.04 with leads in standard order; ``tail`` is appended to every lead."""
    leads = counts_of(record)
    if tail is not None:
        leads = {name: np.concatenate([s, tail]) for name, s in leads.items()}
    n = leads["I"].size
    if compressed:
        payload, extra = xli_payload(leads), 'compression="XLI"'
    else:
        payload, extra = np.stack([leads[k] for k in LEADS]).astype("<i2").tobytes(), ""
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<restingecgdata xmlns="http://www3.medical.philips.com">
<documentinfo><documentversion>1.04</documentversion></documentinfo>
<dataacquisition date="2026-03-04" time="10:20:30"><machine>PageWriter</machine>
<signalcharacteristics><samplingrate>100</samplingrate></signalcharacteristics></dataacquisition>
<patient><generalpatientdata><patientid>T-1</patientid>
<name><lastname>Secretname</lastname><firstname>Case</firstname></name>
<age defaultage="50"><dateofbirth>1964-12-31</dateofbirth></age><sex>Male</sex>
<height><inch>70</inch></height><weight><lb>180</lb></weight></generalpatientdata></patient>
<interpretations><interpretation><globalmeasurements><heartrate>72</heartrate>
<qrsdur>92</qrsdur><print>Failed</print><qrsfrontaxis>-1</qrsfrontaxis>
</globalmeasurements></interpretation></interpretations>
<waveforms><parsedwaveforms dataencoding="Base64" {extra} leadlabels="{" ".join(LEADS)}"
durationperchannel="{n * 1000 / record.rate_hz:g}" samplespersecond="{record.rate_hz:g}"
resolution="{UV_PER_COUNT}" signaloffset="0" signalsigned="True" bitspersample="16"
hipass="0.05" lowpass="150">{base64.b64encode(payload).decode()}</parsedwaveforms></waveforms>
</restingecgdata>"""


def _sequence(code: str, digits: np.ndarray) -> str:
    return (
        f'<component><sequence><code code="{code}"/><value><origin value="0" unit="uV"/>'
        f'<scale value="{UV_PER_COUNT / 1000}" unit="mV"/>'
        f"<digits>{' '.join(map(str, digits))}</digits></value></sequence></component>"
    )


def aecg_text(record: Record, names: tuple[str, ...] = SHUFFLED) -> str:
    """aECG in millivolts and milliseconds, leads shuffled, a representative beat nested inside."""
    leads = counts_of(record)
    time = (
        '<component><sequence><code code="TIME_RELATIVE"/><value><head value="0" unit="ms"/>'
        f'<increment value="{1000 / record.rate_hz:g}" unit="ms"/></value></sequence></component>'
    )
    rhythm = "".join(_sequence(f"MDC_ECG_LEAD_{n.upper()}", leads[n]) for n in names)
    beat = "".join(_sequence(f"MDC_ECG_LEAD_{n}", 9999 + 0 * leads[n]) for n in LEADS)
    return f"""<?xml version="1.0"?><AnnotatedECG xmlns="urn:hl7-org:v3">
<effectiveTime><center value="20260304102030"/></effectiveTime>
<componentOf><timepointEvent><componentOf><subjectAssignment><subject><trialSubject>
<id extension="T-1"/><subjectDemographicPerson><name>Secretname</name>
<administrativeGenderCode code="M"/><birthTime value="19641231"/></subjectDemographicPerson>
</trialSubject></subject></subjectAssignment></componentOf></timepointEvent></componentOf>
<component><series><code code="RHYTHM"/>
<component><sequenceSet>{time}{rhythm}</sequenceSet></component>
<derivation><derivedSeries><code code="REPRESENTATIVE_BEAT"/>
<component><sequenceSet>{time}{beat}</sequenceSet></component>
<subjectOf><annotationSet><component><annotation><code code="MDC_ECG_TIME_PD_QRS"/>
<value value="92" unit="ms"/></annotation></component></annotationSet></subjectOf>
</derivedSeries></derivation></series></component></AnnotatedECG>"""


def coded(value: str, scheme: str, meaning: str) -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def _channel(name: str) -> Dataset:
    """Sensitivity and correction factor share the scale; the unit is millivolts."""
    channel = Dataset()
    channel.ChannelSourceSequence = coded(f"2:{_SCP_NUMBER[name]}", "MDC", "misleading Lead V9")
    channel.ChannelSensitivity = UV_PER_COUNT / 2
    channel.ChannelSensitivityUnitsSequence = coded("mV", "UCUM", "millivolt")
    channel.ChannelSensitivityCorrectionFactor = 0.002
    channel.ChannelBaseline = 0
    channel.WaveformBitsStored = 16
    return channel


def dicom_group(record: Record, names: tuple[str, ...], originality: str) -> Dataset:
    leads = counts_of(record)
    group = Dataset()
    group.WaveformOriginality = originality
    group.NumberOfWaveformChannels = len(names)
    group.NumberOfWaveformSamples = leads["I"].size
    group.SamplingFrequency = record.rate_hz
    group.ChannelDefinitionSequence = Sequence([_channel(name) for name in names])
    group.WaveformBitsAllocated = 16
    group.WaveformSampleInterpretation = "SS"
    group.WaveformPaddingValue = b"\0\0"
    group.WaveformData = np.stack([leads[n] for n in names], axis=1).astype("<i2").tobytes()
    return group


def dicom_dataset(path: Path, groups: list[Dataset]) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = TwelveLeadECGWaveformStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = TwelveLeadECGWaveformStorage, "1.2.3"
    dataset.Modality = "ECG"
    dataset.AcquisitionDateTime = "20260304102030"
    dataset.PatientName, dataset.PatientID = "Secretname^Case", "T-1"
    dataset.PatientSex, dataset.PatientAge = "M", "061Y"
    dataset.PatientSize, dataset.PatientWeight = "1.72", "78"
    dataset.WaveformSequence = Sequence(groups)
    note = Dataset()
    note.ConceptNameCodeSequence = coded("5.13.5-9", "SCPECG", "QRS Duration")
    note.NumericValue = "92"
    dataset.WaveformAnnotationSequence = Sequence([Dataset(), note])
    return dataset


def write_wfdb(folder: Path, record: Record) -> Path:
    """Lower-case names, one Frank lead, two signal files, 400 units per mV."""
    leads = counts_of(record)
    signals = np.stack([*(leads[n] for n in LEADS), leads["V2"] // 2]).astype("<i2")
    (folder / "rec.dat").write_bytes(signals[:12].T.tobytes())
    (folder / "rec.xyz").write_bytes(signals[12].tobytes())
    lines = [f"rec 13 {record.rate_hz:g} {signals.shape[1]} 10:20:30 04/03/2026"]
    for name, row in zip([*(n.lower() for n in LEADS), "vx"], signals, strict=True):
        total = (int(row.astype(np.int64).sum()) + 32768) % 65536 - 32768
        file = "rec.xyz" if name == "vx" else "rec.dat"
        lines.append(f"{file} 16 400(0)/mV 16 0 {row[0]} {total} 0 {name}")
    lines += ["# Age: 61", "# SEX: Male", "# height: 172"]
    (folder / "rec.hea").write_text("\n".join(lines) + "\n", encoding="ascii")
    return folder / "rec.hea"
