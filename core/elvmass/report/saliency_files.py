"""A saliency map as CSV, NPZ or JSON, sample by sample; no name or identifier of the patient.

NPZ and JSON say from which file and when the ECG was recorded; the viewer leaves that out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np

from elvmass.beat import SEGMENTS
from elvmass.errors import ConfigError
from elvmass.io.write.store import store
from elvmass.record import LEADS
from elvmass.report.as_json import explain_json
from elvmass.report.tables import Cell, as_csv
from elvmass.result import Analysis, SaliencyMap


def write_saliency(analysis: Analysis, path: Path, force: bool = False) -> None:
    """Write the map by the suffix of ``path``.

    ``.csv``: one row for each sample of each lead; where the reader has drawn boundaries by hand,
    ``segment_automatic`` keeps what had been found. ``.npz``: ``saliency`` and, for several fold
    models, ``spread`` [12, m] in ``unit``, ``signal_mv`` [12, m], ``segment`` [m], ``leads``,
    ``rate_hz``, ``meta`` (JSON). ``.json``: what ``elvmass explain --json --samples`` prints.

    Raises
    ------
    ConfigError
        If the suffix is another one.
    WriteError
        If the file exists and ``force`` is not given, or it cannot be written.
    ValueError
        If the analysis was made without an explanation.
    """
    makers: dict[str, Callable[[Analysis], bytes]] = {
        ".csv": _csv,
        ".npz": _npz,
        ".json": _json,
    }
    suffix = path.suffix.lower()
    if suffix not in makers:
        raise ConfigError(f"Saliency is written as .csv, .npz or .json, not as '{path.suffix}'.")
    store({path: makers[suffix](analysis)}, overwrite=force)


def _saliency(analysis: Analysis) -> SaliencyMap:
    if analysis.saliency is None:
        raise ValueError("the analysis was made without an explanation")
    return analysis.saliency


def _csv(analysis: Analysis) -> bytes:
    saliency, beat = _saliency(analysis), analysis.beat
    spread = saliency.spread_g
    found = _automatic(analysis)
    rows: list[dict[str, Cell]] = [
        {
            "lead": lead,
            "time_ms": round(1000 * t / beat.rate_hz, 3),
            "segment": SEGMENTS[label].value,
            **({} if found is None else {"segment_automatic": found[t]}),
            "signal_mv": float(beat.signal_mv[i, t]),
            f"saliency_{saliency.unit}": float(saliency.values_g[i, t]),
            "spread": None if spread is None else float(spread[i, t]),
        }
        for i, lead in enumerate(LEADS)
        for t, label in enumerate(beat.labels())
    ]
    return as_csv(rows).encode()


def _automatic(analysis: Analysis) -> list[str] | None:
    """[m] automatic segment of each sample, if others were drawn by hand."""
    if analysis.automatic is None:
        return None
    labels = analysis.automatic.labels(analysis.beat.signal_mv.shape[1])
    return [SEGMENTS[label].value for label in labels]


def _npz(analysis: Analysis) -> bytes:
    saliency, beat = _saliency(analysis), analysis.beat
    arrays = {
        "saliency": saliency.values_g,
        "signal_mv": beat.signal_mv,
        "segment": np.array([SEGMENTS[label].value for label in beat.labels()]),
        "leads": np.array(LEADS),
        "rate_hz": np.array(beat.rate_hz),
        "unit": np.array(saliency.unit),
        "meta": np.array(json.dumps(explain_json(analysis))),
    }
    if saliency.spread_g is not None:
        arrays["spread"] = saliency.spread_g
    file = BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _json(analysis: Analysis) -> bytes:
    text = json.dumps(explain_json(analysis, samples=True), indent=2, allow_nan=False)
    return f"{text}\n".encode()
