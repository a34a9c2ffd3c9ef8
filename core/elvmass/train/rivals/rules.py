"""The ECG criteria of hypertrophy on a whole cohort: continuous scores and yes/no answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from elvmass.clinical.criteria import RULES, criteria
from elvmass.record import FloatArray, Sex
from elvmass.train.data.dataset import Cohort


@dataclass(frozen=True, slots=True, eq=False)
class RuleScores:
    """Rules in the order of :data:`elvmass.clinical.criteria.RULES`.

    Attributes
    ----------
    keys, names
        Of the rules.
    score
        [n, rules] in the rule's unit; NaN where it cannot be computed (sex or QRS unknown).
    positive
        [n, rules] 1 for yes, 0 for no; NaN where there is no limit for this patient.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    score: FloatArray
    positive: FloatArray


def judge_cohort(cohort: Cohort, preset: str = "standard") -> RuleScores:
    """Judge every ECG of a cohort by all rules, from our own measurements.

    Raises
    ------
    ConfigError
        The preset of cut-offs is unknown.
    """
    score = np.full((len(cohort), len(RULES)), np.nan)
    positive = np.full_like(score, np.nan)
    for row, sex in enumerate(_sexes(cohort)):
        judged = criteria(cohort.ecg.leads(row), cohort.ecg.measured(row), sex, preset)
        score[row] = [np.nan if c.value is None else c.value for c in judged]
        positive[row] = [np.nan if c.positive is None else float(c.positive) for c in judged]
    keys, names = tuple(rule.key for rule in RULES), tuple(rule.name for rule in RULES)
    return RuleScores(keys, names, score, positive)


def _sexes(cohort: Cohort) -> list[Sex | None]:
    pairs = zip(cohort.male, cohort.female, strict=True)
    return [Sex.MALE if male else Sex.FEMALE if female else None for male, female in pairs]
