"""What an experiment writes: tables, text, a page."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace

import numpy as np
import pytest
from lxml import etree, html
from unit.experiment.conftest import LABEL

from elvmass.errors import ConfigError
from elvmass.experiment.cells import Column, Table, shown
from elvmass.experiment.figures import need_matplotlib, svg_of
from elvmass.experiment.page import write_page
from elvmass.experiment.report import statements
from elvmass.experiment.score import Folds
from elvmass.experiment.summary import half_width, write_summary
from elvmass.train.evaluation.metrics import Figure
from elvmass.train.evaluation.statistics import Difference


@pytest.fixture(scope="module")
def written(judged, tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    write_page(judged, out)
    return out


def test_the_page_is_well_formed_and_needs_nothing_else(written):
    text = (written / "report.html").read_text(encoding="utf-8")
    root = etree.fromstring(text.encode())
    assert root.tag.endswith("html")
    page = html.fromstring(text)
    assert LABEL in page.xpath("//h1")[0].text_content()
    assert not page.xpath("//b | //i | //script | //img | //link")
    assert page.xpath("//a/@href")
    for target in page.xpath("//a/@href"):
        assert page.xpath(f"//*[@id='{target.removeprefix('#')}']"), target
    names = page.xpath("//*[local-name()='svg']//@id")
    assert len(page.xpath("//*[local-name()='svg'][@role='img'][@aria-label]")) == 6
    for key in ("forest", "bland-altman", "bland-altman-external", "calibration", "roc", "losses"):
        assert page.xpath(f"//figure[@id='figure-{key}']")
    assert len(names) > 20


def test_every_page_says_that_patients_are_simulated(written, judged):
    banner = html.fromstring((written / "report.html").read_text()).xpath("//*[@class='warn']")
    assert banner[0].text_content().startswith("SIMULATED PATIENTS")
    assert "SIMULATED PATIENTS" in (written / "report.md").read_text()
    real = replace(judged.trial, design=replace(judged.trial.design, simulated=False))
    said = " ".join(statements(replace(judged, trial=real)))
    assert "SIMULATED" not in said
    assert "another cohort" in said


def test_no_identifiers_are_written(written):
    for path in written.rglob("*"):
        if path.is_file():
            assert "SECRET" not in path.read_text(encoding="utf-8"), path


def test_what_is_less_than_it_seems_is_said(written, judged):
    text = " ".join(statements(judged))
    some = replace(judged, trial=replace(judged.trial, left_out=3))
    assert "3 more ECGs serve some rows" in " ".join(statements(some))
    assert "more ECGs" not in text
    assert "NOT FULLY TRAINED" in text
    assert "elvmass_ecg, elvmass_model2, elvmass_model2_male" in text
    assert "3 folds by patient" in text
    assert "100 bootstrap resamples" in text
    assert "medRxiv 2024.02.19.24303061" in text
    report = (written / "report.md").read_text(encoding="utf-8")
    assert "not the closest ECG within six months" in report  # the flow of exclusions
    assert "never below 0.0198" in report


def test_tables_hold_all_digits(written, judged):
    with (written / "tables" / "2.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    row = next(row for row in rows if row["model"] == "eLVMass-Net model 2")
    score = judged.score("elvmass_model2", "all")
    assert float(row["mae_g"]) == score.figures["mae_g"].value
    assert float(row["mae_g_high"]) == score.figures["mae_g"].high
    assert [float(row[f"mae_folds_{k}"]) for k in (1, 2, 3)] == list(score.mae_folds.values)
    assert row["paper_mae_g"] == "14.33 ± 0.71"
    tables = {path.stem for path in (written / "tables").iterdir()}
    assert tables >= {"1", "2", "3", "4", "s3", "lvh", "criteria", "metrics", "recalibration",
                      "external", "rivals", "rows"}  # fmt: skip
    assert not tables & {"s1", "s2"}  # one row compares nothing


def test_cells_for_people():
    number = Column("x", "x", 1)
    assert shown(Figure(1.25, 1.0, 2.0), number) == "1.2 [1.0, 2.0]"
    assert shown(Difference(-0.5, -1.0, 0.25, 0.1), number) == "-0.5 [-1.0, +0.2]"
    assert shown(Folds((1.0, 3.0)), number) == "2.0 ± 1.4 (1.0, 3.0)"
    assert shown(Figure(-0.001, -0.2, 0.001), number) == "0.0 [-0.2, 0.0]"  # no nought below nought
    assert [shown(x, number) for x in (None, float("nan"), Figure(np.nan, 0, 0), Folds(()))] == [
        "–", "–", "–", "–",
    ]  # fmt: skip
    p = Column("p", "p", 3, "p")
    assert [shown(x, p) for x in (0.0004, 0.04, "<0.01")] == ["<0.001", "0.040", "<0.01"]
    table = Table("t", "t", (number,), ({"x": Folds((1.0,))}, {"x": Folds((1.0, 2.0))}))
    assert [row["x_2"] for row in table.exact()] == [None, 2.0]


def test_figures_are_the_same_each_time():
    def fill(figure):
        figure.subplots().plot([1.0, 2.0], "o", clip_on=True)

    assert svg_of("a", 1.0, 1.0, fill) == svg_of("a", 1.0, 1.0, fill)
    assert svg_of("a", 1.0, 1.0, fill) != svg_of("b", 1.0, 1.0, fill)  # no name in common


def test_missing_matplotlib_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ConfigError, match=r"pip install 'elvmass\[experiment\]'"):
        need_matplotlib()


def test_summary_of_cohorts(judged, tmp_path):
    other = replace(judged.trial, label="second")
    pair = [judged, replace(judged, trial=other)]
    path = write_summary(pair, tmp_path)
    page = html.fromstring(path.read_text(encoding="utf-8"))
    etree.fromstring(path.read_bytes())
    assert page.xpath("//li//a/@href")[1] == "second/report.html"
    assert "SIMULATED PATIENTS" in page.xpath("//*[@class='warn']")[0].text_content()
    text = (tmp_path / "summary.md").read_text(encoding="utf-8")
    for sentence in ("SIMULATED PATIENTS", "NOT FULLY TRAINED", "second: elvmass_model2"):
        assert sentence in text
        assert sentence in page.text_content()
    with (tmp_path / "summary_mae_g.csv").open(encoding="utf-8") as file:
        row = next(r for r in csv.DictReader(file) if r["model"].startswith("ridge, raw"))
    mae = judged.score("ridge_beat", "all").figures["mae_g"].value
    theirs = judged.score("elvmass_model2", "all").figures["mae_g"].value
    assert float(row["mean"]) == pytest.approx(mae)
    assert float(row["sd"]) == pytest.approx(0.0, abs=1e-9)
    assert float(row["delta"]) == pytest.approx(mae - theirs)


def test_interval_over_cohorts():
    from scipy import stats

    values = np.array([1.0, 2.0, 4.0])
    low, high = stats.t.interval(0.95, 2, values.mean(), stats.sem(values))
    assert half_width(values) == pytest.approx((high - low) / 2)
