"""Can simulated ECGs be told from real ones by what a cardiologist measures?

Measures LUDB's development records and the CinC 2021 subset beside the checkout and a simulated
cohort with the same code. Prints mean and SD of every measurement on both sides, the AUC of each
alone, and the cross-validated AUC of classifiers that see all of them, with the measurements that
they lean on (permutation, out of fold).

Both sides are adults in sinus rhythm with QRS up to 125 ms and up to 115 beats per minute; the
real ones without complete bundle branch block, pacing, tachycardia of the atria or ventricles,
or infarction. The yardstick is the AUC between the two real databases: what differs
between hospitals cannot be asked of a simulator.

The constants of the simulator were set with recordings of even number in sight; the last lines
give the AUC against those of odd number, which were never used.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from elvmass.card import BeatSpec
from elvmass.errors import SignalError
from elvmass.record import LEAD_INDEX, Record
from elvmass.signal.prepare import Prepared, find, prepare

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LONGEST_S = 15.0
YOUNGEST = 18.0
WIDEST_QRS_MS, FASTEST_BPM = 125.0, 115.0
FOLDS, REPEATS = 5, 4

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
        noise_mv = find(record).noise_mv
    except SignalError:
        return None
    m = prepared.measured
    complete = m.p_axis_deg is not None and m.t_axis_deg is not None and m.rate_bpm is not None
    if not complete or m.qrs_ms > WIDEST_QRS_MS or m.rate_bpm > FASTEST_BPM:
        return None
    return Sample(source, number, {**clinical(prepared), **recording(prepared, record, noise_mv)})


def clinical(prepared: Prepared) -> dict[str, float]:
    """What a cardiologist measures: ms, degrees and µV."""
    m, leads = prepared.measured, prepared.leads
    row = {lead: 1000 * np.nan_to_num(np.fmax(leads.r_mv, leads.r2_mv)) for lead in ("R",)}
    row |= {"S": 1000 * np.nan_to_num(leads.s_mv), "T": 1000 * np.nan_to_num(leads.t_mv)}
    row |= {"Q": 1000 * np.nan_to_num(leads.q_mv), "J60": 1000 * np.nan_to_num(leads.st_j60_mv)}
    row |= {"P": 1000 * np.nan_to_num(leads.p_mv), "Pt": 1000 * np.nan_to_num(leads.p_terminal_mv)}
    row |= {"peak": np.nan_to_num(leads.intrinsicoid_ms)}
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
        f"{wave} {lead}": float(row[wave][LEAD_INDEX[lead]])
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
