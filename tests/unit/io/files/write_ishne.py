"""A small writer of ISHNE 1.0, from the tables of Badilini (1998)."""

from __future__ import annotations

import struct
from datetime import date
from pathlib import Path

import numpy as np

from elvmass.record import LEADS, Record, Sex

CODES = {name: 5 + row for row, name in enumerate(LEADS)}


def counts(record: Record, resolution_nv: int = 2500) -> np.ndarray:
    """[12, n] as stored."""
    return np.rint(record.signal_mv * 1e6 / resolution_nv).astype(np.int64)


def crc(data: bytes) -> int:
    """CRC-CCITT, bit by bit: x^16 + x^12 + x^5 + 1, begun with ones."""
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def _padded(values: list[int]) -> tuple[int, ...]:
    return (*values, *[-9] * (12 - len(values)))


def _dmy(day: date) -> tuple[int, int, int]:
    return day.day, day.month, day.year


def write(
    record: Record,
    path: Path,
    *,
    names: tuple[str, ...] = LEADS,
    codes: tuple[int, ...] | None = None,
    resolution_nv: int = 2500,
    variable: bytes = b"Holter of the ward",
    quality: int = 1,
    faults: slice = slice(0),
    changes: tuple[tuple[int, bytes], ...] = (),
    checksum: bytes | None = None,
    data_end: int | None = None,
) -> Path:
    """Write one file.

    ``codes`` states other leads than ``names``; ``faults`` marks samples of all leads as missing;
    ``changes`` overwrites the header (place from the file's begin, bytes) before the checksum is
    taken; ``data_end`` cuts the samples.
    """
    person, at = record.patient, record.recorded_at
    stored = counts(record, resolution_nv)[[LEADS.index(name) for name in names]]
    stored[:, faults] = -32768
    last, _, first = (person.name or "").partition(", ")
    born = date(1964, 12, 31)
    header = bytearray(
        struct.pack("<iiiih", len(variable), stored.shape[1], 522, 522 + len(variable), 1)
        + struct.pack("40s40s20s", first.encode(), last.encode(), (person.id or "").encode())
        + struct.pack("<hh", {Sex.MALE: 1, Sex.FEMALE: 2}.get(person.sex, 0), 0)
        + struct.pack("<9h", *_dmy(born), *_dmy(at), *_dmy(at))
        + struct.pack("<3h", at.hour, at.minute, at.second)
        + struct.pack("<h", len(names))
        + struct.pack("<12h", *_padded([*(codes or [CODES[name] for name in names])]))
        + struct.pack("<12h", *_padded([quality] * len(names)))
        + struct.pack("<12h", *_padded([resolution_nv] * len(names)))
        + struct.pack("<h40sh", 0, b"H12+", round(record.rate_hz))
        + bytes(248)
    )
    for place, new in changes:
        header[place - 10 : place - 10 + len(new)] = new
    head = bytes(header) + variable
    stored_crc = struct.pack("<H", crc(head)) if checksum is None else checksum
    data = stored.T.astype("<i2").tobytes()[:data_end]
    path.write_bytes(b"ISHNE1.0" + stored_crc + head + data)
    return path
