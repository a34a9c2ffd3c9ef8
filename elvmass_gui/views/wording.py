"""Values as words for the panels, beside those of :mod:`elvmass_gui.painting.wording`. No Qt."""

from __future__ import annotations

from elvmass.record import Sex
from elvmass.result import Estimate, LvhJudgement, LvhThreshold
from elvmass_gui.painting.wording import percent

_NO_BREAK = "\N{NO-BREAK SPACE}"
#: Scalar of a model → name, unit and decimals to show.
SCALARS: dict[str, tuple[str, str, int]] = {
    "age_years": ("Age", "years", 0),
    "sex_male": ("Sex", "", 0),
    "height_cm": ("Height", "cm", 0),
    "weight_kg": ("Weight", "kg", 1),
    "p_axis_deg": ("P axis", "°", 0),
    "qrs_axis_deg": ("QRS axis", "°", 0),
    "t_axis_deg": ("T axis", "°", 0),
    "qrs_ms": ("QRS duration", "ms", 0),
}


def scalar(name: str, value: float) -> str:
    """A model input in words: "Age 61 years", "Sex male"."""
    title, unit, decimals = SCALARS.get(name, (name, "", 2))
    if name == "sex_male":
        return f"Sex {sex_word(value)}"
    number = f"{value:z.{decimals}f}".removesuffix(".0").replace("-", "−")
    return f"{title} {number}{unit if unit == '°' else ' ' + unit}"


def sex_word(male: float) -> str:
    """0 is female, 1 is male, the imputed 0.5 is neither."""
    return {0.0: "female", 1.0: "male"}.get(male, "unknown")


def sex_title(sex: Sex | None) -> str:
    """For the selector of the patient panel."""
    return sex.value if sex else "unknown"


def threshold_title(threshold: LvhThreshold) -> str:
    """Modality, source and both limits, short enough for the selector."""
    limits = f"♂ {threshold.male_g_per_m2:g}  ♀ {threshold.female_g_per_m2:g} g/m²"
    return f"{threshold.modality}, {threshold.source.partition(',')[0]}: {limits}"


def body(estimate: Estimate) -> str:
    """The inputs of the index in words; BSA takes the patient's values, never imputed ones."""
    if estimate.bsa_m2 is None:
        return "not computed: height or weight is unknown"
    text = f"BSA {estimate.bsa_m2:.2f} m² ({estimate.bsa_formula})"
    known = [estimate.scalars.get(name) for name in ("height_cm", "weight_kg")]
    if None in known:
        return text
    size = f"from {known[0]:.0f} cm, {known[1]:.1f} kg".replace(".0 kg", " kg")
    return f"{text} {size.replace(' ', _NO_BREAK)}"  # a line may begin with it, and not with a unit


def verdict(judgement: LvhJudgement) -> tuple[str, bool]:
    """The judgement as a headline, and whether it is settled."""
    if judgement.positive is None:
        return f"LVH not computed: {judgement.reason}", False
    side = "above" if judgement.positive else "below"
    if judgement.certain:
        return f"LVH: {side} the limit", True
    return f"LVH not settled: estimate {side} the limit", False


def verdict_reason(estimate: Estimate) -> str:
    """The limit, in the unit of the index and in grams, and why the verdict is what it is."""
    judgement = estimate.lvh
    if judgement.limit_g_per_m2 is None:
        return f"The {judgement.threshold.modality} limit depends on sex."
    sex = "men" if judgement.limit_g_per_m2 == judgement.threshold.male_g_per_m2 else "women"
    text = f"{judgement.threshold.modality} limit for {sex}: {judgement.limit_g_per_m2:g} g/m²"
    if judgement.positive is None or estimate.bsa_m2 is None:
        return text + "."
    limit_g = judgement.limit_g_per_m2 * estimate.bsa_m2
    if estimate.interval is None:
        return f"{text} = {limit_g:.0f} g; {judgement.reason}."
    where = "outside" if judgement.certain else "inside"
    return f"{text} = {limit_g:.0f} g, {where} the {percent(estimate.interval.coverage)} interval."


def interval(estimate: Estimate) -> str:
    """The interval on two lines, beside the mass."""
    span = estimate.interval
    if span is None:
        return "no interval:\nerror not known"
    return f"{percent(span.coverage)} interval\n{span.low_g:.0f} to {span.high_g:.0f} g"


def model_headline(estimate: Estimate) -> str:
    """Which model spoke, why, and on what it was trained: the one line beside the number."""
    card = estimate.card
    return f"{card.name}: {estimate.chosen_because}. Trained on {card.trained_on.rstrip('.')}."


def model_lines(estimate: Estimate) -> list[tuple[str, str]]:
    """Name and value of what must be known about the model; eight rows at most."""
    card = estimate.card
    folds = estimate.fold_masses_g
    n_train = f"; n = {card.n_train}" if card.n_train else ""
    inputs = ["12-lead beat"] + [SCALARS.get(n, (n,))[0] for n in estimate.scalars]
    lines = [
        ("Model", f"{card.name}, version {card.version}"),
        ("For", {"male": "men", "female": "women"}[card.sex.value] if card.sex else "both sexes"),
        ("Inputs", ", ".join(inputs)),
        ("Chosen", estimate.chosen_because),
        ("Trained on", card.trained_on.rstrip(".") + n_train),
        ("Folds", f"{len(folds)} models, {min(folds):.0f} to {max(folds):.0f} g"),
    ]
    if "mae_g" in card.metrics:
        error = f"mean absolute {card.metrics['mae_g']:.0f} g in cross-validation"
        lines.append(("Error", error))
    if estimate.lvh_probability is not None:
        lines.append(("LVH head", f"probability {estimate.lvh_probability:.2f}"))
    return lines
