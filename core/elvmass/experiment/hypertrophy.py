"""The published comparison on LVH: c-statistics of thresholded estimates, by sex and model.

The published figure does not say whether it is the area under the curve of the continuous index or
that of the yes/no answer, which is (sensitivity + specificity) / 2; both are given. Beside the
plain limit stands a classification head: a logistic regression with balanced classes on sex and
estimated index (as QMUL, Europace 2026, euag015), fitted on the other folds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from elvmass.experiment import paper
from elvmass.experiment.cells import Cell, Column, Table
from elvmass.experiment.judged import Judged
from elvmass.experiment.rows import TABLES, Row
from elvmass.experiment.score import Folds, Score
from elvmass.experiment.tables import GROUP_WORDS
from elvmass.experiment.trial import RowResult, Trial
from elvmass.record import FloatArray
from elvmass.result import LvhThreshold
from elvmass.train.evaluation.evaluate import Scoring
from elvmass.train.evaluation.lvh import discrimination, limit_g
from elvmass.train.evaluation.statistics import Difference, auroc_difference

_FIGURES = (
    Column("lvh_prevalence", "with LVH, share"),
    Column("lvh_auroc", "AUROC of the score"),
    Column("lvh_binary_c", "c of yes/no"),
    Column("lvh_sensitivity", "sensitivity"),
    Column("lvh_specificity", "specificity"),
    Column("lvh_youden", "best Youden"),
    Column("lvh_youden_cutoff", "at a score of"),
    Column("lvh_sensitivity_at_95", "sensitivity at 95 % specificity"),
)
_WHO = (Column("model", "model"), Column("group", "scored on"), Column("lvh_n", "n", 0))


def lvh_table(judged: Judged) -> Table:
    """Every row of the table "lvh" on its groups."""
    rows = [
        _row(judged, score, judged.row(score.key))
        for score in judged.scores
        if "lvh" in judged.row(score.key).tables and "lvh_n" in score.figures
    ]
    columns = (
        *_WHO,
        *_FIGURES[:3],
        Column("paper_c", "published c"),
        Column("auroc_folds", "AUROC by fold: mean ± SD (each)"),
        Column("delta_auroc", "AUROC minus pooled model's, same sex [95 % CI]"),
        Column("p_auroc", "P (DeLong)", 3, "p"),
        *_FIGURES[3:],
        Column("head_binary_c", "head: c of yes/no"),
        Column("head_sensitivity", "head: sensitivity"),
        Column("head_specificity", "head: specificity"),
    )
    return Table("lvh", TABLES["lvh"], columns, tuple(rows), _notes(judged.scoring))


def criteria_table(judged: Judged) -> Table:
    """The rule-based ECG criteria, as continuous scores and as yes/no answers."""
    rows = [
        {"model": score.words, "group": GROUP_WORDS[score.group], **_figures(score)}
        for score in judged.criteria
    ]
    note = (
        f"Cut-offs: {judged.scoring.preset}. Measured by us in the median beat; sources in "
        "elvmass.clinical.criteria. The AUROC of everybody takes the score as it is, although some "
        "cut-offs differ by sex."
    )
    title = "ECG criteria of hypertrophy, on the same patients"
    return Table("criteria", title, (*_WHO, *_FIGURES), tuple(rows), (note,))


def limit_words(limit: LvhThreshold) -> str:
    """A limit in a sentence."""
    return (
        f"above {limit.male_g_per_m2:g} g/m² in men, {limit.female_g_per_m2:g} g/m² in women "
        f"({limit.modality}; {limit.source})"
    )


def _notes(scoring: Scoring) -> tuple[str, ...]:
    return (
        f"LVH: measured mass ÷ body surface area {limit_words(scoring.limit)}. Score: estimated "
        "mass over the patient's own limit. Best Youden and "
        "sensitivity at 95 % specificity are chosen on the patients they are scored on, therefore "
        "flattering. Head: balanced logistic regression on sex and estimated index, fitted on the "
        "other folds.",
        f"Published c: {paper.ABSTRACT}. {paper.REMARKS['lvh']}",
    )


def _figures(score: Score) -> dict[str, Cell]:
    cells: dict[str, Cell] = {c.key: score.figures.get(c.key) for c in _FIGURES}
    return cells | {"lvh_n": round(score.figures["lvh_n"].value)}


def _row(judged: Judged, score: Score, row: Row) -> dict[str, Cell]:
    trial, scoring = judged.trial, judged.scoring
    result = trial.result(score.key)
    assert result is not None
    known = _known(trial, result, score.group, scoring)
    cells: dict[str, Cell] = {"model": score.words, "group": GROUP_WORDS[score.group]}
    cells |= _figures(score)
    cells["auroc_folds"] = _by_fold(trial, result, known, scoring)
    published = paper.C_STATISTIC.get((score.key, score.group))
    cells["paper_c"] = None if published is None else str(published)
    delta = _against_pooled(trial, result, row, known, scoring)
    if delta is not None:
        cells |= {"delta_auroc": delta, "p_auroc": delta.p}
    return cells | _head(trial, result, known, scoring)


def _known(trial: Trial, result: RowResult, group: str, scoring: Scoring) -> NDArray[np.bool_]:
    """[n] patients of the group with an estimate and a limit."""
    limits = limit_g(trial.subjects, scoring.limit, scoring.bsa_formula)
    return ~np.isnan(result.estimate_g) & ~np.isnan(limits) & trial.subjects.of_sex(group)


def _ratio(trial: Trial, values_g: FloatArray, scoring: Scoring) -> FloatArray:
    """[n] mass over the patient's limit."""
    return values_g / limit_g(trial.subjects, scoring.limit, scoring.bsa_formula)


def _by_fold(
    trial: Trial, result: RowResult, known: NDArray[np.bool_], scoring: Scoring
) -> Folds | None:
    """AUROC of each fold; None if a fold lacks patients with or without LVH."""
    from sklearn.metrics import roc_auc_score

    score = _ratio(trial, result.estimate_g, scoring)
    ill = _ratio(trial, trial.subjects.lvm_g, scoring) > 1.0
    tested = [split.test[known[split.test]] for split in trial.splits]
    if any(len(np.unique(ill[rows])) < 2 for rows in tested):
        return None
    return Folds(tuple(float(roc_auc_score(ill[rows], score[rows])) for rows in tested))


def _against_pooled(
    trial: Trial, result: RowResult, row: Row, known: NDArray[np.bool_], scoring: Scoring
) -> Difference | None:
    """A model of one sex against the pooled model of its kind, on that sex."""
    pooled = trial.result(row.key.removesuffix(f"_{row.sex}"))
    if row.sex == "pooled" or pooled is None:
        return None
    ill = _ratio(trial, trial.subjects.lvm_g, scoring)[known] > 1.0
    if min(ill.sum(), (~ill).sum()) < 2:
        return None
    own, other = (_ratio(trial, r.estimate_g, scoring)[known] for r in (result, pooled))
    return auroc_difference(own, other, ill)


def _head(
    trial: Trial, result: RowResult, known: NDArray[np.bool_], scoring: Scoring
) -> dict[str, Cell]:
    chance = head_chances(trial, result, scoring)
    if np.isnan(chance[known]).any():
        return {}
    ill = _ratio(trial, trial.subjects.lvm_g, scoring)[known] > 1.0
    patients = [trial.subjects.patients[i] for i in np.flatnonzero(known).tolist()]
    flagged = (chance[known] > 0.5).astype(np.float64)
    found = discrimination(chance[known], flagged, ill, patients, scoring.bootstrap, scoring.seed)
    return {f"head_{n}": found[n] for n in ("binary_c", "sensitivity", "specificity")}


def head_chances(trial: Trial, result: RowResult, scoring: Scoring) -> FloatArray:
    """[n] chance of LVH by the classification head; NaN where it cannot be fitted or asked."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    one = replace(scoring.limit, male_g_per_m2=1.0, female_g_per_m2=1.0)
    index = result.estimate_g / limit_g(trial.subjects, one, scoring.bsa_formula)
    table = np.column_stack([trial.subjects.columns(("sex_male",)), index])
    ill = _ratio(trial, trial.subjects.lvm_g, scoring) > 1.0
    known = ~np.isnan(table).any(axis=1)
    chance = np.full(len(index), np.nan)
    for split in trial.splits:
        asked = np.zeros(len(index), dtype=bool)
        asked[split.test] = True
        fitted = known & ~asked
        if len(np.unique(ill[fitted])) < 2 or not (known & asked).any():
            continue
        head = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
        head.fit(table[fitted], ill[fitted])
        chance[known & asked] = head.predict_proba(table[known & asked])[:, 1]
    return chance
