"""Can simulated ECGs be told from real ones by what a cardiologist measures?

Measures LUDB's development records and the CinC 2021 subset beside the checkout and a simulated
cohort with the same code. Prints mean and SD of every measurement on both sides, the AUC of each
alone, and the cross-validated AUC of classifiers that see all of them, with the measurements that
they lean on (permutation, out of fold).

Both sides are adults in sinus rhythm with QRS up to 125 ms and up to 115 beats per minute; the
real ones without complete bundle branch block, pacing, tachycardia of the atria or ventricles, or
infarction. The yardstick is the AUC between the two real databases: what differs between hospitals
cannot be asked of a simulator.

No recording is left that the simulator has not seen: its population table was fitted to all of
them (``population.py``), so the AUC against unseen recordings is higher by an unknown amount. Part
of the rest is wanted: axes and QRS duration follow Table 1 of the preprint, not these recordings.

    python tests/bench/realism.py --n 1000 --seed 777
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from elvmass.card import BeatSpec
from elvmass.errors import SignalError
from elvmass.record import LEAD_INDEX, Record
from elvmass.signal.prepare import Prepared, prepare
from elvmass.simulate.subject import simulate_subject

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LONGEST_S = 15.0
YOUNGEST = 18.0
WIDEST_QRS_MS, FASTEST_BPM = 125.0, 115.0
FOLDS, REPEATS = 5, 3
RECORDING = ("log SD of RR", "log beat to beat", "log baseline")  # not what a heart decides

#: Words of LUDB's annotators and SNOMED codes of CinC 2021 that exclude a recording.
LUDB_EXCLUDED = ("fibrillation", "flutter", "complete right", "complete left", "pacing", "stemi",
                 "scar formation", "couplet")  # fmt: skip
CINC_EXCLUDED = {
    "164889003", "164890007",  # atrial fibrillation, flutter
    "59118001", "713427006", "164909002", "733534002",  # complete bundle branch block
    "10370003", "425856008", "713422000", "233897008", "426761007",  # paced, tachycardias
    "164865005", "164867002", "164861001", "426434006",  # infarction
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """Measurements of one recording by name, and where it came from."""

    source: str
    number: int
    values: dict[str, float]


def ludb() -> Iterator[tuple[str, int, Record]]:
    with np.load(DATA / "ludb" / "ludb_dev.npz") as table:
        for k, (signal, meta) in enumerate(
            zip(table["sig"], json.loads(str(table["meta"])), strict=True)
        ):
            labels = "; ".join(v for name, v in meta.items() if name not in ("ID", "Age")).lower()
            labels = labels.replace("incomplete", "partial")
            age = float(meta["Age"].strip(" >+\n") or 0)
            if age >= YOUNGEST and not any(word in labels for word in LUDB_EXCLUDED):
                yield "LUDB", k, Record(signal / 1000.0, 500.0)


def cinc() -> Iterator[tuple[str, int, Record]]:
    with (DATA / "cinc2021" / "labels.csv").open() as file:
        rows = {row["record"]: row for row in csv.DictReader(file)}
    with np.load(DATA / "cinc2021" / "cinc2021_subset_int.npz") as table:
        for k, name in enumerate(table.files):
            row = rows[name]
            rate_hz = float(row["fs"])
            if float(row["age"] or 0) < YOUNGEST or CINC_EXCLUDED & set(row["dx"].split(",")):
                continue
            yield (
                "CinC",
                k,
                Record(table[name].T[:, : round(LONGEST_S * rate_hz)] / 1000.0, rate_hz),
            )


def measure(item: tuple[str, int, Record]) -> Sample | None:
    """Measurements of a recording; None without sinus rhythm in the allowed range."""
    source, number, record = item
    try:
        prepared = prepare(record, BeatSpec())
        noise_mv = float(prepared.lead_quality.noise_mv.max())
    except SignalError:
        return None
    m = prepared.measured
    complete = m.p_axis_deg is not None and m.t_axis_deg is not None and m.rate_bpm is not None
    complete = complete and prepared.beat.fiducials.p_on is not None  # in the beat itself, too
    if not complete or m.qrs_ms > WIDEST_QRS_MS or m.rate_bpm > FASTEST_BPM:
        return None
    return Sample(source, number, {**clinical(prepared), **recording(prepared, record, noise_mv)})


def clinical(prepared: Prepared) -> dict[str, float]:
    """What a cardiologist measures: ms, degrees and µV."""
    m, leads = prepared.measured, prepared.leads
    row = {
        "R": np.fmax(leads.r_mv, leads.r2_mv), "S": leads.s_mv, "Q": leads.q_mv, "P": leads.p_mv,
        "Pt": leads.p_terminal_mv, "J60": leads.st_j60_mv, "T": leads.t_mv,
        "peak": leads.intrinsicoid_ms / 1000.0,
    }  # fmt: skip
    f = prepared.beat.fiducials
    chosen = {
        "R": ("I", "II", "III", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"),
        "S": ("I", "III", "aVL", "V1", "V2", "V3", "V4", "V5", "V6"),
        "Q": ("II", "V6"),
        "T": ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6"),
        "J60": ("II", "V2", "V5"),
        "P": ("I", "II"),
        "Pt": ("V1",),
        "peak": ("V1", "V5"),
    }
    amplitudes = {
        f"{wave} {lead}": 1000.0 * float(np.nan_to_num(row[wave][LEAD_INDEX[lead]]))
        for wave, leads in chosen.items()
        for lead in leads
    }
    return {
        "rate": m.rate_bpm,
        "P": (f.p_off - f.p_on) / prepared.beat.rate_hz * 1000,
        "PR": m.pr_ms, "QRS": m.qrs_ms, "QT": m.qt_ms,
        "P axis": m.p_axis_deg, "QRS axis": m.qrs_axis_deg, "T axis": m.t_axis_deg,
        "Sokolow-Lyon": amplitudes["S V1"] + max(amplitudes["R V5"], amplitudes["R V6"]),
        "Cornell": amplitudes["R aVL"] + amplitudes["S V3"],
        **amplitudes,
    }  # fmt: skip


def recording(prepared: Prepared, record: Record, noise_mv: float) -> dict[str, float]:
    rr = np.diff(prepared.beat_times_s)
    n = round(0.6 * record.rate_hz)
    slow = np.stack([np.convolve(lead, np.ones(n) / n, "valid") for lead in record.signal_mv])
    return {
        "log SD of RR": float(np.log(1000 * rr.std() + 1)),
        "log beat to beat": float(np.log(1000 * noise_mv)),
        "log baseline": float(np.log(1000 * np.median(slow.std(axis=1)) + 1)),
    }


def boosting() -> Any:
    return HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=15,
        l2_regularization=1.0, class_weight="balanced", random_state=0,
    )  # fmt: skip


def trees() -> Any:
    return ExtraTreesClassifier(300, min_samples_leaf=3, class_weight="balanced", random_state=0)


def logistic() -> Any:
    return make_pipeline(
        StandardScaler(), LogisticRegression(C=0.05, max_iter=2000, class_weight="balanced")
    )


CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "gradient boosting": boosting, "extra trees": trees, "logistic regression": logistic,
}  # fmt: skip


def auc(make: Callable[[], Any], x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Cross-validated AUC, mean of the repeats, and [k] what it loses by each column shuffled."""
    found, loss = [], np.zeros(x.shape[1])
    for repeat in range(REPEATS):
        score, rng = np.empty(len(y)), np.random.default_rng(repeat)
        shuffled = np.empty((x.shape[1], len(y)))
        for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=repeat).split(x, y):
            model = make().fit(x[train], y[train])
            score[test] = model.predict_proba(x[test])[:, 1]
            for k in range(x.shape[1]):
                changed = x[test].copy()
                changed[:, k] = rng.permutation(changed[:, k])
                shuffled[k, test] = model.predict_proba(changed)[:, 1]
        found.append(roc_auc_score(y, score))
        loss += [found[-1] - roc_auc_score(y, row) for row in shuffled]
    return float(np.mean(found)), loss / REPEATS


def matrix(samples: list[Sample], names: list[str]) -> np.ndarray:
    return np.array([[sample.values[name] for name in names] for sample in samples])


def margins(real: list[Sample], simulated: list[Sample], names: list[str]) -> None:
    """Print mean and SD on both sides and the AUC of each measurement alone."""
    print(f"{'':<18}{'real':>18}{'simulated':>19}   SD ratio   AUC")
    y = [1] * len(real) + [0] * len(simulated)
    for name in names:
        r, s = (matrix(side, [name])[:, 0] for side in (real, simulated))
        print(
            f"{name:<18}{r.mean():9.1f} ±{r.std():7.1f}{s.mean():10.1f} ±{s.std():7.1f}"
            f"{s.std() / r.std():11.2f}{roc_auc_score(y, np.concatenate([r, s])):6.2f}"
        )


def tell_apart(label: str, one: list[Sample], other: list[Sample], names: list[str]) -> None:
    """Print the AUC of every classifier, and what each leans on."""
    x = np.concatenate([matrix(one, names), matrix(other, names)])
    y = np.array([1] * len(one) + [0] * len(other))
    for name, make in CLASSIFIERS.items():
        found, loss = auc(make, x, y)
        worst = ", ".join(f"{names[k]} {loss[k]:.3f}" for k in np.argsort(-loss)[:6])
        print(f"{label:<28}{name:<21}{found:.3f}   {worst}", flush=True)


def main() -> None:
    """Print margins and AUCs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=777)
    args = parser.parse_args()
    if not DATA.is_dir():
        print("no shared folder beside the checkout: nothing to measure")
        return
    of_seed = (("simulated", i, simulate_subject(args.seed, i).record) for i in range(args.n))
    real = [sample for item in (*ludb(), *cinc()) if (sample := measure(item))]
    simulated = [sample for item in of_seed if (sample := measure(item))]
    names = list(real[0].values)
    margins(real, simulated, names)
    clinical_names = [name for name in names if name not in RECORDING]
    part = {source: [s for s in real if s.source == source] for source in ("LUDB", "CinC")}
    sizes = {source: len(samples) for source, samples in part.items()}
    print(f"\n{sizes} real, {len(simulated)} simulated; AUC, and its loss by shuffling")
    tell_apart("LUDB / CinC", part["LUDB"], part["CinC"], clinical_names)
    tell_apart("real / simulated", real, simulated, clinical_names)
    for source, samples in part.items():
        tell_apart(f"{source} / simulated", samples, simulated, clinical_names)
    tell_apart("real / simulated, with noise", real, simulated, names)


if __name__ == "__main__":
    main()
