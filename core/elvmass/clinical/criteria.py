"""Rule-based ECG criteria of left ventricular hypertrophy: continuous scores and verdicts.

Amplitudes in mV (1 mV = 10 mm) of the median beat; R is the taller of R and R', S the depth of
the negative wave after R, and a QS complex counts as S. No criterion is endorsed to the exclusion
of others (AHA/ACCF/HRS 2009, part V), so all are shown, each with its source. Comparing a network
with them is fair only by the continuous scores: a yes/no answer has lost what a ROC curve needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from elvmass.errors import ConfigError
from elvmass.record import LEAD_INDEX, FloatArray, LeadMeasurements, Measurements, Sex
from elvmass.result import Criterion

Cutoff = float | tuple[float, float] | None


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What the formulas read: R and S per lead in mV (0 where there is no such wave)."""

    r: Mapping[str, float]
    s: Mapping[str, float]
    leads: LeadMeasurements
    measured: Measurements
    sex: Sex | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of :data:`RULES`. ``cutoff`` is one number, (men, women), or None.

    ``above`` is True where the limit itself is still negative (">" in the source).
    """

    key: str
    name: str
    formula: str
    unit: str
    score: Callable[[Findings], float | None]
    cutoff: Cutoff
    above: bool
    source: str


def _needs_qrs(voltage: Callable[[Findings], float]) -> Callable[[Findings], float | None]:
    def product(f: Findings) -> float | None:
        return None if f.measured.qrs_ms is None else voltage(f) * f.measured.qrs_ms

    return product


def _sokolow(f: Findings) -> float:
    return f.s["V1"] + max(f.r["V5"], f.r["V6"])


def _cornell(f: Findings) -> float:
    return f.r["aVL"] + f.s["V3"]


def _cornell_product(f: Findings) -> float | None:
    if f.sex is None or f.measured.qrs_ms is None:
        return None
    return (_cornell(f) + (0.8 if f.sex is Sex.FEMALE else 0.0)) * f.measured.qrs_ms


def _peguero(f: Findings) -> float:
    """Deepest S of all leads plus S in V4; where V4 is the deepest, it counts twice."""
    return max(f.s.values()) + f.s["V4"]


def _lewis(f: Findings) -> float:
    return (f.r["I"] + f.s["III"]) - (f.r["III"] + f.s["I"])


_LIMB = ("I", "II", "III", "aVR", "aVL", "aVF")
_PRECORDIAL = ("V1", "V2", "V3", "V4", "V5", "V6")


def strain(f: Findings) -> bool:
    """ST depressed by 0.1 mV or more with an inverted T wave, in any of I, II, aVL, V2 to V6.

    The asymmetry of the T wave that readers look for is not judged.
    """
    rows = [LEAD_INDEX[lead] for lead in ("I", "II", "aVL", "V2", "V3", "V4", "V5", "V6")]
    down = f.leads.st_j_mv[rows] <= -0.1
    return bool(np.any(down & (f.leads.t_mv[rows] < -0.05)))


def _romhilt_estes(f: Findings) -> float:
    """Points; digitalis is unknown to the program, so strain counts the full three."""
    v1 = LEAD_INDEX["V1"]
    tall_limb = max(max(f.r[lead], f.s[lead]) for lead in _LIMB) >= 2.0
    tall_chest = max(f.s["V1"], f.s["V2"]) >= 3.0 or max(f.r["V5"], f.r["V6"]) >= 3.0
    left_atrium = f.leads.p_terminal_mv[v1] >= 0.1 and f.leads.p_terminal_ms[v1] >= 40.0
    axis, qrs = f.measured.qrs_axis_deg, f.measured.qrs_ms
    delay = f.leads.intrinsicoid_ms[[LEAD_INDEX["V5"], LEAD_INDEX["V6"]]]
    return (
        3.0 * (tall_limb or tall_chest)
        + 3.0 * strain(f)
        + 3.0 * bool(left_atrium)
        + 2.0 * (axis is not None and axis <= -30.0)
        + 1.0 * (qrs is not None and qrs >= 90.0)
        + 1.0 * bool(np.any(delay >= 50.0))
    )


def _framingham(f: Findings) -> float:
    voltage = (
        max(max(f.r[lead], f.s[lead]) for lead in _PRECORDIAL) >= 2.5
        or max(max(f.r[lead], f.s[lead]) for lead in _LIMB) >= 2.0
        or f.r["aVL"] >= 1.1
        or max(f.s["V1"], f.s["V2"]) + max(f.r["V5"], f.r["V6"]) >= 3.5
    )
    return float(voltage and strain(f))


def _cornell_strain(f: Findings) -> float | None:
    if f.sex is None:
        return None
    limit = 2.4 if f.sex is Sex.MALE else 2.0
    return float(_cornell(f) > limit or strain(f))


def _perugia(f: Findings) -> float | None:
    index = _cornell_strain(f)
    return None if index is None else float(bool(index) or _romhilt_estes(f) >= 5)


def _minnesota_31(f: Findings) -> float:
    return float(
        max(f.r["V5"], f.r["V6"]) > 2.6
        or max(f.r[lead] for lead in ("I", "II", "III", "aVF")) > 2.0
        or f.r["aVL"] > 1.2
    )


def _minnesota_33(f: Findings) -> float:
    return float(1.5 < f.r["I"] <= 2.0 or max(f.r["V5"], f.r["V6"]) + f.s["V1"] > 3.5)


_YES = "yes = 1"

RULES: tuple[Rule, ...] = (
    Rule("sokolow_lyon", "Sokolow-Lyon voltage", "S V1 + max(R V5, R V6)", "mV",
         _sokolow, 3.5, False, "Sokolow & Lyon 1949"),
    Rule("sokolow_lyon_product", "Sokolow-Lyon product", "Sokolow-Lyon voltage x QRS", "mV·ms",
         _needs_qrs(_sokolow), 371.0, False, "Molloy 1992"),
    Rule("cornell", "Cornell voltage", "R aVL + S V3", "mV",
         _cornell, (2.8, 2.0), True, "Casale 1985"),
    Rule("cornell_product", "Cornell product", "(R aVL + S V3, women + 0.8) x QRS", "mV·ms",
         _cornell_product, 244.0, False, "Molloy 1992, Dahlöf 1998"),
    Rule("peguero_lo_presti", "Peguero-Lo Presti", "deepest S + S V4", "mV",
         _peguero, (2.8, 2.3), False, "Peguero 2017"),
    Rule("r_avl", "R in aVL", "R aVL", "mV",
         lambda f: f.r["aVL"], 1.1, True, "Sokolow & Lyon 1949"),
    Rule("gubner", "Gubner-Ungerleider", "R I + S III", "mV",
         lambda f: f.r["I"] + f.s["III"], 2.5, True, "Gubner & Ungerleider 1943"),
    Rule("lewis", "Lewis index", "(R I + S III) - (R III + S I)", "mV",
         _lewis, 1.7, False, "Lewis 1914"),
    Rule("mesa_sum", "MESA sum", "S V1 + S V2 + R V5", "mV",
         lambda f: f.s["V1"] + f.s["V2"] + f.r["V5"], None, False,
         "Jain 2010 (percentiles of the cohort, no single limit)"),
    Rule("romhilt_estes", "Romhilt-Estes score", "points; 5 definite, 4 probable", "points",
         _romhilt_estes, 5.0, False, "Romhilt & Estes 1968"),
    Rule("framingham", "Framingham", "strain and one voltage sign", _YES,
         _framingham, 1.0, False, "Levy 1990"),
    Rule("cornell_strain", "Cornell/strain index", "R aVL + S V3 > 2.4 men, 2.0 women, or strain",
         _YES, _cornell_strain, 1.0, False, "Schillaci 1994"),
    Rule("perugia", "Perugia score", "Cornell/strain index or Romhilt-Estes >= 5", _YES,
         _perugia, 1.0, False, "Schillaci 1994, Verdecchia 1998"),
    Rule("minnesota_3_1", "Minnesota code 3-1",
         "R V5 or V6 > 2.6, R in I, II, III, aVF > 2.0, or R aVL > 1.2", _YES,
         _minnesota_31, 1.0, False, "Minnesota Code"),
    Rule("minnesota_3_3", "Minnesota code 3-3",
         "1.5 < R I <= 2.0, or max(R V5, R V6) + S V1 > 3.5", _YES,
         _minnesota_33, 1.0, False, "Minnesota Code"),
)  # fmt: skip

#: Other cut-offs by preset, key and (men, women) in mV, with their source.
PRESETS: dict[str, dict[str, tuple[Cutoff, str]]] = {
    "standard": {},
    "korean": {
        "cornell": ((2.0, 1.6), "Korean cohort, 95 % specificity (PMC3467444)"),
    },
    "taiwanese_young_women": {
        "sokolow_lyon": ((math.nan, 2.6), "young Taiwanese women, best point (PMC7572030)"),
        "cornell": ((math.nan, 0.6), "young Taiwanese women, best point (PMC7572030)"),
    },
}


def criteria(
    leads: LeadMeasurements,
    measured: Measurements,
    sex: Sex | None,
    preset: str = "standard",
) -> tuple[Criterion, ...]:
    """Judge all rules for one beat, in the order of :data:`RULES`.

    Raises
    ------
    ConfigError
        The preset is unknown.
    """
    if preset not in PRESETS:
        raise ConfigError(f"unknown preset of cut-offs '{preset}'. Choose: {', '.join(PRESETS)}.")
    findings = Findings(
        r=_by_lead(np.fmax(leads.r_mv, leads.r2_mv)),
        s=_by_lead(leads.s_mv),
        leads=leads,
        measured=measured,
        sex=sex,
    )
    return tuple(_judge(rule, findings, preset) for rule in RULES)


def _by_lead(values: FloatArray) -> dict[str, float]:
    clean = np.nan_to_num(values)
    return {lead: float(clean[row]) for lead, row in LEAD_INDEX.items()}


def _judge(rule: Rule, findings: Findings, preset: str) -> Criterion:
    chosen, source = PRESETS[preset].get(rule.key, (rule.cutoff, rule.source))
    value = rule.score(findings)
    cutoff, reason = _cutoff(chosen, findings.sex)
    positive = None
    if value is None:
        reason = "sex is unknown" if findings.sex is None else "QRS duration is unknown"
    elif cutoff is not None:
        positive = value > cutoff if rule.above else value >= cutoff
    return Criterion(
        rule.key, rule.name, rule.formula, value, rule.unit, cutoff, positive, source, reason
    )


def _cutoff(chosen: Cutoff, sex: Sex | None) -> tuple[float | None, str]:
    """The limit for this patient, or why there is none."""
    if chosen is None:
        return None, "no single limit"
    if isinstance(chosen, float):
        return chosen, ""
    if sex is None:
        return None, "sex is unknown"
    value = chosen[0] if sex is Sex.MALE else chosen[1]
    return (None, "no limit for men in this preset") if math.isnan(value) else (value, "")
