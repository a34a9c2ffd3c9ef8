"""A saliency map as CSV, NPZ or JSON, sample by sample; no name or identifier of the patient.

NPZ and JSON say from which file and when the ECG was recorded; the viewer leaves that out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from elvmass.beat import SEGMENTS
from elvmass.errors import ConfigError
from elvmass.record import LEADS
from elvmass.report.as_json import explain_json
from elvmass.report.tables import Cell, as_csv, check_new
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
        If the suffix is another one, or the file exists and ``force`` is not given.
    ValueError
        If the analysis was made without an explanation.
    """
    writers: dict[str, Callable[[Analysis, Path], None]] = {
        ".csv": _write_csv,
        ".npz": _write_npz,
        ".json": _write_json,
    }
    if path.suffix not in writers:
        raise ConfigError(f"Saliency is written as .csv, .npz or .json, not as '{path.suffix}'.")
    check_new(path, force)
    writers[path.suffix](analysis, path)


def _saliency(analysis: Analysis) -> SaliencyMap:
    if analysis.saliency is None:
        raise ValueError("the analysis was made without an explanation")
    return analysis.saliency


def _write_csv(analysis: Analysis, path: Path) -> None:
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
    path.write_text(as_csv(rows), encoding="utf-8")


def _automatic(analysis: Analysis) -> list[str] | None:
    """[m] automatic segment of each sample, if others were drawn by hand."""
    if analysis.automatic is None:
        return None
    labels = analysis.automatic.labels(analysis.beat.signal_mv.shape[1])
    return [SEGMENTS[label].value for label in labels]


def _write_npz(analysis: Analysis, path: Path) -> None:
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
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def _write_json(analysis: Analysis, path: Path) -> None:
    text = json.dumps(explain_json(analysis, samples=True), indent=2, allow_nan=False)
    path.write_text(f"{text}\n", encoding="utf-8")
