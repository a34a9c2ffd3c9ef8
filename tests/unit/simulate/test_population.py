"""The population table: complete, consistent, and drawn as it says."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import elvmass_resources
from elvmass.simulate.population import LOBE_CENTRES, draw_anatomy, value_names


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    path = elvmass_resources.path("simulator", "population.csv")
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))


def test_the_table_has_its_88_rows(rows):
    assert len(rows) == 1 + 57 + 7 + 24
    assert {row[0] for row in rows[1:]} == set(value_names())
    assert {len(row) for row in rows} == {3 + 40}


def test_common_factors_explain_part_of_every_value(rows):
    shares = [sum(float(cell) ** 2 for cell in row[3:]) for row in rows[1:]]
    assert min(shares) > 0.1
    assert max(shares) < 0.99


def test_the_sources_are_named():
    text = elvmass_resources.path("simulator", "SOURCES.md").read_text(encoding="utf-8")
    for words in ("LUDB", "ODC-BY 1.0", "Challenge 2021", "CC BY 4.0"):
        assert words in text


def test_shapes_have_unit_size():
    anatomy = draw_anatomy(np.random.default_rng(1))
    for wave, centres in LOBE_CENTRES.items():
        assert anatomy.shapes[wave].shape == (len(centres), 3)
        assert np.sqrt((anatomy.shapes[wave] ** 2).mean()) == pytest.approx(1)


def test_drawn_sizes_have_the_means_and_spreads_of_the_table(rows):
    table = {row[0]: (float(row[1]), float(row[2])) for row in rows[1:]}
    drawn = [draw_anatomy(np.random.default_rng(i)) for i in range(2000)]
    mean, sd = table["lnT"]
    values = np.array([anatomy.log_sizes["T"] for anatomy in drawn])
    assert values.mean() == pytest.approx(mean, abs=0.04)
    assert 0.8 * sd < values.std() < sd * 1.05  # 0.8: the residual is partly measurement noise
