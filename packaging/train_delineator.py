"""Train the network of :mod:`elvmass.signal.segmenter` on the development records of LUDB.

::

    python packaging/train_delineator.py ../shared/bench ../shared/data/ludb/ludb_dev.npz
    python packaging/train_delineator.py ... --folds build/delineator

The first writes the weights and the card that ship with the program; the second trains five
networks, each without one fold of the records, for the out-of-fold figures of
``tests/bench/ludb.py``. About two minutes per network on one idle core.

An example is the mean of some beats of one record with the median of their manual marks, bent in
time (each part of the cycle by its own factor), mixed over leads, with noise and drift. So few
recordings teach the shape of waves; they must not teach where in the cycle waves lie.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save
from torch import Tensor, nn

from elvmass.record import Record
from elvmass.signal import filters, prepare, segmenter
from elvmass.signal.beats import neighbours
from elvmass.signal.delineate import delineate

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "resources/elvmass_resources/delineation"

STEPS, BATCH, RATE = 1200, 40, 4e-3
WIDTHS, TAPS, CHANNELS = (16, 24, 32, 40), 7, 11
N_FOLDS = 5
FIRST_S, N_500 = -0.5, 651  # window of the beats at 500 Hz
GRID_S = segmenter.GRID_S
WAVES = ("P", "QRS", "T")


def fold_of(n: int) -> np.ndarray:
    """[n] fold of each record, the same here and in tests/bench/ludb.py."""
    return np.random.default_rng(0).permutation(n) % N_FOLDS


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """The annotated beats of one record; times in seconds from R, NaN where nothing is marked.

    ``beats`` [n, 8, 1302] at 1000 Hz; ``marks`` [n, wave, median or outer, onset or end];
    ``leads`` [n, 12, wave, onset or end]; ``count`` [n, wave] leads that bear marks; ``hint``
    [n, 2] boundaries of T by the rules; ``rr`` [n, 2]; ``dominant`` [n].
    """

    beats: np.ndarray
    marks: np.ndarray
    leads: np.ndarray
    count: np.ndarray
    hint: np.ndarray
    rr: np.ndarray
    dominant: np.ndarray
    rare: bool


def read_examples(grader: Any, table: Any) -> list[Examples]:
    """All records of the grader's table, in its order."""
    strata = grader.strata(table)
    rare = {r for name in ("AF", "wide", "paced") for r in strata[name]}
    return [_record(table, number, number in rare) for number in table.recs]


def _record(table: Any, number: int, rare: bool) -> Examples:
    found = prepare.find(Record(table.sig[number] / 1000.0, 500.0))
    wide, _ = prepare.render_leads(
        found.spectrum, prepare.DELINEATION_BAND_HZ, found.notch_hz
    )  # fmt: skip
    usual = neighbours(found.train, found.used)
    waves, _ = table.global_gt(number)
    r = found.train.r
    rows = []
    for qrs in (w for w in waves if w["wave"] == 1 and w["n"] >= 6):
        k = int(np.argmin(np.abs(r - qrs["mid"])))
        if abs(r[k] - qrs["mid"]) > 75:
            continue
        beat = filters.window_at(wide, r[k] + FIRST_S * 500, N_500)
        rr = ((r[k] - r[k - 1]) / 500 if k else usual[0],
              (r[k + 1] - r[k]) / 500 if k + 1 < r.size else usual[1])  # fmt: skip
        marks, leads, count = _marks(table, number, qrs, r[k])
        hint = _hint(beat, rr)
        rows.append((beat, marks, leads, count, hint, rr, found.train.likeness[k] > 0.8))
    beats, *rest = (np.array(column) for column in zip(*rows, strict=True))
    return Examples(_twice(beats), *rest, rare=rare)


def _hint(beat: np.ndarray, rr: tuple[float, float]) -> list[float]:
    offsets_s = FIRST_S + np.arange(N_500) / 500
    waves = delineate(beat[None], beat, offsets_s, rr)
    return [np.nan if v is None else v for v in (waves.t_on, waves.t_off)]


def _marks(
    table: Any, number: int, qrs: Any, r: float
) -> tuple[np.ndarray, np.ndarray, list[int]]:  # fmt: skip
    """Manual marks of the waves that belong to one QRS."""
    waves, _ = table.global_gt(number)
    others = [w["mid"] for w in waves if w["wave"] == 1 and abs(w["mid"] - qrs["mid"]) > 1]
    before = max((x for x in others if x < qrs["mid"]), default=-1e9)
    after = min((x for x in others if x > qrs["mid"]), default=1e9)
    p = [
        w for w in waves if w["wave"] == 0 and max(before, qrs["mid"] - 250) < w["mid"] < qrs["mid"]
    ]
    t = [w for w in waves if w["wave"] == 2 and qrs["mid"] < w["mid"] < after]
    own = (max(p, key=lambda w: w["mid"], default=None), qrs,
           min(t, key=lambda w: w["mid"], default=None))  # fmt: skip
    marks, leads = np.full((3, 2, 2), np.nan), np.full((12, 3, 2), np.nan)
    rows = table.ann[table.ann[:, 0] == number]
    for k, wave in enumerate(own):
        if wave is None:
            continue
        marks[k] = [[wave["on"], wave["off"]], [wave["on_out"], wave["off_out"]]]
        for _, lead, _, on, _, off in rows[rows[:, 2] == k]:
            if on >= 0 and off >= 0 and abs((on + off) / 2 - wave["mid"]) < 75:
                leads[lead, k] = on, off
    return (marks - r) / 500, (leads - r) / 500, [0 if w is None else w["n"] for w in own]


def _twice(beats: np.ndarray) -> np.ndarray:
    """Resample [..., n] to twice the rate."""
    n = beats.shape[-1]
    spectrum = np.fft.rfft(np.concatenate([beats, beats[..., ::-1]], axis=-1))
    padded = np.zeros((*beats.shape[:-1], 2 * n + 1), complex)
    padded[..., : spectrum.shape[-1]] = spectrum
    return (2 * np.fft.irfft(padded, 4 * n)[..., : 2 * n]).astype(np.float32)


def draw(one: Examples, rng: np.random.Generator) -> tuple[np.ndarray, ...] | None:
    """Features [11, n], targets [42, n] and mask [42] of one random example."""
    pool = np.flatnonzero(one.dominant)
    if not pool.size or rng.random() < 0.05:
        pool = np.arange(len(one.dominant))
    pick = rng.permutation(pool)[: rng.choice([1, 2, 4, 8, 99])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of empty slices: no mark, no mean
        marks, leads = np.nanmean(one.marks[pick], axis=0), np.nanmean(one.leads[pick], axis=0)
        hint = np.nanmedian(one.hint[pick], axis=0)
    present = (one.count[pick] >= 6).mean(axis=0) > 0.6
    known = present | ((one.count[pick] <= 2).mean(axis=0) > 0.6)
    marks[~present], leads[:, ~present] = np.nan, np.nan
    if not np.isfinite(marks[1]).all():
        return None
    hint[np.isfinite(one.hint[pick]).mean(axis=0) <= 0.5] = np.nan
    rr = one.rr[pick].mean(axis=0)
    bend = _bend(marks[:, 0], rr, rng)
    beat, mixed = _disturb(_resample(one.beats[pick].mean(axis=0), bend), rng)
    told = _misled(bend.new(hint), rng)
    x = segmenter.features(beat, (-bend.new(-rr[0]), bend.new(rr[1])), told)
    targets, mask = _targets(bend.new(marks), bend.new(leads), present, known)
    mask[6:] *= not mixed
    return x, targets, mask


@dataclass(frozen=True, slots=True, eq=False)
class _Bend:
    """A piecewise linear map of time."""

    before: np.ndarray
    after: np.ndarray

    def new(self, times: Any) -> Any:
        """Bent times; NaN stays."""
        return np.where(np.isfinite(times), np.interp(times, self.before, self.after), np.nan)[()]

    def old(self, times: np.ndarray) -> np.ndarray:
        """The times that were bent to these."""
        return np.interp(times, self.after, self.before)


def _bend(marks: np.ndarray, rr: np.ndarray, rng: np.random.Generator) -> _Bend:
    """Stretch each part of the cycle by its own random factor; R stays."""

    def factor(low: float, high: float, rarely: tuple[float, float] | None = None) -> float:
        if rarely is not None and rng.random() < 0.3:
            return float(rng.uniform(*rarely))
        return float(rng.uniform(low, high))

    (p_on, p_off), (qrs_on, qrs_off), (t_on, t_off) = marks
    qrs = factor(0.9, 1.1)
    left = [(qrs_on, qrs), (p_off, factor(0.8, 1.25, (0.6, 3.5))), (p_on, factor(0.85, 1.18)),
            (t_off - rr[0], factor(0.8, 1.2, (0.15, 1.2))), (-1.5, 1.0)]  # fmt: skip
    right = [(qrs_off, qrs), (t_on, factor(0.75, 1.3)), (t_off, factor(0.85, 1.18)),
             (p_on + rr[1], factor(0.8, 1.2, (0.3, 1.2))), (2.0, 1.0)]  # fmt: skip
    bend = _joined(left, right)
    if bend.new(p_on) < -0.46:  # would leave the window
        left[1] = (p_off, 1.0)
        bend = _joined(left, right)
    return bend


def _joined(left: list[tuple[float, float]], right: list[tuple[float, float]]) -> _Bend:
    before, after = [0.0], [0.0]
    for sign, points in ((-1, left), (1, right)):
        old, new = 0.0, 0.0
        for at, factor in points:
            step = sign * (at - old)
            if np.isfinite(at) and step > 0.002:
                old, new = at, new + sign * step * factor
                before.append(old)
                after.append(new)
    return _Bend(np.sort(before), np.sort(after))


def _resample(beat: np.ndarray, bend: _Bend) -> np.ndarray:
    position = np.clip((bend.old(GRID_S) - FIRST_S) * 1000, 0, beat.shape[1] - 1.001)
    whole = position.astype(int)
    share = position - whole
    return np.asarray(beat[:, whole] * (1 - share) + beat[:, whole + 1] * share)


def _disturb(beat: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """Gains, mixed and lost leads, noise, drift; also whether leads are not themselves any more."""
    beat = beat * np.exp(0.25 * rng.standard_normal((8, 1)))
    mixed = rng.random() < 0.35
    if mixed:
        beat = (np.eye(8) + 0.25 * rng.standard_normal((8, 8))) @ beat
    if rng.random() < 0.25:
        beat[rng.integers(8)] *= rng.choice([0.0, 0.1])
        mixed = True
    size = float(np.median(np.ptp(beat, axis=1)))
    noise = rng.standard_normal(beat.shape)
    if rng.random() < 0.5:
        noise = (noise + np.roll(noise, 1, axis=1) + np.roll(noise, -1, axis=1)) / np.sqrt(3)
    beat = beat + noise * size * 0.02 * abs(rng.standard_normal()) * rng.random()
    if rng.random() < 0.5:
        hz, phase = rng.uniform(0.2, 1.2, (8, 1)), rng.uniform(0, 2 * np.pi, (8, 1))
        drift = np.sin(2 * np.pi * hz * GRID_S + phase)
        beat = beat + 0.1 * size * rng.standard_normal((8, 1)) * drift
    return beat, mixed


def _misled(hint: np.ndarray, rng: np.random.Generator) -> tuple[float, float] | None:
    """The rules' T wave, a little off; sometimes far off or lost, so that it is not obeyed."""
    hint = hint + 0.005 * rng.standard_normal(2)
    chance, shift = rng.random(), rng.uniform(-0.05, 0.05)
    if chance < 0.06 or not np.isfinite(hint).all():
        return None
    if chance < 0.16:
        hint += shift
    elif chance < 0.36:
        hint[rng.integers(2)] += shift / 1.5
    return float(hint[0]), float(hint[1])


def _targets(
    marks: np.ndarray, leads: np.ndarray, present: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    rows = np.concatenate([marks[:, 0], marks[:, 1], leads.reshape(36, 2)])
    marked = np.isfinite(rows).all(axis=1)
    absent = np.tile(known & ~present, 14)
    inside = [segmenter.inside(row[0], row[1]) if ok else np.zeros(GRID_S.size)
              for row, ok in zip(rows, marked, strict=True)]  # fmt: skip
    mask = marked | absent
    return np.array(inside, np.float32), mask.astype(np.float32)


class Block(nn.Sequential):
    """Two convolutions with batch normalisation and rectification."""

    def __init__(self, n_in: int, n_out: int) -> None:
        layers: list[nn.Module] = []
        for n in (n_in, n_out):
            layers += [nn.Conv1d(n, n_out, TAPS, padding=TAPS // 2, bias=False),
                       nn.BatchNorm1d(n_out), nn.ReLU()]  # fmt: skip
        super().__init__(*layers)


class Net(nn.Module):
    """The U-Net, as :class:`elvmass.signal.segmenter.UNet` runs it."""

    def __init__(self) -> None:
        super().__init__()
        pairs = zip((CHANNELS, *WIDTHS[:-1]), WIDTHS, strict=True)
        self.down = nn.ModuleList(Block(a, b) for a, b in pairs)
        levels = range(len(WIDTHS) - 2, -1, -1)
        self.up = nn.ModuleList(Block(WIDTHS[k] + WIDTHS[k + 1], WIDTHS[k]) for k in levels)
        self.head = nn.Conv1d(WIDTHS[0], 42, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[b, 11, n] to logits [b, 42, n]."""
        skips = []
        for level, block in enumerate(self.down):
            x = block(nn.functional.max_pool1d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for block in self.up:
            x = block(torch.cat([x.repeat_interleave(2, dim=2), skips.pop()], 1))
        return self.head(x)


def train(examples: list[Examples], seed: int) -> Net:
    """Train one network."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net()
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, RATE, total_steps=STEPS, pct_start=0.15
    )
    odds = np.array([2.5 if one.rare else 1.0 for one in examples])
    weight = torch.tensor([1.0] * 3 + [0.5] * 3 + [0.3 / 12] * 36)
    for step in range(1, STEPS + 1):
        x, target, mask = _batch(examples, odds / odds.sum(), rng)
        loss = nn.functional.binary_cross_entropy_with_logits(net(x), target, reduction="none")
        counted = mask * weight
        mean = (loss.mean(dim=2) * counted).sum() / counted.sum()
        optimiser.zero_grad()
        mean.backward()
        optimiser.step()
        schedule.step()
        if step % 200 == 0:
            print(f"  step {step}: loss {mean.item():.4f}", flush=True)
    return net.eval()


def _batch(examples: list[Examples], odds: np.ndarray, rng: np.random.Generator) -> list[Tensor]:
    drawn: list[tuple[np.ndarray, ...]] = []
    while len(drawn) < BATCH:
        one = draw(examples[rng.choice(len(examples), p=odds)], rng)
        if one is not None:
            drawn.append(one)
    return [torch.from_numpy(np.stack(column)) for column in zip(*drawn, strict=True)]


def to_bytes(net: Net) -> bytes:
    """Safetensors with batch normalisation folded in and weights laid out tap by tap."""
    tensors = {"head.weight": net.head.weight[:, :, 0], "head.bias": net.head.bias[:, None]}
    blocks = {f"down{k}": b for k, b in enumerate(net.down)}
    blocks |= {f"up{k}": b for k, b in enumerate(net.up)}
    for name, block in blocks.items():
        for place in (0, 1):
            convolution, norm = block[3 * place], block[3 * place + 1]
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weight = (convolution.weight * scale[:, None, None]).permute(0, 2, 1)
            tensors[f"{name}.{place}.weight"] = weight.reshape(weight.shape[0], -1)
            tensors[f"{name}.{place}.bias"] = (norm.bias - norm.running_mean * scale)[:, None]
    return save({k: t.detach().numpy().copy(order="C") for k, t in tensors.items()})


def card(weights: bytes, n_records: int) -> dict[str, Any]:
    """What the weights are, where they come from, what they are not."""
    return {
        "name": "elvmass delineation network",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "inputs": "8 independent leads of a representative beat at 250 Hz, 0.5-70 Hz, without "
        "level, gain and polarity; time from R; places of the neighbouring beats; T by the rules",
        "outputs": "share of P, QRS and T per sample: median of leads, outermost but one, 12 leads",
        "trained_on": f"{n_records} records of LUDB 1.0.1 (500 Hz, one recorder, one group of "
        "annotators; the other 80 records were never seen)",
        "attribution": "Kalyakulina et al., LUDB, IEEE Access 8:186181, 2020; ODC-BY 1.0",
        "figures": "python tests/bench/ludb.py",
        "licence": "Apache-2.0",
        "limitations": "Adults at rest. Few records with atrial fibrillation (11), wide QRS (12) "
        "and pacing (6). Research use only.",
    }


def main() -> None:
    """Train the shipped network, or the five of the cross-validation."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("bench", type=Path, help="folder of delineation_eval.py")
    parser.add_argument("data", type=Path, help="ludb_dev.npz")
    parser.add_argument("--folds", type=Path, help="folder for the networks of the folds")
    args = parser.parse_args()
    torch.set_num_threads(1)
    sys.path.insert(0, str(args.bench))
    import delineation_eval as grader

    table = grader.LUDB(args.data)
    examples = read_examples(grader, table)
    fold = fold_of(len(examples))
    if args.folds is None:
        weights = to_bytes(train(examples, seed=0))
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / "weights.safetensors").write_bytes(weights)
        (OUT / "card.json").write_text(json.dumps(card(weights, len(examples)), indent=2) + "\n")
        return
    args.folds.mkdir(parents=True, exist_ok=True)
    for k in range(N_FOLDS):
        print(f"fold {k}")
        rest = [one for one, f in zip(examples, fold, strict=True) if f != k]
        (args.folds / f"fold{k}.safetensors").write_bytes(to_bytes(train(rest, seed=k)))


if __name__ == "__main__":
    main()
