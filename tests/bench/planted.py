"""Do the saliency methods find an effect whose place is known? `python tests/bench/planted.py`.

A simulated cohort whose ECG tells nothing of hypertrophy gets one effect planted into one cell
(segment x lead group) of every beat: a half sine across the segment whose height follows the
hypertrophy that makes the mass. One model is trained for each plant, and every method explains
patients that the model has not seen. What a method shows outside the planted cell is wrong, as far
as the model uses the plant alone; "reliance" says how far it does.

Not part of `make bench`: it takes about half an hour on one thread. Models and beats
are kept in ``--work`` for the next run; the table goes to standard output.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from elvmass.beat import SEGMENTS, Beat, BeatKind, Fiducials, Segment
from elvmass.card import BeatSpec
from elvmass.model.bundle import Bundle, load_bundle
from elvmass.model.estimate import fold_inputs, predict_many
from elvmass.model.explain import METHODS
from elvmass.model.explain.methods import explain
from elvmass.model.importance import segment_importance
from elvmass.model.inputs import ALL_SCALARS, collect_scalars, scalar_row, waveforms
from elvmass.record import LIMB_WEIGHTS, FloatArray
from elvmass.result import GROUPS, SaliencyMap, SegmentImportance, group_sums
from elvmass.signal.prepare import prepare
from elvmass.simulate.options import Loadings, SimulationOptions
from elvmass.simulate.subject import simulate_subject
from elvmass.train.cross_validation.run import train_bundle
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.measurements import EcgMeasurements
from elvmass.train.settings.config import TrainConfig

TRAIN_SEED, TEST_SEED = 611, 612
SPEC = BeatSpec()
#: SD of hypertrophy from which a patient's effect is explained.
MARKED = 1.0
#: Correlation of the plant with hypertrophy.
SHARE = 0.95
#: Shape of an effect in I and II; the other limb leads follow from them.
LIMB_SHAPE = np.array([0.7, 1.0])


@dataclass(frozen=True, slots=True)
class Planted:
    """A cell and the height of the half sine in mV for one SD of hypertrophy."""

    group: str
    segment: Segment
    height_mv: float

    @property
    def name(self) -> str:
        return f"{self.segment.value} {self.group}"

    @property
    def rows(self) -> slice:
        return slice(0, 6) if self.group == "limb" else slice(6, 12)

    def leads(self) -> FloatArray:
        """[12] height in each lead for one in the cell."""
        if self.group == "precordial":
            return np.repeat([0.0, 1.0], 6)
        limb = np.concatenate([LIMB_SHAPE, np.array(LIMB_WEIGHTS) @ LIMB_SHAPE])
        return np.concatenate([limb, np.zeros(6)])


#: So high that a model needs nothing else: with half the height the fourth part of its answer came
#: from the rest of the beat, and a map that shows that is right.
PLANTS = (
    Planted("precordial", Segment.QRS, 1.0),
    Planted("limb", Segment.QRS, 0.6),
    Planted("precordial", Segment.T, 0.6),
    Planted("limb", Segment.ST, 0.3),
)


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """A cohort without any effect, and the hypertrophy [n] of each patient."""

    cohort: Cohort
    h: FloatArray

    def planted(self, plant: Planted, seed: int) -> Cohort:
        """The cohort with the effect in every beat."""
        own = np.random.default_rng(seed).standard_normal(len(self.h))
        size = plant.height_mv * (SHARE * self.h + np.sqrt(1 - SHARE**2) * own)
        added = [height * _half_sine(self.beat(i), plant) for i, height in enumerate(size.tolist())]
        return replace(self.cohort, beats_mv=self.cohort.beats_mv + np.float32(added))

    def with_effect(self, i: int, plant: Planted, h: float) -> Beat:
        """Beat ``i`` with exactly the effect of hypertrophy ``h``."""
        beat = self.beat(i)
        effect = SHARE * h * plant.height_mv * _half_sine(beat, plant)
        return self.beat(i, beat.signal_mv + effect)

    def beat(self, i: int, signal_mv: FloatArray | None = None) -> Beat:
        """Beat ``i``, perhaps with another signal."""
        signal_mv = self.cohort.beats_mv[i] if signal_mv is None else signal_mv
        points = Fiducials(*(int(p) for p in self.cohort.ecg.fiducials[i]))
        return Beat(np.float64(signal_mv), SPEC.rate_hz, SPEC.r_index, points, BeatKind.MIDDLE,
                    0.0, 0, 1, 1.0, 0, SPEC.n_samples)  # fmt: skip


def _half_sine(beat: Beat, plant: Planted) -> FloatArray:
    shape = np.zeros(beat.signal_mv.shape)
    for part in beat.segments().get(plant.segment, ()):
        n = part.stop - part.start
        shape[:, part] = np.outer(plant.leads(), np.sin(np.pi * (np.arange(n) + 0.5) / n))
    return shape


def subjects(work: Path, seed: int, n: int) -> Subjects:
    """Simulate, or take from the last run."""
    kept = work / f"subjects-{seed}-{n}.npz"
    if not kept.is_file():
        columns = map(np.array, zip(*_simulate(seed, n), strict=True))
        np.savez(kept, **dict(zip(_COLUMNS, columns, strict=True)))
    with np.load(kept) as found:
        rows = len(found["h"])
        cohort = Cohort(
            beats_mv=found["beats"],
            scalars=found["scalars"],
            lvm_g=found["lvm_g"],
            patients=tuple(map(str, range(rows))),
            lines=tuple(range(rows)),
            spec=SPEC,
            ecg=EcgMeasurements(found["intervals"], found["waves"], found["fiducials"]),
        )
        return Subjects(cohort, found["h"])


_COLUMNS = ("beats", "scalars", "lvm_g", "h", "intervals", "waves", "fiducials")


def _simulate(seed: int, n: int) -> Iterator[tuple[object, ...]]:
    """A patient without P or T wave has no cell to plant into and is left out."""
    options = SimulationOptions(loadings=Loadings().only())
    for index in range(n):
        simulated = simulate_subject(seed, index, options)
        prepared = prepare(simulated.record, SPEC)
        ecg = EcgMeasurements.of(prepared)
        if np.isnan(ecg.fiducials).any():
            continue
        row = scalar_row(collect_scalars(simulated.record, prepared.measured), ALL_SCALARS)
        truth = simulated.truth
        yield waveforms(prepared.beat.signal_mv), row, truth["lvm_g"], truth["h"], *ecg


def trained(work: Path, base: Subjects, plant: Planted) -> Bundle:
    """Train the model of a plant, or take it from the last run."""
    folder = work / plant.name.replace(" ", "-")
    if not (folder / "card.json").is_file():
        config = TrainConfig(
            name=folder.name, trained_on="simulated ECGs with a planted effect", simulated=True,
            inputs="model1", channels=16, folds=3, epochs=24, schedule="cosine", average=0.98,
            dropout=0.1,
        )  # fmt: skip
        start = time.perf_counter()
        done = train_bundle(base.planted(plant, TRAIN_SEED), config, folder)
        print(f"{plant.name}: R² {done.card.metrics['r2']:.2f}, MAE "
              f"{done.card.metrics['mae_g']:.1f} g, trained in {time.perf_counter() - start:.0f} s",
              file=sys.stderr)  # fmt: skip
    return load_bundle(folder)


class Score(NamedTuple):
    """One method on one plant, mean over patients."""

    inside: float
    pointing: float
    first: float
    net_inside: float


def reliance(bundle: Bundle, test: Subjects, plant: Planted, n: int = 24, swaps: int = 12) -> float:
    """Share of the ECG's effect on this model that is the plant's: about what a true map shows.

    Each patient gets the plant of others (SD by the plant) and the beats of others with the own
    plant (SD by everything else).
    """
    rng = np.random.default_rng(TEST_SEED)
    plants, beats = [], []
    for i in range(n):
        others = rng.choice(len(test.h), swaps, replace=False)
        row = dict(zip(ALL_SCALARS, test.cohort.scalars[i], strict=True))
        for parts, pairs in ((plants, [(i, j) for j in others]), (beats, [(j, i) for j in others])):
            people = [
                fold_inputs(bundle, test.with_effect(beat, plant, float(test.h[of])), row)
                for beat, of in pairs
            ]
            parts.append(predict_many(bundle, people).mean(axis=1).var())
    by_plant, by_beat = np.sqrt(np.mean(plants)), np.sqrt(np.mean(beats))
    return float(by_plant / (by_plant + by_beat))


def scores(bundle: Bundle, test: Subjects, plant: Planted, n: int) -> dict[str, list[Score]]:
    """Every method on the first ``n`` patients with a marked effect (near h = 0 there is none)."""
    found: dict[str, list[Score]] = {method: [] for method in METHODS}
    for i in np.flatnonzero(np.abs(test.h) >= MARKED)[:n].tolist():
        beat = test.with_effect(i, plant, float(test.h[i]))
        row = dict(zip(ALL_SCALARS, test.cohort.scalars[i], strict=True))
        inputs = fold_inputs(bundle, beat, row)
        for method in METHODS:
            saliency = explain(bundle, inputs, beat, method)
            found[method].append(_score(segment_importance(saliency, beat), saliency, beat, plant))
    return found


def _score(
    importance: SegmentImportance, saliency: SaliencyMap, beat: Beat, plant: Planted
) -> Score:
    place = GROUPS.index(plant.group), SEGMENTS.index(plant.segment)
    cells = importance.by_group()
    net = np.abs(group_sums(importance.net_g))
    top = np.unravel_index(np.abs(saliency.values_g).argmax(), saliency.values_g.shape)
    hit = plant.rows.start <= top[0] < plant.rows.stop and beat.labels()[top[1]] == place[1]
    first = cells.argmax() == np.ravel_multi_index(place, cells.shape)
    return Score(cells[place], float(hit), float(first), net[place] / net.sum())


def chance(test: Subjects, plant: Planted, n: int) -> float:
    """Share of all samples that lie in the cell: what a map without any knowledge shows."""
    labels = np.concatenate([test.beat(i).labels() for i in range(n)])
    return float((labels == SEGMENTS.index(plant.segment)).mean() / 2)


def report(bundle: Bundle, test: Subjects, plant: Planted, n: int) -> dict[str, Score]:
    """Print the table of one plant; returns the mean score by method."""
    found = scores(bundle, test, plant, n)
    print(f"\n{plant.name}: chance {chance(test, plant, n):.1%}, the model's own reliance on the "
          f"plant {reliance(bundle, test, plant):.1%}; {n} unseen patients")  # fmt: skip
    print(f"{'method':<28}{'inside':>9}{'net inside':>12}{'pointing':>10}{'first of 10':>13}")
    inside = {}
    for method, each in sorted(found.items(), key=lambda f: -np.mean([s.inside for s in f[1]])):
        mean = Score(*np.mean(each, axis=0))
        inside[method] = mean
        print(f"{method:<28}{mean.inside:>9.1%}{mean.net_inside:>12.1%}{mean.pointing:>10.0%}"
              f"{mean.first:>13.0%}", flush=True)  # fmt: skip
    return inside


def main() -> None:
    """Train what is missing, explain, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/planted"))
    parser.add_argument("--n", type=int, default=1500, help="patients to train on")
    parser.add_argument("--explain", type=int, default=24, help="unseen patients to explain")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    base = subjects(args.work, TRAIN_SEED, args.n)
    test = subjects(args.work, TEST_SEED, 5 * args.explain)
    tables = [report(trained(args.work, base, p), test, p, args.explain) for p in PLANTS]
    print(f"\n{'all plants':<28}{'inside':>9}{'worst':>9}{'net inside':>12}{'worst':>9}")
    for method in sorted(METHODS, key=lambda m: -np.mean([t[m].net_inside for t in tables])):
        plain, net = ([getattr(t[method], k) for t in tables] for k in ("inside", "net_inside"))
        print(f"{method:<28}{np.mean(plain):>9.1%}{min(plain):>9.1%}{np.mean(net):>12.1%}"
              f"{min(net):>9.1%}")  # fmt: skip


if __name__ == "__main__":
    main()
