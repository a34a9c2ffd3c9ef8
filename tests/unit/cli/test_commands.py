"""The command line as its users call it: bundled models, bundled examples."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

import elvmass_resources
from elvmass.cli import main
from elvmass.errors import BundleError

EXAMPLES = elvmass_resources.path("examples")
MAN = EXAMPLES / "simulated_man_normal.xml"
WOMAN = EXAMPLES / "simulated_woman_hypertrophy.xml"
REAL = EXAMPLES / "real_mortara.dcm"

Output = pytest.CaptureFixture[str]


def test_show_names_format_and_leads(capsys: Output) -> None:
    assert main(["show", str(MAN)]) == 0
    out = capsys.readouterr().out
    assert "12 leads, 500 Hz, 10.0 s" in out
    assert "sex male" in out


def test_show_json_of_two_files_is_an_array(capsys: Output) -> None:
    assert main(["show", "--json", str(MAN), str(WOMAN)]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["sex"], second["sex"]) == ("male", "female")


def test_estimate_text_says_the_terms_of_its_number(capsys: Output) -> None:
    assert main(["estimate", str(MAN)]) == 0
    out = capsys.readouterr().out
    assert "90 % interval" in out
    assert "simulated" in out
    assert "not a medical device" in out
    assert "second     simulated-pooled-model2, for both sexes: " in out


def test_estimate_json(capsys: Output) -> None:
    assert main(["estimate", "--json", str(MAN)]) == 0
    out = json.loads(capsys.readouterr().out)
    low, high = out["interval_g"]
    assert 40 < low < out["mass_g"] < high < 400
    assert out["model"]["sex"] == "male"
    assert out["model"]["simulated"] is True
    assert "simulated_training" in {w["code"] for w in out["warnings"]}
    assert out["second"]["model"]["sex"] == "pooled"
    assert out["second"]["interval_g"][0] < out["second"]["mass_g"]


def test_a_second_model_that_is_damaged_leaves_the_estimate(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise BundleError("The model 'pooled' is damaged.")

    monkeypatch.setattr("elvmass.beside.second.second_estimate", refuse)
    assert main(["estimate", "--json", str(MAN)]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["second"] is None
    assert "no second estimate: The model 'pooled' is damaged." in said.err


def test_patient_options_replace_what_the_file_says(capsys: Output) -> None:
    main(["estimate", "--json", str(MAN)])
    before = json.loads(capsys.readouterr().out)
    main(["estimate", "--json", str(MAN), "--weight", "120", "--sex", "female"])
    after = json.loads(capsys.readouterr().out)
    assert after["record"]["weight_kg"] == 120
    assert after["model"]["sex"] == "female"
    assert after["mass_g"] != before["mass_g"]


def test_missing_body_size_widens_the_interval(capsys: Output) -> None:
    """A real ECG without height and weight: no index, no verdict, a wider interval."""
    main(["estimate", "--json", str(REAL), "--height", "160", "--weight", "60"])
    known = json.loads(capsys.readouterr().out)
    main(["estimate", "--json", str(REAL)])
    unknown = json.loads(capsys.readouterr().out)
    assert unknown["index_g_per_m2"] is None
    assert unknown["lvh"]["verdict"] == "not computed"
    assert {"height_cm", "weight_kg"} <= set(unknown["model"]["imputed"])
    relative = [
        (out["interval_g"][1] - out["interval_g"][0]) / out["mass_g"] for out in (known, unknown)
    ]
    assert relative[1] > relative[0]


def test_beat_filter_and_delineator_can_be_chosen(capsys: Output) -> None:
    ask = ["--beat", "2", "--filter", "monitor", "--notch", "50", "--delineator", "nk-prominence"]
    assert main(["estimate", "--json", str(MAN), *ask]) == 0
    out = json.loads(capsys.readouterr().out)
    assert (out["beat"]["kind"], out["beat"]["number"]) == ("chosen", 2)
    assert out["beat"]["filter"] == (
        "band-pass 0.5-40 Hz zero-phase, notch 50 Hz; boundaries by nk-prominence"
    )
    assert "other_filter" in {w["code"] for w in out["warnings"]}
    assert len(out["beat_masses_g"]) > 5
    assert set(out["qtc_ms"]) == {"bazett", "fridericia", "framingham", "hodges"}
    assert out["lead_quality"]["V2"]["off_s"] < 0.5
    assert out["beats"][0].keys() == {"r_s", "grade", "likeness", "number"}
    assert main(["estimate", str(MAN), "--beat", "99"]) == 1
    assert "choose one from 1 to" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["estimate", str(MAN), "--beat", "best"])


def test_explain_json_adds_up(capsys: Output) -> None:
    assert main(["explain", "--json", "--samples", str(WOMAN)]) == 0
    out = json.loads(capsys.readouterr().out)
    saliency = out["saliency"]
    total = saliency["reference_g"] + saliency["ecg_g"] + sum(saliency["scalars_g"].values())
    gained = out["mass_g"] - saliency["reference_g"]
    assert abs(total - out["mass_g"]) <= 0.01 * max(abs(gained), 1.0)
    assert len(saliency["values_g"]) == 12
    cells = [v for row in out["importance"]["percent"].values() for v in row.values()]
    assert sum(cells) == pytest.approx(100, abs=0.02)


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path, capsys: Output) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_text("this is no ECG")
    assert main(["estimate", "--json", str(bad), str(MAN)]) == 1
    captured = capsys.readouterr()
    failure, good = json.loads(captured.out)
    assert failure["error"] == "UnknownFormatError"
    assert good["mass_g"] > 0
    assert "bad.xml" in captured.err
    assert len(captured.err.strip().splitlines()) == 1


def test_batch_writes_one_row_for_each_file(tmp_path: Path, capsys: Output) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.xml").write_bytes(MAN.read_bytes())
    (folder / "b.xml").write_bytes(MAN.read_bytes()[:5000])
    table = tmp_path / "table.csv"
    assert main(["batch", str(folder), "--out", str(table), "--explain"]) == 0
    with table.open() as file:
        good, bad = csv.DictReader(file)
    assert float(good["mass_g"]) > 0
    assert float(good["limb_qrs_percent"]) > 0
    assert bad["error"]
    assert not bad["mass_g"]
    assert main(["batch", str(folder), "--out", str(table)]) == 1  # never overwrites in silence
    assert "exists" in capsys.readouterr().err


def test_models_lists_six_bundled_ones(capsys: Output) -> None:
    assert main(["models", "--json"]) == 0
    cards = json.loads(capsys.readouterr().out)
    assert {(c["sex"], c["inputs"]) for c in cards} == {
        (sex, inputs) for sex in ("male", "female", None) for inputs in ("model1", "model2")
    }
    assert all(c["simulated"] and "simulated" in c["trained_on"] for c in cards)


@pytest.mark.parametrize("arguments", [["--help"], ["estimate", "--help"], ["train", "--help"]])
def test_help(arguments: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 0
    assert "usage" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--weight", "-4", "'-4' is not within 20 to 350 kg"),
        ("--height", "1.75", "'1.75' is not within 100 to 250 cm"),  # metres
        ("--height", "nan", "'nan' is not within 100 to 250 cm"),
        ("--age", "400", "'400' is not within 0 to 120 years"),
        ("--age", "sixty", "'sixty' is not within 0 to 120 years"),
    ],
)
def test_wrong_usage_is_status_2(option: str, value: str, told: str, capsys: Output) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["estimate", str(MAN), option, value])
    assert stop.value.code == 2
    assert told in capsys.readouterr().err


def test_train_and_estimate_as_a_newcomer(tmp_path: Path, capsys: Output) -> None:
    """Simulate, train for one epoch, estimate with the new model."""
    cohort, models = tmp_path / "cohort", tmp_path / "models"
    assert main(["simulate", "--n", "60", "--seed", "5", "--out", str(cohort)]) == 0
    train = ["train", str(cohort), "--out", str(models), "--inputs", "model1", "--epochs", "1"]
    assert main(train) == 0
    capsys.readouterr()
    ecg = str(cohort / "ecg" / "000003.xml")
    assert main(["estimate", "--json", ecg, "--models", str(models)]) == 0
    model = json.loads(capsys.readouterr().out)["model"]
    assert model["simulated"] is True  # by the cohort itself
    assert model["name"] == "cohort-pooled-model1"


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["train", "nowhere", "--out", "x"], "cohort.csv"),
        (["estimate", str(MAN), "--models", "nowhere"], "holds no model"),
        (["models", "--models", "nowhere"], "elvmass train"),
        (["batch", "nowhere", "--out", "x.csv"], "not a folder"),
        (["estimate", "nowhere.xml"], "does not exist"),
        (["batch", str(EXAMPLES), "--out", "no/x.csv"], "x.csv: cannot be written: the folder"),
        (["explain", str(MAN), "--out", "no/x.npz"], "x.npz: cannot be written: the folder"),
        (["explain", "nowhere", "--tables", "--table", "no/x.md"], "x.md: cannot be written: the"),
        (["simulate", "--n", "1", "--out", "file/x"], "x: cannot be written: a part of the path"),
        (
            ["train", "here", "--out", "file", "--trained-on", "x"],
            "file: cannot be written: a file",
        ),
        (["experiment", "here", "--out", "file/x"], "x: cannot be written: a part of the path"),
    ],
)
def test_mistakes_get_one_sentence_with_the_remedy(
    arguments: list[str],
    remedy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "cohort.csv").touch()
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert remedy in error
    assert len(error.strip().splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("command", ["models", "estimate"])  # little, more than a buffer holds
def test_answers_that_find_no_room_are_told_of(command: str) -> None:
    files = [] if command == "models" else [str(MAN)] * 3
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", "import sys; from elvmass.cli import main; sys.exit(main())",
             command, *files],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "elvmass: output: cannot be written: the disk is full. Free some space, or choose another "
        "disk.\n"
    )


def test_a_cohort_of_real_ecgs_must_be_named(tmp_path: Path, capsys: Output) -> None:
    table = tmp_path / "cohort.csv"
    table.write_text("path,patient,sex,lvm_g\nx.xml,a,male,100\n")
    assert main(["train", str(tmp_path), "--out", str(tmp_path / "m")]) == 1
    assert "--trained-on" in capsys.readouterr().err
    assert main(["train", str(tmp_path), "--out", str(tmp_path / "m"), "--trained-on", "mine"]) == 1
    assert "line 2" in capsys.readouterr().err


def test_compare_says_what_differs_and_what_is_noise(capsys: Output) -> None:
    assert main(["compare", str(MAN), str(WOMAN)]) == 0
    out = capsys.readouterr().out
    assert "They differ in identifier" in out
    assert "beat-to-beat noise" in out
    assert "not a medical device" in out
    assert main(["compare", "--json", str(MAN), str(MAN), "--weight", "90"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["mass"]["change_g"] == 0
    assert found["mass"]["within_noise"] is True
    assert "same_file" in {each["code"] for each in found["cautions"]}


def test_compare_needs_an_estimate_of_both(capsys: Output, tmp_path: Path) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_text("no ECG")
    assert main(["compare", str(MAN), str(bad)]) == 1
    assert "bad.xml" in capsys.readouterr().err
