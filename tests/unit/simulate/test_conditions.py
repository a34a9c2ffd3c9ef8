"""Conditions on request: seen by our own warnings, true in the truth, absent by default."""

from __future__ import annotations

import numpy as np
import pytest

from elvmass.card import BeatSpec
from elvmass.record import LEADS
from elvmass.signal.prepare import prepare
from elvmass.simulate.options import CONDITIONS, Condition, SimulationOptions
from elvmass.simulate.subject import simulate_subject, simulate_truth

N = 12


def options(kind: str, share: float = 1.0) -> SimulationOptions:
    return SimulationOptions(conditions=(Condition(kind, share),))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("af", "rhythm_irregular"),
        ("lbbb", "wide_qrs"),
        ("rbbb", "wide_qrs"),
        ("paced", "pacing_suspected"),
        ("RA-LA", "suspected_limb_reversal"),
        ("V1-V2", "suspected_precordial_swap"),
        ("V6-V1", "suspected_precordial_swap"),
        ("wander", "noisy"),
    ],
)
def test_our_warnings_see_most_of_them_and_few_without(kind, code):
    def share(given: SimulationOptions) -> float:
        records = [simulate_subject(3, i, given).record for i in range(N)]
        return float(
            np.mean([code in {n.code for n in prepare(r, BeatSpec()).notices} for r in records])
        )

    assert share(options(kind)) >= 0.5
    assert share(SimulationOptions()) <= 0.2


def test_a_share_of_the_subjects_has_it_and_the_truth_says_who():
    rows = [simulate_truth(4, i, options("rbbb", 0.3)) for i in range(300)]
    has = np.array([row["has_rbbb"] for row in rows]) == 1
    assert has.mean() == pytest.approx(0.3, abs=0.08)
    qrs = np.array([row["qrs_ms"] for row in rows])
    assert qrs[has].min() >= 120
    for i in np.flatnonzero(~has)[:5].tolist():
        plain = simulate_truth(4, i)
        assert {name: rows[i][name] for name in plain} == plain


@pytest.mark.parametrize("kind", CONDITIONS)
def test_a_condition_changes_the_ecg_and_not_the_patient(kind):
    plain, changed = simulate_subject(5, 2), simulate_subject(5, 2, options(kind))
    assert changed.record.patient == plain.record.patient
    assert changed.truth["lvm_g"] == plain.truth["lvm_g"]
    assert changed.truth[f"has_{kind}"] == 1
    assert not np.array_equal(changed.record.signal_mv, plain.record.signal_mv)


def test_exchanged_arms_turn_lead_i_over():
    plain, changed = simulate_subject(5, 2), simulate_subject(5, 2, options("RA-LA"))
    before, after = plain.record.signal_mv, changed.record.signal_mv
    assert np.allclose(after[LEADS.index("I")], -before[LEADS.index("I")], atol=1e-9)
    assert np.allclose(after[LEADS.index("II")], before[LEADS.index("III")], atol=0.006)
    assert np.array_equal(after[6:], before[6:])


def test_fibrillation_has_no_p_and_no_rhythm():
    for i in range(4):
        simulated = simulate_subject(5, i, options("af"))
        assert np.isnan(simulated.truth["pr_ms"])
        assert all(beat.p_on_s is None for beat in simulated.marks)
        rr = np.diff([beat.qrs_on_s for beat in simulated.marks])
        assert rr.std() / rr.mean() > 0.08


def test_block_of_the_bundles_looks_as_it_should():
    """Left: V1 deep and all but negative; right: V1 ends in a tall late R."""
    row, r, s = LEADS.index("V1"), {}, {}
    for kind in ("lbbb", "rbbb"):
        found = [
            prepare(simulate_subject(6, i, options(kind)).record, BeatSpec()).leads
            for i in range(8)
        ]
        r[kind] = np.median(
            [np.fmax(np.nan_to_num(f.r_mv), np.nan_to_num(f.r2_mv))[row] for f in found]
        )
        s[kind] = np.median([np.nan_to_num(f.s_mv)[row] for f in found])
    assert r["lbbb"] < 0.3 < 0.6 < s["lbbb"]
    assert r["rbbb"] > 0.5


def test_of_several_conductions_a_heart_has_one():
    both = SimulationOptions(conditions=(Condition("lbbb"), Condition("paced")))
    truth = simulate_truth(5, 1, both)
    assert (truth["has_lbbb"], truth["has_paced"]) == (1, 0)


@pytest.mark.parametrize(("kind", "share"), [("AF", 1.0), ("af", 1.5)])
def test_unknown_conditions_and_shares_are_refused(kind, share):
    with pytest.raises(ValueError, match=r"unknown condition|the share of"):
        Condition(kind, share)
