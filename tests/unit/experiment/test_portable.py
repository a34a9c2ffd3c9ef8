"""Rows trained elsewhere stand in the report like rows trained here, or are refused in words."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from unit.experiment.toy_trial import DESIGN, SCORING, Loads, cohort, rows
from unit.model.toys import SPEC

import elvmass
from elvmass.beat import BeatKind
from elvmass.errors import CohortError, ConfigError
from elvmass.experiment.conduct import conduct
from elvmass.experiment.job import Conduct
from elvmass.experiment.judged import judge
from elvmass.experiment.portable import folders_of, keys_in
from elvmass.experiment.report import all_tables, statements
from elvmass.experiment.rows import Design
from elvmass.experiment.store import Store, code
from elvmass.experiment.summary import write_summary
from elvmass.experiment.trial import Trial
from elvmass.experiment.views import Site

#: What the other machine trained.
THEIRS = ("sex_mean", "ridge_beat_male", "elvmass_model2")
NAMED = replace(cohort(), patients=tuple(f"SECRET{name}" for name in cohort().patients))
OUTSIDE = Site("outside", True, Loads(cohort(60, seed=7)))


class Machine:
    """A machine with a store and a report of its own; keeps what is said of each row."""

    def __init__(self, home: Path, design: Design = DESIGN) -> None:
        self.home, self.design, self.said = home, design, {}
        self.rows = home / "toy" / "rows"

    def run(self, *keys: str, made=NAMED, load=None, external=None, train=True, added=()) -> Trial:
        how = Conduct(train=train, rows=self.rows, added=added, say=self._say)
        site = Site("toy", True, load or Loads(made))
        return conduct(rows(*keys), self.design, site, Store(self.home / "store"), external, how)

    def _say(self, number, count, row, text) -> None:
        self.said[row.key] = text


@pytest.fixture(scope="module")
def theirs(tmp_path_factory) -> tuple[Machine, Trial]:
    machine = Machine(tmp_path_factory.mktemp("gpu"))
    return machine, machine.run(*THEIRS, external=OUTSIDE)


@pytest.fixture
def copied(theirs, tmp_path):
    """A copy of their rows that a test may spoil."""
    folder = tmp_path / "usb" / "rows"
    folder.mkdir(parents=True)
    for path in theirs[0].rows.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def spoil(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_row_trained_elsewhere_is_a_row_like_any_other(theirs, tmp_path):
    there, trained = theirs
    here = Machine(tmp_path)
    here.run("mean")
    trial = here.run("mean", *THEIRS, external=OUTSIDE, train=False, added=(there.rows,))
    assert not trial.missing
    assert {each.row.key for each in trial.results if each.added} == set(THEIRS)
    for key in THEIRS:
        taken, made = trial.result(key), trained.result(key)
        np.testing.assert_allclose(taken.estimate_g, made.estimate_g, atol=0.00501, rtol=0)
        np.testing.assert_allclose(taken.external_g, made.external_g, atol=0.00501, rtol=0)
        assert (taken.settings, taken.origin) == (made.settings, made.origin)
        for one, other in zip(taken.curves, made.curves, strict=True):
            assert one.best_epoch == other.best_epoch
            assert one.train_mae_sd == pytest.approx(other.train_mae_sd, abs=1e-4)
            assert one.validation_mae_sd == pytest.approx(other.validation_mae_sd, abs=1e-4)
        assert taken.seconds == pytest.approx(made.seconds, abs=0.0501)
        assert f"added: {made.origin}, {there.rows / key}.json" in here.said[key]
    origin = trained.result("elvmass_model2").origin
    assert origin[:2] == (elvmass.__version__, code())
    assert origin[3:] == ("cpu", "fp32")
    assert trained.result("sex_mean").origin[3:] == ("", "")
    assert [path.name[:4] for path in (tmp_path / "store").iterdir()] == ["mean"]
    for key in THEIRS:  # the folder of the report is whole, and can be passed on
        name = f"{key}.json"
        assert json.loads((here.rows / name).read_text()) == json.loads(
            (there.rows / name).read_text()
        )
    assert keys_in(here.rows) == ["mean", *THEIRS]


@pytest.mark.parametrize("inside", [{2, 5}, set()])
def test_rows_made_beside_others_agree_with_the_ecgs_that_served_those(inside, tmp_path):
    """The other row has no result, but its view decides who the patients are, here and outside."""
    median = replace(SPEC, kind=BeatKind.MEDIAN)
    site = {
        "load": Loads(NAMED, {median: inside}),
        "external": Site("outside", True, Loads(cohort(60, seed=7), {median: {3}})),
    }
    keys, there = ("sex_mean", "median_beat"), Machine(tmp_path / "gpu")
    there.run(*keys, **site)
    (there.rows / "median_beat.json").unlink()
    trial = Machine(tmp_path / "a").run(*keys, **site, train=False, added=(there.rows,))
    (result,) = trial.results
    assert result.added
    assert (len(result.estimate_g), len(result.external_g)) == (160 - len(inside), 59)


def test_a_file_names_no_patient_and_no_place(theirs):
    there, trained = theirs
    for path in there.rows.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "SECRET" not in text
        assert "/" not in text
        assert str(there.home.name) not in text
        values = json.loads(text)
        assert values["n"] == len(values["estimate_g"]) == 160
        assert values["origin"]["day"] <= datetime.now(UTC).date().isoformat()
        known = [value for value in values["estimate_g"] if value is not None]
        assert known == [round(value, 2) for value in known]
        assert len(known) == (~np.isnan(trained.result(path.stem).estimate_g)).sum()
    assert {path.stem for path in there.rows.iterdir()} == set(THEIRS)  # no half-written one


def test_a_result_kept_without_a_day_has_that_of_its_file(tmp_path):
    here = Machine(tmp_path)
    here.run("sex_mean")
    (kept,) = tmp_path.glob("store/*/result.json")
    values = json.loads(kept.read_text())
    assert values.pop("day") == datetime.fromtimestamp(kept.stat().st_mtime, UTC).date().isoformat()
    kept.write_text(json.dumps(values))
    (result,) = here.run("sex_mean", train=False).results
    assert result.origin.day == datetime.fromtimestamp(kept.stat().st_mtime, UTC).date().isoformat()


def test_rows_of_the_former_version_outlive_its_store(tmp_path):
    here = Machine(tmp_path)
    first = here.run("sex_mean", external=OUTSIDE).results[0]
    shutil.rmtree(tmp_path / "store")  # what another version finds of it
    before = (here.rows / "sex_mean.json").read_bytes()
    (again,) = here.run("sex_mean", train=False, added=(here.rows,)).results
    assert again.added
    np.testing.assert_allclose(again.estimate_g, first.estimate_g, atol=0.00501, rtol=0)
    assert (here.rows / "sex_mean.json").read_bytes() == before  # with its external estimates


def test_own_rows_come_before_added_ones_and_that_is_said(theirs, tmp_path, copied):
    spoil(copied / "sex_mean.json", settings={"seed": 5})  # not even looked at
    here = Machine(tmp_path)
    here.run("sex_mean")
    trial = here.run("sex_mean", "ridge_beat_male", train=False, added=(copied, theirs[0].rows))
    assert [each.added for each in trial.results] == [False, True]
    assert "made here" in here.said["sex_mean"]
    assert "sex_mean.json is not used" in here.said["sex_mean"]
    assert str(copied) in here.said["ridge_beat_male"]  # the first folder that has it


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"folds": "0"}, CohortError, "other folds"),
        ({"patients": "0"}, CohortError, "other patients"),
        ({"format": 2}, ConfigError, "Update elvmass"),
        ({"format": "x"}, ConfigError, "is damaged"),
        ({"row": "mean"}, ConfigError, "holds the row 'mean'"),
        ({"n": 161}, ConfigError, "160 of 161 estimates"),
        ({"curves": [[1]]}, ConfigError, "is damaged"),
        ({"estimate_g": 3}, ConfigError, "is damaged"),
        ({"origin": {}}, ConfigError, "is damaged"),
    ],
)
def test_what_does_not_agree_is_said_and_not_trained(tmp_path, copied, change, error, words):
    spoil(copied / "sex_mean.json", **change)
    here = Machine(tmp_path)
    with pytest.raises(error, match=words) as said:
        here.run("mean", "sex_mean", added=(copied,))
    assert str(copied / "sex_mean.json") in str(said.value)
    assert "leave" in str(said.value)
    assert not (tmp_path / "store").exists()  # before anything is trained


def test_half_a_file_is_damaged(tmp_path, copied):
    path = copied / "sex_mean.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(ConfigError, match=r"sex_mean\.json is damaged .* Copy it again"):
        Machine(tmp_path).run("sex_mean", added=(copied,))
    spoil(copied / "ridge_beat_male.json", external=json.loads(
        (copied / "ridge_beat_male.json").read_text())["external"] | {"n": 61})  # fmt: skip
    with pytest.raises(ConfigError, match="60 of 61 estimates"):
        Machine(tmp_path).run("ridge_beat_male", external=OUTSIDE, added=(copied,))
    path.write_text('{"format": 1, "row": "sex_mean"}')
    with pytest.raises(ConfigError, match="it lacks 'external'"):
        Machine(tmp_path).run("sex_mean", added=(copied,))


def ours(**changes: object) -> Design:
    return replace(DESIGN, ours={**DESIGN.ours, **changes})


@pytest.mark.parametrize(
    ("key", "design", "words"),
    [
        ("elvmass_model2", replace(DESIGN, epochs={"": 1}), "epochs is 2 there and 1 here"),
        ("elvmass_model2", ours(precision="bf16"), "precision is 'fp32' there and 'bf16' here"),
        ("sex_mean", replace(DESIGN, seed=1), "seed is 0 there and 1 here"),
        ("sex_mean", replace(DESIGN, folds=4), "folds is 3 there and 4 here"),
    ],
)
def test_the_first_setting_that_differs_is_named(theirs, tmp_path, key, design, words):
    with pytest.raises(ConfigError, match=words):
        Machine(tmp_path, design).run(key, added=(theirs[0].rows,))


@pytest.mark.parametrize(
    ("key", "design"),
    [
        ("elvmass_model2", replace(ours(threads=2, licence="MIT"), device="auto")),
        ("sex_mean", replace(DESIGN, epochs={"": 9})),  # a method without a network has none
    ],
)
def test_settings_of_no_effect_may_differ(theirs, tmp_path, key, design):
    trial = Machine(tmp_path, design).run(key, train=False, added=(theirs[0].rows,))
    assert [each.added for each in trial.results] == [True]


def test_settings_of_another_version(copied, tmp_path):
    path = copied / "elvmass_model2.json"
    settings = json.loads(path.read_text())["settings"]
    older = {name: value for name, value in settings.items() if name != "axis_encoding"}
    spoil(path, settings=older)
    here = Machine(tmp_path)
    assert here.run("elvmass_model2", train=False, added=(copied,)).results[0].added
    with pytest.raises(ConfigError, match="axis_encoding is 'degrees' there and 'sincos'"):
        Machine(tmp_path / "b", ours(axis_encoding="sincos")).run("elvmass_model2", added=(copied,))
    spoil(path, settings=settings | {"novelty": 1})
    with pytest.raises(ConfigError, match="novelty is 1 there and 'unknown' here"):
        here.run("elvmass_model2", added=(copied,))


@pytest.mark.parametrize("what", ["order", "mass", "sex", "name"])
def test_other_patients_are_told_from_ours(theirs, tmp_path, what):
    scalars, lvm_g, patients = NAMED.scalars.copy(), NAMED.lvm_g.copy(), list(NAMED.patients)
    if what == "order":
        patients[:2] = patients[1::-1]
    elif what == "mass":
        lvm_g[3] += 0.001
    elif what == "sex":
        scalars[3, 1] = 1 - scalars[3, 1]
    else:
        patients[3] = "SECRETX"
    made = replace(NAMED, scalars=scalars, lvm_g=lvm_g, patients=tuple(patients))
    with pytest.raises(CohortError, match=r"sex_mean\.json is of other patients") as said:
        Machine(tmp_path).run("sex_mean", made=made, added=(theirs[0].rows,))
    assert "SECRET" not in str(said.value)


def test_the_report_says_where_rows_come_from(theirs, tmp_path, copied):
    spoil(copied / "sex_mean.json", external=None,
          origin={"version": "0.1", "code": "1a2b3c4d5e", "day": "2026-10-29"})  # fmt: skip
    here = Machine(tmp_path)
    trial = here.run("mean", *THEIRS, external=OUTSIDE, added=(copied,))
    judged = judge(trial, SCORING, "mean")
    said = "\n".join(statements(judged))
    assert "ROWS OF DIFFERENT CODE stand side by side" in said
    assert "elvmass 0.1, code 1a2b3c4d: sex_mean" in said
    assert f"elvmass {elvmass.__version__}, code {code()[:8]}: mean, ridge_beat_male" in said
    assert "Not on the external cohort: sex_mean (its file has no estimates of these" in said
    table = next(table for table in all_tables(judged) if table.key == "rows")
    cells = {row["key (--rows)"]: row for row in table.shown()}
    assert cells["mean"]["from"] == "here"
    assert cells["sex_mean"]["from"] == "added: elvmass 0.1, code 1a2b3c4d, 2026-10-29"
    assert [cells[key]["device"] for key in ("mean", "elvmass_model2")] == ["–", "cpu, fp32"]
    assert next(row for row in table.exact() if row["key"] == "sex_mean")["source"].endswith("29")
    assert {score.key for score in judged.external} == {"mean", "ridge_beat_male", "elvmass_model2"}
    assert ("sex_mean", "all") in judged.comparisons
    second = replace(judged, trial=replace(trial, label="second"))
    write_summary([judged, second], tmp_path)
    assert "ROWS OF DIFFERENT CODE" in (tmp_path / "summary.md").read_text()


def test_rows_of_one_code_need_no_word(theirs, tmp_path):
    trial = Machine(tmp_path).run("mean", *THEIRS, external=OUTSIDE, added=(theirs[0].rows,))
    said = "\n".join(statements(judge(trial, SCORING, "mean")))
    assert "DIFFERENT CODE" not in said
    assert "Not on the external" not in said


def test_estimates_of_other_external_patients_are_not_used(theirs, tmp_path):
    other = Site("other", True, Loads(cohort(61, seed=8)))
    trial = Machine(tmp_path).run("sex_mean", external=other, added=(theirs[0].rows,))
    assert trial.results[0].added
    assert trial.results[0].external_g is None
    assert "Not on the external cohort: sex_mean" in " ".join(
        statements(judge(trial, SCORING, "sex_mean"))
    )


def test_rows_are_found_by_the_label_of_the_cohort(theirs, tmp_path):
    there = theirs[0]
    for given in (there.home, there.home / "toy", there.rows):
        assert folders_of([given], ["toy"]) == {"toy": (there.rows,)}
        if given != there.home:  # a folder of one report, whatever the cohort is called here
            assert folders_of([given], ["b"]) == {"b": (there.rows,)}
    assert folders_of([], ["a"]) == {"a": ()}
    assert folders_of([there.home], ["a", "toy"]) == {"a": (), "toy": (there.rows,)}
    with pytest.raises(ConfigError, match="no finished rows of a or toy"):
        folders_of([there.home, there.rows], ["a", "toy"])
    with pytest.raises(ConfigError, match="no finished rows of b; it has those of toy"):
        folders_of([there.home], ["b"])
    with pytest.raises(ConfigError, match="nowhere has no finished rows of b"):
        folders_of([tmp_path / "nowhere"], ["b"])
