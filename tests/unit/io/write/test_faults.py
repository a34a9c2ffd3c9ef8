"""What a disk that refuses is said to have done."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from elvmass.io.write.faults import write_error
from elvmass.io.write.store import store


@pytest.mark.parametrize(
    ("number", "fact", "remedy"),
    [
        (errno.ENOSPC, "disk is full", "Free some space"),
        (errno.EACCES, "may not write into this folder", "folder of your own"),
        (errno.EROFS, "read-only", "another disk"),
        (errno.ENAMETOOLONG, "too long", "shorter name"),
        (errno.EBUSY, "open in another program", "Close it"),
        (errno.ENOENT, "folder does not exist", "that exists"),
    ],
)
def test_fact_and_remedy_fit_the_fault(number: int, fact: str, remedy: str) -> None:
    error = write_error(Path("a.pdf"), OSError(number, "as the system says it"))
    assert error.path == Path("a.pdf")
    assert fact in error.fact
    assert remedy in error.remedy


def test_an_unknown_fault_keeps_the_words_of_the_system() -> None:
    assert "Protocol error" in write_error(Path("a"), OSError(errno.EPROTO, "Protocol error")).fact


def test_a_file_that_windows_holds_open_is_said_to_be_open() -> None:
    error = OSError(errno.EACCES, "Permission denied")
    error.winerror = 32  # type: ignore[attr-defined]
    assert "open in another program" in write_error(Path("a"), error).fact


def test_the_second_of_two_files_that_does_not_fit_takes_the_first_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    kept, real = tmp_path / "a.pdf", os.fsync
    kept.write_bytes(b"old")
    calls: list[int] = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Exception, match="disk is full"):
        store({kept: b"new", tmp_path / "a.json": b"{}"}, overwrite=True)
    assert kept.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [kept]
