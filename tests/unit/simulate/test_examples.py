"""The examples that ship are what their sources say."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import elvmass
import elvmass_resources
from elvmass.simulate.examples import EXAMPLES, SEED, examples_table, write_examples
from elvmass.simulate.subject import simulate_truth


def test_shipped_files_are_those_that_are_made_now(tmp_path):
    for path in write_examples(tmp_path):
        shipped = elvmass.read(elvmass_resources.path("examples", path.name))
        made = elvmass.read(path)
        # one step of rounding may differ between processors
        assert np.abs(shipped.signal_mv - made.signal_mv).max() < 0.011
        assert shipped.patient == made.patient
        assert shipped.patient.name == "Simulated"
        assert shipped.notices == ()


def test_sources_state_the_truth():
    text = elvmass_resources.path("examples", "SOURCES.md").read_text(encoding="utf-8")
    assert examples_table() in text


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_truth_is_on_the_side_of_its_name(example):
    truth = simulate_truth(SEED, example.index)
    man = "_man_" in example.name
    assert truth["male"] == man
    limit = 80 if man else 65
    if "hypertrophy" in example.name:
        assert truth["index_g_per_m2"] > 1.2 * limit
    else:
        assert truth["index_g_per_m2"] < 0.9 * limit


def test_the_real_example_is_unaltered():
    path = elvmass_resources.path("examples", "real_mortara.dcm")
    text = elvmass_resources.path("examples", "SOURCES.md").read_text(encoding="utf-8")
    assert hashlib.sha256(path.read_bytes()).hexdigest() in text
    record = elvmass.read(path)
    assert record.signal_mv.shape == (12, 10000)
    assert record.rate_hz == 1000
