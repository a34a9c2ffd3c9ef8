"""How good are the warnings: AF, wide QRS, pacing, and exchanged electrodes, on real recordings.

Reads LUDB's development records and the CinC 2021 subset beside the checkout. Every recording is
taken as it is and with each exchange of electrodes applied to it; the parameters of
:mod:`elvmass.signal.electrodes` are fitted on nine tenths of the *recordings* and judged on the
last, so that no figure comes from a recording that was fitted. Only the two limits of the score
and the kinds of feature were chosen with all recordings in sight. An exchange with the right leg
assumes the potential of the left one for it (Krasteva et al., Sensors 2019;19:2920) and adds 30 µV.

``--fit`` prints the constants of that module, fitted on all recordings.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from elvmass.card import BeatSpec
from elvmass.errors import SignalError
from elvmass.record import LIMB_WEIGHTS, Record
from elvmass.signal import electrodes
from elvmass.signal.prepare import find, prepare

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LUDB, CINC = "LUDB", "CinC 2021"
FOLDS = 10
LONGEST_S = 15.0
LEGS = ("RA-RL", "LA-RL", "RA-RL and LA-LL")
NOISE_MV = 0.03


@dataclass(frozen=True)
class Case:
    """One recording with what its annotators wrote, lower case."""

    source: str
    record: Record
    labels: str


def cases() -> list[Case]:
    return [*ludb(), *cinc()]


def ludb() -> Iterator[Case]:
    with np.load(DATA / "ludb" / "ludb_dev.npz") as table:
        for signal, meta in zip(table["sig"], json.loads(str(table["meta"])), strict=True):
            labels = "; ".join(v for k, v in meta.items() if k not in ("ID", "Age", "Sex")).lower()
            if meta["Cardiac pacing"]:
                labels += "; paced"
            yield Case(LUDB, Record(signal / 1000.0, 500.0), labels)


SNOMED = {
    "164889003": "atrial fibrillation", "164890007": "atrial flutter",
    "59118001": "complete right bundle branch block",
    "713427006": "complete right bundle branch block",
    "164909002": "complete left bundle branch block",
    "733534002": "complete left bundle branch block", "10370003": "paced",
}  # fmt: skip


def cinc() -> Iterator[Case]:
    with (DATA / "cinc2021" / "labels.csv").open() as file:
        rows = {row["record"]: row for row in csv.DictReader(file)}
    with np.load(DATA / "cinc2021" / "cinc2021_subset_int.npz") as table:
        for name in table.files:
            rate_hz = float(rows[name]["fs"])
            signal = table[name].T[:, : round(LONGEST_S * rate_hz)] / 1000.0
            labels = "; ".join(SNOMED.get(code, "") for code in rows[name]["dx"].split(","))
            yield Case(CINC, Record(signal, rate_hz), labels)


FLAGS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "AF or flutter": (
        "atrial_fibrillation_suspected",
        lambda labels: "fibrillation" in labels or "flutter" in labels,
    ),
    "QRS >= 120 ms": (
        "wide_qrs",
        lambda labels: "; complete" in f"; {labels}" or "ventricular pacing" in labels,
    ),
    "paced": ("pacing_suspected", lambda labels: "; paced" in labels),
}


def eligibility(all_cases: list[Case]) -> None:
    """Print sensitivity and specificity of the flags on the annotators' labels."""
    print(f"{'flag':<16}{'labels':<11}{'found / labelled':>18}{'flagged / others':>18}")
    noticed = []
    for case in all_cases:
        try:
            noticed.append((case, {n.code for n in prepare(case.record, BeatSpec()).notices}))
        except SignalError:
            continue
    for flag, (code, is_labelled) in FLAGS.items():
        for source in (LUDB, CINC):
            of = [(is_labelled(c.labels), code in codes) for c, codes in noticed]
            of = [pair for pair, (c, _) in zip(of, noticed, strict=True) if c.source == source]
            found = [flagged for labelled, flagged in of if labelled]
            false = [flagged for labelled, flagged in of if not labelled]
            print(
                f"{flag:<16}{source:<11}{sum(found):>11} / {len(found):<4}"
                f"{sum(false):>11} / {len(false):<4}"
                f" specificity {100 - 100 * np.mean(false):.1f} %"
            )


def exchanged(record: Record, back: np.ndarray) -> Record:
    """Record as it would be with electrodes exchanged: the inverse of ``back`` on I, II, V1-V6."""
    eight = np.linalg.inv(back) @ record.signal_mv[[0, 1, 6, 7, 8, 9, 10, 11]]
    return of_eight(record, eight)


def of_eight(record: Record, eight: np.ndarray) -> Record:
    limb = np.stack([of_i * eight[0] + of_ii * eight[1] for of_i, of_ii in LIMB_WEIGHTS])
    return replace(record, signal_mv=np.concatenate([eight[:2], limb, eight[2:]]))


def on_the_legs(record: Record, kind: str, noise: np.random.Generator) -> Record:
    """Record as it would be with arm and leg electrodes exchanged; the central terminal moves."""
    lead_i, lead_ii, lead_iii = record.signal_mv[:3]
    i, ii, centre = {
        "RA-RL": (-lead_iii, 0 * lead_ii, lead_ii / 3),
        "LA-RL": (lead_ii, lead_ii, lead_iii / 3),
        "RA-RL and LA-LL": (0 * lead_i, -lead_iii, lead_ii / 3),
    }[kind]
    limb = np.stack([i, ii]) + noise.normal(0, NOISE_MV, (2, 1)) * lead_ii / np.ptp(lead_ii)
    return of_eight(record, np.concatenate([limb, record.signal_mv[6:] - centre]))


def moments(record: Record) -> np.ndarray | None:
    """[5, 8, 8] second moments of the representative beat; None if there is none."""
    try:
        found = find(record)
    except SignalError:
        return None
    return electrodes.second_moments(
        electrodes.cut_parts(found.beat_mv, found.offsets_s, found.waves)
    )


def mean_moments(table: np.ndarray) -> np.ndarray:
    """[5, 8, 8] mean over the recordings [n, 5, 8, 8] that have the part."""
    present = np.trace(table, axis1=2, axis2=3) > 0
    return np.asarray(table.sum(axis=0) / present.sum(axis=0)[:, None, None])


def fit(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean moments and weights of recordings [n, 1 + exchanges, 5, 8, 8], as recorded first."""
    from sklearn.linear_model import LogisticRegression

    mean = mean_moments(table[:, 0])
    forms = electrodes.tables(mean)
    x, y = [], []
    for row in table:
        right = electrodes.agreement(row[0], forms)
        x += list(right)
        x += [electrodes.agreement(m, forms)[k] for k, m in enumerate(row[1:])]
        y += [0] * len(right) + [1] * len(right)
    model = LogisticRegression(fit_intercept=False).fit(np.array(x), y)
    return mean, model.coef_[0]


def every_exchange(all_cases: list[Case]) -> tuple[list[Case], np.ndarray]:
    """Recordings that have a beat, and [n, 1 + exchanges, 5, 8, 8] their moments."""
    kept, rows = [], []
    for case in all_cases:
        records = [case.record, *(exchanged(case.record, e.back) for e in electrodes.EXCHANGES)]
        if np.ptp(case.record.signal_mv, axis=1).min() < 0.005:
            continue  # leads that are flat: refused by the program
        found = [moments(record) for record in records]
        if all(m is not None for m in found):
            kept.append(case)
            rows.append(np.stack([m for m in found if m is not None]))
    return kept, np.stack(rows)


def out_of_fold(table: np.ndarray) -> np.ndarray:
    """[n, 1 + exchanges] number of the suspected exchange, -1 for none."""
    n = len(table)
    fold = np.random.default_rng(0).permutation(n) % FOLDS
    answer = np.full(table.shape[:2], -1)
    for k in range(FOLDS):
        mean, weights = fit(table[fold != k])
        forms = electrodes.tables(mean)
        for row in np.flatnonzero(fold == k):
            for column, m in enumerate(table[row]):
                best, _ = electrodes.likeliest(m, forms, weights)
                answer[row, column] = -1 if best is None else best
    return answer


def reversals(all_cases: list[Case]) -> np.ndarray:
    """Print the table of exchanges; returns the moments for a fit on everything."""
    kept, table = every_exchange(all_cases)
    answer = out_of_fold(table)
    limb = np.array([e.limb for e in electrodes.EXCHANGES])
    print(f"\n{'exchange':<18}{'suspected':>10}{'right kind':>12}{'named':>8}   (% of {len(kept)})")
    for k, exchange in enumerate(electrodes.EXCHANGES):
        got = answer[:, k + 1]
        kind = (got >= 0) & (limb[got] == limb[k])
        print(
            f"{exchange.name:<18}{100 * np.mean(got >= 0):>10.0f}{100 * np.mean(kind):>12.0f}"
            f"{100 * np.mean(got == k):>8.0f}"
        )
    noise = np.random.default_rng(1)
    for kind in LEGS:
        codes = [suspicion(on_the_legs(c.record, kind, noise)) for c in kept]
        print(f"{kind:<18}{100 * np.mean([c is not None for c in codes]):>10.0f}")
    source = np.array([c.source for c in kept])
    for name in (LUDB, CINC):
        unflagged = answer[source == name, 0] < 0
        print(f"as recorded, {name}: {(~unflagged).sum()} of {unflagged.size} suspected, "
              f"specificity {100 * unflagged.mean():.1f} %")  # fmt: skip
    return table


def suspicion(record: Record) -> str | None:
    """Message about electrodes, with the shipped parameters."""
    found = find(record)
    notice = electrodes.suspect(found.beat_mv, found.offsets_s, found.waves)
    return None if notice is None else notice.message


def print_constants(table: np.ndarray) -> None:
    mean, weights = fit(table)
    print(f"\nWEIGHTS = {tuple(float(round(w, 1)) for w in weights)}\nMOMENTS = (")
    for part, name in zip(mean, electrodes.PARTS, strict=True):
        print(f"    (  # {name}")
        for k in range(8):
            row = ", ".join(f"{v:.0f}" for v in 1e4 * part[k, : k + 1])
            print(f"        {row},")
        print("    ),")
    print(")")


def main() -> None:
    """Print both tables."""
    if not DATA.is_dir():
        print("no shared folder beside the checkout: nothing to measure")
        return
    all_cases = cases()
    eligibility(all_cases)
    table = reversals(all_cases)
    if "--fit" in sys.argv[1:]:
        print_constants(table)


if __name__ == "__main__":
    main()
