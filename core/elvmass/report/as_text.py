"""`Record` and `Analysis` → a few plain lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from elvmass.beat import SEGMENTS, Beat, BeatGrade
from elvmass.boundaries import shifts_text
from elvmass.clinical.body import HEIGHT_POWERS
from elvmass.record import Measurements, Notice, Record
from elvmass.result import GROUPS, Analysis, Criterion, Estimate, Interval, SaliencyMap
from elvmass.signal.measure import qtc_ms

#: What an explanation leaves open is said from here on, g.
_LEAST_REST_G = 0.5
_UNITS = {"bpm": "/min", "ms": "ms", "deg": "°"}


def record_text(record: Record) -> str:
    """What the file holds: format, signal, patient (no name), device measurements, notices."""
    patient = record.patient
    sex = patient.sex.value if patient.sex else "unknown"
    lines = [
        f"format     {record.source.format}  {record.source.device}".rstrip(),
        f"signal     12 leads, {record.rate_hz:g} Hz, {record.duration_s:.1f} s"
        + (f"; derived: {', '.join(record.derived_leads)}" if record.derived_leads else ""),
        f"recorded   {record.recorded_at or 'unknown'}",
        f"patient    sex {sex}, age {_known(patient.age_years)}, "
        f"height {_known(patient.height_cm)} cm, weight {_known(patient.weight_kg)} kg",
        f"filter     {record.device_filter or 'not stated by the device'}",
        "reported   " + _measurements(record.reported),
        *_notice_lines(record.notices),
    ]
    return "\n".join(lines)


def estimate_text(analysis: Analysis) -> str:
    """The estimate with everything that a reader must know beside the number."""
    e = analysis.estimate
    beat = analysis.beat
    lines = [
        f"LV mass    {e.mass_g:.0f} g   ({_interval(e.interval)})",
        "index      " + _index(e),
        "LVH        " + _lvh(e),
        *_own_head(e),
        f"model      {e.card.name}: {e.chosen_because}",
        f"trained on {e.card.trained_on}. Research use only, not a medical device.",
        *_second(analysis),
        f"beat       {_which(beat)}; {analysis.filter_text}",
        *_by_hand(analysis),
        "beats      " + _beats(analysis),
        "eligible   " + _eligible(e),
        "measured   " + _measurements(analysis.measured),
        "QTc        " + _qtc(analysis.measured),
        "criteria   " + _criteria(analysis.criteria),
        *_notice_lines(e.notices),
    ]
    return "\n".join(lines)


def _second(analysis: Analysis) -> Iterator[str]:
    """What the model for both sexes says beside that for this sex, or the reverse."""
    other = analysis.second
    if other is not None:
        whom = f"for {other.card.sex.value}s" if other.card.sex else "for both sexes"
        mass = f"{other.mass_g:.0f} g ({_interval(other.interval)})"
        yield f"second     {other.card.name}, {whom}: {mass}"


def _by_hand(analysis: Analysis) -> Iterator[str]:
    if analysis.automatic is not None:
        yield f"by hand    boundaries of this beat: {shifts_text(analysis.moved_ms)}"


def _beats(analysis: Analysis) -> str:
    """How many beats of which grade, and how far the estimate depends on the choice."""
    grades = [mark.grade for mark in analysis.marks]
    counts = ", ".join(f"{grades.count(g)} {g.value}" for g in BeatGrade if g in grades)
    masses, sd = analysis.estimate.beat_masses_g, analysis.estimate.beat_sd_g
    if sd is None:
        return counts
    return (
        f"{counts}; on each of {len(masses)} clean ones {min(masses):.0f} to {max(masses):.0f} g "
        f"(SD {sd:.1f} g)"
    )


def _eligible(e: Estimate) -> str:
    codes = ", ".join(notice.code for notice in e.ineligible)
    return f"no, outside what the model is meant for: {codes}" if codes else "yes"


def _qtc(measured: Measurements) -> str:
    known = [f"{name} {ms:.0f} ms" for name, ms in qtc_ms(measured).items() if ms is not None]
    return ", ".join(known) or "not computed: QT or rate is unknown"


def _criteria(criteria: tuple[Criterion, ...]) -> str:
    """The rule-based criteria that are positive, of those that could be judged."""
    judged = [each for each in criteria if each.positive is not None]
    positive = [each.name for each in judged if each.positive]
    names = f": {', '.join(positive)}" if positive else ""
    return f"{len(positive)} of {len(judged)} rule-based ECG criteria of LVH positive{names}"


def explanation_text(analysis: Analysis) -> str:
    """The importance table (sums to 100 %) and how the estimate is built up, if it is in grams."""
    if analysis.importance is None or analysis.saliency is None:
        raise ValueError("the analysis was made without an explanation")
    lines = ["importance " + "".join(f"{s.value:>7}" for s in SEGMENTS) + "    all"]
    for group, shares in zip(GROUPS, analysis.importance.by_group() * 100, strict=True):
        cells = "".join(f"{share:6.1f}%" for share in shares)
        lines.append(f"{group:<11}{cells}{shares.sum():6.1f}%")
    lines.append("in grams   " + _build_up(analysis.saliency))
    return "\n".join(lines)


def _which(beat: Beat) -> str:
    if beat.members:
        return f"{beat.kind.value} of {len(beat.members)} of {beat.count} complete beats"
    return f"{beat.kind.value}, {beat.number + 1} of {beat.count}, from {beat.start_s:.2f} s"


def _interval(interval: Interval | None) -> str:
    if interval is None:
        return "no interval: the model holds no errors to make one from"
    return (
        f"{100 * interval.coverage:.0f} % interval {interval.low_g:.0f} to {interval.high_g:.0f} g"
    )


def _own_head(e: Estimate) -> Iterator[str]:
    if e.lvh_probability is not None:
        yield f"LVH head   probability {e.lvh_probability:.2f} by the model's own second output"


def _index(e: Estimate) -> str:
    by_height = [(power, e.per_height(power)) for power in HEIGHT_POWERS]
    lesser = "".join(f"; {mass:.1f} g/m^{power:g}" for power, mass in by_height if mass is not None)
    if e.index_g_per_m2 is None or e.bsa_m2 is None:
        return f"not computed: height or weight is unknown{lesser}"
    return f"{e.index_g_per_m2:.1f} g/m² (BSA {e.bsa_m2:.2f} m², {e.bsa_formula}){lesser}"


def _lvh(e: Estimate) -> str:
    limit = f"{e.lvh.threshold.modality} limit, {e.lvh.threshold.source}"
    if e.lvh.positive is None:
        return f"not computed: {e.lvh.reason} ({limit})"
    verdict = "above" if e.lvh.positive else "below"
    settled = "" if e.lvh.certain else f", not settled: {e.lvh.reason}"
    return f"{verdict} {e.lvh.limit_g_per_m2:g} g/m²{settled} ({limit})"


def _build_up(saliency: SaliencyMap) -> str:
    if saliency.unit != "g":
        return f"no: {saliency.method} is in {saliency.unit}, and does not add up to the estimate"
    parts = [f"{saliency.reference_g:.1f} reference", f"{saliency.values_g.sum():+.1f} ECG"]
    parts += [f"{grams:+.1f} {name}" for name, grams in saliency.scalars_g.items()]
    rest = saliency.mass_g - saliency.reference_g - saliency.values_g.sum()
    rest -= sum(saliency.scalars_g.values())
    if abs(rest) >= _LEAST_REST_G:
        parts.append(f"{rest:+.1f} not attributed")
    return " ".join(parts) + f" = {saliency.mass_g:.1f} g ({saliency.method})"


def _measurements(values: Measurements) -> str:
    known = [
        f"{name.rsplit('_', 1)[0].replace('_', ' ')} {value:.0f} {_UNITS[name.rsplit('_', 1)[1]]}"
        for name, value in asdict(values).items()
        if value is not None
    ]
    return ", ".join(known) or "nothing"


def _notice_lines(notices: tuple[Notice, ...]) -> Iterator[str]:
    return (f"note       {notice.message}" for notice in notices)


def _known(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"
