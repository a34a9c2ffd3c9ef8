"""Preferences: round trip, damage, foreign files, read-only disks."""

from __future__ import annotations

from pathlib import Path

import pytest

from elvmass_gui import settings
from elvmass_gui.settings import ROWS, Settings


def test_defaults_without_a_file(tmp_path: Path) -> None:
    fresh = Settings(tmp_path / "none" / "viewer.ini")
    assert not fresh.notice
    for row in ROWS:
        assert fresh[row] == row.default
        assert row.accepts(row.default)


def test_round_trip(tmp_path: Path) -> None:
    first = Settings(tmp_path / "viewer.ini")
    first[settings.THRESHOLD] = "cmr_lvm_ai"
    first[settings.HEIGHT_UNIT] = "in"
    first.save()
    again = Settings(tmp_path / "viewer.ini")
    assert again[settings.THRESHOLD] == "cmr_lvm_ai"
    assert again[settings.HEIGHT_UNIT] == "in"
    assert not again.notice


@pytest.mark.parametrize(
    "text",
    ["[analysis]\nthreshold=cmr_lvm_ai\n", "[General]\nversion=99\n", "\x00\x01 not an ini [[["],
)
def test_foreign_and_damaged_files_give_defaults_and_a_notice(tmp_path: Path, text: str) -> None:
    path = tmp_path / "viewer.ini"
    path.write_text(text)
    opened = Settings(path)
    assert opened[settings.THRESHOLD] == "ct_fuchs_2016"
    assert opened.notice
    opened.save()
    assert not Settings(path).notice


def test_one_bad_value_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "viewer.ini"
    path.write_text("[General]\nversion=1\n[analysis]\nthreshold=moon\n[units]\nweight=lb\n")
    opened = Settings(path)
    assert opened[settings.THRESHOLD] == "ct_fuchs_2016"
    assert opened[settings.WEIGHT_UNIT] == "lb"
    assert "analysis/threshold" in opened.notice


def test_a_folder_that_cannot_be_made_is_fine(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    opened = Settings(tmp_path / "file" / "viewer.ini")
    opened[settings.HEIGHT_UNIT] = "in"
    opened.save()
    assert opened[settings.HEIGHT_UNIT] == "in"


def test_an_impossible_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="may not be"):
        Settings(tmp_path / "viewer.ini")[settings.THRESHOLD] = "moon"
