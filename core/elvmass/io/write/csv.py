"""Write comma-separated text: "# elvmass-ecg 1", "# key: value" lines, lead names, samples in mV.

Samples are spelled so that they read back as the same float64 (rounding error 0); a gap is
``nan``. The keys are those of :mod:`elvmass.io.write.meta`; UTF-8.
"""

from __future__ import annotations

from pathlib import Path

from elvmass.io.write.meta import meta, spelled
from elvmass.io.write.store import Encoded
from elvmass.record import LEADS, Record


def encode(record: Record, path: Path) -> Encoded:
    """Return the file."""
    head = ["# elvmass-ecg 1", *(f"# {key}: {spelled(v)}" for key, v in meta(record).items())]
    rows = [",".join(map(repr, row)) for row in record.signal_mv.T.tolist()]
    text = "\n".join([*head, ",".join(LEADS), *rows, ""])
    return Encoded({path: text.encode()})
