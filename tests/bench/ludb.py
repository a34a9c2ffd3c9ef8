"""The shipped delineation in the form that a LUDB grader asks for, and what unseen records get.

``detect(signal_uv, rate_hz)`` runs :func:`elvmass.signal.prepare.find`, the very function behind
every beat of the program, and returns three views of its answer, in samples:

``lead``
    for each of the 12 leads, marks of every beat (that lead's boundaries in the representative
    beat carried to each R peak);
``global``
    one set of marks for every beat of the recording, by the median of leads;
``beat``
    the R peaks of the beats that were averaged, and one offset per mark (None: no such wave).

``detect_outer`` is the same with the earliest onset and the latest end of the leads.

Run as a script, it prints the constants of the rules as fitted to all records, and then the
figures *out of fold*: for each fifth of the records, all that is fitted to LUDB (the blends of
:mod:`elvmass.signal.delineate`, the network) comes from the other four::

    python packaging/train_delineator.py ../shared/bench ../shared/data/ludb/ludb_dev.npz \
        --folds build/delineator
    python tests/bench/ludb.py ../shared/bench ../shared/data/ludb/ludb_dev.npz build/delineator

Not refitted are the widths and windows of the landmarks, the thresholds of R and P, and how
:mod:`elvmass.signal.refine` weighs the network: all were chosen by looking at these records.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from elvmass.record import Record
from elvmass.signal import delineate as rules
from elvmass.signal import prepare, segmenter
from elvmass.signal.beats import cut, neighbours
from elvmass.signal.delineate import BLENDS, Blend, Marks
from elvmass.signal.landmarks import Shape
from elvmass.signal.measure import Waves
from elvmass.signal.prepare import find

BOUNDARIES = ("P_on", "P_off", "QRS_on", "QRS_off", "T_on", "T_off")
N_FOLDS = 5

Detector = Callable[[np.ndarray, float], dict[str, Any]]


def detect(signal_uv: np.ndarray, rate_hz: float) -> dict[str, Any]:
    """Marks of a [12, n] recording in µV (order I, II, III, aVR, aVL, aVF, V1 to V6)."""
    return _detect(signal_uv, rate_hz, outer=False)


def detect_outer(signal_uv: np.ndarray, rate_hz: float) -> dict[str, Any]:
    """The same by the earliest onset and the latest end of the leads."""
    return _detect(signal_uv, rate_hz, outer=True)


def _detect(signal_uv: np.ndarray, rate_hz: float, outer: bool) -> dict[str, Any]:
    found = find(Record(np.asarray(signal_uv, dtype=np.float64) / 1000.0, rate_hz))
    offsets = _offsets(found.delineation.outer if outer else found.waves, rate_hz)
    r = found.train.times_s * rate_hz
    return {
        "beat": {"r": r[found.used], **offsets},
        "global": {mark: _carry(r, offset) for mark, offset in offsets.items()},
        "lead": [_lead(waves, r, rate_hz) for waves in found.delineation.leads],
    }


def _lead(waves: Waves | None, r: np.ndarray, rate_hz: float) -> dict[str, np.ndarray]:
    if waves is None:
        return {}
    return {mark: _carry(r, offset) for mark, offset in _offsets(waves, rate_hz).items()}


def _offsets(waves: Waves, rate_hz: float) -> dict[str, float | None]:
    seconds = {mark: getattr(waves, mark.lower()) for mark in BOUNDARIES} | {"R": 0.0}
    return {mark: None if s is None else s * rate_hz for mark, s in seconds.items()}


def _carry(r: np.ndarray, offset: float | None) -> np.ndarray:
    return np.zeros(0) if offset is None else r + offset


# ---------------------------------------------------------------- what is fitted to LUDB


@dataclass(frozen=True)
class Row:
    """What the fit needs of one record."""

    marks: Marks
    rr_ms: float
    reference_ms: dict[str, float]  # manual marks from R; NaN without


def read_rows(grader: Any, table: Any) -> list[Row]:
    """One row per record, in the order of the table."""
    return [_row(grader, table, number) for number in table.recs]


def _row(grader: Any, table: Any, number: int) -> Row:
    found = find(Record(table.sig[number] / 1000.0, 500.0))
    wide, rate_hz = prepare.render_leads(
        found.spectrum, prepare.DELINEATION_BAND_HZ, found.notch_hz
    )
    stack = np.stack([cut(wide, found.train, k, found.offsets_s) for k in found.used])
    before_s, after_s = neighbours(found.train, found.used)
    shape = Shape(np.median(stack, axis=0), rate_hz, int(np.argmin(np.abs(found.offsets_s))))
    marks = rules.find_marks(shape, before_s, after_s)
    reference, *_ = grader.beat_reference(table, number, found.train.times_s[found.used] * 500, 500)
    return Row(marks, 1000 * min(after_s, 1.2), reference)


def fit(rows: list[Row]) -> dict[str, Blend]:
    """Fit the blends of the rules to these records."""
    return {boundary: _blend(boundary, rows) for boundary in BOUNDARIES}


def _blend(boundary: str, rows: list[Row]) -> Blend:
    """Weights (sum 1), constant and, for T onset, weight of RR."""
    field = boundary.lower()
    usable = [
        row for row in rows if np.isfinite(row.reference_ms[boundary]) and getattr(row.marks, field)
    ]
    y = np.array([row.reference_ms[boundary] for row in usable])
    marks = 1000.0 * np.array([getattr(row.marks, field) for row in usable])
    # Regress on differences to the first landmark: the weights then sum to one by construction.
    x = marks[:, 1:] - marks[:, :1]
    with_rr = boundary == "T_on"
    if with_rr:
        x = np.column_stack([x, [row.rr_ms for row in usable]])
    b = huber(x, y - marks[:, 0])
    rest = b[: marks.shape[1] - 1]
    weights = (1.0 - float(rest.sum()), *rest.tolist())
    return Blend(weights, float(b[-1]) / 1000.0, float(b[-2]) if with_rr else 0.0)


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


class OutOfFold:
    """A detector that answers for each record as fitted without its fold.

    It must be called for the records in the order of the table.
    """

    def __init__(self, rows: list[Row], networks: Path, outer: bool = False) -> None:
        self._outer = outer
        self._fold = np.random.default_rng(0).permutation(len(rows)) % N_FOLDS
        self._next = 0
        rest = [
            [row for row, f in zip(rows, self._fold, strict=True) if f != k] for k in range(N_FOLDS)
        ]
        self._fits = [fit(part) for part in rest]
        self._networks = [
            segmenter.from_bytes((networks / f"fold{k}.safetensors").read_bytes())
            for k in range(N_FOLDS)
        ]

    def __call__(self, signal_uv: np.ndarray, rate_hz: float) -> dict[str, Any]:
        fold = int(self._fold[self._next])
        self._next += 1
        fitted, network = self._fits[fold], self._networks[fold]
        with ExitStack() as patched:
            for module, name, value in (
                (rules, "BLENDS", fitted),
                (segmenter, "bundled", lambda: network),
            ):
                patched.enter_context(mock.patch.object(module, name, value))
            return _detect(signal_uv, rate_hz, self._outer)


# ---------------------------------------------------------------- the table


def _white(signal_uv: np.ndarray, rate_hz: float) -> np.ndarray:
    return signal_uv + 25.0 * np.random.default_rng(1).standard_normal(signal_uv.shape)


def _mains(signal_uv: np.ndarray, rate_hz: float) -> np.ndarray:
    return signal_uv + 25.0 * np.sin(2 * np.pi * 50.0 * np.arange(signal_uv.shape[1]) / rate_hz)


def _drift(signal_uv: np.ndarray, rate_hz: float) -> np.ndarray:
    return signal_uv + 500.0 * np.sin(2 * np.pi * 0.3 * np.arange(signal_uv.shape[1]) / rate_hz)


NOISES = {
    "clean": lambda signal_uv, rate_hz: signal_uv,
    "white noise, 25 µV rms": _white,
    "mains 50 Hz, 50 µV p-p": _mains,
    "drift 0.3 Hz, 1 mV p-p": _drift,
}


def _print_boundaries(name: str, beat: dict[str, Any], suffix: str = "") -> None:
    cells = [
        f"{beat[b + suffix]['mean']:+5.1f} ± {beat[b + suffix]['SD']:4.1f}" for b in BOUNDARIES
    ]
    print(f"{name:<24}" + "".join(f"{cell:>15}" for cell in cells))


def _print_rise(clean: dict[str, Any], noisy: dict[str, Any]) -> None:
    rises = [100 * (noisy[b]["SD"] / clean[b]["SD"] - 1) for b in BOUNDARIES]
    print(f"{'  rise of the SD, %':<24}" + "".join(f"{rise:>+15.1f}" for rise in rises))


def _print_rest(figures: dict[str, Any]) -> None:
    beat, qrs = figures["beat"], figures["gmed"]["QRS_on"]
    p = beat["P_present"]
    print(f"QRS: sensitivity {qrs['Se']:.2f} %, PPV {qrs['PPV']:.2f} %")
    print(f"P present {p['tp']} of {p['tp'] + p['fn']}, absent {p['tn']} of {p['tn'] + p['fp']}")
    for name, limit in (("P_dur", (10, 15)), ("PQ", (10, 10)), ("QRS_dur", (10, 10)), ("QT", (25, 30))):  # fmt: skip  # noqa: E501
        row = beat[name]
        print(f"{name:<8}{row['mean96']:+5.1f} ± {row['SD96']:.1f} ms without the 4 % worst "
              f"(IEC 60601-2-25: {limit[0]} ± {limit[1]})")  # fmt: skip
    print("Dice    " + "  ".join(f"{s} {beat['dice_' + s]:.3f}" for s in ("PR", "QRS", "ST", "T")))
    print(f"lead by lead{'':<12}" + "".join(
        f"{row['mean']:+5.1f} ± {row['SD']:4.1f} (Se {row['Se']:.0f})"
        for row in (figures["lead"][b] for b in BOUNDARIES)))  # fmt: skip


def _print_times(table: Any) -> None:
    """Median times per record of 12 leads, ours and neurokit2's, in alternation."""
    import neurokit2 as nk

    def theirs(signal_uv: np.ndarray, rate_hz: float) -> None:
        for lead in signal_uv / 1000.0:
            clean = nk.ecg_clean(lead, int(rate_hz))
            _, peaks = nk.ecg_peaks(clean, int(rate_hz))
            nk.ecg_delineate(clean, peaks, int(rate_hz), method="dwt")

    times: dict[str, list[float]] = {"ours": [], "neurokit2 dwt": []}
    for number in table.recs[:6]:
        signal_uv = table.sig[number].astype(float)
        for name, road, rounds in (("ours", detect, 10), ("neurokit2 dwt", theirs, 1)):
            for _ in range(rounds):
                start = time.process_time()
                road(signal_uv, 500.0)
                times[name].append(1000 * (time.process_time() - start))
    ours, other = (float(np.median(times[name])) for name in times)
    print(f"CPU time per record: ours {ours:.1f} ms, neurokit2 dwt {other:.0f} ms, "
          f"{other / ours:.0f} times as long")  # fmt: skip


def main() -> None:
    """Print the constants and the out-of-fold table."""
    parser = argparse.ArgumentParser(description="Delineation on LUDB, out of fold.")
    parser.add_argument("bench", type=Path, help="folder of delineation_eval.py")
    parser.add_argument("data", type=Path, help="ludb_dev.npz")
    parser.add_argument("networks", type=Path, help="folder of train_delineator.py --folds")
    args = parser.parse_args()
    sys.path.insert(0, str(args.bench))
    import delineation_eval as grader

    warnings.simplefilter("ignore")  # of neurokit2 and of empty means in the grader
    table = grader.LUDB(args.data)
    rows = read_rows(grader, table)
    print("Fitted to all records (delineate.py should say the same):")
    for boundary, blend in fit(rows).items():
        print(f"  {boundary:8s}{np.round(blend.weights, 2)}  {blend.constant_s:+.4f} s"
              f"  rr {blend.rr_weight:+.4f}   now {BLENDS[boundary]}")  # fmt: skip
    print(f"\nOut of fold, ms{'':<9}" + "".join(f"{b:>15}" for b in BOUNDARIES))
    for name, noise in NOISES.items():
        detector = OutOfFold(rows, args.networks)
        result = grader.evaluate(
            lambda x, hz, noise=noise, detector=detector: detector(noise(x, hz), hz),
            table, table.recs,
        )  # fmt: skip
        figures = result["strata"]["all"]
        _print_boundaries(name, figures["beat"])
        if name == "clean":
            clean = figures
        else:
            _print_rise(clean["beat"], figures["beat"])
    result = grader.evaluate(OutOfFold(rows, args.networks, outer=True), table, table.recs)
    _print_boundaries("outer, against outer", result["strata"]["all"]["beat"], "|out")
    _print_rest(clean)
    _print_times(table)


if __name__ == "__main__":
    main()
