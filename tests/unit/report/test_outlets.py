from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from helpers import toy_analysis

from elvmass.errors import SignalError
from elvmass.report.as_json import estimate_json, explain_json, failure_json
from elvmass.report.as_text import estimate_text, explanation_text, record_text
from elvmass.report.rows import COLUMNS, row
from elvmass.result import Analysis, Failure

DOCUMENTED = (
    "mass_g", "interval_g", "coverage", "index_g_per_m2", "lvh", "model", "beat", "warnings",
    "record",
)  # fmt: skip


@pytest.fixture
def analysis() -> Analysis:
    return toy_analysis()


def test_estimate_json_has_what_the_readme_documents(analysis: Analysis) -> None:
    out = json.loads(json.dumps(estimate_json(analysis)))
    assert set(DOCUMENTED) <= set(out)
    assert out["interval_g"][0] < out["mass_g"] < out["interval_g"][1]
    assert out["lvh"] | {"verdict": "below", "settled": False} == out["lvh"]
    assert {"name", "sex", "inputs", "trained_on", "sha256"} <= set(out["model"])
    assert out["model"]["research_use_only"] is True
    assert out["measurements"]["qrs_ms"] == {"reported": 92.0, "measured": 94.0}


def test_json_never_names_the_patient(analysis: Analysis) -> None:
    text = json.dumps(explain_json(analysis, samples=True))
    assert "Test, Case" not in text
    assert "T-1" not in text


def test_importance_percentages_sum_to_100(analysis: Analysis) -> None:
    percent = explain_json(analysis)["importance"]["percent"]
    assert sum(sum(cells.values()) for cells in percent.values()) == pytest.approx(100, abs=0.01)


def test_explanation_adds_up_to_the_mass(analysis: Analysis) -> None:
    s = explain_json(analysis)["saliency"]
    total = s["reference_g"] + s["ecg_g"] + sum(s["scalars_g"].values())
    assert total == pytest.approx(estimate_json(analysis)["mass_g"], abs=0.05)


def test_explain_json_needs_an_explanation(analysis: Analysis) -> None:
    plain = dataclasses.replace(analysis, saliency=None, importance=None)
    with pytest.raises(ValueError, match="without an explanation"):
        explain_json(plain)


def test_rows_have_all_columns(analysis: Analysis) -> None:
    good = row(analysis)
    bad = row(Failure(Path("x.xml"), SignalError("all leads are flat")))
    assert tuple(good) == tuple(bad) == COLUMNS
    assert good["mass_g"] == pytest.approx(141.0, abs=0.01)
    assert bad["mass_g"] is None
    assert bad["message"] == "all leads are flat"


def test_text_says_what_the_number_rests_on(analysis: Analysis) -> None:
    text = estimate_text(analysis)
    for needed in ("141 g", "90 % interval", "simulated", "not a medical device", "not settled"):
        assert needed in text
    assert "100.0%" not in explanation_text(analysis)  # shares are per group
    assert "Test, Case" not in record_text(analysis.record)


def test_failure_json_names_error_and_file() -> None:
    out = failure_json(Failure(Path("x.xml"), SignalError("all leads are flat")))
    assert (out["error"], out["message"]) == ("SignalError", "all leads are flat")
