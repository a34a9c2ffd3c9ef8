"""The report as one page of HTML that needs no other file. It is well-formed XML as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

import elvmass
from elvmass.experiment.cells import Table
from elvmass.experiment.figures import Drawing, drawings
from elvmass.experiment.judged import Judged
from elvmass.experiment.report import statements, write_tables

REPORT = "report.html"

_CSS = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 0; }
main { max-width: 84rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
h1 { font-size: 1.7rem; margin: 1rem 0 .3rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; }
.warn { position: sticky; top: 0; z-index: 1; margin: 0; background: #7a1f00; color: #fff;
  padding: .4rem 1.5rem; font-weight: 600; font-size: .85rem; }
.said { max-width: 60rem; } nav { columns: 2; max-width: 60rem; margin: 1rem 0; }
nav a { display: block; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .78rem; font-variant-numeric: tabular-nums; }
th, td { padding: .26rem .45rem; text-align: right; vertical-align: top; white-space: nowrap; }
th { border-bottom: 2px solid #333; font-weight: 600; white-space: normal; min-width: 4.5rem;
  vertical-align: bottom; }
td { border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 13rem;
  position: sticky; left: 0; background: #fff; }
tr.strong td { font-weight: 600; background: #fff3e8; }
td.folds { font-size: .72rem; color: #444; white-space: normal; min-width: 9rem; }
th.paper, td.paper { color: #555; background: #f4f4f0; }
.note { color: #444; font-size: .82rem; max-width: 60rem; margin: .3rem 0; }
figure { margin: 1rem 0 2rem; } figure svg { max-width: 100%; height: auto; }
figcaption { color: #444; font-size: .85rem; max-width: 60rem; }
pre { font-size: .78rem; overflow-x: auto; background: #f4f4f0; padding: .7rem; }
@media print { .warn { position: static; } .wide { overflow: visible; } table { font-size: 6pt; } }
"""


def write_page(judged: Judged, out: Path) -> Path:
    """Write tables, Markdown and the page into ``out``; return the page."""
    out.mkdir(parents=True, exist_ok=True)
    tables = write_tables(judged, out)
    path = out / REPORT
    path.write_text(page_of(judged, tables, drawings(judged)), encoding="utf-8")
    return path


def page_of(judged: Judged, tables: list[Table], figures: list[Drawing]) -> str:
    """The whole page."""
    trial = judged.trial
    first, *rest = statements(judged)
    body = [f"<p>{escape(text)}</p>" for text in (first, *rest)]
    flow = trial.subjects.flow
    parts = [
        f"<h1>eLVMass experiment: {escape(trial.label)}</h1>",
        f'<div class="said">{"".join(body)}</div>',
        "<nav>" + "".join(_links(tables, figures)) + "</nav>",
    ]
    if flow is not None:
        lines = escape("\n".join(flow.table()))
        parts.append(f'<h2 id="flow">Which ECGs were analysed</h2><pre>{lines}</pre>')
    parts += [table_html(table) for table in tables[:1]]
    parts += [figure_html(figure) for figure in figures]
    parts += [table_html(table) for table in tables[1:]]
    return document(f"eLVMass experiment: {trial.label}", parts, trial.design.simulated)


def document(title: str, parts: Iterable[str], simulated: bool) -> str:
    """A page with this title and body; a banner says whether patients are simulated."""
    banner = (
        "SIMULATED PATIENTS: nothing on this page was measured in people."
        if simulated
        else "Research use only; not a medical device."
    )
    return (
        '<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head>'
        '<meta charset="utf-8"/><meta name="viewport" content="width=device-width"/>'
        f"<title>{escape(title)}</title><style>{_CSS}</style></head><body>"
        f'<p class="warn">{banner}</p><main>{"".join(parts)}'
        f'<p class="note">elvmass {elvmass.__version__}. The same tables with all digits: the '
        "folder tables; as text: report.md.</p></main></body></html>\n"
    )


def _links(tables: list[Table], figures: list[Drawing]) -> Iterator[str]:
    for table in tables:
        yield f'<a href="#table-{table.key}">{escape(table.title)}</a>'
    for figure in figures:
        yield f'<a href="#figure-{figure.key}">Figure: {escape(figure.title)}</a>'


def figure_html(figure: Drawing) -> str:
    """A figure with its caption."""
    svg = figure.svg.replace("<svg", f'<svg role="img" aria-label="{escape(figure.caption)}"', 1)
    return (
        f'<figure id="figure-{figure.key}">{svg}'
        f"<figcaption>{escape(figure.caption)}</figcaption></figure>"
    )


def table_html(table: Table) -> str:
    """A table with its title and notes."""
    kinds = [_kind(column.key) for column in table.columns]
    head = "".join(
        f"<th{kind}>{escape(column.words)}</th>"
        for kind, column in zip(kinds, table.columns, strict=True)
    )
    rows = []
    for number, row in enumerate(table.shown()):
        cells = "".join(
            f"<td{kind}>{escape(text)}</td>" for kind, text in zip(kinds, row.values(), strict=True)
        )
        strong = ' class="strong"' if number in table.strong else ""
        rows.append(f"<tr{strong}>{cells}</tr>")
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in table.notes)
    return (
        f'<h2 id="table-{table.key}">{escape(table.title)}</h2><div class="wide"><table><thead>'
        f"<tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>{notes}"
    )


def _kind(key: str) -> str:
    """Class of a column's cells."""
    if key.startswith("paper"):
        return ' class="paper"'
    return ' class="folds"' if key.endswith("_folds") and not key.startswith("p_") else ""
