from __future__ import annotations

import json

import pytest

from elvmass.cli import main
from elvmass.simulate.cohort import simulate_cohort


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return simulate_cohort(tmp_path_factory.mktemp("cohort") / "sim", 40, seed=8)


def test_models_rivals_and_criteria_in_strict_json(table, tmp_path, capsys):
    assert main(["evaluate", str(table), "--cache", str(tmp_path), "--json"]) == 0

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    rows = json.loads(capsys.readouterr().out, parse_constant=refuse)
    figures = {row["model"]: row["figures"] for row in rows if row["group"] == "all"}
    assert figures["baseline: ridge, raw beat + 8 scalars"]["mae_g"]["value"] > 0
    assert 0 < figures["simulated-pooled-model2"]["lvh_auroc"]["value"] <= 1
    assert figures["MESA sum"]["lvh_sensitivity"] == {"value": None, "low": None, "high": None}


def test_limits_of_hypertrophy_can_be_chosen(table, tmp_path, capsys):
    prevalence = {}
    for limit in ("ct_fuchs_2016", "cmr_lvm_ai"):
        assert main(["evaluate", str(table), "--cache", str(tmp_path), "--json",
                     "--threshold", limit]) == 0  # fmt: skip
        rows = json.loads(capsys.readouterr().out)
        prevalence[limit] = rows[0]["figures"]["lvh_prevalence"]["value"]
    assert prevalence["cmr_lvm_ai"] > prevalence["ct_fuchs_2016"]
