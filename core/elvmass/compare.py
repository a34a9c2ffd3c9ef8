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
from typing import NamedTuple

from elvmass.card import DEMOGRAPHICS, ECG_SCALARS, SCALAR_WORDS
from elvmass.record import Notice, Patient
from elvmass.result import Analysis, Estimate

#: Share of differences by chance alone that lie within the noise.
NOISE_COVERAGE = 0.95
#: Clean beats below which a standard deviation says too little.
LEAST_BEATS = 3
_Z = 1.959964  # normal quantile of (1 + NOISE_COVERAGE) / 2
#: Ages in whole years and two birthdays may be off by so much.
_AGE_SLACK_YEARS = 1.5
_YEAR_DAYS = 365.25
_NAMES = ("first", "second")
#: What stands in a name or identifier that was taken out: two of them are not one patient.
_NOBODY = frozenset(
    {"", "anonymous", "anonymized", "anonymised", "unknown", "none", "removed", "simulated"}
)
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


class _Pair(NamedTuple):
    """Earlier and later, in the order of their recording."""

    first: Analysis
    second: Analysis


def compare(one: Analysis, other: Analysis) -> Comparison:
    """Compare two analyses; the order in which they are given only matters without dates."""
    dates = one.record.recorded_at, other.record.recorded_at
    days = _days_between(*dates)
    swapped = days is not None and days < 0
    pair = _Pair(other, one) if swapped else _Pair(one, other)
    return Comparison(
        first=pair.first,
        second=pair.second,
        swapped=swapped,
        dated=bool(days),
        rows=(*_measured(pair), *_voltages(pair)),
        mass=mass_change(pair.first.estimate, pair.second.estimate),
        parts=_parts(pair),
        cautions=tuple(_cautions(pair, days)),
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


def _parts(pair: _Pair) -> ChangeParts | None:
    first, second = (each.saliency for each in pair)
    if first is None or second is None or not _one_model(pair):
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


def _measured(pair: _Pair) -> Iterator[Row]:
    for key, (name, unit) in _MEASURED.items():
        values = tuple(getattr(each.measured, key) for each in pair)
        yield _row((key, name, unit), *values)


def _voltages(pair: _Pair) -> Iterator[Row]:
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


# ---- cautions -------------------------------------------------------------------------------


def _cautions(pair: _Pair, days: float | None) -> Iterator[Notice]:
    """The gravest first."""
    years = None if days is None else abs(days) / _YEAR_DAYS
    yield from _of_patient(pair.first.record.patient, pair.second.record.patient, years)
    yield from _of_model(pair)
    yield from _of_recording(pair)
    yield from _of_inputs(pair)
    if not days:
        yield Notice(
            "order_unknown",
            "The recording dates do not tell which ECG is the later one; the difference is second "
            "less first as they were given.",
        )


def _of_patient(one: Patient, other: Patient, years: float | None) -> Iterator[Notice]:
    """Whether one patient was recorded; what is told is which data differ, not their values."""
    differ = differing_identity(one, other, years)
    if differ:
        yield Notice(
            "other_patient",
            f"Two patients? They differ in {_listed(differ)}. The difference between the ECGs is "
            "then no change of a heart.",
        )
    elif not _known_both(one.id, other.id) and not _known_both(one.name, other.name):
        yield Notice(
            "patient_unproved",
            "Neither identifier nor name stands in both files: nothing proves that the ECGs are "
            "of one patient.",
        )


def differing_identity(one: Patient, other: Patient, years: float | None) -> tuple[str, ...]:
    """Which of identifier, name, sex and age contradict each other.

    Files state an age and no birth date here; ``years`` between the recordings tell how the age
    should have changed. None tells nothing, and then the age is not compared.
    """
    differ = []
    if _known_both(one.id, other.id) and _plain(one.id) != _plain(other.id):
        differ.append("identifier")
    if _known_both(one.name, other.name) and _plain(one.name) != _plain(other.name):
        differ.append("name")
    if one.sex is not None and other.sex is not None and one.sex is not other.sex:
        differ.append("sex")
    if years is not None and one.age_years is not None and other.age_years is not None:
        aged = other.age_years - one.age_years
        if abs(aged - years) > _AGE_SLACK_YEARS:
            differ.append("age (for the time between the recordings)")
    return tuple(differ)


def _of_model(pair: _Pair) -> Iterator[Notice]:
    one, other = (each.estimate.card for each in pair)
    if not _one_model(pair):
        yield Notice(
            "other_model",
            f"Two models: {_versions(pair)}. The difference mixes the heart with the models.",
        )
    if (one.unit, one.target) != (other.unit, other.target):
        yield Notice(
            "other_unit",
            f"The models answer in different terms: {one.target} in {one.unit} and {other.target} "
            f"in {other.unit}.",
        )


def _one_model(pair: _Pair) -> bool:
    one, other = (each.estimate.card for each in pair)
    return (one.name, one.sha256) == (other.name, other.sha256)


def _versions(pair: _Pair) -> str:
    one, other = (each.estimate.card for each in pair)
    return f"{one.name} {one.version} and {other.name} {other.version}"


def _of_recording(pair: _Pair) -> Iterator[Notice]:
    """The same file, other filters, another kind of beat."""
    one, other = (each.record.source.sha256 for each in pair)
    if one and one == other:
        yield Notice("same_file", "Both are the same recording; only the choices differ.")
    ours = [each.filter_text for each in pair]
    device = [each.record.device_filter or "not stated" for each in pair]
    if ours[0] != ours[1]:
        yield Notice(
            "other_filter", f"Filtered differently before the analysis: {ours[0]} / {ours[1]}."
        )
    if device[0] != device[1]:
        yield Notice(
            "other_device_filter",
            f"The devices filtered differently: {device[0]} / {device[1]}. A narrower band alone "
            "lowers voltages.",
        )
    kinds = [each.beat.kind.value for each in pair]
    if kinds[0] != kinds[1]:
        yield Notice("other_beat", f"The analysed beats are of two kinds: {kinds[0]} / {kinds[1]}.")


def _of_inputs(pair: _Pair) -> Iterator[Notice]:
    """Body size and what had to be replaced enter the estimate as the ECG does."""
    one, other = (each.record.patient for each in pair)
    changed = [
        f"{word} {before:g} → {after:g} {unit}"
        for word, unit, before, after in (
            ("height", "cm", one.height_cm, other.height_cm),
            ("weight", "kg", one.weight_kg, other.weight_kg),
        )
        if before is not None and after is not None and before != after
    ]
    if changed:
        yield Notice(
            "other_body",
            f"Body size enters the estimate, and it changed: {', '.join(changed)}.",
        )
    missing = [set(each.estimate.imputed) for each in pair]
    if missing[0] != missing[1]:
        names = [SCALAR_WORDS.get(name, name) for name in sorted(missing[0] ^ missing[1])]
        yield Notice(
            "other_imputed",
            f"Known in one ECG only, and replaced by a median in the other: {_listed(names)}.",
        )
    origins = _differing_origins(pair)
    if origins:
        yield Notice(
            "other_origin",
            f"The model read from the device in one ECG and from our measurement in the other: "
            f"{_listed(origins)}.",
        )
    outside = [bool(each.estimate.ineligible) for each in pair]
    if any(outside):
        which = "Both ECGs lie" if all(outside) else f"The {_NAMES[outside[1]]} ECG lies"
        yield Notice("outside_model", f"{which} outside what the model is meant for.")


def _differing_origins(pair: _Pair) -> list[str]:
    """Scalars of the ECG that are the device's in one and ours in the other, with both values."""
    found = []
    for name in ECG_SCALARS:
        values = [each.estimate.scalars.get(name) for each in pair]
        reported = [getattr(each.record.reported, name) is not None for each in pair]
        if None not in values and reported[0] != reported[1]:
            words = " → ".join(f"{value:.0f}" for value in values)
            found.append(f"{SCALAR_WORDS[name]} {words}".replace("-", "−"))
    return found


# ---- small helpers --------------------------------------------------------------------------


def _days_between(one: datetime | None, other: datetime | None) -> float | None:
    """From one to the other; a date without a zone counts as local to the other."""
    if one is None or other is None:
        return None
    if (one.tzinfo is None) != (other.tzinfo is None):
        one, other = one.replace(tzinfo=None), other.replace(tzinfo=None)
    return (other - one).total_seconds() / 86400.0


def _known_both(one: str | None, other: str | None) -> bool:
    return not {_plain(one), _plain(other)} & _NOBODY


def _plain(text: str | None) -> str:
    """Without case, punctuation and the order of its words: "DOE^JANE" is "Jane Doe"."""
    letters = "".join(c if c.isalnum() else " " for c in (text or "").casefold())
    return " ".join(sorted(letters.split()))


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
