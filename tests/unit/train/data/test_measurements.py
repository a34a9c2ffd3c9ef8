from __future__ import annotations

from dataclasses import astuple

import numpy as np

from elvmass import io
from elvmass.card import BeatSpec
from elvmass.record import LEAD_INDEX
from elvmass.signal.prepare import prepare
from elvmass.simulate.cohort import simulate_cohort
from elvmass.train.data.measurements import WAVES
from elvmass.train.data.prepare_cohort import load_cohort
from elvmass.train.rivals.profile import ecg_profile


def test_a_cohort_carries_the_measurements_of_each_ecg_and_keeps_them(tmp_path):
    table = simulate_cohort(tmp_path / "sim", 4, seed=3)
    cohort = load_cohort(table, BeatSpec(), cache=tmp_path / "cache", excluding=False)
    again = load_cohort(table, BeatSpec(), cache=tmp_path / "cache", excluding=False)
    assert len(cohort) == 4
    for first, second in zip(cohort.ecg, again.ecg, strict=True):
        np.testing.assert_array_equal(first, second)
    record = io.read(min(table.parent.rglob("*.xml")))
    prepared = prepare(record, BeatSpec())
    row = cohort.patients.index(str(record.patient.id))
    assert cohort.ecg.measured(row) == prepared.measured
    np.testing.assert_array_equal(cohort.ecg.leads(row).r_mv, prepared.leads.r_mv)
    s_v1 = cohort.ecg.waves[row, LEAD_INDEX["V1"], WAVES.index("s_mv")]
    assert s_v1 == prepared.leads.s_mv[LEAD_INDEX["V1"]]
    expected = [np.nan if v is None else v for v in astuple(prepared.beat.fiducials)]
    np.testing.assert_array_equal(cohort.ecg.fiducials[row], expected)
    assert ecg_profile(cohort).shape == (4, 725)
