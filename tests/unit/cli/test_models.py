"""``elvmass models import`` and ``check-units``, and an imported model as one more model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import elvmass_resources
from elvmass import pipeline
from elvmass.cli import main

TINY = Path(__file__).parents[1] / "model" / "keras" / "data" / "tiny_keras2.h5"
MAN = elvmass_resources.path("examples", "simulated_man_normal.xml")
Output = pytest.CaptureFixture[str]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> Path:
    """The user's own folder, with the tiny model in it."""
    monkeypatch.setenv("ELVMASS_MODELS", str(tmp_path / "mine"))
    assert main(["models", "import", str(TINY), "--name", "tiny"]) == 0
    said = capsys.readouterr()
    assert said.out.strip() == str(tmp_path / "mine" / "tiny")
    assert "check-units" in said.err
    return tmp_path / "mine"


def estimate(capsys: Output, *arguments: str) -> dict[str, object]:
    assert main(["estimate", str(MAN), "--json", *arguments]) == 0
    return dict(json.loads(capsys.readouterr().out))


def codes(found: dict[str, object]) -> list[str]:
    return [each["code"] for each in found["warnings"]]  # type: ignore[attr-defined]


def test_imported_model_is_one_more_model(installed: Path, capsys: Output) -> None:
    assert main(["models"]) == 0
    line = next(each for each in capsys.readouterr().out.splitlines() if each.startswith("tiny "))
    assert "error unknown" in line
    found = estimate(capsys, "--model", "tiny")
    assert found["interval_g"] is None
    assert found["coverage"] is None
    assert 0 < found["lvh_probability"] < 1  # type: ignore[operator]
    assert found["lvh"]["settled"] is False  # type: ignore[index]
    assert found["lvh"]["reason"] == "the model gives no interval"  # type: ignore[index]
    assert found["model"]["chosen_because"] == "it was asked for by name"  # type: ignore[index]
    assert {"no_interval", "imported_model", "other_modality"} <= set(codes(found))
    fitting = estimate(capsys, "--model", "tiny", "--threshold", "cmr_lvm_ai")
    assert "other_modality" not in codes(fitting)


def test_it_is_never_used_unasked(installed: Path, capsys: Output) -> None:
    found = estimate(capsys)
    assert found["model"]["name"] == "simulated-male-model2"  # type: ignore[index]
    assert found["interval_g"]
    assert found["lvh_probability"] is None
    assert main(["estimate", str(MAN), "--models", str(installed)]) == 1
    assert "name the model to use" in capsys.readouterr().err


def test_unknown_demographics_and_a_model_of_the_other_sex_are_said(
    installed: Path, capsys: Output
) -> None:
    found = estimate(capsys, "--model", "simulated-female-model2")
    because = found["model"]["chosen_because"]  # type: ignore[index]
    assert "one sex only (female)" in because
    assert main(["estimate", str(MAN), "--model", "nobody"]) == 1
    assert "Installed are: simulated-female-model1" in capsys.readouterr().err


def test_explanation_adds_up(installed: Path, capsys: Output) -> None:
    assert main(["explain", str(MAN), "--json", "--model", "tiny"]) == 0
    found = json.loads(capsys.readouterr().out)
    parts = found["saliency"]
    total = parts["reference_g"] + parts["ecg_g"] + sum(parts["scalars_g"].values())
    assert total == pytest.approx(found["mass_g"], abs=1.0)
    assert "a flat ECG" in parts["method"]


def test_names_and_places_are_kept_apart(installed: Path, tmp_path: Path, capsys: Output) -> None:
    for name, words in (
        ("tiny", "exists"), ("simulated-male-model2", "bundled"), ("../x", "cannot be the name"),
    ):  # fmt: skip
        assert main(["models", "import", str(TINY), "--name", name]) == 1
        assert words in capsys.readouterr().err
    again = ["models", "import", str(TINY), "--name", "tiny", "--ecg-scale", "microvolt", "--force"]
    assert main(again) == 0
    assert "(microvolt)" in capsys.readouterr().err
    other = ["models", "import", str(TINY), "--name", "tiny", "--models", str(tmp_path / "other")]
    assert main(other) == 0
    assert (tmp_path / "other" / "tiny" / "card.json").is_file()


def test_check_units_prints_both_presets(installed: Path, tmp_path: Path, capsys: Output) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_text("no ECG")
    assert main(["models", "check-units", "tiny", *[str(MAN)] * 10, str(bad)]) == 1
    said = capsys.readouterr()
    rows = [line.split() for line in said.out.splitlines()]
    assert [row[0] for row in rows[:3]] == ["preset", "counts5uv", "microvolt"]
    assert [row[1] for row in rows[1:3]] == ["10", "10"]
    assert all(0 < float(row[2]) < 500 for row in rows[1:3])
    assert "the unit remains open" in said.out  # ten times the same man has no SD
    assert "bad.xml is left out" in said.err
    assert main(["models", "check-units", "simulated-male-model2", str(MAN)]) == 1
    assert "was not imported" in capsys.readouterr().err


def test_a_damaged_model_is_left_out_and_named(installed: Path, capsys: Output) -> None:
    (installed / "cut").mkdir()
    (installed / "cut" / "card.json").write_text("{", encoding="utf-8")
    reason = "The model 'cut' is left out, because it is damaged: card.json of model 'cut'"
    assert main(["models"]) == 0
    said = capsys.readouterr()
    assert reason in said.err
    assert "Install it again, or remove it" in said.err
    assert {"tiny", "simulated-male-model2"} <= {line.split()[0] for line in said.out.splitlines()}
    found = estimate(capsys)
    assert found["model"]["name"] == "simulated-male-model2"  # type: ignore[index]
    assert codes(found).count("damaged_model") == 1
    assert main(["estimate", str(MAN)]) == 0
    assert reason in capsys.readouterr().out
    assert main(["estimate", str(MAN), "--model", "cut"]) == 1
    assert reason in capsys.readouterr().err


def test_a_folder_of_damaged_models_says_why_it_has_none(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "card.json").write_text("{}", encoding="utf-8")
    assert main(["estimate", str(MAN), "--models", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "holds no model" in said
    assert "The model 'cut' is left out" in said


def test_damaged_weights_are_told_to_who_asks_for_them(installed: Path, capsys: Output) -> None:
    (installed / "tiny" / "weights.safetensors").write_bytes(b"cut")
    pipeline.warm_up()
    estimate(capsys)
    assert main(["estimate", str(MAN), "--model", "tiny"]) == 1
    assert "'tiny'" in capsys.readouterr().err
