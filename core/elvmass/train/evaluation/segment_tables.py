"""The paper's Tables 5 and 6 on any cohort: segment importance by level of mass and by sex.

The paper averages five chosen patients of each level and gives no interval; here every patient of
the cohort counts, levels are thirds of the measured mass, and intervals are patient-level
bootstrap intervals. Percentages of patients are averaged, not their maps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elvmass.beat import SEGMENTS, Beat, BeatKind, Fiducials
from elvmass.boundaries import BOUNDARIES
from elvmass.card import View
from elvmass.errors import CohortError
from elvmass.model.bundle import Bundle
from elvmass.model.estimate import fold_inputs
from elvmass.model.explain import DEFAULT_METHOD
from elvmass.model.explain.methods import explain
from elvmass.model.explain.references import References
from elvmass.model.importance import segment_importance
from elvmass.model.inputs import ALL_SCALARS
from elvmass.record import FloatArray
from elvmass.result import GROUPS, group_sums
from elvmass.train.data.dataset import Cohort
from elvmass.train.evaluation.metrics import Figure, mean_with_ci
from elvmass.train.runtime.progress import Progress, ignore

LEVELS: tuple[str, ...] = ("low", "middle", "high")

#: Per cent, [limb, precordial][PR, QRS, ST, T, TP], by sex of the model and level (medRxiv
#: 2024.02.19.24303061, Tables 5 and 6).
PAPER: dict[tuple[str, str], tuple[tuple[float, ...], tuple[float, ...]]] = {
    ("pooled", "low"): ((3.52, 34.32, 0.0, 0.0, 0.0), (0.52, 42.90, 11.08, 6.52, 1.18)),
    ("pooled", "middle"): ((3.16, 37.96, 0.0, 0.0, 0.48), (0.06, 41.78, 16.62, 0.0, 0.0)),
    ("pooled", "high"): ((3.90, 53.28, 0.04, 2.76, 0.0), (0.0, 17.52, 0.08, 22.42, 0.0)),
    ("male", "low"): ((1.0, 34.8, 0.0, 0.0, 0.0), (0.0, 53.7, 10.5, 0.0, 0.0)),
    ("male", "middle"): ((0.5, 39.0, 0.0, 0.0, 0.0), (0.0, 22.8, 7.4, 30.3, 0.0)),
    ("male", "high"): ((0.2, 49.2, 0.0, 7.0, 0.0), (0.0, 9.2, 0.0, 34.5, 0.0)),
    ("female", "low"): ((0.0, 36.5, 0.0, 0.0, 0.0), (0.0, 49.2, 0.0, 14.3, 0.0)),
    ("female", "middle"): ((4.4, 34.5, 0.0, 0.0, 0.0), (0.0, 30.8, 8.4, 21.9, 0.0)),
    ("female", "high"): ((1.5, 54.7, 0.0, 0.0, 0.0), (0.4, 26.3, 1.2, 16.0, 0.0)),
}


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One cell of a table: percentages with 95 % intervals, and the paper's.

    ``percent`` is the plain share, ``net`` that of the net grams (percent), ``density`` the plain
    share per millisecond and lead (1 is even), ``seed_like`` our reading of the paper's thresholded
    share (percent). Segment "total" sums a lead group.
    """

    model: str
    sex: str
    level: str
    n: int
    group: str
    segment: str
    percent: Figure
    net: Figure
    density: Figure
    seed_like: Figure
    paper_percent: float


def segment_tables(
    bundle: Bundle,
    cohort: Cohort,
    method: str = DEFAULT_METHOD,
    references: References | None = None,
    progress: Progress = ignore,
) -> list[SegmentRow]:
    """Explain every patient of the model's sex and average by level of mass.

    Raises
    ------
    CohortError
        If there are fewer than three patients of the model's sex, or the cohort holds strips.
    """
    sex = bundle.card.sex
    rows = np.flatnonzero(cohort.of_sex("pooled" if sex is None else sex.value))
    if len(rows) < len(LEVELS):
        raise CohortError(f"{len(rows)} patients are too few for {len(LEVELS)} levels of mass.")
    cells = []
    for i, row in enumerate(rows):
        cells.append(_cells(bundle, cohort, int(row), method, references))
        progress(f"explaining ECG {i + 1} of {len(rows)}", (i + 1) / len(rows))
    level = thirds(cohort.lvm_g[rows])
    patients = np.array(cohort.patients)[rows]
    found: list[SegmentRow] = []
    for k, name in enumerate(LEVELS):
        chosen = level == k
        found += _table(bundle, name, np.stack(cells)[chosen], patients[chosen].tolist())
    return found


def thirds(lvm_g: FloatArray) -> NDArray[np.int64]:
    """[n] 0, 1 or 2: lowest, middle or highest third of the mass."""
    cuts = np.quantile(lvm_g, [1 / 3, 2 / 3])
    return np.searchsorted(cuts, lvm_g, side="left")


def beat_of(cohort: Cohort, row: int) -> Beat:
    """One beat of a cohort with its boundaries."""
    if cohort.spec.view is View.STRIP:
        raise CohortError("The segments of a cohort of strips cannot be told; choose a beat model.")
    spec = cohort.spec
    points = dict(zip(BOUNDARIES, cohort.ecg.fiducials[row].tolist(), strict=True))
    whole = {name: None if np.isnan(p) else round(p) for name, p in points.items()}
    return Beat(
        signal_mv=cohort.beats_mv[row].astype(np.float64),
        rate_hz=spec.rate_hz,
        r_index=spec.r_index,
        fiducials=Fiducials(**whole),  # type: ignore[arg-type]
        kind=BeatKind(spec.kind),
        start_s=0.0,
        number=0,
        count=1,
        likeness=1.0,
        valid_from=0,
        valid_to=spec.n_samples,
    )


def scalars_of(cohort: Cohort, row: int) -> dict[str, float | None]:
    """Scalars of one row by name; NaN where unknown."""
    return dict(zip(ALL_SCALARS, cohort.scalars[row].tolist(), strict=True))


def _cells(
    bundle: Bundle, cohort: Cohort, row: int, method: str, references: References | None
) -> FloatArray:
    """[4, 2, 6] plain, net, density and seed-like share by group, segment, and group's total."""
    beat = beat_of(cohort, row)
    inputs = fold_inputs(bundle, beat, scalars_of(cohort, row))
    importance = segment_importance(explain(bundle, inputs, beat, method, references), beat)
    assert importance.seed_like is not None
    plain = importance.by_group()
    even = importance.seconds / (2 * importance.seconds.sum())
    dense = np.divide(plain, even, out=np.full(plain.shape, np.nan), where=even > 0)
    net, seed_like = importance.net_by_group(), group_sums(importance.seed_like)
    kinds = np.stack([100 * plain, 100 * net, dense, 100 * seed_like])
    total = kinds.sum(axis=2, keepdims=True)
    total[2] = 2 * plain.sum(axis=1, keepdims=True)
    return np.concatenate([kinds, total], axis=2)


def _table(
    bundle: Bundle, level: str, cells: FloatArray, patients: Sequence[str]
) -> Iterator[SegmentRow]:
    sex = "pooled" if bundle.card.sex is None else bundle.card.sex.value
    for g, group in enumerate(GROUPS):
        paper = PAPER[sex, level][g]
        for s, segment in enumerate([*(each.value for each in SEGMENTS), "total"]):
            plain, net, dense, seed_like = (_mean(cells[:, k, g, s], patients) for k in range(4))
            yield SegmentRow(
                model=bundle.card.name,
                sex=sex,
                level=level,
                n=len(cells),
                group=group,
                segment=segment,
                percent=plain,
                net=net,
                density=dense,
                seed_like=seed_like,
                paper_percent=sum(paper) if segment == "total" else paper[s],
            )


def _mean(values: FloatArray, patients: Sequence[str]) -> Figure:
    """Mean of those who have the segment."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return Figure(np.nan, np.nan, np.nan)
    return mean_with_ci(values[known], patients=[patients[i] for i in known.tolist()])
