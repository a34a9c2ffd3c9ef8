"""Write a NumPy archive: ``signal_mv``, ``leads``, ``rate_hz`` and ``meta``.

``signal_mv`` is float64 [12, n] as it is in the record (rounding error 0, gaps are NaN), ``leads``
the twelve names, ``meta`` JSON text with the keys of :mod:`elvmass.io.write.meta`, and ``format``
and ``sha256`` of the file that the record was read from. No pickles.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np

from elvmass.io.write.meta import meta
from elvmass.io.write.store import Encoded
from elvmass.record import LEADS, Record


def encode(record: Record, path: Path) -> Encoded:
    """Return the file."""
    origin = {"format": record.source.format, "sha256": record.source.sha256}
    known = meta(record) | {key: value for key, value in origin.items() if value}
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        signal_mv=record.signal_mv,
        leads=np.array(LEADS),
        rate_hz=np.float64(record.rate_hz),
        meta=np.array(json.dumps(known, ensure_ascii=False)),
    )
    return Encoded({path: buffer.getvalue()})
