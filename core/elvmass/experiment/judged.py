"""A trial with everything that tables and figures say about it, computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from elvmass.errors import ConfigError
from elvmass.experiment.rows import REFERENCE, Row
from elvmass.experiment.score import (
    Comparison,
    Recalibrated,
    Score,
    compare,
    criteria_scores,
    recalibrations,
    score_external,
    score_trial,
)
from elvmass.experiment.trial import Trial, groups_of
from elvmass.train.evaluation.evaluate import Scoring


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """Scores of a trial.

    Attributes
    ----------
    reference
        Key of the row that the others are compared with; it has a result.
    comparisons
        By row and group, with the reference of that row (:func:`reference_of`).
    criteria
        The rule-based ECG criteria on this cohort.
    external
        Scores of the external cohort, if there is one.
    """

    trial: Trial
    scoring: Scoring
    reference: str
    scores: tuple[Score, ...]
    comparisons: Mapping[tuple[str, str], Comparison]
    recalibrations: tuple[Recalibrated, ...]
    criteria: tuple[Score, ...]
    external: tuple[Score, ...] = ()

    def score(self, key: str, group: str) -> Score | None:
        """Score of a row on a group, if there is one."""
        return next((s for s in self.scores if (s.key, s.group) == (key, group)), None)

    def row(self, key: str) -> Row:
        """The row of that key, which has a result."""
        return next(each.row for each in self.trial.results if each.row.key == key)


def judge(trial: Trial, scoring: Scoring, wanted: str) -> Judged:
    """Score all rows and compare them with the wanted reference, or one in its place.

    Raises
    ------
    ConfigError
        If no row has a result.
    """
    if not trial.results:
        reasons = "; ".join(f"{key}: {why}" for key, why in trial.missing.items())
        raise ConfigError(f"No row of the experiment has a result: {reasons}.")
    trained = [result.row for result in trial.results]
    reference = wanted if trial.result(wanted) else choose_reference(trained, None)
    comparisons = {
        (row.key, group): found
        for row in trained
        for group in groups_of(row)
        if (found := compare(trial, row.key, reference_of(row, reference, trial), group, scoring))
    }
    return Judged(
        trial=trial,
        scoring=scoring,
        reference=reference,
        scores=tuple(score_trial(trial, scoring)),
        comparisons=comparisons,
        recalibrations=tuple(recalibrations(trial, scoring)),
        criteria=tuple(criteria_scores(trial.subjects, scoring)),
        external=tuple(score_external(trial, scoring)),
    )


def choose_reference(rows: Sequence[Row], wanted: str | None) -> str:
    """Key of the reference row.

    Raises
    ------
    ConfigError
        If the wanted one is not among the rows.
    """
    keys = [row.key for row in rows if row.sex == "pooled"]
    if wanted is not None:
        if wanted not in keys:
            raise ConfigError(f"The reference {wanted!r} is no pooled row of this experiment.")
        return wanted
    liked = [key for key in (REFERENCE, "ridge_beat") if key in keys]
    return (liked or keys or [row.key for row in rows])[0]


def reference_of(row: Row, reference: str, trial: Trial) -> str:
    """What a row is compared with: a model of one sex with the reference's model of that sex."""
    own = f"{reference}_{row.sex}"
    return own if row.sex != "pooled" and trial.result(own) else reference
