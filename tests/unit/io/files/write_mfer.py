"""A small writer of MFER, from the tables of Part 1: definitions, then frames of samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from elvmass.record import LEADS, Record, Sex

TYPES = {0: "i2", 1: "u2", 2: "i4", 3: "u1", 5: "i1", 6: "u4", 7: "f4", 8: "f8"}
CODES = dict(zip(LEADS, (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8), strict=True))


def counts(record: Record, data_type: int = 0) -> tuple[np.ndarray, float]:
    """[12, n] as stored, apart from the offset of unsigned types, and mV per count."""
    tens_of_nv = 2000 if TYPES[data_type][1] == "1" else 250
    return np.rint(record.signal_mv * 1e5 / tens_of_nv), tens_of_nv / 1e5


def definition(tag: int, value: bytes, *channel: int, indefinite: bool = False) -> bytes:
    """Tag, channel number, length, value; from 128 bytes on the length has four bytes."""
    head = bytes((tag, *channel))
    if indefinite:
        return head + b"\x80" + value + b"\0\0"
    size = len(value)
    length = bytes((size,)) if size < 128 else b"\x84" + size.to_bytes(4, "big")
    return head + length + value


def write(
    record: Record,
    path: Path,
    *,
    little: bool = False,
    data_type: int = 0,
    names: tuple[str, ...] = LEADS,
    sequences: int = 1,
    frames: int = 1,
    indefinite: bool = False,
    preamble: bool = True,
    waveform: int = 1,
    before: bytes = b"",
    after: bytes = b"",
    replace: tuple[tuple[bytes, bytes], ...] = (),
) -> Path:
    """Write one file.

    ``before`` goes ahead of the first samples, ``after`` behind the last; ``replace`` alters the
    bytes at the end.
    """
    order = "little" if little else "big"
    stored, _ = counts(record, data_type)
    block = stored.shape[1] // (sequences * frames)
    kind = TYPES[data_type]
    middle = 256 ** int(kind[1]) // 2 if kind[0] == "u" else 0

    def number(value: int, size: int) -> bytes:
        return (value % 256**size).to_bytes(size, order)

    out = definition(0x40, b"MFR Standard 12 leads ECG".ljust(32)) if preamble else b""
    out += definition(1, bytes((little,))) + definition(2, b"\1\5\0")
    out += definition(0x17, b"Maker^M 1^1.0^7") + _patient(record, number)
    out += definition(8, number(waveform, 2)) + definition(10, bytes((data_type,)))
    out += definition(11, b"\1\xfa" + number(round(1e6 / record.rate_hz), 4))  # 10^-6 s
    out += definition(12, b"\0\xf8" + number(2000 if kind[1] == "1" else 250, 2))  # 10^-8 V
    out += definition(13, number(-middle, int(kind[1]))) if middle else b""
    out += definition(4, number(block, 4)) + definition(6, number(sequences, 2))
    out += definition(0x11, b"HPF=0.05") + definition(0x11, b"LPF=150^Butterworth")
    out += definition(5, number(len(names), 1))
    for channel, name in enumerate(names):
        lead = definition(9, number(CODES[name], 2))
        out += definition(0x3F, lead, channel, indefinite=indefinite)
    out += before
    rows = stored[[LEADS.index(name) for name in names]] + middle
    for frame in range(frames):
        part = rows[:, frame * block * sequences : (frame + 1) * block * sequences]
        blocks = part.reshape(len(names), sequences, block).transpose(1, 0, 2)
        data = blocks.astype(("<" if little else ">") + kind).tobytes()
        out += definition(7, number(frame * block * sequences, 4)) if frame else b""
        out += definition(0x1E, data)
    out += after + b"\x80\0"
    for old, new in replace:
        assert out.count(old) == 1, (out.count(old), old)
        out = out.replace(old, new)
    path.write_bytes(out)
    return path


def _patient(record: Record, number) -> bytes:
    at, person = record.recorded_at, record.patient
    age = bytes((int(person.age_years or 255),)) + number(0, 2) + number(1964, 2) + bytes((12, 31))
    clock = bytes((at.month, at.day, at.hour, at.minute, at.second))
    return (
        definition(0x81, b"Secretname^^Case")
        + definition(0x82, (person.id or "").encode())
        + definition(0x83, age)
        + definition(0x84, bytes(({Sex.MALE: 1, Sex.FEMALE: 2}.get(person.sex, 0),)))
        + definition(0x85, number(at.year, 2) + clock + number(250, 2) + number(0, 2))
    )
