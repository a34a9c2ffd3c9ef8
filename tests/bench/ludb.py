"""The shipped delineation in the form that a LUDB grader asks for, and the fit of its constants.

``detect(signal_uv, rate_hz)`` runs :func:`elvmass.signal.prepare.find`, the very function behind
every beat of the program, and returns two views of its answer, in samples:

``global``
    one set of marks for every beat of the recording (the boundaries of the representative beat
    carried to each R peak);
``beat``
    the R peaks of the beats that were averaged, and one offset per mark (None: no such wave).

Marks lead by lead are not offered: the program draws one set of boundaries for all leads.

Run as a script, it repeats the fit of :data:`elvmass.signal.delineate.BLENDS` and prints the
constants with their cross-validated error::

    python tests/bench/ludb.py ../shared/bench ../shared/data/ludb/ludb_dev.npz
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from elvmass.record import Record
from elvmass.signal.delineate import BLENDS
from elvmass.signal.measure import Waves
from elvmass.signal.prepare import find

BOUNDARIES = tuple(BLENDS)


def detect(signal_uv: np.ndarray, rate_hz: float) -> dict[str, Any]:
    """Marks of a [12, n] recording in µV (order I, II, III, aVR, aVL, aVF, V1 to V6)."""
    found = find(Record(np.asarray(signal_uv, dtype=np.float64) / 1000.0, rate_hz))
    offsets = _offsets(found.waves, rate_hz)
    r = found.train.times_s * rate_hz
    return {
        "beat": {"r": r[found.used], **offsets},
        "global": {mark: _carry(r, offset) for mark, offset in offsets.items()},
    }


def _offsets(waves: Waves, rate_hz: float) -> dict[str, float | None]:
    seconds = {
        "P_on": waves.p_on,
        "P_off": waves.p_off,
        "QRS_on": waves.qrs_on,
        "R": 0.0,
        "QRS_off": waves.qrs_off,
        "T_on": waves.t_on,
        "T_off": waves.t_off,
    }
    return {mark: None if s is None else s * rate_hz for mark, s in seconds.items()}


def _carry(r: np.ndarray, offset: float | None) -> np.ndarray:
    return np.zeros(0) if offset is None else r + offset


def huber(x: np.ndarray, y: np.ndarray, ridge: float = 0.02) -> np.ndarray:
    """Weights of a robust ridge regression of y on the columns of x and a constant (last)."""
    scale = x.std(axis=0) + 1e-12
    a = np.column_stack([(x - x.mean(axis=0)) / scale, np.ones(len(x))])
    penalty = np.diag([ridge * len(y)] * x.shape[1] + [0.0])
    weight = np.ones(len(y))
    for _ in range(20):
        b = np.linalg.solve(a.T @ (a * weight[:, None]) + penalty, a.T @ (weight * y))
        error = np.abs(y - a @ b)
        limit = 2.0 * (1.4826 * np.median(error) + 0.5)
        weight = np.minimum(1.0, limit / np.maximum(error, 1e-9))
    slopes = b[:-1] / scale
    return np.append(slopes, b[-1] - slopes @ x.mean(axis=0))


def blend(
    marks: np.ndarray, rr: np.ndarray | None, y: np.ndarray
) -> tuple[np.ndarray, float, float]:
    """Weights (sum 1), constant and RR weight that predict y, all in ms."""
    # Regress on differences to the first landmark: the weights then sum to one by construction.
    x = marks[:, 1:] - marks[:, :1]
    if rr is not None:
        x = np.column_stack([x, rr])
    b = huber(x, y - marks[:, 0])
    rest = b[: marks.shape[1] - 1]
    return np.append(1 - rest.sum(), rest), float(b[-1]), 0.0 if rr is None else float(b[-2])


def predict(fit: tuple[np.ndarray, float, float], marks: np.ndarray, rr: np.ndarray) -> np.ndarray:
    weights, constant, rr_weight = fit
    return np.asarray(marks @ weights + constant + rr_weight * rr)


def main(bench: str, data: str) -> None:
    """Fit every blend and print it with the error of a 5-fold cross-validation by record."""
    sys.path.insert(0, bench)
    import delineation_eval as grader

    from elvmass.signal import prepare
    from elvmass.signal.beats import cut
    from elvmass.signal.landmarks import Shape

    table = grader.LUDB(data)
    rows = []
    for number in table.recs:
        record = Record(table.sig[number] / 1000.0, 500.0)
        found = find(record)
        wide, rate_hz = prepare.render_leads(
            found.spectrum, prepare.DELINEATION_BAND_HZ, found.notch_hz
        )
        stack = np.stack([cut(wide, found.train, k, found.offsets_s) for k in found.used])
        before_s, after_s = prepare.neighbours(found.train, found.used)
        zero = int(np.argmin(np.abs(found.offsets_s)))
        from elvmass.signal.delineate import find_marks

        marks = find_marks(Shape(np.median(stack, axis=0), rate_hz, zero), before_s, after_s)
        reference = grader.beat_reference(table, number, found.train.times_s[found.used] * 500, 500)
        if reference is not None:
            rows.append((reference[0], marks, 1000 * min(after_s, 1.2)))
    for boundary in BOUNDARIES:
        _fit_one(boundary, rows)


def _fit_one(boundary: str, rows: list[Any]) -> None:
    field = boundary.lower()
    usable = [r for r in rows if np.isfinite(r[0][boundary]) and getattr(r[1], field)]
    y = np.array([r[0][boundary] for r in usable])
    marks = 1000.0 * np.array([getattr(r[1], field) for r in usable])
    rr = np.array([r[2] for r in usable])
    with_rr = rr if boundary == "T_on" else None
    fold = np.random.default_rng(0).permutation(len(y)) % 5
    error = np.empty(len(y))
    for k in range(5):
        train = fold != k
        fit = blend(marks[train], None if with_rr is None else rr[train], y[train])
        error[~train] = predict(fit, marks[~train], rr[~train]) - y[~train]
    weights, constant, rr_weight = blend(marks, with_rr, y)
    print(
        f"{boundary:8s} n {len(y):3d}  cross-validated {error.mean():+5.1f} ± {error.std():4.1f} ms"
        f"  weights {np.round(weights, 2)}  constant {constant:+.1f} ms  rr {rr_weight:+.4f}"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
