"""``elvmass batch``: one row for every file, in any number of processes, and never made twice."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

import elvmass.batch
from elvmass.cli import main
from elvmass.lock import hold
from elvmass.report.rows import COLUMNS
from elvmass_resources import path as resource

MAN = resource("examples") / "simulated_man_normal.xml"

Output = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six ECGs, of which the third is cut."""
    found = tmp_path / "in"
    found.mkdir()
    for k in range(1, 7):
        content = MAN.read_bytes()
        (found / f"ecg{k}.xml").write_bytes(content[:5000] if k == 3 else content)
    return found


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_processes_do_not_matter(folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("elvmass.processes._PORTION", 2)
    for jobs in (1, 2):
        out = str(tmp_path / f"{jobs}.csv")
        assert main(["batch", str(folder), "--out", out, "--jobs", str(jobs)]) == 0
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    names = [Path(row["file"]).name for row in rows_of(tmp_path / "1.csv")]
    assert names == [f"ecg{k}.xml" for k in range(1, 7)]
    assert not list(tmp_path.glob("*.part"))


def test_two_batches_do_not_write_one_table(
    folder: Path, tmp_path: Path, monkeypatch, capsys: Output
) -> None:
    monkeypatch.setattr("elvmass.lock._PATIENCE_S", 0.0)
    table = tmp_path / "table.csv"
    held = hold(tmp_path / "table.csv.lock")
    assert held is not None
    assert main(["batch", str(folder), "--out", str(table)]) == 1
    assert "table.csv is being written by another batch. Wait" in capsys.readouterr().err
    os.close(held)  # as when that process ends, however it does
    main(["batch", str(folder), "--out", str(table)])
    assert len(rows_of(table)) == 6
    assert [path.name for path in tmp_path.glob("table.csv*")] == ["table.csv"]


def test_mass_is_indexed_by_height_too(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    main(["batch", str(folder), "--out", str(table)])
    first = rows_of(table)[0]
    for power in ("1.7", "2.7"):
        wanted = float(first["mass_g"]) / (float(first["height_cm"]) / 100) ** float(power)
        assert float(first[f"index_g_per_m{power}"]) == pytest.approx(wanted, abs=0.006)


@pytest.mark.parametrize("torn", [0, 1, 40])
def test_an_interrupted_batch_is_carried_on(
    torn: int, folder: Path, tmp_path: Path, monkeypatch, capsys: Output
) -> None:
    whole, table = tmp_path / "whole.csv", tmp_path / "table.csv"
    assert main(["batch", str(folder), "--out", str(whole)]) == 0
    made: list[str] = []
    row = elvmass.batch.row

    def counted(result):
        made.append("")
        if len(made) == 5:
            raise KeyboardInterrupt
        return row(result)

    monkeypatch.setattr(elvmass.batch, "row", counted)
    assert main(["batch", str(folder), "--out", str(table)]) == 130
    (part,) = tmp_path.glob("table.csv.*.part")
    if torn:  # by a kill in the middle of a row
        part.write_bytes(part.read_bytes()[:-torn])
    assert not table.exists()

    capsys.readouterr()
    assert main(["batch", str(folder), "--out", str(table)]) == 0
    assert len(made) == 5 + 2 + bool(torn)
    assert f"; {4 - bool(torn)} rows were there" in capsys.readouterr().err
    assert table.read_bytes() == whole.read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_rows_of_other_options_are_never_mixed(
    folder: Path, tmp_path: Path, capsys: Output
) -> None:
    table = tmp_path / "table.csv"
    left = tmp_path / "table.csv.01234567.part"
    left.write_text("rows of another folder")
    command = ["batch", str(folder), "--out", str(table)]
    assert main(command) == 1
    assert "interrupted batch of another folder, or with other options" in capsys.readouterr().err
    assert left.exists()
    assert main([*command, "--force"]) == 0
    assert not left.exists()
    assert len(rows_of(table)) == 6


def test_an_error_of_the_program_is_told_and_costs_no_other_row(
    folder: Path, tmp_path: Path, monkeypatch, capsys: Output
) -> None:
    row = elvmass.batch.row

    def stumbles(result):
        if getattr(result, "record", None) and result.record.source.path.name == "ecg2.xml":
            raise ZeroDivisionError("nought")
        return row(result)

    monkeypatch.setattr(elvmass.batch, "row", stumbles)
    table = tmp_path / "table.csv"
    assert main(["batch", str(folder), "--out", str(table)]) == 1
    assert "4 estimates, 2 failures (1 of them unexpected" in capsys.readouterr().err
    second = rows_of(table)[1]
    assert second["error"] == "unexpected"
    assert second["message"].startswith("ZeroDivisionError: nought (test_batch.py:")
    assert list(second) == list(COLUMNS)


def test_a_process_that_dies_is_told_with_the_remedy(folder: Path, tmp_path: Path, capsys) -> None:
    """A child that was killed: what was made stays, the same command carries on."""
    from concurrent.futures.process import BrokenProcessPool

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elvmass.batch, "in_order", _broken(BrokenProcessPool("killed")))
        assert main(["batch", str(folder), "--out", str(tmp_path / "t.csv"), "--jobs", "2"]) == 1
    assert "carries on where it stopped" in capsys.readouterr().err
    assert main(["batch", str(folder), "--out", str(tmp_path / "t.csv")]) == 0
    assert "; 1 rows were there" in capsys.readouterr().err


def _broken(error: Exception):
    def one_and_no_more(make, items, _processes):
        yield make(items[0])
        raise error

    return one_and_no_more


def test_jobs_are_at_least_one(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["batch", str(folder), "--out", str(tmp_path / "t.csv"), "--jobs", "0"])
