"""Separated text on the command line: what the file leaves unsaid is said by options."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from helpers import synthetic_record
from unit.io.files.write_csv import write

from elvmass.cli import main
from elvmass.record import LEADS

LAYOUT = ("--leads", ",".join(LEADS), "--rate-hz", "250", "--unit", "uV")


@pytest.fixture
def unnamed(tmp_path: Path) -> Path:
    record = synthetic_record(rate_hz=250.0)
    return write(record, tmp_path / "ecg.txt", head=(), names=None, factor=1000, digits=0)


def test_remedies_are_named_until_nothing_is_missing(
    unnamed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given: list[str] = []
    for option, value in zip(LAYOUT[::2], LAYOUT[1::2], strict=True):
        assert main(["show", str(unnamed), *given]) == 1
        assert option in capsys.readouterr().err
        given += [option, value]
    assert main(["show", str(unnamed), *given]) == 0
    assert "12 leads, 250 Hz, 10.0 s" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["estimate", "explain"])
def test_estimates_take_the_layout(
    command: str, unnamed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patient = ("--sex", "male", "--age", "61", "--height", "172", "--weight", "78")
    assert main([command, str(unnamed), *LAYOUT, *patient]) == 0
    assert "90 % interval" in capsys.readouterr().out


def test_batch_takes_the_layout(unnamed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert main(["batch", str(unnamed.parent), "--out", str(out), *LAYOUT]) == 0
    with out.open(newline="", encoding="utf-8") as file:
        assert [row["file"] for row in csv.DictReader(file)] == [str(unnamed)]


@pytest.mark.parametrize("wrong", [("--rate-hz", "0"), ("--rate-hz", "x"), ("--unit", "mm")])
def test_impossible_layouts_are_wrong_usage(wrong: tuple[str, str], unnamed: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["show", str(unnamed), *wrong])
    assert caught.value.code == 2
