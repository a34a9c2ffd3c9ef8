from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from helpers import toy_analysis

from elvmass.beat import BeatKind
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


def test_the_text_of_an_explanation_adds_up_or_says_that_it_does_not(analysis: Analysis) -> None:
    saliency = analysis.saliency
    assert saliency is not None
    text = explanation_text(analysis)
    assert text.endswith(f"= {saliency.mass_g:.1f} g ({saliency.method})")
    assert "not attributed" not in text
    half = dataclasses.replace(saliency, values_g=saliency.values_g / 2)
    rest_g = half.values_g.sum()
    assert f" {rest_g:+.1f} not attributed = " in explanation_text(
        dataclasses.replace(analysis, saliency=half)
    )
    bare = dataclasses.replace(saliency, unit="g/mV", method="gradient")
    text = explanation_text(dataclasses.replace(analysis, saliency=bare))
    assert "gradient is in g/mV, and does not add up" in text
    assert " = " not in text


def test_indices_by_height_need_a_height_only(analysis: Analysis) -> None:
    assert estimate_json(analysis)["index_per_height"] == {"g_per_m1.7": None, "g_per_m2.7": None}
    assert "g/m^" not in estimate_text(analysis)
    estimate = dataclasses.replace(analysis.estimate, mass_g=140.0, height_cm=200.0, bsa_m2=None)
    tall = dataclasses.replace(analysis, estimate=estimate)
    told = estimate_json(tall)["index_per_height"]
    assert told == {"g_per_m1.7": pytest.approx(43.09), "g_per_m2.7": pytest.approx(21.55)}
    assert "height or weight is unknown; 43.1 g/m^1.7; 21.5 g/m^2.7" in estimate_text(tall)


def test_a_median_beat_is_told_by_its_beats(analysis: Analysis) -> None:
    assert estimate_json(analysis)["beat"]["members"] is None
    assert ", from 5.15 s" in estimate_text(analysis)
    beat = dataclasses.replace(analysis.beat, kind=BeatKind.MEDIAN, members=(0, 1, 4))
    median = dataclasses.replace(analysis, beat=beat)
    assert estimate_json(median)["beat"]["members"] == [1, 2, 5]
    assert f"median of 3 of {beat.count} complete beats" in estimate_text(median)


def test_text_says_what_the_number_rests_on(analysis: Analysis) -> None:
    text = estimate_text(analysis)
    for needed in ("141 g", "90 % interval", "simulated", "not a medical device", "not settled"):
        assert needed in text
    assert "100.0%" not in explanation_text(analysis)  # shares are per group
    assert "Test, Case" not in record_text(analysis.record)


def test_failure_json_names_error_and_file() -> None:
    out = failure_json(Failure(Path("x.xml"), SignalError("all leads are flat")))
    assert (out["error"], out["message"]) == ("SignalError", "all leads are flat")
