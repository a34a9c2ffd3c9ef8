"""SCP-ECG from the standard's description: one reference beat per RR interval, peaks as given.

Samples are 2.5 µV, those of the reference beat 5 µV.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from unit.io.files.ecg_files import UV_PER_COUNT, counts_of

from elvmass.record import LEADS, Record

NUMBERS = dict(zip(LEADS, (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8), strict=True))
BEFORE_PEAK, AFTER_PEAK, PROTECTED = 60, 100, 20  # samples
FIDUCIALS = (40, 140, 200, 292, 580, 44, -61, 86)
ODD_BEAT = 2  # of another type than the reference beat

# Prefix, further bits, mode (0 changes to the table "value"), value. The first is for long zero
# runs, the second for everything.
OWN_TABLES = (
    (("0", 0, 1, 0), ("10", 0, 1, -1), ("110", 6, 1, 100), ("1110", 0, 0, 2)),
    (("0", 8, 1, 0), ("10", 16, 1, 0), ("11", 0, 0, 1)),
)


def checksum(data: bytes) -> int:
    """CRC-CCITT by its polynomial."""
    table = []
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = (value << 1) ^ (0x11021 if value & 0x8000 else 0)
        table.append(value)
    crc = 0xFFFF
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ table[crc >> 8 ^ byte]
    return crc


def _bits(value: int, count: int) -> str:
    return format(value & (1 << count) - 1, f"0{count}b")


def _default_code(value: int) -> str:
    size = abs(value)
    if value == 0:
        return "0"
    if size <= 8:
        return "1" * size + "0" + str(int(value < 0))
    return "1" * 9 + "0" + _bits(value, 8) if -128 <= value < 128 else "1" * 10 + _bits(value, 16)


def _own_code(value: int) -> str:
    if value in (0, -1):
        return "0" if value == 0 else "10"
    if 68 <= value < 132:
        return "110" + _bits(value - 100, 6)
    code = "0" + _bits(value, 8) if -128 <= value < 128 else "10" + _bits(value, 16)
    return "1110" + code + "11"


def own_section() -> bytes:
    """Section 2 with two tables."""
    body = struct.pack("<H", len(OWN_TABLES))
    for rows in OWN_TABLES:
        body += struct.pack("<H", len(rows))
        for prefix, more, mode, value in rows:
            size = len(prefix)
            body += struct.pack("<3BhI", size, size + more, mode, value, int(prefix[::-1], 2))
    return body


def _lead(samples: np.ndarray, order: int, table: str | None) -> bytes:
    """Differences of the given order, then codes; 16-bit arithmetic throughout."""
    stored = samples.copy()
    stored[order:] = np.diff(samples, order)
    stored = stored.astype(np.int16)
    if table is None:
        return stored.astype("<i2").tobytes()
    code = {"default": _default_code, "own": _own_code}[table]
    bits = "".join(map(code, stored.tolist()))
    bits += "0" * (-len(bits) % 16)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _samples_section(
    leads: Sequence[np.ndarray], nanovolts: float, interval_us: int, order: int, table: str | None
) -> bytes:
    coded = [_lead(samples, order, table) for samples in leads]
    head = struct.pack("<HHBB", round(nanovolts), interval_us, order, 0)
    return head + struct.pack(f"<{len(coded)}H", *map(len, coded)) + b"".join(coded)


def _decimated(samples: np.ndarray, zones: list[tuple[int, int]], factor: int) -> np.ndarray:
    """Means of ``factor`` samples between the zones; what is left over stays as it is."""
    stored: list[int] = []
    at = 0
    for first, last in [*zones, (samples.size + 1, samples.size)]:
        gap = samples[at : first - 1]
        whole = gap.size // factor * factor
        stored += np.rint(gap[:whole].reshape(-1, factor).mean(axis=1)).astype(int).tolist()
        stored += [*gap[whole:], *samples[first - 1 : last]]
        at = last
    return np.array(stored)


def tags_of(record: Record) -> dict[int, bytes]:
    """Section 1: tags 34 and above are left out."""
    who, at = record.patient, record.recorded_at
    assert at
    last, _, first = (who.name or "").partition(", ")
    device = bytes(8) + b"TEST1\0" + bytes([20, 0xA0, 1]) + bytes(18) + b"\x01"
    return {
        0: last.encode("latin-1") + b"\0",
        1: first.encode("latin-1") + b"\0",
        2: (who.id or "").encode() + b"\0",
        4: struct.pack("<HB", round(who.age_years or 0), 1),
        6: struct.pack("<HB", round(who.height_cm or 0), 1),
        7: struct.pack("<HB", round(who.weight_kg or 0), 1),
        8: {"male": b"\1", "female": b"\2", None: b"\0"}[who.sex and who.sex.value],
        14: device + b"\0serial\0system\0implementation\0Maker\0",
        25: struct.pack("<HBB", at.year, at.month, at.day),
        26: bytes([at.hour, at.minute, at.second]),
        27: struct.pack("<H", 5),
        28: struct.pack("<H", 150),
        29: b"\2",
    }


def global_measurements(*blocks: Sequence[int], spikes: int = 2) -> bytes:
    """Section 7: RR 833 ms, rate 72, QTc 431, Bazett."""
    body = struct.pack("<BBHH", len(blocks), spikes, 833, 29999)
    body += b"".join(struct.pack("<5H3h", *block) for block in blocks)
    return body + bytes(10 * spikes) + struct.pack("<H3B3HB", 3, 0, 0, 1, 72, 29999, 431, 1)


def _section(key: int, body: bytes, protocol: int) -> bytes:
    body += bytes(len(body) % 2)
    mark = b"SCPECG" if key == 0 else bytes(6)
    rest = struct.pack("<HIBB6s", key, len(body) + 16, protocol, protocol, mark) + body
    return struct.pack("<H", checksum(rest)) + rest


def assemble(sections: Mapping[int, bytes], protocol: int = 20, *, mark: bool = True) -> bytes:
    """Header, directory and sections, with all checksums."""
    whole = {key: _section(key, body, protocol) for key, body in sorted(sections.items())}
    size = 16 + 12 * 10
    directory, at = struct.pack("<HII", 0, size, 7), 7 + size
    for key in range(1, 12):
        section = whole.get(key, b"")
        directory += struct.pack("<HII", key, len(section), at if section else 0)
        at += len(section)
    first = _section(0, directory, protocol)
    if not mark:
        rest = first[2:10] + bytes(6) + first[16:]
        first = struct.pack("<H", checksum(rest)) + rest
    rest = struct.pack("<I", at - 1) + first + b"".join(whole.values())
    return struct.pack("<H", checksum(rest)) + rest


def parts(
    record: Record,
    *,
    order: int = 2,
    table: str | None = "default",
    subtract: bool = False,
    factor: int = 1,
    bpm: float = 72.0,
    names: Sequence[str] = LEADS,
    protocol: int = 20,
) -> dict[int, bytes]:
    """Bodies of the sections by number."""
    counts = counts_of(record)
    leads = [counts[name] for name in names]
    size, interval_us = leads[0].size, round(1e6 / record.rate_hz)
    peaks = np.rint((0.5 + 60 / bpm * np.arange(99)) * record.rate_hz).astype(int) + 1
    peaks = peaks[(peaks > BEFORE_PEAK) & (peaks + AFTER_PEAK <= size)]
    kinds = [int(k == ODD_BEAT) for k in range(peaks.size)]
    subtracted = [(p - BEFORE_PEAK, p, p + AFTER_PEAK) for p in peaks.tolist()]
    protected = [(p - PROTECTED, p + PROTECTED) for p in peaks.tolist()]
    if protocol < 13:
        protected = [(first, last) for first, _, last in subtracted]
    first, _, last = subtracted[0]
    references = [np.rint(lead[first - 1 : last] / 2).astype(int) for lead in leads]
    rhythm = []
    for lead, reference in zip(leads, references, strict=True):
        rest = lead.copy()
        for (begin, _, end), kind in zip(subtracted, kinds, strict=True):
            rest[begin - 1 : end] -= 2 * reference if subtract and kind == 0 else 0
        rhythm.append(_decimated(rest, protected, factor) if factor > 1 else rest)
    unit = UV_PER_COUNT * 1000
    located = struct.pack(
        "<3H", (last - first + 1) * interval_us // 1000, BEFORE_PEAK + 1, peaks.size
    )
    for kind, zone in zip(kinds, subtracted, strict=True):
        located += struct.pack("<H3I", kind, *zone)
    if protocol >= 13:
        located += b"".join(struct.pack("<2I", *zone) for zone in protected)
    ranges = b"".join(struct.pack("<IIB", 1, size, NUMBERS[name]) for name in names)
    sixth = bytearray(_samples_section(rhythm, unit, factor * interval_us, order, table))
    sixth[5] = int(factor > 1)
    bodies = {
        1: b"".join(struct.pack("<BH", t, len(v)) + v for t, v in tags_of(record).items())
        + b"\xff\0\0",
        2: struct.pack("<H", 19999) if table == "default" else own_section(),
        3: bytes([len(names), int(subtract) | 4 | len(names) << 3]) + ranges,
        4: located,
        5: _samples_section(references, 2 * unit, interval_us, order, table),
        6: bytes(sixth),
        7: global_measurements(FIDUCIALS),
    }
    if table is None:
        del bodies[2]
    return bodies


def write(
    record: Record, path: Path, *, protocol: int = 20, mark: bool = True, **variant: object
) -> Path:
    """Write one file; ``variant`` as for :func:`parts`."""
    bodies = parts(record, protocol=protocol, **variant)  # type: ignore[arg-type]
    path.write_bytes(assemble(bodies, protocol, mark=mark))
    return path
