"""A small writer of separated text in the manners that exports have, for tests only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from elvmass.record import LEADS, Record


def write(
    record: Record,
    path: Path,
    *,
    head: Sequence[str] = ("# rate_hz: {rate_hz:g}", "# unit: mV"),
    names: Sequence[str] | None = LEADS,
    label: str = "{}",
    time: str = "",
    per_second: float = 1.0,
    separator: str = ",",
    decimal: str = ".",
    quote: str = "",
    factor: float = 1.0,
    digits: int = 6,
    ends: str = "\n",
    encoding: str = "utf-8",
) -> Path:
    """Write one row per instant; ``names`` None leaves the header line out."""
    rows = [record.lead(name) * factor for name in names or LEADS]
    labels = [label.format(name) for name in names or ()]
    if time:
        rows.insert(0, np.arange(record.signal_mv.shape[1]) / record.rate_hz * per_second)
        labels.insert(0, time)
    lines = [line.format(rate_hz=record.rate_hz) for line in head]
    if names:
        lines.append(separator.join(f"{quote}{label}{quote}" for label in labels))
    for row in np.stack(rows, axis=1):
        cells = [f"{value:.{digits}f}".replace(".", decimal) for value in row]
        lines.append(separator.join(f"{quote}{cell}{quote}" for cell in cells))
    path.write_bytes((ends.join(lines) + ends).encode(encoding))
    return path
