from __future__ import annotations

from pathlib import Path

import pytest
from helpers import synthetic_record
from unit.io.files.write_csv import write

from elvmass.io.folder import find_files


def names(folder: Path) -> list[str]:
    return [path.name for path in find_files(folder)]


def test_natural_order_without_companions(tmp_path: Path) -> None:
    for name in (
        "ecg10.xml",
        "ecg2.xml",
        "r.hea",
        "r.dat",
        "r.xyz",
        "table.csv",
        ".hidden",
        "x.PDF",
    ):
        (tmp_path / name).write_text("x")
    (tmp_path / "sub").mkdir()
    assert names(tmp_path) == ["ecg2.xml", "ecg10.xml", "r.hea"]


def test_tables_notes_and_settings_stay_out_but_ecgs_of_their_suffix_come_in(
    tmp_path: Path,
) -> None:
    record = synthetic_record(rate_hz=250.0, seconds=2.0)
    for name in ("ecg.csv", "ecg.TXT", "ecg.tsv"):
        write(record, tmp_path / name)
    write(record, tmp_path / "unnamed.txt", head=(), names=None)  # opens with --leads
    (tmp_path / "ecg.json").write_text('{"resourceType": "Observation"}')
    (tmp_path / "cohort.csv").write_text("file,sex,age_years\necg1.xml,male,61\n")
    (tmp_path / "notes.txt").write_text("Leads I, II, V1, V2 look odd.\n")
    (tmp_path / "settings.json").write_text('{"rate_hz": 500}')
    (tmp_path / "weights.npz").write_bytes(b"PK\5\6" + b"\0" * 18)
    (tmp_path / "empty.csv").touch()
    assert names(tmp_path) == ["ecg.csv", "ecg.json", "ecg.tsv", "ecg.TXT", "unnamed.txt"]


def test_a_file_that_cannot_be_opened_stays_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("x")

    def refuse(*_: object, **__: object) -> object:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    assert names(tmp_path) == []
