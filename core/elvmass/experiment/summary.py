"""Several cohorts side by side: each row's figures on each cohort, and their mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from elvmass.experiment.cells import Cell, Column, Table
from elvmass.experiment.figures import Drawing, svg_of
from elvmass.experiment.judged import Judged
from elvmass.experiment.page import document, figure_html, table_html
from elvmass.experiment.report import SIMULATED, cut_short, of_different_code
from elvmass.experiment.score import Score
from elvmass.experiment.tables import GROUP_WORDS
from elvmass.report.tables import as_csv, as_markdown

SUMMARY = "summary.html"
_FIGURES = (
    ("mae_g", "MAE, g", 2),
    ("mae_ratio", "MAE ÷ that of the mean", 3),
    ("mape_percent", "MAPE, %", 2),
    ("r2", "R²", 3),
    ("lvh_auroc", "AUROC for LVH", 3),
)
_NOTE = (
    "± is the standard deviation over cohorts (n - 1); with few cohorts it is itself uncertain. "
    "Difference: row minus reference on the same cohort, mean over cohorts with a 95 % interval "
    "by Student's t over cohorts."
)


def write_summary(found: Sequence[Judged], out: Path) -> Path:
    """Write summary.csv, summary.md and summary.html into ``out``; return the page."""
    tables = [_table_of(found, *figure) for figure in _FIGURES]
    tables = [table for table in tables if table.rows]
    simulated = any(each.trial.design.simulated for each in found)
    labels = [each.trial.label for each in found]
    for table in tables:
        (out / f"{table.key}.csv").write_text(as_csv(table.exact()), encoding="utf-8")
    said = _statements(found)
    words = "".join(f"{sentence}\n\n" for sentence in said)
    text = "".join(f"## {t.title}\n\n{as_markdown(list(t.shown()))}\n" for t in tables)
    (out / "summary.md").write_text(f"# Summary\n\n{words}{text}\n{_NOTE}\n", encoding="utf-8")
    links = "".join(f"<li>{_link(label)}</li>" for label in labels)
    parts = [f"<h1>eLVMass experiment: {len(found)} cohorts</h1><ul>{links}</ul>"]
    parts += [f"<p>{escape(sentence)}</p>" for sentence in said]
    parts += [figure_html(each) for each in _by_size(found)]
    parts += [table_html(table) for table in tables]
    path = out / SUMMARY
    path.write_text(document("eLVMass experiment: summary", parts, simulated), encoding="utf-8")
    return path


def _statements(found: Sequence[Judged]) -> list[str]:
    """What a reader must know before any figure."""
    made_up = [each.trial.label for each in found if each.trial.design.simulated]
    said = [f"SIMULATED PATIENTS: {', '.join(made_up)}. {SIMULATED}"] if made_up else []
    for key in dict.fromkeys(each.reference for each in found):
        where = ", ".join(each.trial.label for each in found if each.reference == key)
        said.append(f"Reference of {where}: {key}.")
    if mixed := of_different_code(each for one in found for each in one.trial.results):
        said.append(mixed)
    if limited := sorted({key for each in found for key in cut_short(each)}):
        said.append(
            "NOT FULLY TRAINED: these networks had fewer epochs than their recipe states, and say "
            f"nothing about what they can do: {', '.join(limited)}."
        )
    return said


def _link(label: str) -> str:
    from urllib.parse import quote

    return f'<a href="{quote(label)}/report.html">{escape(label)}</a>'


def _table_of(found: Sequence[Judged], name: str, words: str, digits: int) -> Table:
    """One figure of every row on every cohort."""
    columns = (
        Column("model", "model"),
        Column("group", "scored on"),
        Column("mean", f"{words}: mean over cohorts", digits),
        Column("sd", "± SD over cohorts", digits),
        *(Column(f"cohort_{k + 1}", f"{each.trial.label} (n = {len(each.trial.subjects)})", digits)
          for k, each in enumerate(found)),
        Column("delta", "difference from reference", digits),
        Column("delta_half", "± 95 %", digits),
    )  # fmt: skip
    rows = [row for key, group in _keys(found) if (row := _row(found, key, group, name))]
    return Table(f"summary_{name}", f"{words} over cohorts", columns, tuple(rows), (_NOTE,))


def _keys(found: Sequence[Judged]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((s.key, s.group) for each in found for s in each.scores))


def _row(found: Sequence[Judged], key: str, group: str, name: str) -> dict[str, Cell]:
    scores = [each.score(key, group) for each in found]
    values = np.array([_value(score, name) for score in scores])
    if np.isnan(values).all():
        return {}
    words = next(score.words for score in scores if score is not None)
    row: dict[str, Cell] = {"model": words, "group": GROUP_WORDS[group]}
    row |= {f"cohort_{k + 1}": float(value) for k, value in enumerate(values)}
    if not np.isnan(values).any():
        row |= {"mean": float(values.mean()), "sd": float(values.std(ddof=1))}
        theirs = [_value(each.score(each.reference, group), name) for each in found]
        delta = values - np.array(theirs)
        if key != found[0].reference and not np.isnan(delta).any():
            row |= {"delta": float(delta.mean()), "delta_half": half_width(delta)}
    return row


def _value(score: Score | None, name: str) -> float:
    if score is None or name not in score.figures:
        return float("nan")
    return score.figures[name].value


def half_width(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Half the 95 % interval of the mean of independent values, by Student's t."""
    from scipy.special import stdtrit

    n = len(values)
    return float(stdtrit(n - 1, 0.975) * values.std(ddof=1) / sqrt(n))


def _by_size(found: Sequence[Judged]) -> Iterator[Drawing]:
    """Learning curve: error against the number of patients, where cohorts differ in size."""
    sizes = [len(each.trial.subjects) for each in found]
    if max(sizes) < 1.5 * min(sizes):
        return

    def fill(figure: Any) -> None:
        axes = figure.subplots()
        for key in dict.fromkeys(s.key for each in found for s in each.scores):
            points = [(n, _value(each.score(key, "all"), "mae_g"))
                      for n, each in zip(sizes, found, strict=True)]  # fmt: skip
            known = sorted(p for p in points if not np.isnan(p[1]))
            if known:
                axes.plot(*zip(*known, strict=True), "o-", markersize=4, linewidth=1.2, label=key)
        axes.set_xscale("log")
        axes.set_xticks(sizes, [str(n) for n in sizes])
        axes.minorticks_off()
        axes.set_xlabel("ECGs in the cohort")
        axes.set_ylabel("MAE on everybody, g")
        axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))

    caption = "Learning curves: error out of fold against the size of the cohort."
    yield Drawing("learning", "learning curves", caption, svg_of("learning", 9.0, 4.5, fill))
