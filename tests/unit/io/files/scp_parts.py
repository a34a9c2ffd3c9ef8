"""Sections of SCP-ECG files altered for the tests."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from unit.io.files.write_scp import assemble

from elvmass.record import Record

STEP_MV = 0.0025


def quantised(record: Record) -> np.ndarray:
    return np.rint(record.signal_mv / STEP_MV) * STEP_MV


def saved(folder: Path, bodies: dict[int, bytes], protocol: int = 20) -> Path:
    path = folder / "x"
    path.write_bytes(assemble(bodies, protocol))
    return path


def put(body: bytes, at: int, form: str, *new: int) -> bytes:
    """Body with some fields replaced."""
    altered = bytearray(body)
    struct.pack_into(form, altered, at, *new)
    return bytes(altered)


def with_ranges(body: bytes, *ranges: tuple[int, int]) -> bytes:
    """Section 3 with other sample numbers, lead by lead."""
    for k in range(body[0]):
        body = put(body, 2 + 9 * k, "<II", *ranges[k % len(ranges)])
    return body


def codes_of(record: Record) -> set[str]:
    return {notice.code for notice in record.notices}
