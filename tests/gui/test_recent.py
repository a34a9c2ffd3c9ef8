"""Recent ECGs: no identifier without consent, nothing on the disk without consent."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import helpers
import pytest

from elvmass.errors import ConfigError
from elvmass.record import Source
from elvmass_gui import settings as rows
from elvmass_gui.desks.recent_desk import SUBMENU
from elvmass_gui.settings import Settings
from elvmass_gui.state import recent
from elvmass_gui.state.recent import MOST, Opened, RecentFiles, missing

NOW = datetime(2026, 3, 4, 15, 30, 12, tzinfo=UTC)


@pytest.fixture
def ecg(tmp_path: Path) -> Path:
    path = tmp_path / "ward" / "Miller_John.xml"
    path.parent.mkdir()
    path.write_text("x")
    return path


@pytest.fixture
def desk(window, tmp_path):
    window.workflow.recent.files.path = tmp_path / "state" / "recent.json"
    return window.workflow.recent


def show(session, path: Path) -> None:
    source = Source(path, "GE MUSE XML", "a1" * 32)
    session.adopt(replace(helpers.synthetic_record(), source=source))


def menu_of(window) -> list:
    menu = window.commands.submenus[SUBMENU]
    menu.aboutToShow.emit()
    return [action for action in menu.actions() if not action.isSeparator()]


def test_the_list_shows_format_folder_and_time_but_no_name(window, desk, session, ecg) -> None:
    assert not menu_of(window)[0].isEnabled()
    show(session, ecg)
    entry = menu_of(window)[0]
    assert entry.text().startswith("&1  GE MUSE XML · folder ward · today ")
    assert "Miller" not in entry.text() + entry.toolTip()
    assert entry.isEnabled()


def test_names_are_shown_on_request(window, desk, session, ecg) -> None:
    show(session, ecg)
    window.commands.actions["recent_named"].trigger()
    assert "Miller_John.xml" in menu_of(window)[0].text()
    window.commands.actions["recent_named"].trigger()
    assert "Miller" not in menu_of(window)[0].text()


def test_an_entry_opens_its_ecg(window, desk, session, reader, ecg) -> None:
    show(session, ecg)
    menu_of(window)[0].trigger()
    assert reader.last.path == ecg


def test_a_missing_file_is_grey_and_says_why(window, desk, session, ecg) -> None:
    show(session, ecg)
    ecg.unlink()
    entry = menu_of(window)[0]
    assert not entry.isEnabled()
    assert entry.text().endswith("(not found)")
    assert "moved, renamed or removed" in entry.toolTip()


def test_nothing_is_written_unless_it_is_to_be_kept(
    window, desk, session, ecg, tmp_path, settings
) -> None:
    show(session, ecg)
    window.close()
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != ecg]
    assert [path.name for path in written] == ["viewer.ini"]
    assert "Miller" not in written[0].read_text()


def test_a_kept_list_comes_again_and_belongs_to_its_user(
    window, desk, session, ecg, tmp_path
) -> None:
    show(session, ecg)
    window.commands.actions["recent_kept"].trigger()
    assert window.commands.actions["recent_kept"].isChecked()
    file = desk.files.path
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.path for entry in RecentFiles(file, keep=True).entries] == [ecg]
    window.close()
    again = Settings(tmp_path / "viewer.ini")
    assert again[rows.RECENT_KEPT] == "on"
    assert "Miller" not in (tmp_path / "viewer.ini").read_text()


def test_switched_off_nothing_stays_on_the_disk(window, desk, session, ecg) -> None:
    show(session, ecg)
    window.commands.actions["recent_kept"].trigger()
    assert desk.files.path.exists()
    window.commands.actions["recent_kept"].trigger()
    assert not desk.files.path.exists()
    assert len(desk.files.entries) == 1
    assert not window.commands.actions["recent_kept"].isChecked()


def test_clearing_forgets_on_the_disk_too(window, desk, session, ecg) -> None:
    window.commands.actions["recent_kept"].trigger()
    show(session, ecg)
    assert "Miller" in desk.files.path.read_text()
    window.commands.actions["recent_clear"].trigger()
    assert not desk.files.path.exists()
    assert not menu_of(window)[0].isEnabled()


def test_a_place_that_cannot_be_written_is_a_message(window, desk, session, ecg) -> None:
    desk.files.path.parent.write_text("a file where the folder should be")
    show(session, ecg)
    window.commands.actions["recent_kept"].trigger()
    assert "cannot be kept" in window.message_bar.text.text()
    assert menu_of(window)[0].isEnabled()


def test_newest_first_each_once_and_not_too_many(tmp_path) -> None:
    files = RecentFiles(tmp_path / "recent.json")
    for k in range(MOST + 3):
        files.add(Opened(tmp_path / f"{k}.xml", "EDF", NOW + timedelta(minutes=k)))
    files.add(Opened(tmp_path / "9.xml", "EDF", NOW + timedelta(hours=1)))
    names = [entry.path.name for entry in files.entries]
    assert names[:3] == ["9.xml", "14.xml", "13.xml"]
    assert len(names) == MOST == len(set(names))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 2, "entries": []}', '{"version": 1, "entries": [[1]]}']
)
def test_a_damaged_list_begins_anew_and_says_so(tmp_path, text) -> None:
    (tmp_path / "recent.json").write_text(text)
    files = RecentFiles(tmp_path / "recent.json", keep=True)
    assert files.entries == ()
    assert "begins anew" in files.notice


def test_names_beyond_ascii_survive(tmp_path) -> None:
    files = RecentFiles(tmp_path / "recent.json", keep=True)
    odd = tmp_path / "Größe \udcff 心.xml"
    files.add(Opened(odd, "EDF", NOW))
    assert RecentFiles(tmp_path / "recent.json", keep=True).entries[0].path == odd
    assert json.loads((tmp_path / "recent.json").read_text())["version"] == recent.VERSION


def test_yesterday_has_its_date() -> None:
    entry = Opened(Path("/data/ward/a.xml"), "DICOM", NOW - timedelta(days=1))
    assert entry.label(NOW) == "DICOM · folder ward · 2026-03-03 15:30:12"
    assert entry.label(NOW, named=True).startswith("a.xml · DICOM")


def test_a_drive_that_does_not_answer_does_not_freeze_the_menu() -> None:
    answer = Event()

    class Slow:
        def exists(self) -> bool:
            answer.wait()
            return False

    assert missing([Slow()], patience_s=0.01) == set()  # type: ignore[list-item]
    answer.set()


def test_a_failure_to_remove_says_what_to_do(tmp_path) -> None:
    (tmp_path / "recent.json").mkdir()
    files = RecentFiles(tmp_path / "recent.json")
    with pytest.raises(ConfigError, match="yourself"):
        files.clear()
