from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from elvmass.train.data.flow import EXCLUSIONS, SIX_MONTHS_DAYS, STEPS, Candidate, choose

IMAGING = date(2024, 6, 1)


def ecg(line, patient="P", days=0, imaging=IMAGING, **known):
    day = IMAGING + timedelta(days=days) if days is not None else None
    return Candidate(line, Path(f"{line}.xml"), patient, imaging, day, **known)


def test_each_ecg_leaves_at_the_first_step_that_it_fails():
    flow = choose([
        ecg(2, "A"),
        ecg(3, "B", trouble=("unreadable", "is damaged")),
        ecg(4, "C", trouble=("leads", "lead V3 is missing")),
        ecg(5, "D", trouble=("quality", "no heartbeat")),
        ecg(6, "E", codes=frozenset({"pacing_suspected", "wide_qrs", "noisy"})),
        ecg(7, "F", codes=frozenset({"pacing_suspected"})),
        ecg(8, "G", codes=frozenset({"atrial_fibrillation_suspected"})),
        ecg(9, "H", codes=frozenset({"noisy", "rhythm_irregular"})),
        ecg(10, "I", days=200),
    ])  # fmt: skip
    assert {step: flow.lines(step) for step in STEPS} == {
        "unreadable": (3,), "leads": (4,), "quality": (5,), "wide_qrs": (6,),
        "pacing_suspected": (7,), "atrial_fibrillation_suspected": (8,), "imaging": (10,),
    }  # fmt: skip
    assert (flow.recorded, flow.analysed, flow.patients) == (9, 2, 2)
    assert [r.line for r in flow.refused] == [3, 4, 5, 6, 7, 8, 10]
    assert flow.refused[0].reason == "is damaged"


def test_a_wide_qrs_is_given_in_milliseconds():
    wide = frozenset({"wide_qrs"})
    measured, unknown = choose([ecg(2, "A", codes=wide, qrs_ms=134.4), ecg(3, codes=wide)]).refused
    assert measured.reason == "excluded: QRS measured 134 ms"
    assert unknown.reason == f"excluded: {STEPS['wide_qrs']}"


def test_the_table_counts_down():
    flow = choose([ecg(2, "A"), ecg(3, "A", days=9), ecg(4, "B", codes=frozenset({"wide_qrs"}))])
    numbers = [line.split()[-1] for line in flow.table()]
    assert numbers == ["3", "3", "3", "3", "2", "2", "2", "1", "1"]
    assert flow.table()[-1].startswith("analysed, of 1 patients")
    assert flow.as_dict()["left"]["wide_qrs"] == [4]


def test_exclusions_can_be_kept():
    rows = [ecg(k, str(k), codes=frozenset({code})) for k, code in enumerate(EXCLUSIONS)]
    assert choose(rows).analysed == 0
    kept = choose(rows, excluding=False)
    assert kept.analysed == 3
    assert sum("kept" in line for line in kept.table()) == 3
    assert not kept.as_dict()["excluding"]


def test_the_closest_ecg_is_chosen_among_those_that_are_fit():
    flow = choose([
        ecg(2, days=-40),
        ecg(3, days=1, codes=frozenset({"wide_qrs"})),
        ecg(4, days=30),
        ecg(5, days=-30),  # as close as line 4, which comes first
        ecg(6, "Q", days=60),
        ecg(7, days=0, imaging=IMAGING + timedelta(days=700)),  # another imaging, too far
    ])  # fmt: skip
    assert flow.lines("imaging") == (2, 5, 7)
    assert flow.lines("wide_qrs") == (3,)
    assert {r.line: r.reason for r in flow.refused}[2].endswith("line 4 is closer to imaging")


@pytest.mark.parametrize(("days", "analysed"), [(SIX_MONTHS_DAYS, 1), (SIX_MONTHS_DAYS + 1, 0)])
def test_six_months_before_and_after(days, analysed):
    assert choose([ecg(2, days=days)]).analysed == analysed
    assert choose([ecg(2, days=-days)]).analysed == analysed


def test_an_imaging_needs_a_dated_ecg():
    flow = choose([ecg(2, days=None), ecg(3, "Q")])
    assert flow.lines("imaging") == (2,)
    assert "ecg_date" in flow.refused[0].reason


def test_without_a_date_of_imaging_nothing_is_compared():
    rows = [ecg(2, days=None, imaging=None), ecg(3, imaging=None), ecg(4, imaging=None)]
    flow = choose(rows)
    assert (flow.analysed, flow.patients) == (3, 1)
