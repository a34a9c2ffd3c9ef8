"""Simulated records measured by our own signal room: what the models will see."""

from __future__ import annotations

import numpy as np
import pytest

from elvmass.card import BeatSpec
from elvmass.signal.prepare import prepare
from elvmass.simulate.subject import simulate_subject

N = 120


@pytest.fixture(scope="module")
def measured():
    pairs = []
    for index in range(N):
        simulated = simulate_subject(21, index)
        pairs.append((prepare(simulated.record, BeatSpec()).measured, simulated.truth))
    return pairs


def test_every_record_can_be_delineated(measured):
    complete = [m.p_axis_deg is not None and m.t_axis_deg is not None for m, _ in measured]
    assert np.mean(complete) >= 0.99


def test_qrs_differs_from_the_truth_by_a_constant(measured):
    error = np.array([m.qrs_ms - t["qrs_ms"] for m, t in measured])
    assert abs(np.median(error)) < 6
    assert np.median(np.abs(error - np.median(error))) < 6


def test_rate_and_qrs_axis_are_those_of_the_truth(measured):
    rate = np.array([m.rate_bpm - t["rate_bpm"] for m, t in measured])
    axis = np.array([m.qrs_axis_deg - t["qrs_axis_deg"] for m, t in measured])
    assert np.median(np.abs(rate)) < 3
    assert np.median(np.abs((axis + 180) % 360 - 180)) < 5
