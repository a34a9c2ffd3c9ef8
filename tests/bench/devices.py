"""Our measurements beside those of the recording devices, on the sample files beside the checkout.

    python tests/bench/devices.py

Rate, PR, QRS, QT and axes of every sample whose file reports them; intervals by the median of the
leads (what the program shows) and, in brackets, from the earliest onset to the latest end. Means
are over the samples that a device wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import elvmass
from elvmass.card import BeatSpec
from elvmass.errors import ElvmassError
from elvmass.record import Measurements
from elvmass.signal.measure import measure
from elvmass.signal.prepare import find, prepare

FORMATS = Path(__file__).resolve().parents[3] / "shared" / "data" / "formats"
SHOWN = ("rate_bpm", "pr_ms", "qrs_ms", "qt_ms", "p_axis_deg", "qrs_axis_deg", "t_axis_deg")
INTERVALS = ("pr_ms", "qrs_ms", "qt_ms")


def outer(record: elvmass.Record) -> Measurements:
    """Intervals from the earliest onset to the latest end."""
    found = find(record)
    return measure(found.delineation.outer, found.beat_mv[:2], found.offsets_s, None)


@dataclass(frozen=True)
class Row:
    """One sample: what the device says, and what we measure in both conventions."""

    name: str
    real: bool
    device: Measurements
    median: Measurements
    outer: Measurements

    def gap(self, of: str, name: str) -> float:
        """Ours minus the device's, axes the short way round; NaN if one of them has no value."""
        mine, theirs = getattr(getattr(self, of), name), getattr(self.device, name)
        if mine is None or theirs is None:
            return np.nan
        return (mine - theirs + 180) % 360 - 180 if name.endswith("_deg") else mine - theirs


def rows() -> Iterator[Row]:
    """Every sample that is read, analysed, and measured by its device."""
    for entry in json.loads((FORMATS / "MANIFEST.json").read_text())["files"]:
        try:
            record = elvmass.read(FORMATS / entry["path"])
            ours, outside = prepare(record, BeatSpec()).measured, outer(record)
        except ElvmassError:
            continue
        if any(getattr(record.reported, name) is not None for name in SHOWN):
            real = entry["provenance"] == "real"
            yield Row(entry["id"], real, record.reported, ours, outside)


def cell(row: Row, name: str) -> str:
    """Ours (outer) / the device's."""
    mine, most, theirs = (getattr(m, name) for m in (row.median, row.outer, row.device))
    words = ["-" if v is None else f"{v:.0f}" for v in (mine, most, theirs)]
    return (
        f"{words[0]} ({words[1]}) / {words[2]}" if name in INTERVALS else f"{words[0]} / {words[2]}"
    )


def main() -> None:
    """Print a line for each sample, then means over the real ones."""
    print(f"{'sample':<38}" + "".join(f"{name:>20}" for name in SHOWN))
    found = list(rows())
    for row in found:
        mark = " " if row.real else "*"
        print(f"{mark}{row.name:<37}" + "".join(f"{cell(row, name):>20}" for name in SHOWN))
    print(
        "* made by somebody's program from other recordings; its measurements need not be its own"
    )
    real = [row for row in found if row.real]
    for words, of, names in (("median of leads", "median", SHOWN), ("outer", "outer", INTERVALS)):
        print(f"\nours minus the device's, {words}, real samples")
        for name in names:
            x = np.array([row.gap(of, name) for row in real])
            x = x[np.isfinite(x)]
            print(f"  {name:<14} n {x.size:>2}   mean {x.mean():+6.1f}   mean absolute "
                  f"{np.abs(x).mean():5.1f}   largest {x[np.abs(x).argmax()]:+6.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
