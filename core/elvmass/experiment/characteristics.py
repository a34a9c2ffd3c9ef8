"""Table 1: who the patients are, men beside women, and beside the preprint's."""

from __future__ import annotations

import numpy as np

from elvmass.clinical.body import BSA_FORMULAS
from elvmass.experiment import paper
from elvmass.experiment.cells import Cell, Column, Table
from elvmass.experiment.rows import TABLES
from elvmass.experiment.trial import Trial
from elvmass.record import FloatArray
from elvmass.train.data.dataset import Cohort
from elvmass.train.evaluation.evaluate import Scoring
from elvmass.train.evaluation.lvh import limit_g, own_threshold

_WORDS = {
    "lvm_g": "LV mass, g",
    "index_g_per_m2": "LV mass index, g/m²",
    "age_years": "age, years",
    "height_cm": "height, cm",
    "weight_kg": "weight, kg",
    "qrs_ms": "QRS duration, ms",
    "p_axis_deg": "P axis, °",
    "qrs_axis_deg": "R axis, °",
    "t_axis_deg": "T axis, °",
}


def characteristics(trial: Trial, scoring: Scoring) -> Table:
    """Mean ± SD of men and women and Welch's t-test, as Table 1."""
    cohort = trial.subjects
    rows = [_counts(cohort), *(_row(cohort, key, scoring.bsa_formula) for key in _WORDS)]
    columns = (
        Column("what", "characteristic"),
        Column("male", "men: mean ± SD (n known)"),
        Column("female", "women: mean ± SD (n known)"),
        Column("p", "P", 3, "p"),
        Column("paper_male", "preprint: men"),
        Column("paper_female", "preprint: women"),
        Column("paper_p", "preprint: P"),
    )
    formula = BSA_FORMULAS[scoring.bsa_formula][0]
    note = (
        f"P: Welch's t-test. Body surface area after {formula}. Axes are averaged as numbers. "
        f"Preprint: {paper.PREPRINT}."
    )
    return Table("1", TABLES["1"], columns, tuple(rows), (note,))


def _counts(cohort: Cohort) -> dict[str, Cell]:
    return {
        "what": "ECGs",
        "male": str(cohort.male.sum()),
        "female": str(cohort.female.sum()),
        "paper_male": str(paper.PATIENTS["male"]),
        "paper_female": str(paper.PATIENTS["female"]),
    }


def _row(cohort: Cohort, key: str, bsa_formula: str) -> dict[str, Cell]:
    values = _values(cohort, key, bsa_formula)
    known = ~np.isnan(values)
    men, women = values[known & cohort.male], values[known & cohort.female]
    paper_men, paper_women, paper_p = paper.CHARACTERISTICS[key]
    return {
        "what": _WORDS[key],
        "male": _mean_sd(men),
        "female": _mean_sd(women),
        "p": welch_p(men, women),
        "paper_male": str(paper_men),
        "paper_female": str(paper_women),
        "paper_p": paper_p,
    }


def _values(cohort: Cohort, key: str, bsa_formula: str) -> FloatArray:
    if key == "lvm_g":
        return cohort.lvm_g
    if key == "index_g_per_m2":
        return cohort.lvm_g / limit_g(cohort, own_threshold(1.0, 1.0), bsa_formula)
    return cohort.columns((key,))[:, 0]


def _mean_sd(values: FloatArray) -> str | None:
    if len(values) < 2:
        return None
    return f"{values.mean():.2f} ± {values.std(ddof=1):.2f} ({len(values)})"


def welch_p(a: FloatArray, b: FloatArray) -> float | None:
    """P of a difference of means of two samples of unequal variance."""
    if min(len(a), len(b)) < 2:
        return None
    from scipy.stats import ttest_ind

    return float(ttest_ind(a, b, equal_var=False).pvalue)
