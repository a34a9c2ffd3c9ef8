"""Two analyses side by side: what differs, by how much, and what the difference can bear.

The change in grams is set against the beat-to-beat scatter of both recordings, and nothing more
is claimed: how far two estimates of one patient err together is unknown, so there is no interval
of the change of the heart itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from elvmass.card import DEMOGRAPHICS
from elvmass.compare.cautions import cautions
from elvmass.compare.pair import Pair, one_model
from elvmass.record import Notice
from elvmass.result import Analysis, Estimate

#: Share of differences by chance alone that lie within the noise.
NOISE_COVERAGE = 0.95
#: Clean beats below which a standard deviation says too little.
LEAST_BEATS = 3
_Z = 1.959964  # normal quantile of (1 + NOISE_COVERAGE) / 2
#: The main voltage criteria, by their key in :mod:`elvmass.clinical.criteria`.
VOLTAGES: tuple[str, ...] = ("sokolow_lyon", "cornell", "peguero_lo_presti", "r_avl")

#: Field of :class:`elvmass.record.Measurements` → name, unit.
_MEASURED: dict[str, tuple[str, str]] = {
    "rate_bpm": ("Rate", "/min"),
    "pr_ms": ("PR", "ms"),
    "qrs_ms": ("QRS", "ms"),
    "qt_ms": ("QT", "ms"),
    "qtc_ms": ("QTc (Bazett)", "ms"),
    "p_axis_deg": ("P axis", "°"),
    "qrs_axis_deg": ("QRS axis", "°"),
    "t_axis_deg": ("T axis", "°"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity in both ECGs, measured by the same rules; None where one has none.

    ``change`` is later less earlier; an axis turns the shorter way, -180 to 180 degrees.
    """

    key: str
    name: str
    unit: str
    first: float | None
    second: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class MassChange:
    """The second estimate less the first.

    Attributes
    ----------
    change_g
        Grams, as the two estimates stand.
    first_sd_g, second_sd_g
        Beat-to-beat standard deviation of each; None if it is not known.
    noise_g
        Half-width within which :data:`NOISE_COVERAGE` of the differences between two single
        beats of these recordings lie if nothing but the beat differs; None without it, see
        ``why_no_noise``. Electrode placement, posture and the day add to it and are not in it.
    shared_g
        What both prediction intervals have in common, low and high; None if they do not meet
        or one of them is missing.
    intervals
        Whether both estimates have an interval.
    """

    change_g: float
    first_sd_g: float | None
    second_sd_g: float | None
    noise_g: float | None
    why_no_noise: str
    shared_g: tuple[float, float] | None
    intervals: bool

    @property
    def within_noise(self) -> bool | None:
        """Whether the choice of the beat alone explains the change; None if nobody knows."""
        return None if self.noise_g is None else abs(self.change_g) <= self.noise_g


@dataclass(frozen=True, slots=True)
class ChangeParts:
    """What the change is made of by the model's own contributions, grams.

    ``ecg_g`` comes from the beat and the scalars measured on it, ``patient_g`` from age, sex and
    body size, imputed ones included.
    """

    ecg_g: float
    patient_g: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two analysed ECGs in the order of their recording.

    Attributes
    ----------
    first, second
        The earlier and the later; as given if the dates do not tell.
    swapped
        Whether they were given the other way round.
    dated
        Whether the dates give the order.
    rows
        Measurements and voltages of both.
    mass
        The change of the estimate.
    parts
        What it is made of; None unless one model has explained both in grams, from one reference.
    cautions
        What speaks against reading the difference as a change of the heart, the gravest first.
        They name what differs, never whose identifier or name it is.
    """

    first: Analysis
    second: Analysis
    swapped: bool
    dated: bool
    rows: tuple[Row, ...]
    mass: MassChange
    parts: ChangeParts | None
    cautions: tuple[Notice, ...]

    @property
    def comparable(self) -> bool:
        """False if patient, model or unit differ: then the difference is no change."""
        grave = {"other_patient", "other_model", "other_unit"}
        return not grave & {each.code for each in self.cautions}


def compare(one: Analysis, other: Analysis) -> Comparison:
    """Compare two analyses; the order in which they are given only matters without dates."""
    dates = one.record.recorded_at, other.record.recorded_at
    days = _days_between(*dates)
    swapped = days is not None and days < 0
    pair = Pair(other, one) if swapped else Pair(one, other)
    return Comparison(
        first=pair.first,
        second=pair.second,
        swapped=swapped,
        dated=bool(days),
        rows=(*_measured(pair), *_voltages(pair)),
        mass=mass_change(pair.first.estimate, pair.second.estimate),
        parts=_parts(pair),
        cautions=tuple(cautions(pair, days)),
    )


def mass_change(first: Estimate, second: Estimate) -> MassChange:
    """The change between two estimates against their own scatter."""
    noise_g, why = _noise_g(first, second)
    spans = first.interval, second.interval
    return MassChange(
        change_g=second.mass_g - first.mass_g,
        first_sd_g=first.beat_sd_g,
        second_sd_g=second.beat_sd_g,
        noise_g=noise_g,
        why_no_noise=why,
        shared_g=_shared_g(first, second),
        intervals=all(span is not None for span in spans),
    )


# ---- grams ----------------------------------------------------------------------------------


def _noise_g(first: Estimate, second: Estimate) -> tuple[float | None, str]:
    """Half-width of the difference between two single beats (Welch), or why there is none."""
    variances, degrees = 0.0, 0.0
    for estimate in (first, second):
        sd, count = estimate.beat_sd_g, len(estimate.beat_masses_g)
        if sd is None or count < LEAST_BEATS:
            why = f"one ECG has {count} clean beats with an estimate, fewer than {LEAST_BEATS}"
            return None, why
        variances += sd**2
        degrees += sd**4 / (count - 1)
    if variances == 0.0:
        return 0.0, ""
    return student_quantile(variances**2 / degrees) * math.sqrt(variances), ""


def student_quantile(degrees: float) -> float:
    """0.975 quantile of Student's t for at least 2 degrees of freedom, to 1 %.

    The expansion in 1/degrees (Abramowitz & Stegun 26.7.5); scipy would cost the window 0.2 s.
    """
    z = _Z
    terms = (
        (z**3 + z) / 4.0,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96.0,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384.0,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160.0,
    )
    return z + sum(term / degrees ** (k + 1) for k, term in enumerate(terms))


def _shared_g(first: Estimate, second: Estimate) -> tuple[float, float] | None:
    if first.interval is None or second.interval is None:
        return None
    low = max(first.interval.low_g, second.interval.low_g)
    high = min(first.interval.high_g, second.interval.high_g)
    return (low, high) if low <= high else None


def _parts(pair: Pair) -> ChangeParts | None:
    first, second = (each.saliency for each in pair)
    if first is None or second is None or not one_model(pair):
        return None
    one_scale = first.method == second.method and first.unit == second.unit == "g"
    names = first.scalars_g.keys()
    if not one_scale or names != second.scalars_g.keys() or not names:
        return None
    if not math.isclose(first.reference_g, second.reference_g, abs_tol=0.1):
        return None
    by_scalar = {name: second.scalars_g[name] - first.scalars_g[name] for name in names}
    patient_g = sum(by_scalar.pop(name, 0.0) for name in DEMOGRAPHICS)
    signal_g = float(second.values_g.sum() - first.values_g.sum())
    return ChangeParts(signal_g + sum(by_scalar.values()), patient_g)


# ---- rows -----------------------------------------------------------------------------------


def _measured(pair: Pair) -> Iterator[Row]:
    for key, (name, unit) in _MEASURED.items():
        values = tuple(getattr(each.measured, key) for each in pair)
        yield _row((key, name, unit), *values)


def _voltages(pair: Pair) -> Iterator[Row]:
    found = [{each.key: each for each in analysis.criteria} for analysis in pair]
    for key in VOLTAGES:
        first, second = (each.get(key) for each in found)
        if first is not None and second is not None:
            yield _row((key, first.name, first.unit), first.value, second.value)


def _row(what: tuple[str, str, str], first: float | None, second: float | None) -> Row:
    change = None if first is None or second is None else second - first
    if change is not None and what[2] == "°":
        change = turn_deg(change)
    return Row(*what, first, second, change)


def turn_deg(change: float) -> float:
    """The same turn the shorter way, above -180 to 180 degrees."""
    return 180.0 - (180.0 - change) % 360.0


def _days_between(one: datetime | None, other: datetime | None) -> float | None:
    """From one to the other; a date without a zone counts as local to the other."""
    if one is None or other is None:
        return None
    if (one.tzinfo is None) != (other.tzinfo is None):
        one, other = one.replace(tzinfo=None), other.replace(tzinfo=None)
    return (other - one).total_seconds() / 86400.0
