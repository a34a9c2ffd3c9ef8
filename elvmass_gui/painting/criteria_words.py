"""Rule-based criteria, QTc and the quality of the leads in words, for panel and report. No Qt."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from elvmass.record import LEADS, FloatArray, LeadQuality, Measurements
from elvmass.result import Criterion
from elvmass.signal.measure import qtc_ms

#: Preset of :data:`elvmass.clinical.criteria.PRESETS` → words; an unknown one keeps its key.
PRESET_WORDS: dict[str, str] = {
    "standard": "standard (source of each criterion)",
    "korean": "Korean cohort (Cornell)",
    "taiwanese_young_women": "young Taiwanese women",
}
#: Criteria that are either met or not; their score needs no number.
_YES_NO = "yes = 1"
#: From so much on a lead is named as noisy, or as wandering, mV; and as off, s.
_NOISE_MV, _WANDER_MV, _OFF_S = 0.05, 0.5, 0.2


class CriterionRow(NamedTuple):
    """A criterion as it is shown."""

    name: str
    value: str
    limit: str
    verdict: str
    formula: str
    source: str

    @property
    def tip(self) -> str:
        """Formula and source."""
        return f"{self.name}: {self.formula}\nSource: {self.source}"


def criterion_row(criterion: Criterion) -> CriterionRow:
    """A criterion in words; what is not computed says why."""
    limit = None if _is_yes_no(criterion) else criterion.cutoff
    return CriterionRow(
        criterion.name,
        _value(criterion),
        "" if limit is None else _number(limit, criterion.unit),
        _verdict(criterion),
        criterion.formula,
        criterion.source,
    )


def _is_yes_no(criterion: Criterion) -> bool:
    return criterion.unit == _YES_NO


def _value(criterion: Criterion) -> str:
    if criterion.value is None:
        return "–"
    if _is_yes_no(criterion):
        return "met" if criterion.value else "not met"
    return f"{_number(criterion.value, criterion.unit)} {criterion.unit}"


def _number(value: float, unit: str) -> str:
    """Two decimals for voltages, none for products and points."""
    return f"{value:z.{2 if unit == 'mV' else 0}f}".replace("-", "−")


def _verdict(criterion: Criterion) -> str:
    if criterion.positive is None:
        return criterion.reason or "not judged"
    return "positive" if criterion.positive else "negative"


def count_line(criteria: tuple[Criterion, ...]) -> str:
    """How many of those that give a verdict are positive."""
    judged = [c for c in criteria if c.positive is not None]
    return f"{sum(bool(c.positive) for c in judged)} of {len(judged)} positive"


def qtc_line(measured: Measurements) -> str:
    """QTc by every formula; "" if there is none."""
    known = {name: ms for name, ms in qtc_ms(measured).items() if ms is not None}
    if not known:
        return ""
    return ", ".join(f"{name.capitalize()} {ms:.0f}" for name, ms in known.items()) + " ms"


def quality_line(quality: LeadQuality) -> str:
    """The worst lead in each respect, and which leads were off."""
    worst = [
        f"{word} at most {peak} ({LEADS[int(np.nanargmax(values))]})"
        for word, values, peak in (
            ("noise", quality.noise_mv, _microvolts(quality.noise_mv)),
            ("wander", quality.wander_mv, _microvolts(quality.wander_mv)),
        )
        if np.isfinite(values).any()
    ]
    off = [lead for lead, s in zip(LEADS, quality.off_s, strict=True) if s >= _OFF_S]
    worst.append(f"without signal for a while: {', '.join(off)}" if off else "none was off")
    return "Leads: " + "; ".join(worst)


def _microvolts(values_mv: FloatArray) -> str:
    return f"{1000 * float(np.nanmax(values_mv)):.0f} µV" if np.isfinite(values_mv).any() else "–"


def quality_rows(quality: LeadQuality) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Per lead noise (µV), wander (µV) and time off (s), and whether each of them stands out."""
    columns = (
        (1000 * quality.noise_mv, 1000 * _NOISE_MV, ".0f"),
        (1000 * quality.wander_mv, 1000 * _WANDER_MV, ".0f"),
        (quality.off_s, _OFF_S, ".1f"),
    )
    return [
        (
            lead,
            [(_text(values[k], form), bool(values[k] >= most)) for values, most, form in columns],
        )
        for k, lead in enumerate(LEADS)
    ]


def _text(value: float, form: str) -> str:
    return "–" if np.isnan(value) else f"{value:{form}}".replace("0.0", "0")


def quality_table(quality: LeadQuality) -> str:
    """All leads, one a line, for a tooltip."""
    lines = []
    for lead, cells in quality_rows(quality):
        (noise, _), (wander, _), (off, _) = cells
        mark = " – stands out" if any(bad for _, bad in cells) else ""
        lines.append(f"{lead}: noise {noise} µV, wander {wander} µV, off {off} s{mark}")
    return "\n".join(
        ["Noise: rms deviation of the usual beats. Wander: span of the baseline.", *lines]
    )
