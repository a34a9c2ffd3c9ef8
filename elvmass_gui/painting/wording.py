"""Numbers as words, for pages and panels. No Qt.

Grams and shares are whole, the index has one decimal: more digits than the estimate can bear
would suggest a precision that it does not have.
"""

from __future__ import annotations

import math

from elvmass.beat import SEGMENTS, Beat, BeatKind
from elvmass.card import SCALAR_WORDS
from elvmass.clinical.body import HEIGHT_POWERS
from elvmass.pipeline import Options
from elvmass.record import LIMB_ROWS, PRECORDIAL_ROWS, Measurements, Patient, Record
from elvmass.result import GROUPS, Analysis, Estimate, LvhJudgement, SegmentImportance
from elvmass_gui.painting.by_hand_words import report_line
from elvmass_gui.versions import versions

NOT_A_DEVICE = "Research use only. Not a medical device."

#: For the reader of page 2.
HOW_TO_READ: tuple[str, ...] = (
    "The beat shown is the one the model read. Its reference is, unless Saliency below names"
    " another, the mean beat and the mean patient of the training data.",
    "Lanes: grams that each millisecond of a lead adds to or takes from the reference.",
    "Importance: the absolute grams of a segment as a share of those of the whole beat. T lasts"
    " longer than QRS; the share per 100 ms takes the length out.",
    "Saliency shows what this model used. It does not show a cause, nor a lesion.",
)

_KIND_WORDS = {
    BeatKind.MIDDLE: "middle beat",
    BeatKind.MEDIAN: "median of the aligned beats",
    BeatKind.CHOSEN: "chosen by hand",
}
#: With a raised dot: 1·7 is how a power is set.
_HEIGHT_UNITS = {1.7: "g/m¹·⁷", 2.7: "g/m²·⁷"}
#: Field of Measurements → (head, unit, decimals).
_MEASUREMENTS: dict[str, tuple[str, str]] = {
    "rate_bpm": ("Rate", "/min"),
    "pr_ms": ("PR", "ms"),
    "qrs_ms": ("QRS", "ms"),
    "qt_ms": ("QT", "ms"),
    "qtc_ms": ("QTc", "ms"),
    "p_axis_deg": ("P axis", "°"),
    "qrs_axis_deg": ("QRS axis", "°"),
    "t_axis_deg": ("T axis", "°"),
}


def grams(value_g: float) -> str:
    """Whole grams."""
    return f"{value_g:.0f} g"


def signed_grams(value_g: float, decimals: int = 0) -> str:
    """Grams with sign; what rounds to zero has none."""
    rounded = round(value_g, decimals)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):.{decimals}f} g"


def percent(share: float, decimals: int = 0) -> str:
    """A share of one in per cent."""
    return f"{100.0 * share:.{decimals}f} %"


def interval_text(estimate: Estimate) -> str:
    """The prediction interval with its coverage, or that there is none."""
    i = estimate.interval
    if i is None:
        return "no interval: error not known"
    return f"{percent(i.coverage)} interval {i.low_g:.0f}–{i.high_g:.0f} g"


def index_text(estimate: Estimate) -> str:
    """Indexed mass with the formula of the body surface area, or why there is none."""
    if estimate.index_g_per_m2 is None or estimate.bsa_m2 is None:
        return "not computed: height or weight is unknown"
    return (
        f"{estimate.index_g_per_m2:.1f} g/m² (BSA {estimate.bsa_m2:.2f} m², {estimate.bsa_formula})"
    )


def height_index_text(estimate: Estimate) -> str:
    """The mass by powers of the height; "" without a height."""
    found = [(_HEIGHT_UNITS[power], estimate.per_height(power)) for power in HEIGHT_POWERS]
    words = [f"{mass:.1f} {unit}" for unit, mass in found if mass is not None]
    return f"by height {', '.join(words)}; no limit" if words else ""


def lvh_text(lvh: LvhJudgement) -> str:
    """The index against its limit; a verdict that is not settled says why."""
    if lvh.positive is None or lvh.limit_g_per_m2 is None:
        return f"LVH not judged: {lvh.reason or 'index or sex unknown'}"
    side = "above" if lvh.positive else "not above"
    limit = f"the {lvh.threshold.modality} limit of {lvh.limit_g_per_m2:g} g/m²"
    doubt = "" if lvh.certain else f"; not settled, {lvh.reason}"
    return f"LVH: index {side} {limit}{doubt}"


def model_text(estimate: Estimate) -> str:
    """Model, why it was chosen, and its error where it was trained."""
    card = estimate.card
    error = card.metrics.get("mae_g")
    mae = f"; mean absolute error {error:.0f} g in cross-validation" if error is not None else ""
    head = estimate.lvh_probability
    own = f"; its own probability of LVH {head:.2f}" if head is not None else ""
    return f"Model {card.name}, version {card.version}: {estimate.chosen_because}{mae}{own}"


def notice_text(analysis: Analysis | None) -> str:
    """The line that stands on every page."""
    if analysis is None:
        return f"No estimate. The bundled models are trained on simulated ECGs. {NOT_A_DEVICE}"
    card = analysis.estimate.card
    named = card.trained_on.strip().rstrip(".")
    if card.simulated and "simulated ecg" not in named.lower():
        named = f"simulated ECGs: {named}"
    return f"Model trained on {named}. {NOT_A_DEVICE}"


def warnings(analysis: Analysis) -> tuple[str, ...]:
    """What was changed by hand, and the messages of all notices, each once."""
    notices = dict.fromkeys(notice.message for notice in analysis.estimate.notices)
    return tuple(filter(None, (report_line(analysis), *notices)))


def measurement_table(
    reported: Measurements, measured: Measurements | None
) -> tuple[tuple[str, str, str, str], ...]:
    """(head, unit, reported, measured) per quantity; "–" for what is unknown."""
    return tuple(
        (head, unit, _whole(getattr(reported, name)), _whole(getattr(measured, name, None)))
        for name, (head, unit) in _MEASUREMENTS.items()
    )


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:z.0f}".replace("-", "−")


def patient_lines(patient: Patient, anonymous: bool) -> tuple[str, ...]:
    """Name, identity, body; what is unknown is said to be so."""
    name = "anonymous" if anonymous else patient.name or "name not stated"
    identity = "" if anonymous or not patient.id else f"ID {patient.id}"
    sex = patient.sex.value if patient.sex else "sex unknown"
    age = _age_text(patient.age_years, anonymous)
    height = f"{patient.height_cm:.0f} cm" if patient.height_cm is not None else "height unknown"
    weight = f"{patient.weight_kg:.0f} kg" if patient.weight_kg is not None else "weight unknown"
    return (name, identity, f"{sex}, {age}", f"{height}, {weight}")


def _age_text(years: float | None, anonymous: bool) -> str:
    if years is None:
        return "age unknown"
    # Ages above 89 identify a person (HIPAA safe harbour).
    return "90 years or older" if anonymous and years >= 90 else f"{years:.0f} years"


def identity_text(record: Record, anonymous: bool) -> str:
    """Name, identifier and time of the recording in one line."""
    name, identity, *_ = patient_lines(record.patient, anonymous)
    when = recording_lines(record, anonymous)[0]
    return "   ".join(filter(None, (name, identity, when)))


def recording_lines(record: Record, anonymous: bool) -> tuple[str, ...]:
    """Date, format, device, sampling."""
    when = "date withheld" if anonymous else "date not stated"
    if record.recorded_at is not None and not anonymous:
        when = f"{record.recorded_at:%Y-%m-%d %H:%M}"
    device = "device withheld" if anonymous else record.source.device or "device not stated"
    sampling = f"{record.rate_hz:g} Hz, {record.duration_s:.1f} s"
    return (when, record.source.format or "format not stated", device, sampling)


def contributions(analysis: Analysis) -> tuple[tuple[str, float], ...]:
    """(term, grams) from the reference to the mass; the terms add up to it.

    The ECG is summed over the limb and the precordial leads. What the attribution does not
    explain (its completeness error) is a term of its own once it reaches half a gram. Empty for a
    bare gradient, which is not in grams.
    """
    saliency = analysis.saliency
    if saliency is None or saliency.unit != "g":
        return ()
    by_lead = saliency.values_g.sum(axis=1)
    terms = [("reference", saliency.reference_g)]
    parts = zip(GROUPS, (LIMB_ROWS, PRECORDIAL_ROWS), strict=True)
    terms += [(f"ECG {group}", float(by_lead[list(rows)].sum())) for group, rows in parts]
    terms += [(SCALAR_WORDS.get(name, name), value) for name, value in saliency.scalars_g.items()]
    rest = saliency.mass_g - sum(value for _, value in terms)
    return (*terms, ("not attributed", rest)) if abs(rest) >= 0.5 else tuple(terms)


def importance_table(importance: SegmentImportance) -> tuple[tuple[str, str, str, str], ...]:
    """(segment, limb, precordial, share per 100 ms) and a last row of totals.

    T lasts longer than QRS and so wins a plain sum; the share per 100 ms takes that out.
    """
    groups = importance.by_group()
    rows = []
    for k, segment in enumerate(SEGMENTS):
        length_ms = 1000.0 * float(importance.seconds[k])
        both = float(groups[:, k].sum())
        density = percent(both / length_ms * 100.0) if length_ms > 0 else "–"
        rows.append((segment.value, percent(groups[0, k]), percent(groups[1, k]), density))
    limb, precordial = (float(v) for v in groups.sum(axis=1))
    return (*rows, ("all", percent(limb), percent(precordial), ""))


def provenance_lines(
    analysis: Analysis, options: Options | None = None, corrected: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """What a reader needs to make the same page again; the settings if they are known.

    ``corrected`` are the fields of the patient that the reader changed.
    """
    record, card = analysis.record, analysis.estimate.card
    lines = [
        f"ECG file SHA-256 {record.source.sha256 or 'unknown'}",
        f"Model {card.name}, version {card.version}, inputs {card.inputs}, created {card.created},"
        f" {card.n_train} patients, licence {card.licence}",
        f"Model SHA-256 {card.sha256 or 'unknown'}",
        f"Signal: device filter {record.device_filter or 'not stated'}; before the beat was cut:"
        f" {analysis.filter_text}",
        _beat_line(analysis.beat),
    ]
    if analysis.saliency is not None:
        gap = analysis.saliency.completeness_error
        error = "does not apply" if math.isnan(gap) else f"{100 * gap:.2f} %"
        lines.append(f"Saliency: {analysis.saliency.method}; completeness error {error}")
    lines += [settings_text(options)] if options is not None else []
    if corrected:
        names = ", ".join(SCALAR_WORDS.get(name, name) for name in corrected)
        lines.append(f"Patient corrected by the reader: {names}")
    return (*lines, versions_text())


def _beat_line(beat: Beat) -> str:
    if beat.members:
        count = len(beat.members)
        return f"Median of {count} of {beat.count} complete beats, aligned, {beat.rate_hz:g} Hz"
    return (
        f"Beat {beat.number + 1} of {beat.count} complete ones ({_KIND_WORDS[beat.kind]}), "
        f"from {beat.start_s:.2f} s, {beat.rate_hz:g} Hz, "
        f"correlation with the median beat {beat.likeness:.2f}"
    )


def record_provenance(record: Record) -> tuple[str, ...]:
    """The same of an ECG that was not analysed."""
    filtered = f"device filter {record.device_filter or 'not stated'}"
    file = f"ECG file SHA-256 {record.source.sha256 or 'unknown'}; {filtered}"
    return file, versions_text()


def versions_text() -> str:
    """The programs that the numbers come from."""
    return ", ".join(f"{name} {version}" for name, version in versions().items())


def settings_text(options: Options) -> str:
    """Everything that a reader could have chosen otherwise."""
    signal = options.signal
    beat = "as trained" if signal.kind is None else _KIND_WORDS[signal.kind]
    if signal.number is not None:
        beat += f" (number {signal.number + 1})"
    chosen = {
        "model": options.model or "chosen by sex and inputs", "beat": beat,
        "filter": signal.band or "as trained", "notch": signal.notch,
        "boundaries": signal.delineator, "saliency": options.method,
        "threshold": options.threshold, "BSA": options.bsa_formula, "cut-offs": options.cutoffs,
    }  # fmt: skip
    return "Settings: " + ", ".join(f"{name} {value}" for name, value in chosen.items())
