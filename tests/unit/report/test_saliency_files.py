from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from helpers import toy_analysis

from elvmass.errors import ConfigError, WriteError
from elvmass.record import LEADS
from elvmass.report.saliency_files import write_saliency
from elvmass.report.tables import importance_rows, write_table


def test_csv_holds_every_sample(tmp_path: Path) -> None:
    analysis = toy_analysis()
    path = tmp_path / "map.csv"
    write_saliency(analysis, path)
    with path.open() as file:
        rows = list(csv.DictReader(file))
    values = np.array([float(r["saliency_g"]) for r in rows]).reshape(12, -1)
    np.testing.assert_array_equal(values, analysis.saliency.values_g)
    assert [rows[0]["lead"], rows[-1]["lead"]] == [LEADS[0], LEADS[-1]]
    assert {r["segment"] for r in rows} == {"PR", "QRS", "ST", "T", "TP"}
    assert float(rows[1]["time_ms"]) == 4.0


def test_npz_and_json_hold_the_same_map(tmp_path: Path) -> None:
    analysis = toy_analysis()
    spread = np.abs(analysis.saliency.values_g) / 10
    saliency = dataclasses.replace(analysis.saliency, spread_g=spread)
    analysis = dataclasses.replace(analysis, saliency=saliency)
    write_saliency(analysis, tmp_path / "map.npz")
    write_saliency(analysis, tmp_path / "map.json")
    with np.load(tmp_path / "map.npz", allow_pickle=False) as found:
        np.testing.assert_array_equal(found["saliency"], analysis.saliency.values_g)
        np.testing.assert_array_equal(found["spread"], spread)
        assert found["unit"] == "g"
        assert json.loads(str(found["meta"]))["model"]["research_use_only"] is True
    text = (tmp_path / "map.json").read_text()
    assert json.loads(text)["saliency"]["values_g"]["V4"] == analysis.saliency.values_g[9].tolist()
    assert "Test, Case" not in text


def test_a_gradient_has_no_gap_to_report(tmp_path: Path) -> None:
    analysis = toy_analysis()
    saliency = dataclasses.replace(analysis.saliency, completeness_error=float("nan"), unit="g/mV")
    write_saliency(dataclasses.replace(analysis, saliency=saliency), tmp_path / "map.json")
    found = json.loads((tmp_path / "map.json").read_text())["saliency"]
    assert (found["completeness_error"], found["unit"]) == (None, "g/mV")


@pytest.mark.parametrize("name", ["map.xlsx", "map"])
def test_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"\.csv, \.npz or \.json"):
        write_saliency(toy_analysis(), tmp_path / name)
    with pytest.raises(ConfigError, match=r"\.csv or \.md"):
        write_table([{"a": 1}], tmp_path / name)


def test_nothing_is_replaced_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("mine")
    with pytest.raises(WriteError, match="--force"):
        write_saliency(toy_analysis(), path)
    assert path.read_text() == "mine"
    write_saliency(toy_analysis(), path, force=True)
    assert path.read_text().startswith("lead,")


def test_the_table_is_the_importance(tmp_path: Path) -> None:
    importance = toy_analysis().importance
    rows = importance_rows(importance)
    assert sum(row["percent"] for row in rows) == pytest.approx(100, abs=0.01)
    assert sum(row["net_g"] for row in rows) == pytest.approx(importance.net_g.sum(), abs=0.01)
    write_table(rows, tmp_path / "t.csv")
    write_table(rows, tmp_path / "t.md")
    with (tmp_path / "t.csv").open() as file:
        found = list(csv.DictReader(file))
    assert [float(r["percent"]) for r in found] == [row["percent"] for row in rows]
    assert found[0]["seed_like_percent"] == ""
    lines = (tmp_path / "t.md").read_text().splitlines()
    assert len(lines) == 2 + 60
    assert (
        lines[0] == "| lead | segment | percent | density | seed_like_percent | net_g | seconds |"
    )
