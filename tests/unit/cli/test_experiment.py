from __future__ import annotations

import pytest

import elvmass
from elvmass.cli import main
from elvmass.cli.experiment import distinct
from elvmass.simulate.cohort import simulate_cohort

ROWS = ["--rows", "mean,sex_mean,ridge_scalars", "--bootstrap", "50"]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return simulate_cohort(tmp_path_factory.mktemp("cohort") / "sim", 40, seed=8)


def test_reports_of_cohorts_and_a_summary(table, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["experiment", str(table), str(table.parent), "--out", str(out), *ROWS,
               "--external", str(table)]  # fmt: skip
    assert main(command) == 0
    said = capsys.readouterr()
    reports = [str(out / "sim/report.html"), str(out / "sim-2/report.html")]
    assert said.out.split("\n") == [*reports, str(out / "summary.html"), ""]
    assert "row 3 of 3, ridge_scalars: MAE" in said.err
    kept = sorted(path.name for path in (out / "store").iterdir())
    assert len(kept) == 3  # the same patients twice are trained once
    again = ["experiment", str(table), "--out", str(out), *ROWS, "--report-only"]
    assert main([*again, "--limits", "60", "50"]) == 0
    assert sorted(path.name for path in (out / "store").iterdir()) == kept
    assert "above 60 g/m² in men, 50 g/m² in women" in (out / "sim/report.md").read_text()
    page = (out / "sim/report.html").read_text(encoding="utf-8")
    assert "SIMULATED PATIENTS" in page
    assert "SIM-8-" not in page  # the names of patients
    assert "ecg/0" not in page


def test_rows_of_another_machine(table, tmp_path, capsys):
    gpu, out = tmp_path / "gpu", tmp_path / "out"
    base = ["experiment", str(table), "--bootstrap", "50"]
    assert main([*base, "--out", str(gpu), "--rows", "sex_mean,ridge_scalars"]) == 0
    capsys.readouterr()
    some = [*base, "--out", str(out), "--rows", "mean,sex_mean", "--add-rows", str(gpu)]
    assert main(some) == 0
    said = capsys.readouterr().err
    assert "also has ridge_scalars: not asked for" in said
    assert f"added: elvmass {elvmass.__version__}, code" in said
    assert [path.name[:4] for path in (out / "store").iterdir()] == ["mean"]
    assert "| added: elvmass" in (out / "sim/report.md").read_text(encoding="utf-8")
    text = (out / "sim/rows/sex_mean.json").read_text(encoding="utf-8")
    assert "SIM-8-" not in text  # the names of patients
    assert str(tmp_path) not in text
    assert main([*some, "--seed", "1", "--out", str(tmp_path / "seed")]) == 1
    assert "sex_mean.json was trained with other settings: seed is 0" in capsys.readouterr().err
    assert main([*base, "--out", str(out), "--add-rows", str(tmp_path / "none")]) == 1
    assert "no finished rows of sim" in capsys.readouterr().err


def test_rows_are_listed_and_mistakes_named(capsys):
    assert main(["experiment", "--list", "--preset", "quick"]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("mean ")
    assert "elvmass_model2" in listed
    assert main(["experiment", "--out", "x"]) == 1
    assert "COHORT" in capsys.readouterr().err
    assert main(["experiment", "x", "--out", "x", "--rows", "lvm_ai"]) == 1
    assert "Unknown row" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["experiment", "x", "--out", "x", "--epochs", "many"])
    assert "neither N nor ROW=N" in capsys.readouterr().err


def test_cohorts_of_one_name_are_told_apart():
    assert distinct(["a", "b", "a", "a", "store"]) == ["a", "b", "a-2", "a-3", "store-2"]
