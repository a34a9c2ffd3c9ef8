from __future__ import annotations

from pathlib import Path

from elvmass.io.folder import find_files


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
    assert [p.name for p in find_files(tmp_path)] == ["ecg2.xml", "ecg10.xml", "r.hea"]
