"""Fit the simulator's population table to the recordings of ``realism.py`` and print it as CSV.

Per recording: median beat in the diagnostic band, from P onset to the end of T; 19 Gaussian lobes
in 8 leads by least squares; one dipole by the pseudo-inverse of Dower's matrix; this chest's own
lead vectors by ridge regression of the leads on the dipole, once more. Then over recordings: mean,
SD, and the principal components of the standardised values (clipped at 3 SD).

    python tests/bench/population.py > resources/elvmass_resources/simulator/population.csv
"""

from __future__ import annotations

import csv
import json
import sys

import numpy as np
from realism import DATA, cinc, ludb, measure

from elvmass.record import Record
from elvmass.signal import amplitudes, filters
from elvmass.signal.measure import Waves
from elvmass.signal.prepare import find, render_leads
from elvmass.simulate.heart import DOWER
from elvmass.simulate.population import LOBE_CENTRES, LOBE_SDS, STORED_LEADS, value_names

N_FACTORS = 40
UNKNOWN_AGE = 60.0
BEFORE_P_S, AFTER_T_S, LEVEL_S = 0.03, 0.04, 0.016
LOBE_RIDGE, LEAD_RIDGE = 1e-3, 0.06


def ages() -> dict[tuple[str, int], float]:
    """Years by database and number."""
    with np.load(DATA / "ludb" / "ludb_dev.npz") as table:
        meta = json.loads(str(table["meta"]))
    found = {("LUDB", k): float(m["Age"].strip(" >+\n") or "nan") for k, m in enumerate(meta)}
    with (DATA / "cinc2021" / "labels.csv").open() as file:
        rows = {row["record"]: row for row in csv.DictReader(file)}
    with np.load(DATA / "cinc2021" / "cinc2021_subset_int.npz") as table:
        found |= {("CinC", k): float(rows[n]["age"] or "nan") for k, n in enumerate(table.files)}
    return {key: UNKNOWN_AGE if np.isnan(age) else age for key, age in found.items()}


def beat_uv(record: Record) -> tuple[np.ndarray, np.ndarray, Waves, float]:
    """[m, 8] leads and [m] times from R of P to T, the boundaries, and beats per minute."""
    found = find(record)
    signal, rate_hz = render_leads(found.spectrum, amplitudes.BAND_HZ, found.notch_hz)
    first, size = round(float(found.offsets_s[0]) * rate_hz), found.offsets_s.size
    stack = [filters.window_at(signal, r + first, size) for r in found.train.r[found.used]]
    beat, t, waves = 1000.0 * np.median(np.stack(stack), axis=0).T, found.offsets_s, found.waves
    level = (t >= waves.qrs_on - LEVEL_S) & (t <= waves.qrs_on)
    inside = (t > waves.p_on - BEFORE_P_S) & (t < waves.t_off + AFTER_T_S)
    rate_bpm = 60.0 / float(np.diff(found.train.times_s).mean())
    return (beat - beat[level].mean(axis=0))[inside], t[inside], waves, rate_bpm


def lobes(t: np.ndarray, waves: Waves) -> np.ndarray:
    """[m, 19] the Gaussians of P, QRS and ST-T."""
    spans = {
        "P": (waves.p_on, waves.p_off),
        "Q": (waves.qrs_on, waves.qrs_off),
        "T": (waves.qrs_off, waves.t_off),
    }
    return np.array([
        np.exp(-0.5 * ((t - start - u * (stop - start)) / (LOBE_SDS[w] * (stop - start))) ** 2)
        for w, (start, stop) in spans.items()
        for u in LOBE_CENTRES[w]
    ]).T  # fmt: skip


def fit(record: Record, age: float) -> dict[str, float]:
    """Values of one person by the names of the table."""
    y, t, waves, rate_bpm = beat_uv(record)
    g = lobes(t, waves)
    gram = g.T @ g
    ridge = LOBE_RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
    amplitudes_uv = np.linalg.solve(gram + ridge, g.T @ y)  # [19, 8]
    added = np.zeros_like(DOWER)
    for _ in range(2):
        dipole = g @ amplitudes_uv @ np.linalg.pinv(DOWER + added).T
        moments = dipole.T @ dipole
        ridge = LEAD_RIDGE * np.trace(moments) / 3 * np.eye(3)
        added = np.linalg.solve(moments + ridge, dipole.T @ (y - dipole @ DOWER.T)).T
    vectors = amplitudes_uv @ np.linalg.pinv(DOWER + added).T
    row = {
        f"{lead}.{axis}": value
        for lead, vector in zip(STORED_LEADS, added, strict=True)
        for axis, value in zip("xyz", vector, strict=True)
    }
    for wave, centres in LOBE_CENTRES.items():
        part, vectors = vectors[: len(centres)], vectors[len(centres) :]
        size = np.sqrt((part**2).mean())
        row[f"ln{wave}"] = np.log(size)
        row |= {f"{a}{wave}{k + 1}": v[i] / size for k, v in enumerate(part) for i, a in _AXES}
    return row | times(waves, rate_bpm, age)


_AXES = tuple(enumerate("xyz"))


def times(waves: Waves, rate_bpm: float, age: float) -> dict[str, float]:
    """Log times, without what age, QRS and rate do to them in the simulator."""
    qrs_ms = 1000 * (waves.qrs_off - waves.qrs_on)
    qt_ms, pr_ms = 1000 * (waves.t_off - waves.qrs_on), 1000 * (waves.qrs_on - waves.p_on)
    return {
        "lnPd": np.log(1000 * (waves.p_off - waves.p_on)),
        "lnPR": np.log(pr_ms - 0.2 * (age - 60)),
        "lnQTc": np.log(qt_ms - 0.6 * (qrs_ms - 90)) + 0.36 * np.log(rate_bpm / 65),
        "lnHR": np.log(rate_bpm),
    }


def main() -> None:
    """Print the table."""
    age = ages()
    people = [fit(item[2], age[item[:2]]) for item in (*ludb(), *cinc()) if measure(item)]
    values = np.array([[person[name] for name in value_names()] for person in people])
    mean, sd = values.mean(axis=0), values.std(axis=0)
    z = np.clip((values - mean) / sd, -3, 3)
    z -= z.mean(axis=0)
    sd = sd * z.std(axis=0)  # without the outliers
    _, size, axes = np.linalg.svd(z / z.std(axis=0) / np.sqrt(len(z)), full_matrices=False)
    loadings = axes[:N_FACTORS].T * size[:N_FACTORS]
    write = csv.writer(sys.stdout, lineterminator="\n").writerow
    write(["name", "mean", "sd", *(f"loading_{k + 1:02d}" for k in range(N_FACTORS))])
    for name, m, s, row in zip(value_names(), mean, sd, loadings, strict=True):
        write([name, f"{m:.3f}", f"{s:.3f}", *(f"{x:.2f}" for x in row)])


if __name__ == "__main__":
    main()
