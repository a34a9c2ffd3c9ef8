"""`elvmass explain` beyond the estimate: methods, exports, checks, what-if, cohort tables."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import elvmass_resources
from elvmass.cli import main
from elvmass.model.explain import METHODS
from elvmass.model.explain.trust import CHECKS, MethodTrust, Trust, TrustFigure, write_trust

MAN = str(elvmass_resources.path("examples") / "simulated_man_normal.xml")
WOMAN = str(elvmass_resources.path("examples") / "simulated_woman_hypertrophy.xml")
MODEL = "simulated-male-model2"

Output = pytest.CaptureFixture[str]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder of models that may be written to."""
    folder = tmp_path / "models"
    shutil.copytree(elvmass_resources.path("models") / MODEL, folder / MODEL)
    (folder / MODEL / "trust.json").unlink(missing_ok=True)
    return folder


def test_the_method_can_be_chosen(capsys: Output) -> None:
    assert main(["explain", MAN, "--json", "--method", "gradient_x_input"]) == 0
    saliency = json.loads(capsys.readouterr().out)["saliency"]
    assert saliency["method"].startswith("gradient × input")
    with pytest.raises(SystemExit):
        main(["explain", MAN, "--method", "lime"])


def test_map_and_table_are_written(tmp_path: Path, capsys: Output) -> None:
    out, table = tmp_path / "map.csv", tmp_path / "table.md"
    assert main(["explain", MAN, "--out", str(out), "--table", str(table)]) == 0
    with out.open() as file:
        grams = sum(float(row["saliency_g"]) for row in csv.DictReader(file))
    assert f"{grams:+.1f} ECG" in capsys.readouterr().out
    assert len(table.read_text().splitlines()) == 62
    assert main(["explain", MAN, "--out", str(out)]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["explain", MAN, WOMAN, "--out", str(tmp_path / "two.csv")]) == 1
    assert "one file" in capsys.readouterr().err


def test_what_if(capsys: Output) -> None:
    change = ["--what-if", "weight=60:100", "QRS/precordial=1"]
    assert main(["explain", "--json", MAN, *change]) == 0
    out = json.loads(capsys.readouterr().out)
    weight, same = out["responses"]
    assert weight["values"][0] == 60
    assert len(weight["mass_g"]) == 13
    main(["estimate", "--json", MAN])
    assert same["mass_g"][0] == pytest.approx(json.loads(capsys.readouterr().out)["mass_g"])
    assert main(["explain", MAN, *change]) == 0
    assert "QRS of the precordial leads" in capsys.readouterr().out
    assert main(["explain", MAN, "--what-if", "sex=0"]) == 1
    assert "use the pooled model" in capsys.readouterr().err


def test_check_of_an_ecg_names_what_is_known_of_the_model(models: Path, capsys: Output) -> None:
    ask = ["explain", MAN, "--check", "--method", "gradient_x_input", "--models", str(models)]
    assert main(ask) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in CHECKS)
    assert f"{MODEL} itself was not checked" in out
    card = json.loads((models / MODEL / "card.json").read_text())
    good = TrustFigure(1.0, 1.0, 1.0, True)
    trust = MethodTrust(
        {name: replace(good, passed=name != "shift") for name in CHECKS}, {"1 of 1": 0.0}
    )
    write_trust(models / MODEL, Trust(card["sha256"], 8, dict.fromkeys(METHODS, trust)))
    assert main([*ask, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["methods"]["gradient_x_input"]["figures"]["noise"]["value"] > 0.5
    assert main(ask) == 0
    assert f"on {MODEL} as a whole, gradient_x_input fails shift" in capsys.readouterr().out


def test_check_of_a_model_is_kept_beside_its_card(
    models: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    from elvmass.model.explain import check
    from elvmass.model.explain.trust import read_trust

    monkeypatch.setattr(check, "METHODS", {"gradient": METHODS["gradient"]})
    monkeypatch.setattr(check.check_bundle, "__defaults__", (["gradient"], None, lambda *_: None))
    assert main(["explain", "--check", "--people", "1", "--models", str(models)]) == 0
    assert "gradient" in capsys.readouterr().out
    card = json.loads((models / MODEL / "card.json").read_text())
    trust = read_trust(models / MODEL, card["sha256"])
    assert trust is not None
    assert set(trust.methods["gradient"].figures) == set(CHECKS)
    assert trust.methods["gradient"].figures["completeness"].value is None


def test_bundled_models_carry_the_answer_of_the_lie_detector() -> None:
    from elvmass.model.cards import list_bundles
    from elvmass.model.explain.trust import read_trust

    for at in list_bundles(elvmass_resources.path("models")):
        trust = read_trust(at.path, at.card.sha256)
        assert trust is not None, f"{at.card.name} changed: run `elvmass explain --check`"
        assert set(trust.methods) == set(METHODS)


def test_tables_of_a_cohort_stand_beside_the_papers(tmp_path: Path, capsys: Output) -> None:
    cohort, table = tmp_path / "cohort", tmp_path / "tables.csv"
    assert main(["simulate", "--n", "8", "--seed", "5", "--out", str(cohort)]) == 0
    ask = ["explain", str(cohort), "--tables", "--model", "simulated-pooled-model2", "--no-cache"]
    assert main([*ask, "--table", str(table)]) == 0
    out = capsys.readouterr().out
    assert "simulated-pooled-model2, low mass" in out
    assert "seed-like: our reading" in out
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 36
    assert {"percent", "percent_low", "seed_like", "paper_percent", "density"} <= set(rows[0])
    assert main([*ask, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["sex"] == "pooled"


def test_nothing_to_explain_is_wrong_usage(capsys: Output) -> None:
    assert main(["explain"]) == 1
    assert "Name an ECG file" in capsys.readouterr().err
