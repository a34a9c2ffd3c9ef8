"""The whole road once: simulator, files, readers, signal room, arrays."""

from __future__ import annotations

import numpy as np
import pytest

from elvmass import io
from elvmass.card import BeatSpec
from elvmass.model.inputs import ALL_SCALARS, collect_scalars, scalar_row, waveforms
from elvmass.signal.prepare import prepare
from elvmass.simulate.cohort import simulate_cohort
from elvmass.train.data.prepare_cohort import load_cohort

SPEC = BeatSpec()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return simulate_cohort(tmp_path_factory.mktemp("cohort") / "sim", 12, seed=3)


def test_a_simulated_cohort_loads_and_matches_single_records(table):
    cohort = load_cohort(table, SPEC)
    assert len(cohort) + len(cohort.refused) == 12
    assert len(cohort) >= 11
    assert len(set(cohort.patients)) == len(cohort)
    record = io.read(min(table.parent.rglob("*.xml")))
    prepared = prepare(record, SPEC)
    row = cohort.patients.index(str(record.patient.id))
    np.testing.assert_array_equal(cohort.beats_mv[row], waveforms(prepared.beat.signal_mv))
    ours = scalar_row(collect_scalars(record, prepared.measured), ALL_SCALARS)
    measured = slice(4, 8)  # axes and QRS are in no table: both must measure them
    np.testing.assert_array_equal(cohort.scalars[row, measured], ours[measured])


def test_several_processes_give_the_same_arrays(table):
    one, two = load_cohort(table, SPEC), load_cohort(table, SPEC, jobs=2)
    np.testing.assert_array_equal(one.beats_mv, two.beats_mv)
    np.testing.assert_allclose(one.scalars, two.scalars, rtol=1e-6)  # threads change sums
    assert one.patients == two.patients
