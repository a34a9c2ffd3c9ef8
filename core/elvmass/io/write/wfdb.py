"""Write a WFDB record: header and one signal file in format 16.

The step of each lead is that of :mod:`elvmass.io.write.quantise`, so the largest rounding error is
0.25 µV within 16 mV and never above 2.5 µV; gaps are -32768, as the format says. Patient, device,
filter and derived leads are comment lines; text is ASCII.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import numpy as np

from elvmass.errors import WriteError
from elvmass.io.write.meta import meta, spelled
from elvmass.io.write.quantise import quantise
from elvmass.io.write.store import Encoded
from elvmass.io.write.text import ascii_line, figure
from elvmass.record import LEADS, Record

# The age, sex, height and weight as every WFDB reader looks for them.
_COMMENTS = {
    "age_years": ("age", ""),
    "sex": ("sex", ""),
    "height_cm": ("height", " cm"),
    "weight_kg": ("weight", " kg"),
}
_IN_HEADER = ("rate_hz", "unit", "samples", "recorded_at")


def encode(record: Record, path: Path) -> Encoded:
    """Return header and signal file, whose name is the header's with ``.dat``."""
    name = path.name.removesuffix(".hea")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise WriteError(
            path,
            "is no name for a WFDB record",
            "Name it with --out, with letters, digits, - and _ only.",
        )
    counts = quantise(record, path, gaps=True)
    when = f" {_moment(record.recorded_at)}" if record.recorded_at else ""
    lines = [f"{name} {len(LEADS)} {figure(record.rate_hz)} {counts.samples.shape[1]}{when}"]
    for lead, row, step in zip(LEADS, counts.samples, counts.step_uv.tolist(), strict=True):
        total = (int(row.sum(dtype=np.int64)) + 32768) % 65536 - 32768
        gain = figure(1000.0 / step)
        lines.append(f"{name}.dat 16 {gain}(0)/mV 16 0 {row[0]} {total} 0 {lead}")
    header = "\n".join([*lines, *_comments(record), ""])
    return Encoded(
        {
            path.with_name(f"{name}.hea"): header.encode("ascii"),
            path.with_name(f"{name}.dat"): counts.samples.T.tobytes(),
        }
    )


def _moment(at: datetime) -> str:
    fraction = f".{at.microsecond:06d}" if at.microsecond else ""
    return f"{at:%H:%M:%S}{fraction} {at:%d/%m}/{at.year:04d}"


def _comments(record: Record) -> list[str]:
    """One comment per value; words hold no ":" or "=", so none can pass for another value."""
    lines = []
    for key, value in meta(record).items():
        if key not in _IN_HEADER:
            label, unit = _COMMENTS.get(key, (key.replace("_", " "), ""))
            words = re.sub("[:=]", " ", ascii_line(spelled(value)))
            lines.append(f"# {label}: {words}{unit}")
    return lines
