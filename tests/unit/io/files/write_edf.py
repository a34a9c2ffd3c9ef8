"""A small EDF and BDF writer from the published field widths, for tests only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from elvmass.record import LEADS, Record

PHYSICAL = {"uV": 5000.0, "µV": 5000.0, "mV": 5.0, "V": 0.005, "nV": 5e6}


def write(
    record: Record,
    path: Path,
    *,
    labels: Sequence[str] = tuple(f"ECG {lead}" for lead in LEADS),
    unit: str = "uV",
    bits: int = 16,
    kind: str = "EDF+C",
    person: str = "T-1 M 05-MAY-1964 Test_Case",
    origin: str = "Startdate 04-MAR-2026 X X test_device",
    announced: int | None = None,
    onsets: Sequence[float] | None = None,
    inverted: str = "",
) -> Path:
    """Write one second per data record: leads at the record's rate, a slower pulse wave, times."""
    n = round(record.rate_hz)
    blocks = record.signal_mv.shape[1] // n
    top = 2 ** (bits - 1) - 1
    limit = PHYSICAL[unit]
    signals = []
    for label in labels:
        lead = label.split()[-1]
        counts = np.rint(record.lead(lead) / 5.0 * top)
        low, high = f"-{limit:g}", f"{limit:g}"
        if lead == inverted:
            counts, low, high = -counts, high, low
        signals.append((label, unit, low, high, "HP:0.05Hz LP:150Hz", counts[: blocks * n], n))
    signals.append(("Pleth", "%", "0", "100", "", np.arange(blocks * 50) % 100, 50))
    width = 12
    stamps = [f"{onset:+g}\x14\x14\0".encode() for onset in onsets or range(blocks)]
    head = [
        (f"{'0' if bits == 16 else chr(255) + 'BIOSEMI'}", 8), (person, 80), (origin, 80),
        ("04.03.26", 8), ("10.20.30", 8), (str(256 * (len(signals) + 2)), 8), (kind, 44),
        (str(blocks if announced is None else announced), 8), ("1", 8), (str(len(signals) + 1), 4),
    ]  # fmt: skip
    notes = f"{kind[:3]} Annotations"
    columns = (
        [*(s[0] for s in signals), notes], [""] * (len(signals) + 1),
        [*(s[1] for s in signals), ""], [*(s[2] for s in signals), "-1"],
        [*(s[3] for s in signals), "1"], [str(-top)] * len(signals) + [str(-top - 1)],
        [str(top)] * (len(signals) + 1), [*(s[4] for s in signals), ""],
        [*(str(s[6]) for s in signals), str(width)], [""] * (len(signals) + 1),
    )  # fmt: skip
    for column, size in zip(columns, (16, 80, 8, 8, 8, 8, 8, 80, 8, 32), strict=True):
        head += [(text, size) for text in column]
    body = []
    for k in range(blocks):
        body += [_packed(s[5][k * s[6] : (k + 1) * s[6]], bits) for s in signals]
        body.append(stamps[k].ljust(width * bits // 8, b"\0"))
    path.write_bytes("".join(t.ljust(w) for t, w in head).encode("latin-1") + b"".join(body))
    return path


def _packed(counts: np.ndarray, bits: int) -> bytes:
    return b"".join(int(c).to_bytes(bits // 8, "little", signed=True) for c in counts)
