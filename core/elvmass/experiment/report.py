"""Write what an experiment found: CSV, Markdown and one page of HTML."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from elvmass.experiment import paper
from elvmass.experiment.cells import Cell, Column, Table
from elvmass.experiment.characteristics import characteristics
from elvmass.experiment.hypertrophy import criteria_table, limit_words, lvh_table
from elvmass.experiment.judged import Judged
from elvmass.experiment.tables import metrics, paper_tables, ranking, recalibration
from elvmass.experiment.trial import RowResult, Trial
from elvmass.report.tables import as_csv, as_markdown

SIMULATED = (
    "These figures say how well each method recovers what a simulator hid in "
    "made-up ECGs. They say nothing about real patients, and must not be set against the "
    "published ones as if they did."
)
REAL = (
    "Out-of-fold estimates of one cohort. The published figures belong to another cohort, scanner "
    "and population: compare ratios (MAE ÷ that of the mean, R²) before grams."
)


def all_tables(judged: Judged) -> list[Table]:
    """Tables of the report, in its order."""
    tables = [
        ranking(judged),
        characteristics(judged.trial, judged.scoring),
        *paper_tables(judged),
        lvh_table(judged),
        criteria_table(judged),
        metrics("metrics", "All figures, out of fold", judged.scores),
        recalibration(judged),
    ]
    if judged.external:
        title = f"External validation on {judged.trial.external_label}"
        tables.append(metrics("external", title, judged.external))
    return [table for table in (*tables, how_trained(judged)) if table.rows]


def statements(judged: Judged) -> list[str]:
    """What a reader must know before any figure."""
    trial, scoring = judged.trial, judged.scoring
    design = trial.design
    said = [f"SIMULATED PATIENTS. {SIMULATED}" if design.simulated else REAL]
    patients = len(set(trial.subjects.patients))
    said.append(
        f"{len(trial.subjects)} ECGs of {patients} patients ({trial.subjects.male.sum()} ECGs of "
        f"men, {trial.subjects.female.sum()} of women); {len(trial.splits)} folds by patient, "
        f"stratified on mass, seed {design.seed}: one division into folds, one seed of the "
        f"networks. {scoring.bootstrap} bootstrap resamples."
    )
    if trial.left_out:
        said.append(
            f"{trial.left_out} more ECGs serve some rows but not all (another cut of the "
            "recording); no row saw them."
        )
    if mixed := of_different_code(trial.results):
        said.append(mixed)
    if limited := cut_short(judged):
        said.append(
            f"NOT FULLY TRAINED: these networks had fewer epochs than their recipe states, and say "
            f"nothing about what they can do: {', '.join(limited)}."
        )
    said.append(f"LVH is a measured index {limit_words(scoring.limit)}.")
    if trial.missing:
        gone = "; ".join(f"{key} ({why})" for key, why in trial.missing.items())
        said.append(f"Rows without a result: {gone}")
    if trial.external is not None:
        kind = " SIMULATED PATIENTS as well." if trial.external_simulated else ""
        said.append(
            f"External cohort: {trial.external_label}, {len(trial.external)} ECGs that no row was "
            f"trained on; networks answer with the mean of their fold models, the others are "
            f"fitted on the whole first cohort.{kind}"
        )
        said += not_on_external(trial)
    said.append(f"Published figures: {paper.PREPRINT} (Tables 1 to 4); {paper.ABSTRACT}.")
    return said


def of_different_code(results: Iterable[RowResult]) -> str:
    """A statement if rows of different code stand side by side, else nothing."""
    keys: dict[str, list[str]] = {}
    for each in results:
        made = f"elvmass {each.origin.version}, code {each.origin.code[:8]}"
        keys.setdefault(made, []).append(each.row.key)
    if len(keys) < 2:
        return ""
    listed = "; ".join(f"{made}: {', '.join(dict.fromkeys(rows))}" for made, rows in keys.items())
    return (
        "ROWS OF DIFFERENT CODE stand side by side: a difference between them may come from the "
        f"versions instead of the methods. {listed}."
    )


def not_on_external(trial: Trial) -> list[str]:
    """A statement if rows lack estimates of the external cohort, else nothing."""
    lacking = [each for each in trial.results if each.external_g is None]
    why = {True: "its file has no estimates of these patients", False: "not estimated yet"}
    listed = "; ".join(f"{each.row.key} ({why[each.added]})" for each in lacking)
    return [f"Not on the external cohort: {listed}."] if lacking else []


def cut_short(judged: Judged) -> list[str]:
    """Keys of networks that had fewer epochs than their recipe states."""
    from elvmass.experiment.rows import Design, row_config

    design = judged.trial.design
    whole = Design(ours=design.ours)
    return [
        each.row.key
        for each in judged.trial.results
        if each.curves and each.settings["epochs"] < row_config(each.row, whole).epochs
    ]


def how_trained(judged: Judged) -> Table:
    """How each row came about."""
    rows: list[dict[str, Cell]] = []
    for each in judged.trial.results:
        epochs = [len(curve.train_mae_sd) for curve in each.curves]
        best = [str(curve.best_epoch + 1) for curve in each.curves]
        rows.append(
            {
                "key": each.row.key,
                "model": each.row.words,
                "recipe": each.row.recipe or "no network",
                "epochs": f"{min(epochs)} to {max(epochs)}" if epochs else None,
                "best": ", ".join(best) or None,
                "seconds": each.seconds,
                "device": ", ".join(filter(None, (each.origin.device, each.origin.precision)))
                or None,
                "source": each.source,
            }
        )
    columns = (
        Column("key", "key (--rows)"),
        Column("model", "model"),
        Column("recipe", "recipe"),
        Column("epochs", "epochs"),
        Column("best", "best epoch of each fold"),
        Column("seconds", "seconds", 0),
        Column("device", "device"),
        Column("source", "from"),
    )
    return Table("rows", "How each row was trained", columns, tuple(rows))


def write_tables(judged: Judged, out: Path) -> list[Table]:
    """Write every table as CSV, and all of them as one Markdown file; return them."""
    tables = all_tables(judged)
    folder = out / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        (folder / f"{table.key}.csv").write_text(as_csv(table.exact()), encoding="utf-8")
    (out / "report.md").write_text(markdown(judged, tables), encoding="utf-8")
    return tables


def markdown(judged: Judged, tables: list[Table]) -> str:
    """The report as Markdown, without figures."""
    parts = [f"# eLVMass experiment: {_plain(judged.trial.label)}\n"]
    parts += [f"{text}\n" for text in statements(judged)]
    flow = judged.trial.subjects.flow
    if flow is not None:
        parts.append("```\n" + "\n".join(flow.table()) + "\n```\n")
    for table in tables:
        parts.append(f"## {_plain(table.title)}\n")
        parts.append(as_markdown(list(table.shown())))
        parts += [f"{note}\n" for note in table.notes]
    return "\n".join(parts)


def _plain(text: str) -> str:
    """A name without what Markdown would take for markup."""
    return "".join(c if c.isalnum() or c in " .,-()" else f"\\{c}" for c in text)
