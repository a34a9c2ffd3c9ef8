"""Exports that the disk refuses: nothing half-written, the old file kept, a message that helps."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers import toy_analysis

from elvmass.errors import WriteError
from elvmass_gui import dialogs
from elvmass_gui.geometry.shown import show
from elvmass_gui.outputs.export import Target, export_page, export_report
from elvmass_gui.outputs.saliency_export import export_saliency
from elvmass_gui.painting import report_blocks, report_first
from elvmass_gui.painting.fit import A4
from elvmass_gui.painting.page_print import PrintedPage
from elvmass_gui.painting.report import ReportContent

pytestmark = pytest.mark.usefixtures("qapp")
ANALYSIS = toy_analysis()
CONTENT = ReportContent(ANALYSIS.record, ANALYSIS)


def report(path: Path) -> None:
    export_report(CONTENT, Target(path, A4, side_file=True))


def page(path: Path) -> None:
    export_page(PrintedPage(show(ANALYSIS.record)), path)


def saliency(path: Path) -> None:
    export_saliency(ANALYSIS, path)


WAYS = [
    (report, "a.pdf"), (report, "a.svg"), (report, "a.png"), (report, "a.dcm"),
    (page, "a.pdf"), (page, "a.svg"), (page, "a.png"),
    (saliency, "a.csv"), (saliency, "a.npz"), (saliency, "a.json"),
]  # fmt: skip
ways = pytest.mark.parametrize(("write", "name"), WAYS)
Way = Callable[[Path], None]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of a few kilobytes, where the system lets us make one."""
    at = tmp_path / "small"
    at.mkdir()
    tool = shutil.which("mount")
    made = (
        tool
        and not subprocess.run(
            [tool, "-t", "tmpfs", "-o", "size=12k", "tmpfs", str(at)],
            capture_output=True,
            check=False,
        ).returncode
    )
    if not made:
        pytest.skip("no right to mount a disk here")
    yield at
    subprocess.run(["umount", str(at)], check=True)


@ways
def test_a_disk_that_is_really_full_is_left_as_it_was(small_disk: Path, write: Way, name: str):
    (small_disk / name).write_bytes(b"old")
    with pytest.raises(WriteError, match="disk is full") as caught:
        write(small_disk / name)
    assert caught.value.path.parent == small_disk
    assert "Free some space" in caught.value.remedy
    assert [p.name for p in small_disk.iterdir()] == [name]
    assert (small_disk / name).read_bytes() == b"old"


#: Every way fails at one place; one way, which is quick, fails at every other place too.
@pytest.mark.parametrize(
    ("write", "name", "function"),
    [*((*way, "fsync") for way in WAYS), (saliency, "a.csv", "replace")],
)
def test_wherever_it_fails_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Way, name: str, function: str
) -> None:
    def full(*told: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / name).write_bytes(b"old")
    monkeypatch.setattr(os, function, full)
    with pytest.raises(WriteError, match="disk is full"):
        write(tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"old"


@ways
def test_a_folder_in_the_way_is_told(tmp_path: Path, write: Way, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(WriteError) as caught:
        write(tmp_path / name)
    assert caught.value.remedy.startswith("Choose another name")
    assert [p.name for p in tmp_path.iterdir()] == [name]


@ways
def test_a_name_that_is_too_long_is_told(tmp_path: Path, write: Way, name: str) -> None:
    with pytest.raises(WriteError, match="too long"):
        write(tmp_path / ("n" * 260 + name))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("write", "name", "number", "words"),
    [
        *((*way, errno.EACCES, "may not write into this folder") for way in WAYS),
        (saliency, "a.csv", errno.EROFS, "read-only"),
        (saliency, "a.csv", errno.EBUSY, "open in another program"),
    ],
)
def test_a_place_that_may_not_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Way, name: str, number: int, words: str
) -> None:
    """The system refuses every new file and every removal, as a read-only disk does."""

    def refuse(*told: object, **named: object) -> None:
        raise OSError(number, "as the system says it")

    for function in ("mkdir", "unlink"):
        monkeypatch.setattr(os, function, refuse)
    monkeypatch.setattr(sys.modules["elvmass.io.write.store"], "_write_part", refuse)
    with pytest.raises(WriteError, match=words):
        write(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_the_window_tells_file_fact_and_remedy_and_keeps_the_ecg(
    window, analyst, tmp_path, monkeypatch
) -> None:
    window.session.adopt(ANALYSIS.record)
    analyst.answer(ANALYSIS)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for ask in ("ask_target", "ask_page_target", "ask_saliency_target"):
        monkeypatch.setattr(dialogs, ask, lambda _, path: tmp_path / path.name)
    for command, name in (
        ("export", "synthetic_report.pdf"), ("export_page", "synthetic_ecg.pdf"),
        ("export_saliency", "saliency.csv"),
    ):  # fmt: skip
        window.message_bar.hide()
        window.commands.actions[command].trigger()
        assert window.message_bar.isVisible()
        assert window.message_bar.thing.text() == name
        assert "the disk is full. Free some space" in window.message_bar.text.text()
    assert window.session.analysis is not None
    assert window.ecg.shown.record is ANALYSIS.record
    assert not [p for p in tmp_path.iterdir() if p.suffix != ".ini"]


@pytest.mark.qt_log_ignore("QPainter::end")
def test_an_error_while_painting_is_an_error_and_no_crash(tmp_path, monkeypatch) -> None:
    def fail(*told: object) -> None:
        raise ValueError("a painter's bug")

    monkeypatch.setattr(report_blocks, "paint_paragraphs", fail)
    monkeypatch.setattr(report_first, "paint_paragraphs", fail)
    for name in ("a.pdf", "a.svg", "a.png"):
        with pytest.raises(ValueError, match="a painter's bug"):
            report(tmp_path / name)
        gc.collect()
    assert not list(tmp_path.iterdir())
