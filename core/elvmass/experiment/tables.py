"""The preprint's tables on this cohort, its figures beside ours."""

from __future__ import annotations

from collections.abc import Iterable

from elvmass.experiment import paper
from elvmass.experiment.cells import Cell, Column, Table
from elvmass.experiment.judged import Judged
from elvmass.experiment.rows import TABLES
from elvmass.experiment.score import Score, compare
from elvmass.train.evaluation.recalibrate import METHODS

GROUP_WORDS = {"all": "everybody", "male": "men", "female": "women"}

_ERRORS = (
    Column("model", "model"),
    Column("group", "scored on"),
    Column("n", "n"),
    Column("mae_g", "MAE, g [95 % CI]"),
    Column("paper_mae_g", "preprint: MAE, g"),
    Column("mape_percent", "MAPE, % [95 % CI]", 1),
    Column("paper_mape_percent", "preprint: MAPE, %"),
    Column("delta_mae_g", "MAE minus reference, g [95 % CI]"),
    Column("p_bootstrap", "P, patients", 3, "p"),
    Column("p_folds", "P, folds", 3, "p"),
    Column("mae_folds", "MAE by fold: mean ± SD (each)", 1),
    Column("mape_folds", "MAPE by fold: mean ± SD (each)", 1),
)
#: For tables whose rows are all scored on everybody.
_OF_ALL = tuple(column for column in _ERRORS if column.key != "group")
_TESTS = (
    "Intervals: percentile bootstrap over patients of out-of-fold estimates. P, patients: paired "
    "bootstrap, never below {least:.3g}; P, folds: t-test over folds with the variance corrected "
    "for shared training patients (Nadeau & Bengio 2003). No correction for the number of "
    "comparisons. Preprint: {preprint}."
)
#: Tables that say nothing with one row.
_COMPARING = ("s1", "s2", "encoder")


def paper_tables(judged: Judged) -> list[Table]:
    """Tables 2 to 4 and S1 to S3, those that have rows."""
    made = [_inputs(judged), _plain("3", judged), _sexes(judged), _plain("s1", judged),
            _plain("s2", judged), _gains(judged), _plain("encoder", judged)]  # fmt: skip
    return [table for table in made if len(table.rows) > (table.key in _COMPARING)]


def _members(judged: Judged, table: str) -> list[str]:
    return [each.row.key for each in judged.trial.results if table in each.row.tables]


def _error_row(judged: Judged, score: Score) -> dict[str, Cell]:
    published = paper.ERRORS.get((score.key, score.group))
    row: dict[str, Cell] = {
        "model": score.words,
        "group": GROUP_WORDS[score.group],
        "n": score.n,
        "mae_g": score.figures["mae_g"],
        "mae_folds": score.mae_folds,
        "mape_percent": score.figures["mape_percent"],
        "mape_folds": score.mape_folds,
        "paper_mae_g": None if published is None else str(published.mae_g),
        "paper_mape_percent": None if published is None else str(published.mape_percent),
    }
    compared = judged.comparisons.get((score.key, score.group))
    if compared is not None:
        row |= {
            "delta_mae_g": compared.mae_g,
            "p_bootstrap": compared.mae_g.p,
            "p_folds": compared.mae_folds.p,
        }
    return row


def _error_rows(
    judged: Judged, keys: Iterable[str], groups: tuple[str, ...]
) -> list[dict[str, Cell]]:
    scores = [judged.score(key, group) for key in keys for group in groups]
    return [_error_row(judged, score) for score in scores if score is not None]


def _notes(judged: Judged, table: str) -> tuple[str, ...]:
    remark = paper.REMARKS.get(table)
    tests = _TESTS.format(least=2.0 / (judged.scoring.bootstrap + 1), preprint=paper.PREPRINT)
    first = f"Reference: {judged.row(judged.reference).words}. {tests}"
    return (first, *([remark] if remark else []))


def _plain(table: str, judged: Judged) -> Table:
    rows = _error_rows(judged, _members(judged, table), ("all",))
    return Table(table, TABLES[table], _OF_ALL, tuple(rows), _notes(judged, table))


def _inputs(judged: Judged) -> Table:
    """Table 2, with the gain over the ECG alone."""
    base = judged.score("elvmass_ecg", "all")
    published = paper.ERRORS["elvmass_ecg", "all"].mae_g.mean
    rows = []
    for key in _members(judged, "2"):
        score = judged.score(key, "all")
        if score is None:
            continue
        row = _error_row(judged, score)
        theirs = paper.ERRORS.get((key, "all"))
        if base is not None:
            row["gain"] = _gain(score.figures["mae_g"].value, base.figures["mae_g"].value)
        if theirs is not None:
            row["paper_gain"] = f"{_gain(theirs.mae_g.mean, published):.1f}"
            row["paper_p"] = paper.P_VALUES.get(key, (None, None))[0]
        rows.append(row)
    columns = (
        *_OF_ALL[:6],
        Column("gain", "less MAE than ECG only, %", 1),
        Column("paper_gain", "preprint: the same, %"),
        Column("paper_p", "preprint: P of MAE"),
        *_OF_ALL[6:],
    )
    return Table("2", TABLES["2"], columns, tuple(rows), _notes(judged, "2"))


def _gain(value: float, base: float) -> float:
    return 100.0 * (base - value) / base


def _sexes(judged: Judged) -> Table:
    """Table 4: each pooled model on everybody and on each sex, beside the models of one sex."""
    rows: list[dict[str, Cell]] = []
    keys = _members(judged, "4")
    kinds = [key.removesuffix(f"_{judged.row(key).sex}") for key in keys]
    order = list(dict.fromkeys(kinds))
    for _, key in sorted(zip(map(order.index, kinds), keys, strict=True), key=lambda p: p[0]):
        groups = ("all", "male", "female")
        rows += _error_rows(judged, [key], groups)
    note = (
        "Models of one sex use the pooled folds, restricted; they are compared with the "
        "reference's model of the same sex where there is one."
    )
    return Table("4", TABLES["4"], _ERRORS, tuple(rows), (*_notes(judged, "4"), note))


def _gains(judged: Judged) -> Table:
    """Table S3: the preprint's comparison, and that of like with like."""
    rows: list[dict[str, Cell]] = []
    for key in _members(judged, "s3"):
        row = judged.row(key)
        own = judged.score(key, row.sex)
        if row.sex == "pooled" or own is None:
            continue
        for group, words in (("all", "everybody, as the preprint"), (row.sex, "the same sex")):
            pooled = judged.score(judged.reference, group)
            if pooled is not None:
                rows.append(_gain_row(judged, own, pooled, words))
    columns = (
        Column("model", "model of one sex"),
        Column("against", "against the pooled reference on"),
        Column("own", "its MAPE, % [95 % CI]", 1),
        Column("pooled", "pooled MAPE, % [95 % CI]", 1),
        Column("change", "relative change of MAPE, %", 1),
        Column("delta", "difference of MAPE, points [95 % CI]"),
        Column("p_bootstrap", "P, patients", 3, "p"),
        Column("p_folds", "P, folds", 3, "p"),
        Column("paper", "preprint: relative change, %"),
    )
    return Table("s3", TABLES["s3"], columns, tuple(rows), _notes(judged, "s3"))


def _gain_row(judged: Judged, own: Score, pooled: Score, words: str) -> dict[str, Cell]:
    mape, base = own.figures["mape_percent"], pooled.figures["mape_percent"]
    row: dict[str, Cell] = {
        "model": own.words,
        "against": words,
        "own": mape,
        "pooled": base,
        "change": 100.0 * (mape.value - base.value) / base.value,
    }
    if pooled.group == "all":
        row["paper"] = f"{paper.SEX_GAIN_PERCENT[own.group]:.2f}"
        return row
    against = compare(judged.trial, own.key, judged.reference, own.group, judged.scoring)
    if against is not None:
        row |= {
            "delta": against.mape_percent,
            "p_bootstrap": against.mape_percent.p,
            "p_folds": against.mape_folds.p,
        }
    return row


def ranking(judged: Judged) -> Table:
    """All pooled rows on everybody, best first."""
    scores = sorted(
        (s for s in judged.scores if s.group == "all"), key=lambda s: s.figures["mae_g"].value
    )
    columns = (
        *_OF_ALL[:4],
        Column("mae_ratio", "MAE ÷ that of the mean"),
        Column("r2", "R²"),
        *_OF_ALL[6:10],
    )  # fmt: skip
    rows = []
    for score in scores:
        row = _error_row(judged, score)
        rows.append(row | {name: score.figures[name] for name in ("mae_ratio", "r2")})
    strong = frozenset(k for k, s in enumerate(scores) if s.key == judged.reference)
    title = TABLES["rivals"]
    return Table("rivals", title, columns, tuple(rows), _notes(judged, "rivals"), strong)


_METRICS = (
    Column("mae_g", "MAE, g"),
    Column("mape_percent", "MAPE, %", 1),
    Column("rmse_g", "RMSE, g"),
    Column("bias_g", "bias, g"),
    Column("r2", "R²"),
    Column("r", "r"),
    Column("spearman", "ρ"),
    Column("slope", "slope"),
    Column("intercept_g", "intercept, g", 1),
    Column("mae_ratio", "MAE ÷ that of the mean"),
)


def metrics(key: str, title: str, scores: Iterable[Score]) -> Table:
    """All figures of every row on every group."""
    rows: list[dict[str, Cell]] = [
        {
            "model": s.words,
            "group": GROUP_WORDS[s.group],
            "n": s.n,
            **{c.key: s.figures[c.key] for c in _METRICS},
        }
        for s in scores
    ]
    columns = (Column("model", "model"), Column("group", "scored on"), Column("n", "n"), *_METRICS)
    note = "All with 95 % bootstrap intervals over patients. Bias: estimate minus truth. Slope and "
    note += (
        "intercept: regression of truth on estimate (1 and 0 where estimates mean what they say)."
    )
    return Table(key, title, columns, tuple(rows), (note,))


def recalibration(judged: Judged) -> Table:
    """Errors before and after correction on other folds."""
    words = {"raw": "as it is", "linear": "line, with sex", "isotonic": "rising curve"}
    assert set(words) == {"raw", *METHODS}
    shown = ("mae_g", "bias_g", "r2", "slope")
    rows: list[dict[str, Cell]] = [
        {
            "model": each.words,
            "correction": words[each.method],
            "n": each.n,
            **{name: each.figures[name] for name in shown},
        }
        for each in judged.recalibrations
    ]
    columns = (
        Column("model", "model"), Column("correction", "corrected by"), Column("n", "n"),
        *(c for c in _METRICS if c.key in shown),
    )  # fmt: skip
    note = (
        "Each fold is corrected by a fit to the other folds, never to itself. Both corrections "
        "minimise squares: they take out the bias of a model that answers with a median, as ours "
        "does, and may raise its mean absolute error by doing so."
    )
    title = "Recalibration across folds"
    return Table("recalibration", title, columns, tuple(rows), (note,))
