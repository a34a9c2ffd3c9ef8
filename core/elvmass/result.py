"""What comes out: estimate, saliency, importance, and the analysis that holds them together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from elvmass.beat import SEGMENTS, Beat, BeatMark, Fiducials
from elvmass.boundaries import shifts_ms
from elvmass.card import ModelCard
from elvmass.errors import ElvmassError
from elvmass.record import (
    FloatArray,
    LeadMeasurements,
    LeadQuality,
    Measurements,
    Notice,
    Record,
    freeze,
)

#: Rows of the importance table.
GROUPS: tuple[str, ...] = ("limb", "precordial")


#: Codes of notices for which the study excluded ECGs: bundle branch block, pacing, fibrillation.
PAPER_EXCLUSIONS: tuple[str, ...] = (
    "wide_qrs",
    "pacing_suspected",
    "atrial_fibrillation_suspected",
)
#: Further ones for which a model of ours has not been made; a code may begin so.
OUR_EXCLUSIONS: tuple[str, ...] = (
    "rate_outside_range", "few_beats", "lead_off", "suspected_", "outside_training",
)  # fmt: skip
_INELIGIBLE = PAPER_EXCLUSIONS + OUR_EXCLUSIONS


@dataclass(frozen=True, slots=True)
class Interval:
    """A prediction interval in grams and the share of patients that it should cover (0.9)."""

    low_g: float
    high_g: float
    coverage: float


@dataclass(frozen=True, slots=True)
class LvhThreshold:
    """A sex-specific upper limit of the indexed mass, bound to its imaging modality."""

    key: str
    male_g_per_m2: float
    female_g_per_m2: float
    modality: str
    source: str


@dataclass(frozen=True, slots=True)
class LvhJudgement:
    """The estimate against a threshold.

    ``positive`` is None when the index or the sex is unknown. ``certain`` is False when the
    interval of the index contains the threshold, or when there is no interval: then the verdict
    may not be shown as settled. ``reason`` says why there is no verdict, or why it is not settled.
    """

    threshold: LvhThreshold
    limit_g_per_m2: float | None
    positive: bool | None
    certain: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One rule-based ECG criterion of LVH, as a continuous score and against its cut-off.

    Attributes
    ----------
    key, name, formula
        Stable key, name in words, and what is added up.
    value, unit
        The score ("mV", "mV·ms", "points"); None if it cannot be computed, see ``reason``.
    cutoff, positive
        Limit for this patient and whether it is reached; None for a criterion without a single
        limit, or if the sex that the limit needs is unknown.
    source
        Where formula and cut-off come from.
    reason
        Why there is no value or no verdict.
    """

    key: str
    name: str
    formula: str
    value: float | None
    unit: str
    cutoff: float | None
    positive: bool | None
    source: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The left ventricular mass that a model reads from one beat.

    Attributes
    ----------
    mass_g
        Mean of the fold models, grams.
    fold_masses_g
        Each fold model's own answer; their spread is model disagreement, not the error.
    interval
        Cross-conformal prediction interval; None if the model holds no errors to make one from.
    bsa_m2, bsa_formula, index_g_per_m2
        Body surface area and the indexed mass; None without height or weight.
    lvh
        Judgement by the chosen threshold.
    card
        The model that was used.
    chosen_because
        Why this model (sex, available inputs), one sentence.
    scalars
        Name → value that entered the model (imputed ones included), in its own unit.
    imputed
        Names of scalars that were missing and replaced by the training median (sex: 0.5).
    notices
        Everything that lowers the trust in this number.
    lvh_probability
        Probability of hypertrophy by the model's own second head, if it has one.
    beat_masses_g
        The same estimate on each clean beat: how far the number depends on the choice of the
        beat. Empty for a model of strips, or if it was not asked for.
    height_cm
        Of the patient, for the masses indexed by height; never an imputed one.
    """

    mass_g: float
    fold_masses_g: tuple[float, ...]
    interval: Interval | None
    bsa_m2: float | None
    bsa_formula: str
    index_g_per_m2: float | None
    lvh: LvhJudgement
    card: ModelCard
    chosen_because: str
    scalars: dict[str, float]
    imputed: tuple[str, ...]
    notices: tuple[Notice, ...]
    lvh_probability: float | None = None
    beat_masses_g: tuple[float, ...] = ()
    height_cm: float | None = None

    def __post_init__(self) -> None:
        span = self.interval
        if span is not None and not span.low_g <= self.mass_g <= span.high_g:
            raise ValueError(f"mass {self.mass_g} g outside its interval {span}")

    def per_height(self, power: float) -> float | None:
        """The mass divided by a power of the height in metres; None without a height.

        Obesity enlarges the body surface and so hides hypertrophy; height does not know of it.
        """
        return None if self.height_cm is None else self.mass_g / (self.height_cm / 100.0) ** power

    @property
    def beat_sd_g(self) -> float | None:
        """Standard deviation between clean beats; None with fewer than two."""
        if len(self.beat_masses_g) < 2:
            return None
        return float(np.std(self.beat_masses_g, ddof=1))

    @property
    def ineligible(self) -> tuple[Notice, ...]:
        """Why this ECG lies outside what the model is meant for; empty if it does not."""
        return tuple(n for n in self.notices if n.code.startswith(_INELIGIBLE))


@dataclass(frozen=True, slots=True)
class SecondEstimate:
    """The mass by another model from the same beat: pooled beside sex-specific, or the reverse.

    ``mass_g``, ``fold_masses_g``, ``interval`` and ``card`` as in :class:`Estimate`.
    """

    mass_g: float
    fold_masses_g: tuple[float, ...]
    interval: Interval | None
    card: ModelCard


@dataclass(frozen=True, slots=True, eq=False)
class SaliencyMap:
    """Signed contribution in grams of every sample of the beat and of every scalar.

    ``values_g`` [12, m] lies on the grid of the beat. All of it, scalars included, sums to
    ``mass_g - reference_g`` up to ``completeness_error`` (relative to that change, at least to
    10 g), where ``reference_g`` is the model's answer to the reference of the method (by default
    mean beat and mean scalars of the training data).

    Not every method keeps this promise (:data:`elvmass.model.explain.METHODS`); ``unit`` is "g",
    or "g/mV" for a bare gradient, whose ``completeness_error`` is NaN. ``scalars_g`` is empty if
    the method says nothing about scalars. ``spread_g`` [12, m] is the standard deviation between
    the fold models; None for a single model.
    """

    values_g: FloatArray
    scalars_g: dict[str, float]
    reference_g: float
    mass_g: float
    completeness_error: float
    method: str
    spread_g: FloatArray | None = None
    unit: str = "g"

    def __post_init__(self) -> None:
        object.__setattr__(self, "values_g", freeze(self.values_g))
        if self.spread_g is not None:
            object.__setattr__(self, "spread_g", freeze(self.spread_g))


@dataclass(frozen=True, slots=True, eq=False)
class SegmentImportance:
    """Share of the absolute saliency of the ECG, and its net grams, by lead and segment.

    ``share`` and ``net_g`` are [12, 5] (standard leads × :data:`elvmass.beat.SEGMENTS`);
    ``share`` sums to 1. ``seconds`` [5] is each segment's length. ``seed_like`` [12, 5] is our
    reading of how the paper made its tables (:mod:`elvmass.model.importance`).
    """

    share: FloatArray
    net_g: FloatArray
    seconds: FloatArray
    seed_like: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in ("share", "net_g", "seconds", "seed_like"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, freeze(getattr(self, name)))
        if self.share.shape != (12, len(SEGMENTS)):
            raise ValueError(f"share must be [12, 5], not {self.share.shape}")
        if not np.isclose(self.share.sum(), 1.0, atol=1e-9):
            raise ValueError(f"shares sum to {self.share.sum()}, not 1")

    def by_group(self) -> FloatArray:
        """[2, 5] share of limb and precordial leads in each segment: the paper's Table 5."""
        return group_sums(self.share)

    def net_by_group(self) -> FloatArray:
        """[2, 5] share of the absolute net grams of each cell: what of it is not cancelled inside.

        Of effects planted at a known place this finds more than :meth:`by_group` (README).
        """
        net: FloatArray = np.abs(group_sums(self.net_g))
        shares: FloatArray = np.divide(
            net, net.sum(), out=np.full(net.shape, np.nan), where=net.sum() > 0
        )
        return shares

    def density(self) -> FloatArray:
        """[12, 5] share per millisecond and lead, 1 if evenly spread; NaN for absent segments."""
        even = np.broadcast_to(self.seconds / (12 * self.seconds.sum()), self.share.shape)
        dense: FloatArray = np.divide(
            self.share, even, out=np.full(self.share.shape, np.nan), where=even > 0
        )
        return dense


def group_sums(by_lead: FloatArray) -> FloatArray:
    """[12, 5] by lead to [2, 5] by :data:`GROUPS`."""
    return np.stack([by_lead[:6].sum(axis=0), by_lead[6:].sum(axis=0)])


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """One record with everything that was found in it: what every outlet shows.

    ``beat`` is the one that the estimate rests on, ``marks`` grade all beats, ``clean_beats`` are
    those of the usual shape (empty if they were not asked for). ``measured`` are our own
    measurements, ``record.reported`` the device's; ``leads`` are the waves lead by lead,
    ``lead_quality`` says how well each was recorded, and ``criteria`` are the rule-based criteria
    of LVH made from the waves.
    ``filter_text`` says what was done to the signal before the beat was cut. ``saliency`` and
    ``importance`` are None when only the estimate was asked for. ``automatic`` are the boundaries
    that were found, if a reader has drawn others in ``beat`` by hand; else None. ``second`` is what
    the model for both sexes says beside the one for this sex, or the reverse; None if there is no
    such model, or if it was not asked (:func:`elvmass.beside.second.second_estimate`).
    """

    record: Record
    beat: Beat
    clean_beats: tuple[Beat, ...]
    marks: tuple[BeatMark, ...]
    measured: Measurements
    leads: LeadMeasurements
    lead_quality: LeadQuality
    criteria: tuple[Criterion, ...]
    filter_text: str
    estimate: Estimate
    saliency: SaliencyMap | None
    importance: SegmentImportance | None
    automatic: Fiducials | None = None
    second: SecondEstimate | None = None

    @property
    def beat_times_s(self) -> tuple[float, ...]:
        """R peaks of all beats, seconds from the start of the recording."""
        return tuple(mark.time_s for mark in self.marks)

    @property
    def moved_ms(self) -> dict[str, float]:
        """How far the reader moved each boundary of the beat, ms; {} if none."""
        if self.automatic is None:
            return {}
        return shifts_ms(self.automatic, self.beat.fiducials, self.beat.rate_hz)


@dataclass(frozen=True, slots=True)
class Failure:
    """The other thing that a batch yields: a path and what went wrong with it."""

    path: Path
    error: ElvmassError
