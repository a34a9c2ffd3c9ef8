"""The declared list of rows."""

from __future__ import annotations

import pytest

from elvmass.beat import BeatKind
from elvmass.card import View
from elvmass.errors import ConfigError
from elvmass.experiment import paper
from elvmass.experiment.rows import ROWS, SIZES, TABLES, Design, choose_rows, row_config
from elvmass.train.rivals.roster import RIVALS
from elvmass.train.settings.presets import PRESETS


def test_every_row_can_be_configured_and_belongs_somewhere():
    keys = [row.key for row in ROWS]
    assert len(set(keys)) == len(keys)
    for row in ROWS:
        assert set(row.tables) <= set(TABLES)
        assert row.tables
        assert row.size in SIZES
        assert bool(row.recipe) != bool(row.rival)
        config = row_config(row, Design())
        assert (config.sex, config.name) == (row.sex, row.key)
    assert {row.rival for row in ROWS if row.rival} == {rival.key for rival in RIVALS}
    assert {row.recipe for row in ROWS if row.recipe} == set(PRESETS)


def test_the_variants_of_the_paper_are_there():
    of = {row.key: row_config(row, Design()) for row in ROWS}
    assert {of[f"elvmass_{i}"].inputs for i in ("ecg", "model1", "model2")} == {
        "ecg", "model1", "model2",
    }  # fmt: skip
    assert of["efficientnet"].architecture == "efficientnet1d"
    assert {of[k].groups for k in ("groups_none", "elvmass_model2", "groups_coronary")} == {
        "none", "limb_precordial", "coronary",
    }  # fmt: skip
    assert of["median_beat"].beat.kind is BeatKind.MEDIAN
    assert of["random_crop"].augmentation == "crop"
    assert of["full_strip"].beat.view is View.STRIP
    for key in ("random_crop", "full_strip", "elvmass_model2"):  # as many steps of training
        assert of[key].epochs / of[key].batch_size == 80 / 32
    assert of["paper_model2"].architecture == "tcn_published"
    assert (of["paper_model2"].epochs, of["paper_model2"].beat.rate_hz) == (100, 500.0)


def test_our_recipe_can_be_changed_and_rows_that_cannot_take_it_are_spared():
    design = Design(ours={"channels": 16, "linear_path": "ridge", "augmentation": "rerecord"})
    of = {row.key: row_config(row, design) for row in ROWS}
    assert (of["elvmass_model2"].channels, of["elvmass_model2"].linear_path) == (16, "ridge")
    assert of["full_strip"].linear_path == "none"
    assert of["efficientnet"].channels == 32
    assert of["paper_model2"].linear_path == "none"


def test_epochs_can_be_limited_for_all_or_for_one():
    design = Design(epochs={"": 5, "qmul": 7})
    of = {row.key: row_config(row, design).epochs for row in ROWS if row.recipe}
    assert of.pop("qmul") == 7
    assert set(of.values()) == {5}


def test_choice_of_rows():
    assert [r.key for r in choose_rows(keys=["mean", "lvm_ai_all"])] == ["mean", "lvm_ai_all"]
    assert all("s2" in row.tables for row in choose_rows("full", tables=["s2"]))
    sizes = [len(choose_rows(size)) for size in SIZES]
    assert sizes == sorted(sizes)
    assert sizes[-1] == len(ROWS)
    with pytest.raises(ConfigError, match="did you mean 'elvmass_model2'"):
        choose_rows(keys=["elvmas_model2"])
    with pytest.raises(ConfigError, match="Unknown table"):
        choose_rows(tables=["99"])


def test_published_figures_belong_to_rows():
    keys = {row.key for row in ROWS}
    assert {key for key, _ in paper.ERRORS} <= keys
    assert {key for key, _ in paper.C_STATISTIC} <= keys
    assert set(paper.P_VALUES) <= keys
    assert set(paper.REMARKS) <= set(TABLES)
    # the gains of Table S3 are those of Table 4 against the pooled MAPE of everybody
    pooled = paper.ERRORS["elvmass_model2", "all"].mape_percent.mean
    for sex, gain in paper.SEX_GAIN_PERCENT.items():
        own = paper.ERRORS[f"elvmass_model2_{sex}", sex].mape_percent.mean
        assert 100 * (own / pooled - 1) == pytest.approx(gain, abs=0.01)
