"""A cohort on disk: whole or not at all, the same whatever its size and the number of processes."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict

import numpy as np
import pytest

import elvmass
from elvmass.errors import Cancelled, ConfigError
from elvmass.simulate.cohort import read_truth, simulate_cohort
from elvmass.simulate.options import SimulationOptions
from elvmass.simulate.subject import simulate_subject

SHORT = SimulationOptions(seconds=2.0)


def rows(table):
    with table.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_a_cohort_reads_back(tmp_path):
    seen = []
    table = simulate_cohort(tmp_path / "c", 3, 9, SHORT, lambda text, f: seen.append((text, f)))
    assert table == tmp_path / "c" / "cohort.csv"
    found = rows(table)
    assert [row["path"] for row in found] == [f"ecg/{i:06d}.xml" for i in range(3)]
    for i, row in enumerate(found):
        simulated = simulate_subject(9, i, SHORT)
        record = elvmass.read(table.parent / row["path"])
        assert np.allclose(record.signal_mv, simulated.record.signal_mv, atol=1e-9)
        assert record.patient == simulated.record.patient
        assert record.patient.name == "Simulated"
        assert row["patient"] == simulated.record.patient.id
        assert row["sex"] == simulated.record.patient.sex.value
        assert float(row["lvm_g"]) == pytest.approx(simulated.truth["lvm_g"], abs=0.005)
        assert {k: float(row[f"truth_{k}"]) for k in simulated.truth} == simulated.truth
    assert seen[-1] == ("simulating ECG 3 of 3", 1.0)


def test_more_subjects_and_processes_change_nothing(tmp_path):
    few = simulate_cohort(tmp_path / "few", 2, 9, SHORT)
    many = simulate_cohort(tmp_path / "many", 4, 9, SHORT, jobs=2)
    for row in rows(few):
        path = row["path"]
        assert (few.parent / path).read_bytes() == (many.parent / path).read_bytes()
    assert many.read_text().startswith(few.read_text())


def test_fiducials_are_written_on_request(tmp_path):
    table = simulate_cohort(tmp_path / "c", 1, 9, SHORT, fiducials=True)
    beats = json.loads((table.parent / "fiducials" / "000000.json").read_text())
    assert beats == [asdict(beat) for beat in simulate_subject(9, 0, SHORT).marks]
    assert len(beats) >= 1
    plain = simulate_cohort(tmp_path / "plain", 1, 9, SHORT)
    assert sorted(p.name for p in plain.parent.iterdir()) == ["cohort.csv", "ecg"]


def test_truth_reads_back(tmp_path):
    table = simulate_cohort(tmp_path / "c", 2, 9, SHORT)
    assert read_truth(table) == [simulate_subject(9, i, SHORT).truth for i in range(2)]


def test_labels_carry_the_reading_error(tmp_path):
    options = SimulationOptions(seconds=2.0, label_noise_g=10.0)
    row = rows(simulate_cohort(tmp_path / "c", 1, 9, options))[0]
    assert abs(float(row["lvm_g"]) - float(row["truth_lvm_g"])) > 0.01
    assert float(row["lvm_g"]) == pytest.approx(float(row["truth_label_g"]), abs=0.005)


def test_a_folder_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.txt").write_text("keep")
    with pytest.raises(ConfigError, match="already holds something"):
        simulate_cohort(tmp_path / "c", 1, 1, SHORT)
    assert [p.name for p in tmp_path.rglob("*")] == ["c", "mine.txt"]


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / "c").mkdir()
    assert simulate_cohort(tmp_path / "c", 1, 1, SHORT).is_file()


def test_cancelling_leaves_nothing(tmp_path):
    def stop(_text: str, fraction: float) -> None:
        if fraction > 0.5:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        simulate_cohort(tmp_path / "c", 4, 1, SHORT, stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("n", "seed", "jobs"), [(0, 1, 1), (1, -1, 1), (1, 1, 0)])
def test_impossible_numbers_are_refused(tmp_path, n, seed, jobs):
    with pytest.raises(ConfigError, match="at least one subject"):
        simulate_cohort(tmp_path / "c", n, seed, SHORT, jobs=jobs)
