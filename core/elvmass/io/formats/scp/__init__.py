"""SCP-ECG (EN 1064, ISO 11073-91064), protocol 1.0 to 3.0.

============================  ===================================================================
read                          how
============================  ===================================================================
sections                      0 to 7 by the directory of section 0; the mark "SCPECG" may be absent
samples                       raw 16 bits (no section 2), Huffman codes of the standard's table or
                              of the file's own; samples, first or second differences
compression                   reference beat subtraction, decimation outside the protected zones
                              ("bimodal"), alone and together
sampling rate                 1 s / interval in whole microseconds, literally: 1667 is 599.88 Hz
amplitudes                    integer x nanovolts of section 6 (of section 5: reference beat)
leads                         by number (1 to 8, 61 to 64); all others, also derived and EASI leads,
                              are left out
length                        section 3, counted from 1, or from 0 with the end after the last
                              sample; raw samples by their bytes, with a notice if these differ
checksum                      of the file and of each section read; a wrong one is a notice
patient                       age, else from the birth date; height in cm, inch, mm; weight in kg,
                              g, lb, oz; text in the stated character set
measurements                  block 0, that of the reference beat: intervals from its fiducials
not read                      leads recorded one after another, long-term rhythm (section 12 of
                              3.0), measurements of protocol 1.1 (its writers disagree)
============================  ===================================================================
"""

from __future__ import annotations

import binascii
import struct
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from elvmass.errors import CorruptFileError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.formats.scp import rhythm
from elvmass.io.formats.scp.rhythm import Section
from elvmass.io.rawfile import RawFile
from elvmass.record import Measurements, Notice, Patient, Record, Sex, Source

FORMAT = "SCP-ECG"
_MAX_BYTES = 32 << 20  # 255 leads of the longest kind make 16 MB

_HEADER = struct.Struct("<HHIBB6x")
_POINTER = np.dtype([("id", "<u2"), ("bytes", "<u4"), ("place", "<u4")])
_FILE_HEADER_BYTES = 6
_LAST_SECTION_READ = 7
_NO_CHECKSUM = (0, 0xFFFF)
_NO_FIDUCIAL = (29999, 0xFFFF)
_DISPUTED_PROTOCOL = 11  # 1.1: some of its writers begin section 7 with another byte
_RATE_SINCE_PROTOCOL = 13

# Tags of section 1.
_LAST_NAME, _FIRST_NAME, _ID, _AGE, _BIRTH, _HEIGHT, _WEIGHT, _SEX = 0, 1, 2, 4, 5, 6, 7, 8
_DEVICE, _DATE, _TIME, _HIGH_PASS, _LOW_PASS, _FILTERS, _END = 14, 25, 26, 27, 28, 29, 255

_SEXES = {1: Sex.MALE, 2: Sex.FEMALE}
_AGE_UNITS = {1: "y", 2: "mo", 3: "w", 4: "d", 5: "h"}
_HEIGHT_UNITS = {1: "cm", 2: "in", 3: "mm"}
_WEIGHT_UNITS = {1: "kg", 2: "g", 3: "lb", 4: "oz"}

# Character set by language code; what is not listed is ASCII or Latin-1.
_CODECS = {
    0x03: "iso8859-2", 0x0B: "iso8859-4", 0x13: "iso8859-5", 0x1B: "iso8859-6",
    0x23: "iso8859-7", 0x2B: "iso8859-8", 0x33: "iso8859-11", 0x3B: "iso8859-15",
    0x07: "utf-16-le", 0x0F: "shift_jis", 0x17: "euc_jp", 0x1F: "euc_jp", 0x27: "gb2312",
    0x2F: "euc_kr", 0x37: "utf-8",
}  # fmt: skip


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    sections, notices = _sections(raw)
    strip = rhythm.rhythm(sections, raw)
    signal, derived = leads.complete(strip.found, raw.path)
    tags = _tags(sections[1].body if 1 in sections else b"")
    recorded_at = values.moment(_date(tags[_DATE]), _time(tags[_TIME]))
    age, contradictions = values.settle_age(
        values.age_years(*_amount(tags[_AGE], _AGE_UNITS)),
        values.day(_date(tags[_BIRTH])),
        recorded_at,
    )
    return Record(
        signal_mv=signal,
        rate_hz=strip.rate_hz,
        patient=_patient(tags, age),
        reported=_measurements(sections.get(7)),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(tags)),
        derived_leads=derived,
        device_filter=_filter(tags),
        notices=(*contradictions, *notices, *strip.notices),
    )


def _sections(raw: RawFile) -> tuple[dict[int, Section], tuple[Notice, ...]]:
    """Find the sections that are read, and check their sums."""
    (total,) = struct.unpack_from("<I", raw.data, 2)
    if total > len(raw.data):
        raise CorruptFileError(
            raw.path, f"is cut off: {len(raw.data)} of {total} bytes are there", "Copy it again."
        )
    if total > _MAX_BYTES:
        raise UnsupportedFileError(
            raw.path, "is larger than a resting ECG can be", "Cut the recording to a resting ECG."
        )
    data = raw.data[:total]
    (_, _, size, _, _) = _HEADER.unpack_from(data, _FILE_HEADER_BYTES)
    number = max(size - _HEADER.size, 0) // _POINTER.itemsize
    rows = np.frombuffer(data, _POINTER, number, _FILE_HEADER_BYTES + _HEADER.size)
    rows = rows[(rows["id"] > 0) & (rows["id"] <= _LAST_SECTION_READ) & (rows["bytes"] > 0)]
    if len(set(rows["id"].tolist())) < rows.size:
        raise ValueError("a section is listed twice")
    places = {key: (place - 1, length) for key, length, place in rows.tolist()}
    wrong = [] if _sum_is_right(data) else ["file"]
    sections: dict[int, Section] = {}
    for key, (place, length) in sorted(places.items()):
        whole = data[place : place + length]
        _, stated, _, _, protocol = _HEADER.unpack_from(whole)
        if place < 0 or len(whole) < length or stated != key:
            raise ValueError("a section is not where section 0 says")
        if not _sum_is_right(whole):
            wrong.append(f"section {key}")
        if length > _HEADER.size:
            sections[key] = Section(whole[_HEADER.size :], protocol)
    return sections, _checksum_notices(wrong)


def _sum_is_right(whole: bytes) -> bool:
    """CRC-CCITT of all that follows it; some writers exchange its bytes, some write none."""
    stated = int.from_bytes(whole[:2], "little")
    actual = binascii.crc_hqx(whole[2:], 0xFFFF)
    return stated in _NO_CHECKSUM or actual in (stated, int.from_bytes(whole[:2], "big"))


def _checksum_notices(wrong: list[str]) -> tuple[Notice, ...]:
    if not wrong:
        return ()
    return (
        Notice(
            "checksum_mismatch",
            f"The checksum does not match ({', '.join(wrong)}): the file was altered or damaged. "
            f"Compare the tracing with the original.",
        ),
    )


def _tags(body: bytes) -> Mapping[int, bytes]:
    """Values of section 1 by tag, empty where there is none; the first one wins."""
    tags: defaultdict[int, bytes] = defaultdict(bytes)
    at = 0
    while at + 3 <= len(body) and body[at] != _END:
        tag, length = struct.unpack_from("<BH", body, at)
        at += 3 + length
        if at > len(body):
            raise ValueError("a tag of section 1 is cut off")
        tags.setdefault(tag, body[at - length : at])
    return tags


def _number(value: bytes) -> int | None:
    """Unsigned number of the first two bytes."""
    return int.from_bytes(value[:2], "little") if len(value) > 1 else None


def _amount(value: bytes, units: Mapping[int, str]) -> tuple[int | None, str]:
    """Number and unit; without a known unit the number says nothing."""
    return _number(value), units.get(value[2], "?") if len(value) > 2 else "?"


def _date(value: bytes) -> str:
    return "{}-{}-{}".format(*struct.unpack_from("<HBB", value)) if len(value) > 3 else ""


def _time(value: bytes) -> str:
    return "{}:{}:{}".format(*value) if len(value) == 3 else ""


def _text(value: bytes, codec: str) -> str:
    text = value.decode(codec, errors="replace").split("\0")[0]
    return "".join(letter for letter in text if letter.isprintable()).strip()


def _codec(tags: Mapping[int, bytes]) -> str:
    device = tags[_DEVICE]
    return _CODECS.get(device[16] if len(device) > 16 else 0, "latin-1")


def _patient(tags: Mapping[int, bytes], age: float | None) -> Patient:
    codec = _codec(tags)
    return Patient(
        sex=_SEXES.get(int.from_bytes(tags[_SEX][:1], "little")),
        age_years=age,
        height_cm=values.height_in(*_amount(tags[_HEIGHT], _HEIGHT_UNITS)),
        weight_kg=values.weight_in(*_amount(tags[_WEIGHT], _WEIGHT_UNITS)),
        id=_text(tags[_ID], codec) or None,
        name=values.name(_text(tags[_LAST_NAME], codec), _text(tags[_FIRST_NAME], codec)),
    )


def _measurements(section: Section | None) -> Measurements:
    """Read section 7; block 0 is that of the reference beat, the others belong to single beats."""
    if section is None or section.protocol == _DISPUTED_PROTOCOL:
        return Measurements()
    body = section.body
    blocks, spikes, rr_ms, _ = struct.unpack_from("<BBHH", body)
    rate, qtc_ms = None, None
    if section.protocol >= _RATE_SINCE_PROTOCOL:
        rate, qtc_ms = _rate_and_qtc(body[6 + 16 * blocks + 10 * spikes :])
    rr_ms = values.positive(rr_ms, 6001.0)
    if rate is None and rr_ms:
        rate = values.rate_bpm(60000 / rr_ms)
    if not blocks:
        return Measurements(rate_bpm=rate, qtc_ms=qtc_ms)
    p_start, _, qrs_start, qrs_end, t_end, *axes = struct.unpack_from("<5H3h", body, 6)
    p_axis, qrs_axis, t_axis = map(values.axis_deg, axes)
    return Measurements(
        rate_bpm=rate,
        pr_ms=_between(p_start, qrs_start),
        qrs_ms=_between(qrs_start, qrs_end),
        qt_ms=_between(qrs_start, t_end),
        qtc_ms=qtc_ms,
        p_axis_deg=p_axis,
        qrs_axis_deg=qrs_axis,
        t_axis_deg=t_axis,
    )


def _rate_and_qtc(body: bytes) -> tuple[float | None, float | None]:
    """Read what follows the pacemaker spikes: a type for each beat, then these."""
    beats = _number(body)
    at = 2 + (beats or 0)
    if beats in (None, *_NO_FIDUCIAL) or len(body) < at + 6:
        return None, None
    rate, _, qtc_ms = struct.unpack_from("<3H", body, at)
    return values.rate_bpm(rate), values.interval_ms(qtc_ms)


def _between(start_ms: int, end_ms: int) -> float | None:
    """Interval between two fiducials; 0 is none, since the reference beat begins before P."""
    if start_ms == 0 or start_ms in _NO_FIDUCIAL or end_ms in _NO_FIDUCIAL:
        return None
    return values.interval_ms(end_ms - start_ms)


def _device(tags: Mapping[int, bytes]) -> str:
    """Manufacturer and model: fifth text and bytes 8 to 13 of the device tag."""
    device, codec = tags[_DEVICE], _codec(tags)
    texts = device[36:].split(b"\0")
    maker = _text(texts[4], codec) if len(texts) > 4 else ""
    return " ".join(part for part in (maker, _text(device[8:14], codec)) if part)


def _filter(tags: Mapping[int, bytes]) -> str:
    """High-pass in hundredths of a hertz, low-pass in hertz, notch as bits for 60 and 50 Hz."""
    bits = int.from_bytes(tags[_FILTERS][:1], "little")
    return values.band_text(
        (_number(tags[_HIGH_PASS]) or 0) / 100,
        _number(tags[_LOW_PASS]),
        60.0 if bits & 1 else 50.0 if bits & 2 else None,
    )
